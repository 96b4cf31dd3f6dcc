//! The connection that somebody made and gave us: its files, and its channel if it has none yet.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use ninep::OpenMode;
use rustix::process::{PidfdFlags, PidfdGetfdFlags};
use tlshand::program::device::{Device, File, Session, wiped};
use tlshand::program::exit::{Exit, Fatal, plain};
use tlshand::program::factotum::{Factotum, Rpc};
use tlshand::program::keylog::KeyLog;
use tlshand::program::mounted::{Tree, is_number};
use tlshand::{Algs, FileError, Files};
use tlswire::ProtocolVersion;
use zeroize::Zeroizing;

use crate::args::Args;

/// A connection before its handshake.
pub(crate) struct Connection {
    session: Session,
    number: String,
    ctl: Arc<File>,
    hand: File,
    rpc: Rpc,
    key_log: Option<KeyLog>,
}

/// What a handshake needs that is not of the device.
pub(crate) struct Outside {
    /// Who has the keys that are in no file.
    pub(crate) factotum: Option<Factotum>,
    /// Who is told the secrets.
    pub(crate) key_log: Option<KeyLog>,
}

/// Why there is no TLS.
pub(crate) enum Failure {
    /// The device refused.
    Device(FileError),
    /// The peer and we did not agree.
    Handshake(tlshand::Error),
    /// The time was over.
    Late,
}

impl Connection {
    /// Opens the files of the connection that `args` names.
    ///
    /// # Errors
    /// There is none, or it is not ours.
    pub(crate) async fn open(args: &Args, outside: Outside) -> Result<Connection, Fatal> {
        let dir = &args.dir;
        let (session, number) = match &args.device {
            None => {
                let found = Tree::of_connection(Path::new(dir));
                let (tree, number) =
                    found.map_err(|error| Fatal::configuration(format!("{dir}: {}", plain(&error))))?;
                (Session::Mounted(tree), number)
            }
            Some(place) => {
                let device = Device::parse(place);
                let device = device.map_err(|why| Fatal::configuration(format!("--device: {why}")))?;
                let number = dir.trim_start_matches('/').trim_start_matches("tls/");
                if !is_number(number) {
                    return Err(Fatal::configuration(format!("{dir}: not the directory of a connection")));
                }
                (device.session().await.map_err(|error| Fatal::refused(error.0))?, number.to_owned())
            }
        };
        let open = async |name: &str| {
            let file = session.open(&format!("{number}/{name}"), OpenMode::RDWR).await;
            file.map_err(|error| Fatal::refused(format!("{dir}/{name}: {error}")))
        };
        let (ctl, hand) = (Arc::new(open("ctl").await?), open("hand").await?);
        Ok(Connection {
            session,
            number,
            ctl,
            hand,
            rpc: Rpc::new(outside.factotum),
            key_log: outside.key_log,
        })
    }

    /// Its file `ctl`, for whoever ends it.
    pub(crate) fn ctl(&self) -> Arc<File> {
        Arc::clone(&self.ctl)
    }

    /// What the device can do: its `encalgs` and `hashalgs`.
    ///
    /// # Errors
    /// The device's text.
    pub(crate) async fn algs(&self) -> Result<Algs, Failure> {
        Ok(Algs::parse(&self.text("encalgs").await?, &self.text("hashalgs").await?))
    }

    /// Hands descriptor `number` to the device, unless the connection has a channel: who carries `wire` has said so before.
    ///
    /// # Errors
    /// The device's text, and what there is to do about it.
    pub(crate) async fn give_channel(&self, number: i32) -> Result<(), Failure> {
        let status = self.text(&format!("{}/status", self.number)).await?;
        if status.starts_with("State: Handshaking\n") {
            return Ok(());
        }
        let version = ProtocolVersion::TLS12.0;
        let given = match &*self.ctl {
            File::Mounted(file) => file.write_fd(number, version).await,
            file @ File::Dialled(_) => match own_descriptor(number) {
                Ok(fd) => file.write_fd(fd.as_fd(), version).await,
                Err(error) => Err(FileError(plain(&error))),
            },
        };
        given.map_err(|error| {
            let advice = format!("or write wire {version:#x} to its ctl first, and carry its wire");
            Failure::Device(FileError(format!("fd {number}: {error}; {advice}")))
        })
    }

    async fn text(&self, path: &str) -> Result<String, FileError> {
        let file = self.session.open(path, OpenMode::READ).await?;
        Ok(String::from_utf8_lossy(&file.read(TEXT_LEN_MAX).await?).into_owned())
    }
}

impl Files for Connection {
    async fn ctl(&mut self, line: &str) -> Result<(), FileError> {
        self.ctl.write_all(wiped(line)).await
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        Ok(Vec::from(self.hand.read(count).await?))
    }

    async fn write_hand(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.hand.write_all(Bytes::copy_from_slice(bytes)).await
    }

    async fn key_log(&mut self, line: &str) {
        if let Some(key_log) = &self.key_log {
            key_log.write(line);
        }
    }

    async fn rpc(&mut self, request: &[u8]) -> Result<Zeroizing<Vec<u8>>, FileError> {
        self.rpc.ask(request).await
    }
}

impl Failure {
    /// The exit code that it gives the program.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Failure::Device(_) => Exit::System,
            Failure::Handshake(_) | Failure::Late => Exit::Tls,
        }
    }
}

impl fmt::Display for Failure {
    /// As reports have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Device(error) => write!(f, "failed: {error}"),
            Failure::Handshake(error) => write!(f, "failed: {error}"),
            Failure::Late => f.write_str("failed: handshake timed out"),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        Failure::Device(error)
    }
}

/// Duplicates descriptor `number` of this process, by a pidfd of ourselves: the other ways take a bare number for an open
/// descriptor on trust.
fn own_descriptor(number: i32) -> io::Result<OwnedFd> {
    if number == 0 {
        return rustix::stdio::stdin().try_clone_to_owned();
    }
    let ourselves = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty())?;
    Ok(rustix::process::pidfd_getfd(ourselves, number, PidfdGetfdFlags::empty())?)
}

/// Bytes of a text of the device.
const TEXT_LEN_MAX: usize = 8192;
