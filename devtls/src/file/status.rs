//! `status`: where a conversation stands, a line a fact.
//!
//! The original's lines come first and in its order; the notes follow them, then what `maxrec` and `pad` set and how TLS 1.3's
//! keys moved on, and what ended it comes last: whoever has the device mounted gets only numbers for errors.

use tlsrec::{Cipher, OneWay, RECORD_LEN_MAX};

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
    lines.extend(limits(incoming, outgoing));
    lines.extend(updates(conv, incoming, outgoing));
    lines.extend(conv.end().map(|why| format!("Error: {why}")));
    lines.join("\n") + "\n"
}

/// What records are limited and padded to, where that is not what it always is.
fn limits(incoming: &OneWay, outgoing: &OneWay) -> impl Iterator<Item = String> {
    let (sent, taken) = (outgoing.record_len_max(), incoming.record_len_max());
    let is_limited = (sent, taken) != (RECORD_LEN_MAX, RECORD_LEN_MAX);
    let unit = outgoing.padding_unit();
    let limit = is_limited.then(|| format!("MaxRec: {sent} {taken}"));
    limit.into_iter().chain((unit > 1).then(|| format!("Pad: {unit}")))
}

/// How often each direction's key moved on, and how many records the key of what we send is still good for.
fn updates(conv: &Conv, incoming: &OneWay, outgoing: &OneWay) -> Vec<String> {
    let Some(left) = conv.records_left(outgoing.seq()) else { return Vec::new() };
    let (ins, outs) = (incoming.update_count(), outgoing.update_count());
    vec![format!("UpdatesIn: {ins}"), format!("UpdatesOut: {outs}"), format!("RecordsLeft: {left}")]
}
