//! Records in, to queues: bytes from the channel become handshake blocks, application data and alerts.
//!
//! [`Input::next`] takes one record at a time and only when asked, because `secret` may change the keys
//! between two records (tls(3)). It reads no channel and sends nothing: it says what is wanted.
//!
//! **Invariants**
//! - A record is looked at once its last byte is here, and not before the data of the one before it
//!   has been handed out; of a stream, not before the data kept so far leaves room for it.
//! - The buffer holds at most [`Input::room`] bytes more than one record.

use std::ops::Range;

use bytes::Bytes;
use tlsrec::{BODY_LEN_MAX, BadLen, HEADER_LEN, Header, OneWay, OpenError, Opened};
use tlswire::{Alert, ContentType, ProtocolVersion};

use super::{AlertIn, Compat, Conv, Event, after};
use crate::errstr::Error;

/// The incoming bytes of one conversation.
#[derive(Debug, Default)]
pub struct Input {
    buf: Vec<u8>,
    /// Where the next record begins in `buf`.
    start: usize,
    /// Application data not yet handed out, in `buf` before `start`.
    data: Range<usize>,
    has_seen_record: bool,
    /// Whether handshake bytes have come, after which the type of our own means nothing to anybody.
    has_begun: bool,
    /// Whether a record under the keys of TLS 1.3 has come, after which none may come without.
    has_opened: bool,
    idle_count: u32,
    unknown_warning_count: u32,
}

/// What a record is by its outside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cover {
    /// Under the keys in use, if any are.
    Keys,
    /// In the clear, beside keys in use.
    None,
    /// Under the keys in use, or early data under keys that we do not have.
    Early,
    /// A change_cipher_spec that changes nothing.
    Dummy,
}

/// What became of one step.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The channel must bring more bytes first.
    Want,
    /// There is application data.
    Data,
    /// A record went by; there may be something on the hand queue.
    Again,
    /// A handshake record came that nobody reads: the peer deserves a no_renegotiation.
    Unread,
    /// The peer has moved to its next key and wants us to move to ours.
    Asked,
    /// The peer sent close_notify.
    Closed,
    /// The peer sent a fatal alert.
    Dead,
    /// The peer must get this alert, and the reader this error.
    Refuse(Alert, Error),
}

impl Input {
    /// Takes up to `count` bytes of the application data that is here; `None` when there is none.
    ///
    /// Much of it is handed out in the buffer where it was opened, and the little behind it moves to another one.
    pub fn take_data(&mut self, count: usize) -> Option<Bytes> {
        if self.data.is_empty() {
            return None;
        }
        let end = self.data.end.min(self.data.start.saturating_add(count));
        let taken = self.data.start..end;
        self.data.start = end;
        if taken.len() < LENT_LEN_MIN || !self.data.is_empty() {
            return self.buf.get(taken).map(Bytes::copy_from_slice);
        }
        let rest = self.buf.get(self.start..).unwrap_or_default().to_vec();
        let whole = Bytes::from(std::mem::replace(&mut self.buf, rest));
        self.start = 0;
        self.data = 0..0;
        Some(whole.slice(taken))
    }

    /// Tells whether there is application data to take.
    #[must_use]
    pub fn has_data(&self) -> bool {
        !self.data.is_empty()
    }

    /// Tells whether the data of the next record may join what is kept for a reader of `count` bytes of a stream: the record
    /// is here, and there is room.
    #[must_use]
    pub fn can_join(&self, count: usize) -> bool {
        let rest = self.buf.get(self.start..).unwrap_or_default();
        let body_len = rest.first_chunk::<HEADER_LEN>().map(|bytes| Header::parse(*bytes).len);
        body_len.is_some_and(|len| len <= rest.len() - HEADER_LEN && self.data.len() + len <= count)
    }

    /// Gives the buffer to append bytes of the channel to, and how many bytes to ask for at most. Must
    /// not be called while there is application data.
    pub fn room(&mut self, conv: &Conv) -> (&mut Vec<u8>, usize) {
        self.buf.drain(..self.start);
        self.start = 0;
        self.data = 0..0;
        if self.buf.is_empty() && self.buf.capacity() > IDLE_CAPACITY_MAX {
            self.buf = Vec::new();
        }
        let record_len_max = BODY_LEN_MAX + HEADER_LEN;
        let want = if conv.is_opened() { conv.limits().read_ahead_len } else { record_len_max };
        (&mut self.buf, want)
    }

