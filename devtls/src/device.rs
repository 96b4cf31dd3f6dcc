//! The device: the tree of files, as the 9P engine asks for it.
//!
//! It finds the file. What may be opened by whom is decided here (tls(3)); what is read from an open file and written to it is
//! [`File`]'s affair.

mod file;
#[cfg(feature = "fuse")]
pub(crate) mod ready;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ninep::{Answer, Caller, Claim, Fs, Mode, OpenMode, Opened, Qid, Stat, User};

use crate::conv::Compat;
use crate::ctl::Descriptors;
use crate::errstr::Error;
use crate::file::algs;
use crate::limits::Limits;
use crate::owner::Owner;
use crate::table::{Census, Table};
use crate::tree::{self, Place, Which};
use file::What;

pub use file::File;

/// A TLS device: any number of clients may share it.
pub struct Device {
    table: Arc<Table>,
    /// The host owner, who is the group of every file.
    eve: User,
    boot_time: u32,
    compat: Compat,
}

/// A place in the tree as one client sees it: who asks goes along.
#[derive(Clone)]
pub struct Node {
    place: Place,
    who: Arc<Who>,
}

/// Who asks.
struct Who {
    user: Owner,
    descriptors: Descriptors,
}

impl Device {
    /// Makes a device without conversations, whose host owner is the user `eve`.
    #[must_use]
    pub fn new(eve: User, limits: Limits) -> Device {
        Device { table: Arc::new(Table::new(limits)), eve, boot_time: now(), compat: Compat::default() }
    }

    /// Gives the conversations that begin from now on these manners.
    #[must_use]
    pub fn with_compat(self, compat: Compat) -> Device {
        Device { compat, ..self }
    }

    /// Counts what the conversation of each number holds; `None` where a number is free.
    #[must_use]
    pub fn census(&self) -> Vec<Option<Census>> {
        self.table.census()
    }

    /// Waits until no conversation is in use and none still says goodbye to its peer.
    pub async fn settled(&self) {
        self.table.settled().await;
    }

    /// Gives the root to a client.
    pub(crate) fn root(&self, user: User, descriptors: Descriptors) -> Node {
        Node { place: Place::Root, who: Arc::new(Who { user: user.into(), descriptors }) }
    }

    /// Gives the host owner.
    pub(crate) fn eve(&self) -> &User {
        &self.eve
    }

    fn stat_of(&self, place: Place) -> Stat {
        let live = |conv| self.table.get(conv);
        let (mode, owner) = match place {
            Place::Root | Place::Tls | Place::Dir(_) => (Mode::DIR | Mode(0o555), None),
            Place::Clone => (Mode(0o555), None),
            Place::Encalgs | Place::Hashalgs => (Mode(0o444), None),
            Place::File(conv, which) => match live(conv) {
                Some(live) => {
                    let conv = live.conv();
                    (Mode(which.shown(conv.mode)), Some(conv.owner.clone()))
                }
                None => (Mode(0), None),
            },
        };
        let owner = owner.unwrap_or_else(|| self.eve.clone().into());
        let mut stat = Stat::new(place.name(), place.qid(), mode, owner.name, self.eve.name.clone())
            .numbered(self.number_of(owner.uid), self.eve.gid.unwrap_or(Stat::UNMAPPED));
        stat.kind = u16::from(b'a');
        stat.atime = now();
        stat.mtime = self.boot_time;
        stat
    }

    /// Describes an entry of a directory: a conversation's directory shows its owner there.
    fn entry(&self, place: Place) -> Stat {
        let mut stat = self.stat_of(place);
        if let Place::Dir(conv) = place
            && let Some(live) = self.table.get(conv)
        {
            let owner = live.conv().owner.clone();
            stat.n_uid = self.number_of(owner.uid);
            stat.n_muid = stat.n_uid;
            stat.muid.clone_from(&owner.name);
            stat.uid = owner.name;
        }
        stat
    }

    /// Gives the number to show for a user: the host owner's for one whom this machine does not know, because a file without a
    /// number can be written by nobody who has it mounted.
    fn number_of(&self, uid: Option<u32>) -> u32 {
        uid.or(self.eve.uid).unwrap_or(Stat::UNMAPPED)
    }

