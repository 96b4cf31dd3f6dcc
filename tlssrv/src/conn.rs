//! One TLS connection through the device's files, in the order of tls(3): `clone`, `hand`, `fd` (or `wire` where that is
//! refused), the handshake, `data`.
//!
//! The handshake itself is tlshand's; it gets `ctl` and `hand` and nothing else.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;

use bytes::Bytes;
use ninep::OpenMode;
use rustix::io::Errno;
use rustix::net::getpeername;
use tlshand::program::device::{self as elsewhere, wiped};
use tlshand::program::factotum::Rpc;
use tlshand::program::keylog::KeyLog;
use tlshand::program::mounted::{self, is_number};
use tlshand::{Algs, ClientConf, Compat, FileError, Files, Kept, Outcome, ServerConf};
use tlswire::ProtocolVersion;
use zeroize::Zeroizing;

use crate::auth;
use crate::carrier::Carrier;
use crate::device::{Device, File, Refusal, Session};
use crate::exit::{Exit, plain};
use crate::goodbye::Goodbyes;
use crate::place::Place;
use crate::report::Report;

/// A connection on its way.
pub struct Conn {
    session: Session,
    number: String,
    ctl: File,
    hand: File,
    carrier: Option<Carrier>,
    hangup: Hangup,
    rpc: Rpc,
    key_log: Option<KeyLog>,
    kept: Option<Kept>,
}

/// A connection that carries data.
pub struct Opened {
    /// Reads what the peer sends, writes what it gets.
    pub data: File,
    /// Takes the alerts at the end.
    pub ctl: File,
    /// Where its files are.
    pub place: Place,
    /// What the handshake agreed on.
    pub outcome: Outcome,
    /// Moves the ciphertext, where the device could not take the descriptor.
    pub carrier: Option<Carrier>,
    /// Ends it if it is given up.
    pub hangup: Hangup,
    /// What we may come back with.
    pub kept: Option<Kept>,
    /// Where the tickets of that are still to come from, if they are.
    pub hand: Option<File>,
}

/// Hangs a connection of a mounted device up when it is dropped: a thread that waits in a read keeps the file open until
/// then. Of other devices nothing is left when the files have been dropped.
pub struct Hangup(Option<(mounted::File, Goodbyes)>);

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The device refused.
    Device(Refusal),
    /// The peer and we did not agree.
    Handshake(tlshand::Error),
    /// The peer did not prove who it is, or we did not.
    Auth(auth::Failure),
    /// The peer is who it says, but nobody here.
    User(String),
    /// The peer had broken off before anything was said.
    Gone,
    /// The time was over.
    Late,
}

impl Conn {
    /// Begins a connection over `fd`, of which the device takes a copy: ours is closed. `rpc` is for keys that a factotum has.
    /// `key_log` is told the secrets.
    ///
    /// # Errors
    /// [`Failure::Device`], [`Failure::Gone`].
    pub async fn begin(
        device: &Device,
        fd: OwnedFd,
        rpc: Rpc,
        key_log: Option<KeyLog>,
    ) -> Result<Conn, Failure> {
        let session = device.session().await?;
        let ctl = session.begin().await?;
        let number = ctl.read(NUMBER_LEN_MAX).await?;
        let number = std::str::from_utf8(&number).ok().filter(|text| is_number(text));
        let number = number.ok_or_else(|| Refusal("clone gives no number".to_owned()))?;
        let hangup = Hangup::of(&ctl, device);
        let hand = session.open(&format!("{number}/hand"), OpenMode::RDWR).await?;
        let carrier = match ctl.write_fd(&fd, ProtocolVersion::TLS12.0).await {
            Ok(()) => None,
            // The device takes only sockets that are connected: a peer that reset its connection meanwhile is no fault of ours.
            Err(_) if getpeername(&fd) == Err(Errno::NOTCONN) => return Err(Failure::Gone),
            Err(refusal) => {
                let Device::Elsewhere(_, goodbyes) = device else { return Err(refusal.into()) };
                let line = format!("wire {:#x}", ProtocolVersion::TLS12.0);
                if ctl.write_all(Bytes::from(line)).await.is_err() {
                    // One that has no `wire` either said before what it wants.
                    return Err(refusal.into());
                }
                Some(Carrier::start(&session, number, fd, goodbyes).await?)
            }
        };
        Ok(Conn { number: number.to_owned(), session, ctl, hand, carrier, hangup, rpc, key_log, kept: None })
    }

