//! One connection's directory, as the handshake sees it: a place for lines, and a place for handshake bytes; and the file of a
//! factotum, where it has the key.
//!
//! Whoever runs a handshake implements [`Files`] over what it has: a 9P client, a mounted directory, or a device in the
//! same process. How `clone` was opened and what `fd` got are its business, before the handshake and after.

use std::fmt;
use std::future::Future;

use zeroize::Zeroizing;

use crate::session::Kept;

/// The text with which a file refused a read or a write: the device's own words, as tls(3) has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError(pub String);

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FileError {}

/// The files `ctl` and `hand` of one connection, open for reading and writing, and perhaps a factotum's `rpc`.
pub trait Files: Send {
    /// Writes `line` to `ctl` in one write, without a newline. A line may hold secrets: it is not to be logged.
    fn ctl(&mut self, line: &str) -> impl Future<Output = Result<(), FileError>> + Send;

    /// Reads at most `count` bytes from `hand`. No bytes are the end.
    fn read_hand(&mut self, count: usize) -> impl Future<Output = Result<Vec<u8>, FileError>> + Send;

    /// Writes all of `bytes` to `hand` in one write.
    fn write_hand(&mut self, bytes: &[u8]) -> impl Future<Output = Result<(), FileError>> + Send;

    /// Adds `line` to a key log (RFC 9850), if the configuration asks for one and somebody keeps one. It holds a secret.
    fn key_log(&mut self, line: &str) -> impl Future<Output = ()> + Send {
        let _ = line;
        async {}
    }

    /// Writes `request` to the file `rpc` of a factotum, which is opened for this handshake at the first one, and reads the
    /// reply (factotum(4)). It is only for keys that are elsewhere ([`factotum::Key`]), and others need not implement it.
    fn rpc(&mut self, request: &[u8]) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, FileError>> + Send {
        let _ = request;
        async { Err(FileError("no factotum".to_owned())) }
    }

    /// Takes what a client may come back with, once its connection is open. Who does not keep sessions need not implement it.
    fn keep(&mut self, kept: Kept) {
        drop(kept);
    }
}

/// The lines of `ctl` whose refusal ends a handshake (tls(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `version 0x303`
    Version,
    /// `secret hashalg encalg isclient secretdata`
    Secret,
    /// `changecipher`
    ChangeCipher,
    /// `changecipher in`
    ChangeCipherIn,
    /// `skipearly n`
    SkipEarly,
    /// `maxrec out in`
    MaxRec,
    /// `opened`
    Opened,
}
