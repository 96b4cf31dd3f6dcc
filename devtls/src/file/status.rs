//! `status`: where a conversation stands, a line a fact.
//!
//! The original's lines come first and in its order; the notes follow them, and what ended it comes last: whoever has the
//! device mounted gets only numbers for errors.

use tlsrec::{Cipher, OneWay};

use crate::conv::Conv;

/// Writes the text (tls(3)).
#[must_use]
pub fn text(conv: &Conv, incoming: &OneWay, outgoing: &OneWay) -> String {
    let mut lines =
        vec![format!("State: {}", conv.state().name()), format!("Version: {:#x}", conv.version().0)];
    let mut cipher = |cipher: Option<&Cipher>, enc_head: &str, hash_head: &str| {
        if let Some(cipher) = cipher {
            lines.push(format!("{enc_head}: {}", cipher.encalg().name));
            lines.push(format!("{hash_head}: {}", cipher.hashalg().name));
        }
    };
    cipher(incoming.current(), "EncIn", "HashIn");
    cipher(incoming.staged(), "NewEncIn", "NewHashIn");
    cipher(outgoing.current(), "EncOut", "HashOut");
    cipher(outgoing.staged(), "NewEncOut", "NewHashOut");
    lines.extend(conv.channel_name().map(|name| format!("Chan: {name}")));
    lines.extend(conv.notes.lines().map(|(head, value)| format!("{head}: {value}")));
    lines.extend(conv.stored().map(|why| format!("Error: {why}")));
    lines.join("\n") + "\n"
}
