//! A mount at work: each request of the kernel, and what is done about it.
//!
//! One task owns it and reads the requests; what has to wait becomes a task of its own, see `owed`.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use ninep::{Fs, Mode, OpenMode, Stat};
use polyfuse_kernel::{
    FATTR_GID, FATTR_MODE, FATTR_SIZE, FATTR_UID, FUSE_POLL_SCHEDULE_NOTIFY, fuse_getxattr_in,
    fuse_getxattr_out, fuse_in_header, fuse_open_in, fuse_open_out, fuse_poll_in, fuse_poll_out,
    fuse_read_in, fuse_setattr_in, fuse_write_in,
};
use rustix::event::PollFlags;
use rustix::fs::OFlags;
use rustix::io::Errno;
use zerocopy::IntoBytes;

use super::kernel::{Kernel, Shelf};
use super::open::Open;
use super::owed::{Debts, Owed, say_read, say_written};
use super::poll;
use super::reply;
use super::request::{Op, Request};
use super::users::Users;
use crate::device::{Device, File, Node};
use crate::tree::Place;

/// A mount at work. Dropping it closes every file and ends the mount.
pub(super) struct Session {
    kernel: Arc<Kernel>,
    device: Arc<Device>,
    users: Users,
    handles: HashMap<u64, Handle>,
    /// The last number given to an open file.
    last_handle: u64,
    /// The last number given to an inode of `clone`.
    last_clone: u64,
    debts: Debts,
    shelf: Arc<Shelf>,
}

/// What an open file's number stands for.
enum Handle {
    File(Arc<Open>),
    Dir(Dir),
}

/// An open directory, as it was when its reading began.
struct Dir {
    file: Arc<File>,
    place: Place,
    entries: Vec<Stat>,
}

impl Session {
    /// Makes the session of a mount that has been made.
    pub(super) fn new(kernel: Kernel, device: Arc<Device>) -> Session {
        let kernel = Arc::new(kernel);
        Session {
            debts: Debts::new(Arc::clone(&kernel)),
            kernel,
            device,
            users: Users::default(),
            handles: HashMap::new(),
            last_handle: 0,
            last_clone: 0,
            shelf: Arc::default(),
        }
    }

