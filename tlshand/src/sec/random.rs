//! The randomness of one handshake, drawn before it begins.
//!
//! A fixed amount, so that the core needs no generator: a handshake uses a random, a premaster and a private key, and what is
//! left is wiped.

use std::fmt;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::error::Error;

/// Random bytes, each given out once.
pub(crate) struct Random {
    bytes: Zeroizing<Vec<u8>>,
    given_len: usize,
}

impl Random {
    /// Draws enough for one handshake from the library's generator, which the kernel seeds.
    ///
    /// # Errors
    /// [`Error::Internal`] if it fails.
    pub(crate) fn draw() -> Result<Random, Error> {
        let mut bytes = Zeroizing::new(vec![0; HANDSHAKE_LEN]);
        rand::fill(&mut bytes).map_err(|_| Error::Internal("no randomness"))?;
        Ok(Random { bytes, given_len: 0 })
    }

    /// Takes the bytes from a test.
    #[cfg(test)]
    pub(crate) fn fixed(bytes: &[u8]) -> Random {
        Random { bytes: Zeroizing::new(bytes.to_vec()), given_len: 0 }
    }

    /// Takes the next `N` bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] if fewer are left: a handshake that needs more than any should.
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let left = self.bytes.get(self.given_len..).unwrap_or_default();
        let taken = left.first_chunk::<N>().ok_or(Error::Internal("randomness used up"))?;
        self.given_len += N;
        Ok(*taken)
    }

    /// Draws one of the numbers that mean nothing, and never will, among extensions, groups, schemes and versions (RFC 8701 §2).
    ///
    /// # Errors
    /// As [`Random::take`].
    pub(crate) fn grease(&mut self) -> Result<u16, Error> {
        let [byte] = self.take()?;
        let byte = byte & 0xf0 | 0x0a;
        Ok(u16::from_be_bytes([byte, byte]))
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random(..)")
    }
}

/// Bytes: a random and a session id of 32, a premaster of 48, and private keys of up to 48 (for two shares, and one more after a
/// retry), with room for those thrown away because they are no scalars of their group.
const HANDSHAKE_LEN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_given_twice_and_the_end_is_an_error() {
        let mut random = Random::fixed(&[1, 2, 3, 4, 5]);
        assert_eq!(random.take::<2>().unwrap(), [1, 2]);
        assert_eq!(random.take::<3>().unwrap(), [3, 4, 5]);
        assert!(matches!(random.take::<1>(), Err(Error::Internal(_))));
    }

    #[test]
    fn numbers_that_mean_nothing_are_sixteen() {
        let mut random = Random::fixed(&(0..=255).collect::<Vec<u8>>());
        let drawn: std::collections::BTreeSet<u16> = (0..256).map(|_| random.grease().unwrap()).collect();
        assert_eq!((drawn.len(), drawn.first(), drawn.last()), (16, Some(&0x0a0a), Some(&0xfafa)));
    }

    #[test]
    fn two_draws_differ() {
        let (a, b) = (Random::draw().unwrap().take::<32>().unwrap(), Random::draw().unwrap().take().unwrap());
        assert_ne!(a, b);
    }
}
