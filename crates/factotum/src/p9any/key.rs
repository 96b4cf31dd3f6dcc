//! The keys of Plan 9's protocols, as lines of a file that its owner alone may read.
//!
//! ```text
//! key proto=dp9ik dom=example.com user=glenda !password='a long one'
//! key proto=p9sk1 dom=example.com user=glenda !hex=f4f29c1e93cd68
//! ```

use std::fmt;

use zeroize::Zeroizing;

use crate::authsrv::{DesKey, PakHash, password};
use crate::keyspec::{self, KeySpec};

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proto {
    /// Password-authenticated: listening and guessing gains nothing.
    Dp9ik,
    /// DES: whoever listens can guess passwords, and break any of them.
    P9sk1,
}

/// A user's key in a domain.
pub struct Key {
    /// The protocol that it is for.
    pub proto: Proto,
    /// The authentication domain.
    pub domain: String,
    /// The user.
    pub user: String,
    pub(super) secret: Secret,
}

pub(super) enum Secret {
    Dp9ik(Box<PakHash>),
    P9sk1(DesKey),
}

/// Why a line of a file of keys is none. It repeats nothing of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// It does not begin with `key`.
    NoKey,
    /// It is no list of attributes.
    Attributes(keyspec::Fault),
    /// The protocol is none of these two.
    Proto,
    /// An attribute is missing or empty.
    Missing(&'static str),
    /// A name is too long for the messages.
    TooLong(&'static str),
    /// There is neither `!password` nor `!hex`, or both.
    Secret,
    /// `!hex` is not as many bytes as the protocol has in a key.
    Hex,
}

impl Proto {
    /// Gives the name of the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Proto::Dp9ik => "dp9ik",
            Proto::P9sk1 => "p9sk1",
        }
    }
}

/// Reads the keys of Plan 9's protocols from the text of a file. Empty lines and those that begin with `#` say nothing; keys
/// of other protocols, which factotum keeps in the same file, are left out. p9sk1's come first: an old drawterm takes the first
/// offer that it can read.
///
/// # Errors
/// The number of the first line, from 1, that is no key, and why.
pub fn keys(text: &str) -> Result<Vec<Key>, (usize, KeyFault)> {
    let mut keys = Vec::new();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match Key::parse(line) {
            Ok(key) => keys.push(key),
            Err(KeyFault::Proto) => {}
            Err(fault) => return Err((number, fault)),
        }
    }
    keys.sort_by_key(|key| key.proto == Proto::Dp9ik);
    Ok(keys)
}

impl Key {
    /// Reads a line. Deriving a key of dp9ik from a password takes some milliseconds on purpose.
    ///
    /// # Errors
    /// The line is no key.
    pub fn parse(line: &str) -> Result<Key, KeyFault> {
        let (verb, attrs) = line.split_once(|char: char| char.is_ascii_whitespace()).unwrap_or((line, ""));
        if verb != "key" {
            return Err(KeyFault::NoKey);
        }
        let spec = KeySpec::parse(attrs).map_err(KeyFault::Attributes)?;
        let proto = match spec.value("proto") {
            Some("dp9ik") => Proto::Dp9ik,
            Some("p9sk1") => Proto::P9sk1,
            _ => return Err(KeyFault::Proto),
        };
        let domain = name(&spec, "dom", crate::authsrv::ticket::DOMAIN_LEN)?;
        let user = name(&spec, "user", crate::authsrv::ticket::NAME_LEN)?;
        let secret = match (proto, spec.value("!password"), spec.value("!hex")) {
            (Proto::Dp9ik, Some(text), None) => pak(&user, &password::aes_key(text.as_bytes())),
            (Proto::P9sk1, Some(text), None) => Secret::P9sk1(password::des_key(text.as_bytes())),
            (Proto::Dp9ik, None, Some(text)) => pak(&user, &*hex(text)?),
            (Proto::P9sk1, None, Some(text)) => Secret::P9sk1(DesKey::new(*hex(text)?)),
            _ => return Err(KeyFault::Secret),
        };
        Ok(Key { proto, domain, user, secret })
    }
}

fn pak(user: &str, key: &[u8; password::AES_KEY_LEN]) -> Secret {
    Secret::Dp9ik(Box::new(PakHash::new(user, key)))
}

/// Takes a name that goes into a field of `len` bytes, a NUL at its end.
fn name(spec: &KeySpec, attr: &'static str, len: usize) -> Result<String, KeyFault> {
    match spec.value(attr) {
        None | Some("") => Err(KeyFault::Missing(attr)),
        Some(name) if name.len() >= len => Err(KeyFault::TooLong(attr)),
        Some(name) => Ok(name.to_owned()),
    }
}

fn hex<const N: usize>(text: &str) -> Result<Zeroizing<[u8; N]>, KeyFault> {
    let mut bytes = Zeroizing::new([0; N]);
    match base16ct::mixed::decode(text, bytes.as_mut_slice()) {
        Ok(read) if read.len() == N => Ok(bytes),
        _ => Err(KeyFault::Hex),
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyFault::NoKey => f.write_str("a line of a file of keys begins with `key`"),
            KeyFault::Attributes(keyspec::Fault::OpenQuote) => f.write_str("a quote is not closed"),
            KeyFault::Attributes(keyspec::Fault::NoName) => f.write_str("a value has no name"),
            KeyFault::Attributes(keyspec::Fault::Twice) => f.write_str("an attribute is there twice"),
            KeyFault::Proto => f.write_str("the protocol is neither dp9ik nor p9sk1"),
            KeyFault::Missing(attr) => write!(f, "the attribute {attr} is missing"),
            KeyFault::TooLong(attr) => write!(f, "the value of {attr} is too long"),
            KeyFault::Secret => f.write_str("either !password or !hex must be there"),
            KeyFault::Hex => f.write_str("!hex must be 16 bytes for dp9ik and 7 for p9sk1"),
        }
    }
}

impl std::error::Error for KeyFault {}