    /// Answers the kernel until the mount is taken away.
    ///
    /// # Errors
    /// The channel to the kernel failed.
    pub(super) async fn run(&mut self) -> io::Result<()> {
        loop {
            self.debts.reap();
            let mut room = self.shelf.take();
            if !self.kernel.recv(&mut room).await? {
                return Ok(());
            }
            let Some(request) = Request::parse(room.as_ref()) else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a request of no known shape"));
            };
            if let Op::Write(write, _) = &request.op
                && self.file(write.fh).is_some_and(|open| open.is_ctl())
            {
                room.mark_secret();
            }
            let message = Bytes::from_owner(room);
            let header = &request.header;
            tracing::debug!(
                "fuse {} uid {} thread {}: node {:#x} {}",
                header.unique,
                header.uid,
                header.pid,
                header.nodeid,
                request.op
            );
            if let Op::Destroy = request.op {
                self.kernel.answer(header.unique, &[]);
                return Ok(());
            }
            if let Err(errno) = self.dispatch(&request, &message).await {
                self.kernel.refuse(header.unique, errno.raw_os_error());
            }
        }
    }

    /// Does one request; an error is its answer.
    async fn dispatch(&mut self, request: &Request, message: &Bytes) -> Result<(), Errno> {
        let header = &request.header;
        match &request.op {
            Op::Init(offer) => self.answer(header, reply::init(offer).as_bytes()),
            Op::Lookup(name) => self.lookup(header, text(message, name).ok_or(Errno::NOENT)?)?,
            Op::Forget => {}
            Op::Getattr => {
                let node = self.node(header)?;
                self.answer_attributes(header, &node)?;
            }
            Op::Setattr(set) => self.setattr(header, set)?,
            Op::Open(open) => self.open(header, *open)?,
            Op::Opendir => self.opendir(header)?,
            Op::Release(release) => {
                if let Some(Handle::File(open)) = self.handles.remove(&release.fh) {
                    open.polled.end();
                }
                self.answer(header, &[]);
            }
            Op::Readdir(read) => self.readdir(header, read)?,
            Op::Read(read) => self.read(header, read).await?,
            Op::Write(write, data) => self.write(header, write, message.slice(data.clone())).await?,
            Op::Access(access) => self.access(header, access.mask)?,
            Op::Statfs => self.answer(header, reply::statfs().as_bytes()),
            Op::Getxattr(get, name) => {
                let is_pid = text(message, name) == Some(PID_ATTRIBUTE);
                let value = if is_pid { std::process::id().to_string() } else { return Err(Errno::NODATA) };
                self.answer_xattr(header, get, value.as_bytes())?;
            }
            Op::Listxattr(get) => self.answer_xattr(header, get, format!("{PID_ATTRIBUTE}\0").as_bytes())?,
            Op::Interrupt(interrupt) => self.debts.interrupt(interrupt.unique),
            Op::Change => return Err(Errno::ACCESS),
            Op::Poll(poll) => self.poll(header, poll).await?,
            Op::Destroy | Op::Unknown => return Err(Errno::NOSYS),
        }
        Ok(())
    }

    fn lookup(&mut self, header: &fuse_in_header, name: &str) -> Result<(), Errno> {
        let dir = self.node(header)?;
        let node = self.device.walk(&dir, name).map_err(errno)?;
        let place = node.place();
        let stat = self.device.stat(&node).map_err(errno)?;
        let number = if place == Place::Clone {
            self.last_clone += 1;
            CLONE_NODES | self.last_clone
        } else {
            place.qid().path
        };
        self.answer(header, reply::entry(number, place, &stat).as_bytes());
        Ok(())
    }

    fn setattr(&mut self, header: &fuse_in_header, set: &fuse_setattr_in) -> Result<(), Errno> {
        let node = self.node(header)?;
        let mut stat = Stat::leave();
        if set.valid & FATTR_MODE != 0 {
            stat.mode = Mode(Mode(set.mode).permissions());
        }
        if set.valid & FATTR_SIZE != 0 {
            stat.length = set.size;
        }
        if set.valid & FATTR_UID != 0 {
            stat.n_uid = set.uid;
        }
        if set.valid & FATTR_GID != 0 {
            stat.n_gid = set.gid;
        }
        self.device.wstat(&node, &stat).map_err(errno)?;
        self.answer_attributes(header, &node)
    }

    fn open(&mut self, header: &fuse_in_header, open: fuse_open_in) -> Result<(), Errno> {
        let flags = OFlags::from_bits_retain(open.flags);
        let access = match flags & OFlags::RWMODE {
            OFlags::RDONLY => OpenMode::READ,
            OFlags::WRONLY => OpenMode::WRITE,
            OFlags::RDWR => OpenMode::RDWR,
            _ => return Err(Errno::INVAL),
        };
        let truncates = flags.contains(OFlags::TRUNC);
        let mode = if truncates { access | OpenMode::TRUNC } else { access };
        let number = self.new_handle()?;
        let node = self.node(header)?;
        let opened = self.device.open(&node, mode).map_err(errno)?;
        let open = Open::new(opened.file, opened.node.place(), header.uid);
        let out = fuse_open_out { fh: number, open_flags: open.flags(), ..fuse_open_out::default() };
        self.handles.insert(number, Handle::File(Arc::new(open)));
        self.answer(header, out.as_bytes());
        Ok(())
    }

    fn opendir(&mut self, header: &fuse_in_header) -> Result<(), Errno> {
        let number = self.new_handle()?;
        let node = self.node(header)?;
        let opened = self.device.open(&node, OpenMode::READ).map_err(errno)?;
        let dir = Dir { file: opened.file, place: node.place(), entries: Vec::new() };
        self.handles.insert(number, Handle::Dir(dir));
        self.answer(header, fuse_open_out { fh: number, ..fuse_open_out::default() }.as_bytes());
        Ok(())
    }

    fn readdir(&mut self, header: &fuse_in_header, read: &fuse_read_in) -> Result<(), Errno> {
        let Some(Handle::Dir(dir)) = self.handles.get_mut(&read.fh) else { return Err(Errno::BADF) };
        let node = self.users.root(&self.device, header.uid).at(dir.place);
        if read.offset == 0 {
            let mut entries = Vec::new();
            for name in [".", ".."] {
                let place = if name == "." { Some(node.clone()) } else { self.device.walk(&node, name).ok() };
                let mut stat = self.device.stat(&place.unwrap_or_else(|| node.clone())).map_err(errno)?;
                name.clone_into(&mut stat.name);
                entries.push(stat);
            }
            entries.append(&mut self.device.list(&dir.file).map_err(errno)?);
            dir.entries = entries;
        }
        let len_max = read.size as usize;
        let mut out = Vec::with_capacity(len_max.min(DIR_LEN));
        let start = usize::try_from(read.offset).unwrap_or(usize::MAX);
        for (next, stat) in (1..).zip(&dir.entries).skip(start) {
            if !reply::dirent(&mut out, len_max, &stat.name, stat, next) {
                break;
            }
        }
        self.answer(header, &out);
        Ok(())
    }

    async fn read(&mut self, header: &fuse_in_header, read: &fuse_read_in) -> Result<(), Errno> {
        let open = Arc::clone(self.file(read.fh).ok_or(Errno::BADF)?);
        let answer = open.read(read.offset, read.size);
        let owed =
            Owed { unique: header.unique, is_patient: is_patient(read.flags), is_long: false, taken: None };
        self.debts.owe(owed, answer, say_read).await;
        self.watch_after(&open, poll::READ, read.flags);
        Ok(())
    }

    async fn write(
        &mut self,
        header: &fuse_in_header,
        write: &fuse_write_in,
        data: Bytes,
    ) -> Result<(), Errno> {
        let open = Arc::clone(self.file(write.fh).ok_or(Errno::BADF)?);
        let taken = Arc::new(AtomicUsize::new(0));
        let is_long = data.len() > SHORT_LEN_MAX;
        let data = match data.get(..SHORT_LEN_MAX) {
            // A stream may take less than it is given; a command is taken whole.
            Some(piece) if self.shelf.is_scarce() && !open.is_ctl() => Bytes::copy_from_slice(piece),
            _ => data,
        };
        let answer = open.write(data, header.pid, header.uid, &taken);
        let owed =
            Owed { unique: header.unique, is_patient: is_patient(write.flags), is_long, taken: Some(taken) };
        self.debts.owe(owed, answer, say_written).await;
        self.watch_after(&open, poll::WRITE, write.flags);
        Ok(())
    }

    /// Sees to it that a caller with O_NONBLOCK who has had what there is is told when there is more.
    fn watch_after(&mut self, open: &Open, way: PollFlags, flags: u32) {
        if !is_patient(flags) {
            open.polled.watch(way, open.file(), &self.kernel, &mut self.debts.tasks);
        }
    }

    /// Says what a file is ready for, and tells later when it is for the rest of what was asked.
    async fn poll(&mut self, header: &fuse_in_header, poll: &fuse_poll_in) -> Result<(), Errno> {
        let open = Arc::clone(self.file(poll.fh).ok_or(Errno::BADF)?);
        let events = PollFlags::from_bits_retain(u16::try_from(poll.events & 0xffff).unwrap_or_default());
        if poll.flags & FUSE_POLL_SCHEDULE_NOTIFY != 0 {
            open.polled.ask(poll.kh, events);
        }
        let found = poll::ready(open.file(), events).await;
        open.polled.watch(events.difference(found), open.file(), &self.kernel, &mut self.debts.tasks);
        let out = fuse_poll_out { revents: u32::from(found.bits()), padding: 0 };
        self.answer(header, out.as_bytes());
        Ok(())
    }

    fn access(&mut self, header: &fuse_in_header, mask: u32) -> Result<(), Errno> {
        let node = self.node(header)?;
        let is_dir = node.place().qid().is_dir();
        for (bit, access) in [(R_OK, OpenMode::READ), (W_OK, OpenMode::WRITE), (X_OK, OpenMode::EXEC)] {
            let is_walk = is_dir && bit == X_OK;
            if mask & bit != 0 && !is_walk {
                self.device.may_open(&node, access).map_err(|error| errno(error.into()))?;
            }
        }
        self.answer(header, &[]);
        Ok(())
    }

    fn answer(&self, header: &fuse_in_header, body: &[u8]) {
        self.kernel.answer(header.unique, body);
    }

    fn answer_attributes(&self, header: &fuse_in_header, node: &Node) -> Result<(), Errno> {
        let stat = self.device.stat(node).map_err(errno)?;
        self.answer(header, reply::attributes(node.place(), &stat).as_bytes());
        Ok(())
    }

    /// Answers with the value of an extended attribute, or its length if that was asked (xattr(7)).
    fn answer_xattr(
        &self,
        header: &fuse_in_header,
        get: &fuse_getxattr_in,
        value: &[u8],
    ) -> Result<(), Errno> {
        let len = u32::try_from(value.len()).unwrap_or(u32::MAX);
        if get.size == 0 {
            self.answer(header, fuse_getxattr_out { size: len, padding: 0 }.as_bytes());
        } else if get.size < len {
            return Err(Errno::RANGE);
        } else {
            self.answer(header, value);
        }
        Ok(())
    }

    /// Gives the place that a request is about, as the user who asks sees it.
    fn node(&mut self, header: &fuse_in_header) -> Result<Node, Errno> {
        let is_clone = header.nodeid & CLONE_NODES != 0;
        let place = if is_clone { Some(Place::Clone) } else { Place::of_qid(header.nodeid) };
        Ok(self.users.root(&self.device, header.uid).at(place.ok_or(Errno::STALE)?))
    }

    fn file(&self, handle: u64) -> Option<&Arc<Open>> {
        match self.handles.get(&handle) {
            Some(Handle::File(open)) => Some(open),
            _ => None,
        }
    }

    fn new_handle(&mut self) -> Result<u64, Errno> {
        if self.handles.len() >= HANDLES_MAX {
            return Err(Errno::NFILE);
        }
        self.last_handle += 1;
        Ok(self.last_handle)
    }
}