    /// Looks at the next record, if all of it is here, and does to `conv` and `way` what it says.
    pub fn next(&mut self, conv: &mut Conv, way: &mut OneWay) -> Next {
        match self.record(conv, way) {
            Ok(next) => next,
            Err((alert, why)) => Next::Refuse(alert, why),
        }
    }

    fn record(&mut self, conv: &mut Conv, way: &mut OneWay) -> Result<Next, (Alert, Error)> {
        let rest = self.buf.get(self.start..).unwrap_or_default();
        let Some(&bytes) = rest.first_chunk::<HEADER_LEN>() else {
            return Ok(Next::Want);
        };
        let (header, is_ssl2) = if self.is_ssl2(bytes, conv, way) {
            (ssl2_header(bytes)?, true)
        } else {
            (Header::parse(bytes), false)
        };
        check_version(&header, bytes, conv)?;
        way.check_len(&header).map_err(|BadLen(len)| (Alert::RECORD_OVERFLOW, Error::BadLength(len)))?;
        let cover = self.cover(header.content_type(), conv, way)?;
        let body_start = self.start + HEADER_LEN;
        let body_end = body_start + header.len;
        let Some(body) = self.buf.get_mut(body_start..body_end) else {
            return Ok(Next::Want);
        };
        self.has_seen_record = true;
        self.start = body_end;
        if is_ssl2 {
            let message = ssl2_message(&header, body);
            self.progress();
            conv.hand.push(message);
            return Ok(Next::Again);
        }
        let Opened { content_type, plain } = match cover {
            Cover::Keys => way.open(header, body).map_err(refused)?,
            Cover::Early => match early(header, body, conv, way)? {
                Some(opened) => opened,
                None => return Ok(Next::Again),
            },
            Cover::None => Opened { content_type: header.content_type(), plain: 0..header.len },
            Cover::Dummy if *body == [1] => {
                self.idle(conv)?;
                return Ok(Next::Again);
            }
            Cover::Dummy => return Err((Alert::UNEXPECTED_MESSAGE, Error::BadChangeCipherSpec)),
        };
        if way.hides_types() && cover != Cover::None {
            self.has_opened = true;
            conv.end_early();
        }
        let plain = body_start + plain.start..body_start + plain.end;
        self.dispatch(content_type, plain, conv, way)
    }

    /// Says what a record is by its outside. Before TLS 1.3 every record is what its header says, under the keys in use.
    fn cover(&self, outer: ContentType, conv: &Conv, way: &OneWay) -> Result<Cover, (Alert, Error)> {
        match outer {
            ContentType::CHANGE_CIPHER_SPEC if self.is_after_dummies(conv) => {
                // RFC 8446 §5: dropped without further processing, but only while the handshake lasts.
                let unexpected = (Alert::UNEXPECTED_MESSAGE, Error::UnexpectedChangeCipherSpec);
                if conv.is_opened() { Err(unexpected) } else { Ok(Cover::Dummy) }
            }
            ContentType::APPLICATION_DATA if conv.early_len() > 0 && !self.has_opened => Ok(Cover::Early),
            ContentType::APPLICATION_DATA => Ok(Cover::Keys),
            _ if !way.hides_types() => Ok(Cover::Keys),
            // A peer that does not like what we sent may not have keys yet to say so under.
            ContentType::ALERT if !self.has_opened => Ok(Cover::None),
            _ => Err((Alert::UNEXPECTED_MESSAGE, Error::Unprotected)),
        }
    }

    /// Tells whether a change_cipher_spec changes nothing: in TLS 1.3, and after a HelloRetryRequest, when handshake bytes
    /// have gone both ways and no version is set: before TLS 1.3 whoever sends or reads a ServerHello sets it.
    fn is_after_dummies(&self, conv: &Conv) -> bool {
        conv.is_tls13() || (self.has_begun && conv.counters.hand_out > 0 && !conv.is_version_locked())
    }

