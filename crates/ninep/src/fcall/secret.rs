//! Writes that carry key material: known by their first word, so that no print shows them and no buffer keeps them.
//!
//! Several of Plan 9's control files take a line `secret ...`. This room need not know which: a line that starts so is
//! treated with care, whatever file it goes to.

use bytes::Bytes;
use zeroize::Zeroizing;

/// Whether the data of a write is such a line: the first word, quoted as rc(1) quotes or not, is `secret`.
pub(crate) fn is_secret(data: &[u8]) -> bool {
    let data = data.trim_ascii_start();
    let data = data.strip_prefix(b"'").unwrap_or(data);
    let Some(rest) = data.strip_prefix(b"secret") else { return false };
    rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'\'')
}

/// Bytes that are wiped when the last reference to them goes.
pub(crate) fn wiping(bytes: Vec<u8>) -> Bytes {
    Bytes::from_owner(Zeroizing::new(bytes))
}
