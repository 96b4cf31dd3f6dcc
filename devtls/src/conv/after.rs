//! What the peer may still say by handshake messages once the handshake of TLS 1.3 is over (RFC 8446 §4.6).
//!
//! KeyUpdate is the device's own: the keys of what comes in move on here. Everything else is the business of whoever reads
//! `hand`, if anybody does.

use tlsrec::{OneWay, Side};
use tlswire::Alert;

use super::Conv;
use crate::errstr::Error;

/// What a record of such messages brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// Whether somebody gets something of it, or had a reason to expect it.
    pub(super) is_of_use: bool,
    /// Whether the peer wants our next key.
    pub(super) is_asking: bool,
}

/// Takes one record's bytes of such messages.
///
/// # Errors
/// The alert for the peer and the error for the reader.
pub(super) fn take(mut bytes: &[u8], conv: &mut Conv, way: &mut OneWay) -> Result<Came, (Alert, Error)> {
    let mut came = Came::default();
    while let Some((piece, behind)) = conv.messages_in.cut(bytes) {
        bytes = behind;
        let is_read = conv.hand.is_open();
        match (piece.message_type, conv.side) {
            (KEY_UPDATE, _) => {
                if piece.body_len.is_some_and(|len| len != 1) {
                    return Err((Alert::DECODE_ERROR, Error::BadKeyUpdate));
                }
                if !piece.is_last {
                    continue;
                }
                if !bytes.is_empty() {
                    // RFC 8446 §5.1: what follows would be under a key that it was not sent under.
                    return Err((Alert::UNEXPECTED_MESSAGE, Error::HandPending));
                }
                came.is_asking = match piece.bytes.last() {
                    Some(0) => false,
                    Some(1) => true,
                    _ => return Err((Alert::ILLEGAL_PARAMETER, Error::BadKeyUpdate)),
                };
                came.is_of_use |= conv.expects_update();
                way.update().map_err(|_| (Alert::INTERNAL_ERROR, Error::Internal("no next key")))?;
            }
            (NEW_SESSION_TICKET, Some(Side::Client)) => {
                if piece.body_len.is_some_and(|len| len > TICKET_LEN_MAX) {
                    return Err((Alert::DECODE_ERROR, Error::BadMessage));
                }
                if is_read {
                    conv.hand.push(piece.bytes.to_vec());
                    came.is_of_use = true;
                }
            }
            // Authentication after the handshake: only somebody who reads `hand` can have offered it.
            (CERTIFICATE_REQUEST, Some(Side::Client))
            | (CERTIFICATE | CERTIFICATE_VERIFY | FINISHED, Some(Side::Server))
                if is_read =>
            {
                conv.hand.push(piece.bytes.to_vec());
                came.is_of_use = true;
            }
            _ => return Err((Alert::UNEXPECTED_MESSAGE, Error::BadMessage)),
        }
    }
    Ok(came)
}

/// Gives the message by which we move to our next key; `is_asking` is whether the peer should do the same.
#[must_use]
pub fn key_update(is_asking: bool) -> [u8; 5] {
    [KEY_UPDATE, 0, 0, 1, u8::from(is_asking)]
}

const NEW_SESSION_TICKET: u8 = 4;
const CERTIFICATE: u8 = 11;
const CERTIFICATE_REQUEST: u8 = 13;
const CERTIFICATE_VERIFY: u8 = 15;
const FINISHED: u8 = 20;
const KEY_UPDATE: u8 = 24;

/// The longest body of a NewSessionTicket, in bytes: every field of it at its longest (RFC 8446 §4.6.1).
const TICKET_LEN_MAX: usize = 4 + 4 + (1 + 0xff) + (2 + 0xffff) + (2 + 0xfffe);