    fn dispatch(
        &mut self,
        content_type: ContentType,
        plain: Range<usize>,
        conv: &mut Conv,
        way: &mut OneWay,
    ) -> Result<Next, (Alert, Error)> {
        let payload = self.buf.get(plain.clone()).unwrap_or_default();
        match content_type {
            // RFC 8446 §5: under keys it is as unknown as any other.
            ContentType::CHANGE_CIPHER_SPEC if !way.hides_types() => {
                if payload != [1] {
                    return Err((Alert::UNEXPECTED_MESSAGE, Error::BadChangeCipherSpec));
                }
                way.change_cipher()
                    .map_err(|_| (Alert::UNEXPECTED_MESSAGE, Error::UnexpectedChangeCipherSpec))?;
                self.progress();
                Ok(Next::Again)
            }
            ContentType::ALERT => {
                if conv.is_tls13() && payload.is_empty() {
                    // RFC 8446 §5.4: as for handshake.
                    return Err((Alert::UNEXPECTED_MESSAGE, Error::BadAlert));
                }
                let alert = AlertIn::parse(payload, conv.is_tls13());
                self.alert(alert, conv)
            }
            ContentType::HANDSHAKE => {
                if payload.is_empty() {
                    // RFC 5246 §6.2.1: zero-length fragments only of application data.
                    return Err((Alert::UNEXPECTED_MESSAGE, Error::EmptyHandshake));
                }
                if !self.has_begun && payload.first() == Some(&SSL2_HANDSHAKE_TYPE) {
                    return Err((Alert::UNEXPECTED_MESSAGE, Error::OurHandshakeType));
                }
                self.has_begun = true;
                if conv.is_tls13() && conv.is_opened() {
                    let came = after::take(payload, conv, way)?;
                    if came.is_of_use {
                        self.progress();
                    } else {
                        self.idle(conv)?;
                    }
                    return Ok(if came.is_asking { Next::Asked } else { Next::Again });
                }
                conv.messages_in.pass(payload);
                if conv.hand.is_open() {
                    conv.hand.push(payload.to_vec());
                    self.progress();
                    return Ok(Next::Again);
                }
                self.idle(conv)?;
                let renegotiates = ProtocolVersion::TLS10..=ProtocolVersion::TLS12;
                let is_told = conv.is_version_locked() && renegotiates.contains(&conv.version());
                Ok(if is_told { Next::Unread } else { Next::Again })
            }
            ContentType::APPLICATION_DATA => {
                if !conv.is_opened() {
                    return Err((Alert::UNEXPECTED_MESSAGE, Error::EarlyData));
                }
                if conv.is_tls13() && !conv.messages_in.is_between() {
                    // RFC 8446 §5.1: a message's records have no others between.
                    return Err((Alert::UNEXPECTED_MESSAGE, Error::Interleaved));
                }
                if payload.is_empty() {
                    self.idle(conv)?;
                    return Ok(Next::Again);
                }
                self.progress();
                self.keep(plain);
                Ok(Next::Data)
            }
            _ => {
                let manners = if conv.is_tls13() { Compat::Standards } else { conv.compat };
                Err((manners.unknown_type_alert(), Error::BadContentType(content_type.0)))
            }
        }
    }

    fn alert(&mut self, alert: AlertIn, conv: &mut Conv) -> Result<Next, (Alert, Error)> {
        match alert {
            AlertIn::CloseNotify => {
                conv.close(Event::RemoteClose);
                return Ok(Next::Closed);
            }
            AlertIn::Fatal(text) => {
                conv.fail(Error::Alert(text));
                return Ok(Next::Dead);
            }
            AlertIn::Refuse(alert, why) => return Err((alert, why)),
            AlertIn::Notice(notice) => conv.hand.notify(notice),
            AlertIn::Ignored => {}
            AlertIn::Unknown => {
                self.unknown_warning_count += 1;
                let is_too_many = self.unknown_warning_count > conv.limits().unknown_warnings;
                if let Some(alert) = conv.compat.unknown_warning_alert(is_too_many) {
                    return Err((alert, Error::BadAlertCode));
                }
            }
        }
        self.idle(conv)?;
        Ok(Next::Again)
    }

    /// Keeps the data that lies at `plain` for the reader, right behind what is kept already.
    fn keep(&mut self, plain: Range<usize>) {
        if self.data.is_empty() {
            self.data = plain;
            return;
        }
        let len = plain.len();
        self.buf.copy_within(plain, self.data.end);
        self.data.end += len;
    }

    /// Notes a record that brought something.
    fn progress(&mut self) {
        self.idle_count = 0;
        self.unknown_warning_count = 0;
    }

    /// Notes a record that brought nothing: a peer may not keep us busy with such records for ever.
    fn idle(&mut self, conv: &Conv) -> Result<(), (Alert, Error)> {
        self.idle_count += 1;
        if self.idle_count > conv.limits().idle_records {
            return Err((Alert::UNEXPECTED_MESSAGE, Error::NoProgress));
        }
        Ok(())
    }