/// Tells whether a caller waits, by the flags of its open file.
fn is_patient(flags: u32) -> bool {
    !OFlags::from_bits_retain(flags).contains(OFlags::NONBLOCK)
}

/// Gives a name in a message, if it is text: every name of the tree is.
fn text<'a>(message: &'a Bytes, name: &Range<usize>) -> Option<&'a str> {
    std::str::from_utf8(message.get(name.clone())?).ok()
}

fn errno(error: ninep::Error) -> Errno {
    tracing::debug!("fuse: {error}");
    Errno::from_raw_os_error(error.errno)
}

/// The number of the process that serves a mount, for whoever must let it look (prctl(2), PR_SET_PTRACER).
const PID_ATTRIBUTE: &str = "user.devtls.pid";

/// The inodes of `clone`, one for each look-up: no qid has this bit.
const CLONE_NODES: u64 = 1 << 63;

/// Open files and directories of one mount.
const HANDLES_MAX: usize = 65_536;

/// Bytes of a write that are encrypted at once; and of one that may be cut.
const SHORT_LEN_MAX: usize = 64 << 10;

/// Bytes of a directory that are gathered without growing the buffer.
const DIR_LEN: usize = 8 << 10;

const R_OK: u32 = 4;
const W_OK: u32 = 2;
const X_OK: u32 = 1;
