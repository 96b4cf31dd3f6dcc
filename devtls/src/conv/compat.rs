//! Compat: where the original and the standards part, and the user of the device may choose.
//!
//! Only what travels or is told differs here. What the original does wrong is mended under both names.

use tlsrec::{Fragments, OneWay};
use tlswire::Alert;

/// Whose manners a conversation has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// The standards'.
    #[default]
    Standards,
    /// The original's, byte for byte.
    NineFront,
}

impl Compat {
    /// Gives the alert that answers a record of unknown type (RFC 5246 §6: unexpected_message).
    #[must_use]
    pub fn unknown_type_alert(self) -> Alert {
        match self {
            Compat::Standards => Alert::UNEXPECTED_MESSAGE,
            Compat::NineFront => Alert::ILLEGAL_PARAMETER,
        }
    }

    /// Gives the alert that answers an unknown warning; `None` passes it over, as long as not too many came in a row.
    #[must_use]
    pub fn unknown_warning_alert(self, is_too_many: bool) -> Option<Alert> {
        match self {
            Compat::Standards => is_too_many.then_some(Alert::UNEXPECTED_MESSAGE),
            Compat::NineFront => Some(Alert::ILLEGAL_PARAMETER),
        }
    }

    /// Tells whether an empty write to `hand` is an empty record, which RFC 5246 §6.2.1 forbids.
    #[must_use]
    pub fn sends_empty_hand(self) -> bool {
        self == Compat::NineFront
    }

    /// Cuts application data into the payloads of records.
    ///
    /// Where the peer of our peer can foresee the IV of the next record it can test guesses ("BEAST"): a
    /// first record of one byte takes the IV that it foresaw, and what comes out of it nobody foresees.
    #[must_use]
    pub fn cut<'a>(self, data: &'a [u8], way: &OneWay) -> Fragments<'a> {
        if self == Compat::Standards && way.has_foreseeable_iv() {
            way.fragment_after_one(data)
        } else {
            way.fragment(data)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_forgives_no_unknown_warning() {
        assert_eq!(Compat::Standards.unknown_warning_alert(false), None);
        assert_eq!(Compat::Standards.unknown_warning_alert(true), Some(Alert::UNEXPECTED_MESSAGE));
        assert_eq!(Compat::NineFront.unknown_warning_alert(false), Some(Alert::ILLEGAL_PARAMETER));
    }
}