    /// Tells whether the first bytes are those of an SSL 2.0 header: only before any record, any key and
    /// any `version`, and only for a reader of `hand`.
    fn is_ssl2(&self, bytes: [u8; HEADER_LEN], conv: &Conv, way: &OneWay) -> bool {
        let [first, ..] = bytes;
        first & 0x80 != 0
            && !self.has_seen_record
            && way.current().is_none()
            && !conv.is_version_locked()
            && conv.hand.is_open()
    }
}

/// Takes a record that may be early data: it is, if it is not under our keys, or if we have none yet as after a
/// HelloRetryRequest; and then nothing comes of it (RFC 8446 §4.2.10).
fn early(
    header: Header,
    body: &mut [u8],
    conv: &mut Conv,
    way: &mut OneWay,
) -> Result<Option<Opened>, (Alert, Error)> {
    let opened = if way.hides_types() { way.try_open(header, body).map_err(refused)? } else { None };
    match opened {
        None if conv.take_early(header.len) => Ok(None),
        None if way.hides_types() => Err(refused(OpenError::BadMac)),
        None => Err((Alert::UNEXPECTED_MESSAGE, Error::EarlyData)),
        opened => Ok(opened),
    }
}

/// Reads an SSL 2.0 header with the first three bytes of its ClientHello: a length of two bytes, the
/// message type, the version. The length in the result counts what follows the five bytes.
fn ssl2_header([high, low, message_type, major, minor]: [u8; HEADER_LEN]) -> Result<Header, (Alert, Error)> {
    let len = usize::from(u16::from_be_bytes([high & 0x7f, low]));
    match len.checked_sub(3) {
        Some(len) if message_type == SSL2_CLIENT_HELLO && len >= SSL2_HELLO_LEN_MIN => {
            Ok(Header { content_type: message_type, version: u16::from_be_bytes([major, minor]), len })
        }
        _ => Err((Alert::PROTOCOL_VERSION, Error::BadSsl2Hello)),
    }
}

/// Makes the message that `hand` gives for an SSL 2.0 ClientHello: a handshake header of the local type
/// 9, and the whole SSL 2.0 message after it (tls(3)).
fn ssl2_message(header: &Header, body: &[u8]) -> Vec<u8> {
    let [.., l0, l1, l2] = (header.len + 3).to_be_bytes();
    let [major, minor] = header.version.to_be_bytes();
    let mut message = vec![SSL2_HANDSHAKE_TYPE, l0, l1, l2, SSL2_CLIENT_HELLO, major, minor];
    message.extend_from_slice(body);
    message
}

fn check_version(header: &Header, bytes: [u8; HEADER_LEN], conv: &Conv) -> Result<(), (Alert, Error)> {
    let ours = conv.version();
    let is_locked = conv.is_version_locked();
    // RFC 8446 §5.1: of no meaning in TLS 1.3; what is no version at all is no record either.
    let is_exact = is_locked && !conv.is_tls13();
    let is_fine = if is_exact { header.version == ours.0 } else { (0x300..=0x3ff).contains(&header.version) };
    if is_fine {
        return Ok(());
    }
    let seen = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = format!(
        "devtls expected ver={:x}{}, saw (len={}) type={:x} ver={:x} '{}'",
        ours.0,
        if is_locked { "/set" } else { "" },
        header.len,
        header.content_type,
        header.version,
        // What a peer sent goes to logs and terminals from here: nothing but printable ASCII.
        seen.escape_ascii(),
    );
    Err((Alert::PROTOCOL_VERSION, Error::BadVersion(text)))
}

fn refused(error: OpenError) -> (Alert, Error) {
    let why = match error {
        OpenError::Runt => Error::RuntRecord,
        OpenError::ShortMac => Error::ShortMac,
        OpenError::BadMac => Error::MacMismatch,
        OpenError::TooLong(len) => Error::BadLength(len),
        OpenError::NoType => Error::NoContentType,
        _ => Error::Internal("too many records under one key"),
    };
    (error.alert(), why)
}

/// Data of fewer bytes is copied out of its buffer, so that a small part does not keep all of it.
const LENT_LEN_MIN: usize = 64 * 1024;

/// The largest empty buffer, in bytes, that is kept while a reader waits.
const IDLE_CAPACITY_MAX: usize = 4 * 1024;

const SSL2_CLIENT_HELLO: u8 = 1;
const SSL2_HELLO_LEN_MIN: usize = 22;
/// The handshake type under which `hand` gives an SSL 2.0 ClientHello; not on any wire.
const SSL2_HANDSHAKE_TYPE: u8 = 9;
