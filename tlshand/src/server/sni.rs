//! The name that a client asks for (RFC 6066 §3).
//!
//! The structure of the extension was checked when it was parsed; here it is the name itself. What the name then chooses
//! is `certs`' business.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::error::Error;
use crate::msg::ext::HOST_NAME;
use crate::msg::hello::ClientHello;

/// A DNS host name: lower case, no final dot, only letters, digits, `-`, `_` and dots between labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerName(String);

impl ServerName {
    /// The name as text; safe to print and to put in an environment.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Takes the bytes of a host_name. An IP address gives `None`: it may not stand there, but clients put it there, and
    /// ignoring it serves them (RFC 6066 §3).
    ///
    /// Narrower than printable ASCII: what no host name contains, such as `/` or `*`, would reach a command's environment
    /// and look like a path or pattern there.
    ///
    /// # Errors
    /// [`Error::BadServerName`].
    fn parse(bytes: &[u8]) -> Result<Option<ServerName>, Error> {
        let name = str::from_utf8(bytes).map_err(|_| Error::BadServerName("not ASCII"))?;
        // One final dot means the same name to people, though the RFC forbids it.
        let name = name.strip_suffix('.').unwrap_or(name);
        if is_address(name) {
            return Ok(None);
        }
        if name.len() > NAME_LEN_MAX {
            return Err(Error::BadServerName("too long"));
        }
        for label in name.split('.') {
            if label.is_empty() || label.len() > LABEL_LEN_MAX {
                return Err(Error::BadServerName("an empty or long label"));
            }
            if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(Error::BadServerName("a character that no host name has"));
            }
        }
        Ok(Some(ServerName(name.to_ascii_lowercase())))
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The host name in `hello`, if there is one that can be used.
///
/// # Errors
/// [`Error::BadServerName`].
pub(super) fn server_name(hello: &ClientHello) -> Result<Option<ServerName>, Error> {
    let names = hello.server_names().unwrap_or_default();
    match names.iter().find(|name| name.typ == HOST_NAME) {
        Some(name) => ServerName::parse(&name.bytes),
        None => Ok(None),
    }
}

fn is_address(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name.parse::<IpAddr>().is_ok() || bare.is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok())
}

/// Bytes of a name in text form without the final dot (RFC 1035 §2.3.4).
const NAME_LEN_MAX: usize = 253;
/// Bytes of one label (RFC 1035 §2.3.4).
const LABEL_LEN_MAX: usize = 63;

#[cfg(test)]
mod tests;