    /// Tells whether a client might open a place so, whatever else may be in its way then (access(2)).
    #[cfg(feature = "fuse")]
    pub(crate) fn may_open(&self, node: &Node, access: OpenMode) -> Result<(), Error> {
        let denied = Err(Error::PermissionDenied);
        match node.place {
            Place::Clone => Ok(()),
            place if place.is_read_only() && access != OpenMode::READ => denied,
            Place::File(conv, _) => {
                let live = self.table.get(conv).ok_or(Error::NotOpen)?;
                let shared = live.conv();
                let shift = self.class(&node.who, &shared.owner);
                if tree::permits(shared.mode, shift, access) { Ok(()) } else { denied }
            }
            Place::Dir(conv) => self.may_see(&node.who, conv),
            _ => Ok(()),
        }
    }

    /// Gives the shift that brings a user's class of permissions to the owner's place (tls(3)).
    fn class(&self, who: &Who, owner: &Owner) -> u32 {
        match who.user.name.as_str() {
            user if user == owner.name => 0,
            user if user == self.eve.name => 3,
            _ => 6,
        }
    }

    /// Says whether a user may look into a conversation, listing its directory or describing its files: the owner and the host
    /// owner always, so that they can change what it permits; others if it permits them anything. Walking is free: the names are
    /// the same everywhere, and an open that is refused says why.
    fn may_see(&self, who: &Who, conv: u32) -> Result<(), Error> {
        let Some(live) = self.table.get(conv) else {
            return Ok(());
        };
        let shared = live.conv();
        // deviates: the original lists and describes its files to everybody.
        let is_seen = match self.class(who, &shared.owner) {
            0 | 3 => true,
            shift => shared.mode << shift & 0o700 != 0,
        };
        if is_seen { Ok(()) } else { Err(Error::PermissionDenied) }
    }

    /// Opens a file of a conversation, with the checks in tls(3)'s order.
    fn open_conv(&self, who: &Who, conv: u32, which: Which, mode: OpenMode) -> Result<File, Error> {
        let live = self.table.hold(conv, which).ok_or(Error::NotOpen)?;
        let mut shared = live.conv();
        let shift = self.class(who, &shared.owner);
        let opened = if !tree::permits(shared.mode, shift, mode.access()) {
            Err(Error::PermissionDenied)
        } else {
            match which {
                Which::Hand => shared.hand.open(),
                Which::Wire => live.wire().open(mode),
                Which::Ctl | Which::Data | Which::Status | Which::Stats => Ok(()),
            }
        };
        drop(shared);
        if let Err(error) = opened {
            Table::release(&self.table, conv, which);
            return Err(error);
        }
        let what = What::Conv { conv, which, mode, live };
        Ok(File { what, descriptors: who.descriptors, table: Arc::clone(&self.table) })
    }
}

impl Node {
    /// Gives another place as the same client sees it.
    #[cfg(feature = "fuse")]
    pub(crate) fn at(&self, place: Place) -> Node {
        Node { place, who: Arc::clone(&self.who) }
    }

    /// Says which place it is.
    #[cfg(feature = "fuse")]
    pub(crate) fn place(&self) -> Place {
        self.place
    }
}

impl Fs for Device {
    type Node = Node;
    type File = File;

    fn attach(&self, caller: &Caller, claim: &Claim<'_>, aname: &str) -> Result<Node, ninep::Error> {
        let place = if aname == "tls" { Place::Tls } else { Place::Root };
        // Where the kernel names the caller there is a unix socket, and only there do descriptors pass.
        let descriptors = if caller.uid.is_some() { Descriptors::Beside } else { Descriptors::Never };
        Ok(Node { place, ..self.root(ninep::io::user(caller, claim)?, descriptors) })
    }

    fn qid(&self, node: &Node) -> Qid {
        node.place.qid()
    }

    fn walk(&self, node: &Node, name: &str) -> Result<Node, ninep::Error> {
        let place = node.place.walk(name, self.table.len()).ok_or(Error::NotFound)?;
        Ok(Node { place, who: Arc::clone(&node.who) })
    }

    fn stat(&self, node: &Node) -> Result<Stat, ninep::Error> {
        if let Place::File(conv, _) = node.place {
            self.may_see(&node.who, conv)?;
        }
        Ok(self.stat_of(node.place))
    }

    fn wstat(&self, node: &Node, stat: &Stat) -> Result<(), ninep::Error> {
        if changes_nothing(stat) {
            return Ok(());
        }
        let (Place::Dir(conv) | Place::File(conv, _)) = node.place else {
            // deviates: the original changes conversation 0 here.
            return Err(Error::PermissionDenied.into());
        };
        let live = self.table.get(conv).ok_or(Error::BadUse)?;
        let new_owner = new_owner(stat);
        let mut shared = live.conv();
        if shared.owner.name != node.who.user.name {
            return Err(Error::PermissionDenied.into());
        }
        if let Some(owner) = new_owner {
            shared.owner = owner;
        }
        if let Some(mode) = stat.new_mode() {
            // deviates: the original keeps bits that are no permissions.
            shared.mode = mode.permissions();
        }
        Ok(())
    }

