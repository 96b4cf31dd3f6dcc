//! A file of secrets: read if it is its owner's alone, up to a bound, and wiped.
//!
//! What its lines mean, and whose it has to be, is for others to say.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::program::exit::plain;

/// The text of a file of secrets.
pub struct SecretFile {
    /// The text; wiped when it goes.
    pub text: Zeroizing<String>,
    /// Whose file it is.
    pub owner: u32,
}

/// Why a file of secrets is not read.
#[derive(Debug)]
pub enum Unfit {
    /// The system does not let us; in its words.
    Unreadable(String),
    /// Others may read or change it.
    Shared,
    /// It is longer than the bound.
    TooLong,
}

impl SecretFile {
    /// Reads `file` of at most `len_max` bytes.
    ///
    /// # Errors
    /// Every [`Unfit`].
    pub fn read(file: &Path, len_max: usize) -> Result<SecretFile, Unfit> {
        let unreadable = |error: std::io::Error| Unfit::Unreadable(plain(&error));
        let opened = File::open(file).map_err(unreadable)?;
        let stat = rustix::fs::fstat(&opened).map_err(|errno| unreadable(errno.into()))?;
        if stat.st_mode & OTHERS != 0 {
            return Err(Unfit::Shared);
        }
        // Room for all of it at once: what grows leaves its old bytes behind.
        let mut text = Zeroizing::new(String::with_capacity(len_max + 1));
        let limit = u64::try_from(len_max).unwrap_or(u64::MAX).saturating_add(1);
        opened.take(limit).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() > len_max {
            return Err(Unfit::TooLong);
        }
        Ok(SecretFile { text, owner: stat.st_uid })
    }
}

/// The permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
