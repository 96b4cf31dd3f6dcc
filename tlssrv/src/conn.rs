//! One TLS connection through the device's files, in the order of tls(3): `clone`, `hand`, `fd`, the handshake, `data`.
//!
//! The handshake itself is tlshand's; it gets `ctl` and `hand` and nothing else.

use std::fmt;
use std::os::fd::OwnedFd;

use bytes::Bytes;
use ninep::OpenMode;
use rustix::io::Errno;
use rustix::net::getpeername;
use tlshand::{Algs, ClientConf, FileError, Files, Outcome, ServerConf};
use tlswire::ProtocolVersion;

use crate::device::{Device, File, Refusal, Session};
use crate::exit::Exit;
use crate::report::Report;

/// A connection on its way.
pub struct Conn {
    session: Session,
    dir: String,
    ctl: File,
    hand: File,
}

/// A connection that carries data.
pub struct Opened {
    /// Reads what the peer sends, writes what it gets.
    pub data: File,
    /// Takes the alerts at the end.
    pub ctl: File,
    /// The connection's directory in the device's tree, `/tls/3`.
    pub dir: String,
    /// What the handshake agreed on.
    pub outcome: Outcome,
}

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The device refused.
    Device(Refusal),
    /// The peer and we did not agree.
    Handshake(tlshand::Error),
    /// The peer had broken off before anything was said.
    Gone,
    /// The time was over.
    Late,
}

impl Conn {
    /// Begins a connection over `fd`, of which the device takes a copy: ours is closed.
    ///
    /// # Errors
    /// [`Failure::Device`], [`Failure::Gone`].
    pub async fn begin(device: &Device, fd: OwnedFd) -> Result<Conn, Failure> {
        let session = device.session().await?;
        let ctl = session.open("tls/clone", OpenMode::RDWR).await?;
        let number = ctl.read(NUMBER_LEN_MAX).await?;
        let number = std::str::from_utf8(&number).ok().filter(|text| is_number(text));
        let number = number.ok_or_else(|| Refusal("clone gives no number".to_owned()))?;
        let dir = format!("/tls/{number}");
        let hand = session.open(&format!("{dir}/hand"), OpenMode::RDWR).await?;
        if let Err(refusal) = ctl.write_fd(&fd, ProtocolVersion::TLS12.0).await {
            // The device takes only sockets that are connected: a peer that reset its connection meanwhile is no fault of ours.
            let is_gone = getpeername(&fd) == Err(Errno::NOTCONN);
            return Err(if is_gone { Failure::Gone } else { Failure::Device(refusal) });
        }
        Ok(Conn { session, dir, ctl, hand })
    }

    /// What the device can do: its `encalgs` and `hashalgs`.
    ///
    /// # Errors
    /// The device's text.
    pub async fn algs(&self) -> Result<Algs, Refusal> {
        let mut texts = [String::new(), String::new()];
        for (text, path) in texts.iter_mut().zip(["tls/encalgs", "tls/hashalgs"]) {
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
        let done = tlshand::tls_server(&mut self, algs, conf, &mut trace).await;
        self.opened(done.map_err(Failure::Handshake)?).await
    }

    /// Does a client's handshake.
    ///
    /// # Errors
    /// [`Failure::Handshake`], [`Failure::Device`].
    pub async fn call(mut self, algs: &Algs, conf: &ClientConf, report: &Report) -> Result<Opened, Failure> {
        let mut trace = |line: &str| report.trace(line);
        let done = tlshand::tls_client(&mut self, algs, conf, &mut trace).await;
        self.opened(done.map_err(Failure::Handshake)?).await
    }

    /// Opens `data` and closes `hand`.
    async fn opened(self, outcome: Outcome) -> Result<Opened, Failure> {
        let data = self.session.open(&format!("{}/data", self.dir), OpenMode::RDWR).await?;
        Ok(Opened { data, ctl: self.ctl, dir: self.dir, outcome })
    }
}

impl Files for Conn {
    async fn ctl(&mut self, line: &str) -> Result<(), FileError> {
        Ok(self.ctl.write_all(Bytes::copy_from_slice(line.as_bytes())).await?)
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        Ok(Vec::from(self.hand.read(count).await?))
    }

    async fn write_hand(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        Ok(self.hand.write_all(Bytes::copy_from_slice(bytes)).await?)
    }
}

impl Failure {
    /// The exit code that it gives a program.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Device(_) => Exit::System,
            Failure::Handshake(_) | Failure::Gone | Failure::Late => Exit::Tls,
        }
    }
}

impl fmt::Display for Failure {
    /// As reports have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Device(refusal) => write!(f, "failed: {refusal}"),
            Failure::Handshake(error) => write!(f, "failed: {error}"),
            Failure::Gone => f.write_str("failed: the peer has gone"),
            Failure::Late => f.write_str("failed: handshake timed out"),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Device(refusal)
    }
}

impl From<Refusal> for FileError {
    fn from(refusal: Refusal) -> FileError {
        FileError(refusal.0)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Bytes of a connection's number.
const NUMBER_LEN_MAX: usize = 16;
/// Bytes of a list of algorithms, as the original reads it.
const ALGS_LEN_MAX: usize = 1023;
