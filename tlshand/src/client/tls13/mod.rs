//! A client in TLS 1.3, after the server's first answer (RFC 8446 §4).
//!
//! The server's certificate is verified as soon as it comes, its signature when that comes, and nothing of ours but hellos goes out
//! before its Finished has proved all of it.

mod cert;
mod encrypted;
mod finish;
mod hello;
mod retry;

use crate::client::offer::Offer;
use crate::client::tls13::cert::{ExpectCertificate, ExpectCertificateVerify};
use crate::client::tls13::encrypted::ExpectEncryptedExtensions;
use crate::client::tls13::finish::{AwaitSignature, ExpectFinished};
use crate::client::tls13::retry::ExpectSecondServerHello;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::outcome::Outcome;
use crate::sec::tls13::schedule::{HandshakeSecret, TrafficSecret};
use crate::sec::tls13::transcript::Transcript;
use crate::session::Keeper;
use crate::suites::Tls13Suite;

pub(super) use crate::client::tls13::hello::begin;
pub(super) use crate::client::tls13::retry::retry;

/// Where the client is.
#[derive(Debug)]
pub(super) enum State<'a> {
    ExpectSecondServerHello(ExpectSecondServerHello<'a>),
    ExpectEncryptedExtensions(ExpectEncryptedExtensions<'a>),
    ExpectCertificate(ExpectCertificate<'a>),
    ExpectCertificateVerify(ExpectCertificateVerify<'a>),
    ExpectFinished(ExpectFinished<'a>),
    AwaitSignature(AwaitSignature),
    Opened,
}

impl<'a> State<'a> {
    /// A message came.
    pub(super) fn message(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        match self {
            State::ExpectSecondServerHello(state) => state.handle(message, effects),
            State::ExpectEncryptedExtensions(state) => state.handle(message, effects),
            State::ExpectCertificate(state) => state.handle(message, effects),
            State::ExpectCertificateVerify(state) => state.handle(message, effects),
            State::ExpectFinished(state) => state.handle(message, effects),
            State::AwaitSignature(_) => Err(Error::Internal("a message before the signature")),
            State::Opened => Err(Error::Internal("a message after the end")),
        }
    }

    /// The key has signed.
    pub(super) fn signed(self, signature: Vec<u8>, effects: &mut Effects) -> Result<State<'a>, Error> {
        match self {
            State::AwaitSignature(state) => state.signed(signature, effects),
            _ => Err(Error::Internal("a signature that nobody asked for")),
        }
    }
}

/// What the states up to our flight need.
#[derive(Debug)]
struct Means<'a> {
    offer: Offer<'a>,
    /// What keeps the tickets that come later.
    keeper: Option<Keeper>,
    suite: &'static Tls13Suite,
    transcript: Transcript,
    secret: HandshakeSecret,
    /// What our messages go under.
    client: TrafficSecret,
    /// What the server's do.
    server: TrafficSecret,
    outcome: Outcome,
}
