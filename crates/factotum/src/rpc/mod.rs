//! Talking to a factotum: the words of its `rpc` file (factotum(4)).
//!
//! One request is written, one reply read, strictly in turns; each open `rpc` is a conversation of its own. What is said to
//! whom is decided by the machines below; moving the bytes is somebody else's affair, and so is finding the file.

pub mod proxy;
pub mod rsa;

pub use proxy::{Proxy, ProxyStep};
pub use rsa::RsaOperation;

use std::fmt;

/// What a factotum replied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply<'a> {
    /// It is done; here is what was asked for.
    Ok(&'a [u8]),
    /// The conversation has come to its end.
    Done,
    /// It wants the other thing first: to be read from, or to be written to.
    Phase,
    /// A write must have so many bytes in all.
    TooSmall(usize),
}

/// Why a factotum was of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It said no, and why.
    Refused(String),
    /// It has no such key; the template says which.
    NeedKey(String),
    /// Its key did not work; the text is its own.
    BadKey(String),
    /// It said something that is no reply.
    Malformed(String),
    /// It said something that is a reply, but none to this.
    OutOfTurn,
    /// It wants more of the peer's bytes than a message has, or no more than it got.
    BadLength,
    /// The peer closed the connection.
    ShortRead,
    /// What it says about who was authenticated cannot be read.
    BadAuthInfo,
    /// It has no key for this certificate.
    NoKey,
    /// Its signature does not verify with the certificate.
    BadSignature,
    /// A request does not fit into a message.
    TooLong,
    /// There is no factotum, or its file cannot be read or written; in the system's words.
    File(String),
}

impl Reply<'_> {
    /// Reads a reply: a verb, then a space and data or nothing.
    ///
    /// # Errors
    /// It is none, or it says no.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Reply<'_>, Error> {
        let (verb, data) = match bytes.iter().position(|byte| *byte == b' ') {
            Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
            None => (bytes, [].as_slice()),
        };
        let malformed = || Error::Malformed(shown(bytes));
        match verb {
            b"ok" => Ok(Reply::Ok(data)),
            b"done" => Ok(Reply::Done),
            b"phase" => Ok(Reply::Phase),
            b"toosmall" => {
                let len = str::from_utf8(data).ok().and_then(|text| text.trim().parse().ok());
                len.map(Reply::TooSmall).ok_or_else(malformed)
            }
            b"needkey" => Err(Error::NeedKey(shown(data))),
            b"badkey" => {
                // attributes, the reason, attributes: one line each.
                let reason = data.split(|byte| *byte == b'\n').nth(1).unwrap_or(data);
                Err(Error::BadKey(shown(reason)))
            }
            b"error" if data.is_empty() => Err(Error::Refused("unspecified rpc error".to_owned())),
            b"error" => Err(Error::Refused(shown(data))),
            _ => Err(malformed()),
        }
    }
}

/// Makes a request. The space is there even before no data.
///
/// # Errors
/// [`Error::TooLong`]
pub(crate) fn request(verb: &str, data: &[u8]) -> Result<Vec<u8>, Error> {
    let message = [verb.as_bytes(), b" ", data].concat();
    if message.len() > MESSAGE_LEN_MAX { Err(Error::TooLong) } else { Ok(message) }
}

/// Makes a text of what somebody else said: a line, no control characters, not too long.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line: String =
        text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(SHOWN_LEN_MAX).collect();
    line.trim().to_owned()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(reason) => write!(f, "factotum: {reason}"),
            Error::NeedKey(template) => write!(f, "factotum needs a key: {template}"),
            Error::BadKey(reason) => write!(f, "factotum's key is bad: {reason}"),
            Error::Malformed(reply) => write!(f, "malformed rpc response: {reply}"),
            Error::OutOfTurn => f.write_str("factotum replied out of turn"),
            Error::BadLength => f.write_str("factotum asks for an impossible length"),
            Error::ShortRead => f.write_str("auth_proxy short read"),
            Error::BadAuthInfo => f.write_str("bad auth info from factotum"),
            Error::NoKey => f.write_str("factotum has no key for this certificate"),
            Error::BadSignature => f.write_str("factotum's signature does not verify with the certificate"),
            Error::TooLong => f.write_str("rpc too big"),
            Error::File(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

/// Bytes of the longest message, either way.
pub const MESSAGE_LEN_MAX: usize = 4096;

/// Characters of what a factotum said that go into a text.
const SHOWN_LEN_MAX: usize = 200;

#[cfg(test)]
mod tests;