    fn now(&self) -> u32 {
        now()
    }

    fn open(&self, node: &Node, mode: OpenMode) -> Result<Opened<File, Node>, ninep::Error> {
        let mode = mode.without(OpenMode::CEXEC);
        if node.place.is_read_only() && mode != OpenMode::READ {
            return Err(Error::PermissionDenied.into());
        }
        let who = &node.who;
        if let Place::Dir(conv) = node.place {
            self.may_see(who, conv)?;
        }
        let plain = |what| File { what, descriptors: who.descriptors, table: Arc::clone(&self.table) };
        let (file, place) = match node.place {
            place @ (Place::Root | Place::Tls | Place::Dir(_)) => (plain(What::Dir(place)), place),
            Place::Encalgs => (plain(What::Text(algs::encalgs())), node.place),
            Place::Hashalgs => (plain(What::Text(algs::hashalgs())), node.place),
            Place::Clone => {
                let (conv, live) = self.table.begin(&who.user)?;
                live.conv().compat = self.compat;
                (plain(What::Conv { conv, which: Which::Ctl, mode, live }), Place::File(conv, Which::Ctl))
            }
            Place::File(conv, which) => (self.open_conv(who, conv, which, mode)?, node.place),
        };
        let iounit = match place {
            Place::File(_, Which::Data) if file.is_of_stream() => STREAM_IOUNIT,
            Place::File(_, which) => which.iounit(),
            _ => 0,
        };
        let node = Node { place, who: Arc::clone(who) };
        let joins_writes = matches!(place, Place::File(_, Which::Data | Which::Hand));
        Ok(Opened { file: Arc::new(file), node, qid: place.qid(), iounit, joins_writes })
    }

    fn list(&self, file: &Arc<File>) -> Result<Vec<Stat>, ninep::Error> {
        Ok(match file.what {
            What::Dir(Place::Root) => vec![self.entry(Place::Tls)],
            What::Dir(Place::Tls) => {
                let convs = (0..self.table.len()).map(Place::Dir);
                Place::FIXED.into_iter().chain(convs).map(|place| self.entry(place)).collect()
            }
            What::Dir(Place::Dir(conv)) => {
                Which::ALL.map(|which| self.entry(Place::File(conv, which))).to_vec()
            }
            _ => return Err(Error::BadUse.into()),
        })
    }

    fn read(&self, file: &Arc<File>, offset: u64, count: u32) -> Answer<Bytes> {
        file.read(offset, count)
    }

    fn write(&self, file: &Arc<File>, _offset: u64, data: Bytes, fds: Vec<OwnedFd>) -> Answer<u32> {
        file.write(data, fds)
    }

    fn write_each(&self, file: &Arc<File>, data: Vec<Bytes>) -> Answer<Vec<Result<u32, ninep::Error>>> {
        file.write_each(data)
    }
}

impl From<User> for Owner {
    fn from(user: User) -> Owner {
        Owner { name: user.name, uid: user.uid }
    }
}

impl From<Error> for ninep::Error {
    fn from(error: Error) -> ninep::Error {
        let errno = error.errno().raw_os_error();
        ninep::Error { text: error.text(), errno }
    }
}

/// Tells whether a wstat asks only for what shells and mounts ask for in passing: a length of 0, or
/// times.
fn changes_nothing(stat: &Stat) -> bool {
    let is_cut = stat.new_length().is_none_or(|length| length == 0);
    is_cut
        && !stat.renames()
        && stat.new_uid().is_none()
        && stat.new_n_uid().is_none()
        && stat.new_gid().is_none()
        && stat.new_n_gid().is_none()
        && stat.new_mode().is_none()
}

/// Gives the owner that a wstat asks for: by name, or by number where the dialect has numbers.
fn new_owner(stat: &Stat) -> Option<Owner> {
    let by_name = || stat.new_uid().map(ninep::io::user_named);
    let by_number = || stat.new_n_uid().map(ninep::io::user_numbered);
    by_name().or_else(by_number).map(Owner::from)
}

/// Gives the time in seconds since 1970, as a stat has it.
fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// Bytes that one message to or from a stream's `data` moves: 64 records.
const STREAM_IOUNIT: u32 = 1 << 20;
