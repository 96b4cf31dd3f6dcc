//! The file of ticket keys, which all processes share that serve the same clients: each makes it if it is not there, and a
//! new key in it when the last one has sealed for its time, and throws away keys that open nothing any more.
//!
//! ```text
//! # ticket keys of tlssrv and tlshand: name, seconds since 1970, key
//! 8/lRmDI0xOEwqzUyUDC2Sw== 1785542400 xpB4VdMIeKV5LJzBOmOUJVzbTf4YX8chr2HbJBZRlkQ=
//! ```
//!
//! It is its owner's alone, and that has to be us or the superuser: whoever wrote it could make tickets for anybody. A reader
//! sees it as it was or as it is, never half of it; only one writes at a time.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::SystemTime;

use aws_lc_rs::rand;
use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::program::clock::{milliseconds, seconds};
use crate::program::exit::plain;
use crate::program::secret_file::{self, Lock};
use crate::session::{KEY_LEN, KEY_NAME_LEN, TicketKey, TicketKeys, Tickets};

/// A file of ticket keys.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// Names the file, which need not be there yet.
    #[must_use]
    pub fn new(path: PathBuf) -> KeyFile {
        KeyFile { path }
    }

    /// Gives what tickets are given and taken by now. The file is read each time, and written once in an hour.
    ///
    /// # Errors
    /// Why the file cannot be used, beginning with its name.
    pub fn tickets(&self) -> Result<Tickets, String> {
        let now = SystemTime::now();
        let keys = self.keys(seconds(now)).map_err(|why| format!("{}: {why}", self.path.display()))?;
        Ok(Tickets { keys, now_ms: milliseconds(now) })
    }

    /// The keys as of `now`, in seconds since 1970, one of which seals.
    fn keys(&self, now: u64) -> Result<TicketKeys, String> {
        if self.path.try_exists().map_err(|error| plain(&error))? {
            let keys = self.read()?;
            if keys.sealing(now).is_some() {
                return Ok(keys);
            }
        }
        let lock = Lock::on(&self.path).map_err(|error| plain(&error))?;
        let keys = self.read()?;
        if keys.sealing(now).is_some() {
            // Somebody else was faster.
            return Ok(keys);
        }
        let keys = with_new_key(&keys, now)?;
        lock.replace(&text(&keys)).map_err(|error| plain(&error))?;
        Ok(keys)
    }

    fn read(&self) -> Result<TicketKeys, String> {
        let text = secret_file::read_ours(&self.path, "ticket keys", FILE_LEN_MAX)?;
        let mut keys = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            if !line.is_empty() && !line.starts_with('#') {
                keys.push(key(line).ok_or_else(|| format!("line {number} is no ticket key"))?);
            }
        }
        Ok(TicketKeys::new(keys))
    }
}

/// One line.
fn key(line: &str) -> Option<TicketKey> {
    let mut words = line.split(' ');
    let (name, made, secret) = (words.next()?, words.next()?, words.next()?);
    let (mut name_bytes, mut secret_bytes) = ([0; KEY_NAME_LEN], Zeroizing::new([0; KEY_LEN]));
    let name_len = Base64::decode(name, &mut name_bytes).ok()?.len();
    let secret_len = Base64::decode(secret, secret_bytes.as_mut_slice()).ok()?.len();
    let is_whole = (name_len, secret_len, words.next()) == (KEY_NAME_LEN, KEY_LEN, None);
    is_whole.then(|| TicketKey::new(name_bytes, made.parse().ok().unwrap_or(0), &secret_bytes))
}

fn text(keys: &TicketKeys) -> Zeroizing<String> {
    // Room for all of it at once: what grows leaves its old bytes behind.
    let mut text = Zeroizing::new(String::with_capacity(FILE_LEN_MAX));
    text.push_str("# ticket keys of tlssrv and tlshand: name, seconds since 1970, key\n");
    for key in keys.all() {
        let secret = Zeroizing::new(Base64::encode_string(key.secret()));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {} {}", Base64::encode_string(&key.name), key.made, secret.as_str());
    }
    text
}

/// The keys that still open something, with one more that seals.
fn with_new_key(keys: &TicketKeys, now: u64) -> Result<TicketKeys, String> {
    let (mut name, mut secret) = ([0; KEY_NAME_LEN], Zeroizing::new([0; KEY_LEN]));
    let drawn = rand::fill(&mut name).and_then(|()| rand::fill(secret.as_mut_slice()));
    drawn.map_err(|_| "no randomness".to_owned())?;
    let mut keys: Vec<TicketKey> = keys.all().iter().filter(|key| key.opens(now)).cloned().collect();
    keys.push(TicketKey::new(name, now, &secret));
    // Clocks that jump could leave more than hours do.
    let surplus = keys.len().saturating_sub(KEYS_MAX);
    keys.drain(..surplus);
    Ok(TicketKeys::new(keys))
}

/// Keys in a file.
const KEYS_MAX: usize = 32;
/// Bytes of the file.
const FILE_LEN_MAX: usize = 8192;

#[cfg(test)]
mod tests;
