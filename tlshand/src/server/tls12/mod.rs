//! A server in TLS 1.2 and the versions before it, after the ClientHello (RFC 5246 §7.3).

mod cert;
mod choose;
mod finish;
mod flight;
mod kx;
mod resume;

pub(super) use flight::begin;

use crate::effects::{Effects, Premaster};
use crate::error::Error;
use crate::msg::Message;
use crate::server::tls12::cert::{ExpectCertificate, ExpectCertificateVerify};
use crate::server::tls12::finish::ExpectFinished;
use crate::server::tls12::flight::AwaitSignature;
use crate::server::tls12::kx::{AwaitPremaster, ExpectClientKeyExchange};

/// Where the server is.
#[derive(Debug)]
pub(super) enum State<'a> {
    AwaitSignature(AwaitSignature<'a>),
    ExpectCertificate(ExpectCertificate<'a>),
    ExpectClientKeyExchange(ExpectClientKeyExchange<'a>),
    AwaitPremaster(AwaitPremaster<'a>),
    ExpectCertificateVerify(ExpectCertificateVerify<'a>),
    ExpectFinished(ExpectFinished<'a>),
    ExpectResumedFinished(resume::ExpectFinished),
    Opened,
}

impl<'a> State<'a> {
    /// A message came.
    pub(super) fn message(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        match self {
            State::ExpectCertificate(state) => state.handle(message, effects),
            State::ExpectClientKeyExchange(state) => state.handle(message, effects),
            State::ExpectCertificateVerify(state) => state.handle(message, effects),
            State::ExpectFinished(state) => state.handle(message, effects),
            State::ExpectResumedFinished(state) => state.handle(message, effects),
            State::AwaitSignature(_) => Err(Error::Internal("a message before the signature")),
            State::AwaitPremaster(_) => Err(Error::Internal("a message before the premaster")),
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

    /// The key has decrypted.
    pub(super) fn decrypted(self, premaster: &Premaster, effects: &mut Effects) -> Result<State<'a>, Error> {
        match self {
            State::AwaitPremaster(state) => state.decrypted(premaster, effects),
            _ => Err(Error::Internal("a premaster that nobody asked for")),
        }
    }
}
