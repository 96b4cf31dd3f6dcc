//! Values that mean nothing, sent so that servers stay used to what they do not know (RFC 8701 §3.1).
//!
//! Whoever answers with one of them has chosen what nobody offered.

use tlswire::{Group, ProtocolVersion, Suite};

use crate::error::Error;
use crate::sec::random::Random;

/// The values of one connection: they are the same in both hellos, if there are two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grease {
    pub(super) suite: Suite,
    /// Of the list and of the share.
    pub(super) group: Group,
    pub(super) version: ProtocolVersion,
    /// The type of an extension without a body.
    pub(super) first: u16,
    /// The type of one with a byte in it.
    pub(super) last: u16,
}

impl Grease {
    /// Draws them.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn draw(random: &mut Random) -> Result<Grease, Error> {
        let [suite, group, version, first, last] = random.take::<5>()?.map(value);
        // No type twice.
        let last = if last == first { last ^ 0x1010 } else { last };
        Ok(Grease {
            suite: Suite(suite),
            group: Group(group),
            version: ProtocolVersion(version),
            first,
            last,
        })
    }
}

/// Whether a number is one of these.
pub(super) fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// One of the sixteen values: 0x0a0a, 0x1a1a and so on.
fn value(drawn: u8) -> u16 {
    let byte = drawn & 0xf0 | 0x0a;
    u16::from_be_bytes([byte, byte])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_drawn_is_grease_and_nothing_else_is() {
        for drawn in 0..=255 {
            assert!(is_grease(value(drawn)));
            let grease = Grease::draw(&mut Random::fixed(&[drawn; 5])).unwrap();
            assert!(is_grease(grease.first) && is_grease(grease.last) && grease.first != grease.last);
        }
        assert_eq!((0..=u16::MAX).filter(|number| is_grease(*number)).count(), 16);
        assert!(!is_grease(0x0a1a) && !is_grease(0x1301));
    }
}
