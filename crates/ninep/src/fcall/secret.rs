//! Writes that carry key material: known by their first word, so that no print shows them and no buffer keeps them.
//!
//! Several of Plan 9's control files take a line `secret ...`. This room need not know which: a line that starts so is
//! treated with care, whatever file it goes to.

use bytes::Bytes;
use zeroize::Zeroizing;

/// Whether the data of a write is such a line: its first word is `secret`, however rc(1)'s quotes are put around it or into it.
pub(crate) fn is_secret(data: &[u8]) -> bool {
    let mut rest = data.trim_ascii_start().iter().filter(|byte| **byte != b'\'');
    rest.by_ref().take(WORD.len()).eq(WORD) && rest.next().is_none_or(u8::is_ascii_whitespace)
}

/// Bytes that are wiped when the last reference to them goes.
pub(crate) fn wiping(bytes: Vec<u8>) -> Bytes {
    Bytes::from_owner(Zeroizing::new(bytes))
}

/// The word.
const WORD: &[u8] = b"secret";