    /// What the device can do: its `encalgs` and `hashalgs`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn algs(&self) -> Result<Algs, Refusal> {
        let mut texts = [String::new(), String::new()];
        for (text, path) in texts.iter_mut().zip(["encalgs", "hashalgs"]) {
            let file = self.session.open(path, OpenMode::READ).await?;
            *text = String::from_utf8_lossy(&file.read(ALGS_LEN_MAX).await?).into_owned();
        }
        let [encalgs, hashalgs] = texts;
        Ok(Algs::parse(&encalgs, &hashalgs))
    }

    /// Does a server's handshake.
    ///
    /// # Errors
    /// [`Failure::Handshake`], [`Failure::Device`].
    pub async fn serve(mut self, algs: &Algs, conf: &ServerConf, report: &Report) -> Result<Opened, Failure> {
        let mut trace = |line: &str| report.trace(line);
        let trace = if report.is_traced() { Some(&mut trace as _) } else { None };
        let done = tlshand::tls_server(&mut self, algs, conf, trace).await;
        self.opened(done.map_err(Failure::Handshake)?).await
    }

    /// Does a client's handshake.
    ///
    /// # Errors
    /// [`Failure::Handshake`], [`Failure::Device`].
    pub async fn call(mut self, algs: &Algs, conf: &ClientConf, report: &Report) -> Result<Opened, Failure> {
        let mut trace = |line: &str| report.trace(line);
        let trace = if report.is_traced() { Some(&mut trace as _) } else { None };
        let done = tlshand::tls_client(&mut self, algs, conf, trace).await;
        self.opened(done.map_err(Failure::Handshake)?).await
    }

    /// Opens `data`, and closes `hand` unless something is to come from it.
    async fn opened(self, outcome: Outcome) -> Result<Opened, Failure> {
        let Conn { session, number, ctl, hand, carrier, hangup, kept, .. } = self;
        // Before `data` is opened, so that it tells of long transfers. A device that does not know the word goes on
        // as it did.
        let _ = ctl.write_all(Bytes::from_static(b"stream")).await;
        let place = Place::new(session, number);
        let data = place.open("data", OpenMode::RDWR).await?;
        let hand = matches!(kept, Some(Kept::Coming(_))).then_some(hand);
        Ok(Opened { data, ctl, place, outcome, carrier, hangup, kept, hand })
    }
}

impl Opened {
    /// Gives the connection itself as a command's standard input, output and error, where the device is mounted. Each is
    /// an open file of its own: a process that waits in a read of one must not hold up a write of another.
    ///
    /// # Errors
    /// The device's text.
    pub async fn descriptors(&self) -> Result<Option<[OwnedFd; 3]>, Refusal> {
        let File::Elsewhere(elsewhere::File::Mounted(_)) = &self.data else { return Ok(None) };
        let open = async || {
            let file = self.place.open("data", OpenMode::RDWR).await?;
            let File::Elsewhere(elsewhere::File::Mounted(file)) = file else {
                return Err(Refusal("not a file of the mount".to_owned()));
            };
            file.to_descriptor().map_err(|error| Refusal(plain(&error)))
        };
        Ok(Some([open().await?, open().await?, open().await?]))
    }

    /// Closes our files without ending the connection, which is others' now; gives what they still need of us.
    pub fn leave(mut self) -> Option<Carrier> {
        self.hangup.0 = None;
        self.carrier
    }
}

impl Hangup {
    fn of(ctl: &File, device: &Device) -> Hangup {
        Hangup(match (ctl, device) {
            (File::Elsewhere(elsewhere::File::Mounted(ctl)), Device::Elsewhere(_, goodbyes)) => {
                Some((ctl.clone(), goodbyes.clone()))
            }
            _ => None,
        })
    }
}

impl Drop for Hangup {
    fn drop(&mut self) {
        if let Some((ctl, goodbyes)) = self.0.take() {
            goodbyes.spawn(async move {
                // One that has ended already needs no end.
                let _ = ctl.write(Bytes::from_static(b"hangup")).await;
            });
        }
    }
}

impl Files for Conn {
    fn keep(&mut self, kept: Kept) {
        self.kept = Some(kept);
    }

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
    /// The exit code that it gives a program.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Device(_) | Failure::User(_) => Exit::System,
            Failure::Auth(auth::Failure::NoFactotum(_)) => Exit::System,
            Failure::Auth(_) => Exit::Tls,
            Failure::Handshake(_) | Failure::Gone | Failure::Late => Exit::Tls,
        }
    }

    /// The same with somebody's manners: the original's code for a connection that failed is that of success.
    #[must_use]
    pub fn exit_for(&self, compat: Compat) -> Exit {
        match (compat, self.exit()) {
            (Compat::NineFront, Exit::Tls) => Exit::Done,
            (_, exit) => exit,
        }
    }
}

impl fmt::Display for Failure {
    /// As reports have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Device(refusal) => write!(f, "failed: {refusal}"),
            Failure::Handshake(error) => write!(f, "failed: {error}"),
            Failure::Auth(error) => write!(f, "failed: auth_proxy: {error}"),
            Failure::User(why) => write!(f, "failed: {why}"),
            Failure::Gone => f.write_str("failed: the peer has gone"),
            Failure::Late => f.write_str("failed: handshake timed out"),
        }
    }
}

impl From<auth::Failure> for Failure {
    fn from(failure: auth::Failure) -> Failure {
        Failure::Auth(failure)
    }
}

impl From<io::Error> for Failure {
    /// Only what goes on before there is a connection of the device is read and written by ourselves.
    fn from(error: io::Error) -> Failure {
        Failure::Auth(error.into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Device(refusal)
    }
}

/// Bytes of a connection's number.
const NUMBER_LEN_MAX: usize = 16;
/// Bytes of a list of algorithms, as the original reads it.
const ALGS_LEN_MAX: usize = 1023;
