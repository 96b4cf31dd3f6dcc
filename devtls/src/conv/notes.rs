//! Notes: what the handshake wants `status` to show, which the device does not understand.

use crate::errstr::Error;

/// The notes of a conversation, in the order of [`NOTE_KEYS`].
#[derive(Debug, Default)]
pub struct Notes([Option<String>; NOTE_KEYS.len()]);

impl Notes {
    /// Keeps a note; a second one with the same key takes the first one's place.
    ///
    /// # Errors
    /// `unknown note` for a key that is not in [`NOTE_KEYS`]; `bad arg in system call` for a value
    /// that is empty, longer than [`NOTE_LEN_MAX`] or not printable ASCII.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let slots = NOTE_KEYS.iter().zip(self.0.iter_mut());
        let (_, slot) = slots.into_iter().find(|((word, _), _)| *word == key).ok_or(Error::BadNote)?;
        let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if value.is_empty() || value.len() > NOTE_LEN_MAX || !is_plain {
            return Err(Error::BadArg);
        }
        *slot = Some(value.to_owned());
        Ok(())
    }

    /// Gives the lines' heads and values that are set, in order.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        NOTE_KEYS.iter().zip(&self.0).filter_map(|((_, head), value)| Some((*head, value.as_deref()?)))
    }
}

/// The longest value of a note, in bytes.
pub const NOTE_LEN_MAX: usize = 255;

/// The keys of `note`, each with the head of its line in `status`.
pub const NOTE_KEYS: [(&str, &str); 6] = [
    ("sni", "Sni"),
    ("alpn", "Alpn"),
    ("suite", "Suite"),
    ("group", "Group"),
    ("peer", "Peer"),
    ("resumed", "Resumed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_known_printable_and_short() {
        let mut notes = Notes::default();
        assert_eq!(notes.set("sni", "example.com"), Ok(()));
        assert_eq!(notes.set("alpn", "h2"), Ok(()));
        assert_eq!(notes.set("sni", "example.org"), Ok(()));
        assert_eq!(notes.set("colour", "red"), Err(Error::BadNote));
        for value in ["", "a\nState: Established", "b\u{fc}cher", &"x".repeat(NOTE_LEN_MAX + 1)] {
            assert_eq!(notes.set("sni", value), Err(Error::BadArg), "{value:?}");
        }
        assert_eq!(notes.lines().collect::<Vec<_>>(), [("Sni", "example.org"), ("Alpn", "h2")]);
    }
}
