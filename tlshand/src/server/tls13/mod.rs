//! A server in TLS 1.3, after the ClientHello (RFC 8446 §2).

mod cert;
mod choose;
mod finish;
mod flight;
mod hello;
mod psk;
mod retry;

pub(super) use hello::begin;

use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::server::tls13::cert::{ExpectCertificate, ExpectCertificateVerify};
use crate::server::tls13::finish::ExpectFinished;
use crate::server::tls13::flight::AwaitSignature;
use crate::server::tls13::retry::ExpectSecondHello;

/// Where the server is.
#[derive(Debug)]
pub(super) enum State<'a> {
    ExpectSecondHello(ExpectSecondHello<'a>),
    AwaitSignature(AwaitSignature<'a>),
    ExpectCertificate(ExpectCertificate<'a>),
    ExpectCertificateVerify(ExpectCertificateVerify<'a>),
    ExpectFinished(ExpectFinished<'a>),
    Opened,
}

impl<'a> State<'a> {
    /// A message came.
    pub(super) fn message(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        match self {
            State::ExpectSecondHello(state) => state.handle(message, effects),
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
