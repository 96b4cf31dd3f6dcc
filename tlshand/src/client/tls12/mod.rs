//! A client in TLS 1.2 and the versions before it, after the ServerHello (RFC 5246 §7.3).

mod cert;
mod finish;
mod flight;
mod kx;
mod resume;

use tlswire::ProtocolVersion;

use crate::agreed::Agreed;
use crate::client::tls12::cert::{ExpectCertificate, ExpectCertificateStatus};
use crate::client::tls12::finish::ExpectFinished;
pub(super) use crate::client::tls12::finish::Tickets;
use crate::client::tls12::flight::AwaitSignature;
use crate::client::tls12::kx::{ExpectServerHelloDone, ExpectServerKeyExchange};
pub(super) use crate::client::tls12::resume::begin as resume;
use crate::conf::ClientConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::sec::random::Random;
use crate::sec::transcript::Transcript;
use crate::suites::Auth;

/// Where the client is.
#[derive(Debug)]
pub(super) enum State<'a> {
    ExpectCertificate(ExpectCertificate<'a>),
    ExpectCertificateStatus(ExpectCertificateStatus<'a>),
    ExpectServerKeyExchange(ExpectServerKeyExchange<'a>),
    ExpectServerHelloDone(ExpectServerHelloDone<'a>),
    AwaitSignature(AwaitSignature),
    ExpectFinished(ExpectFinished),
    ExpectResumedFinished(resume::ExpectFinished),
    Opened,
}

/// The server has chosen; what comes next depends on what.
pub(super) fn begin(means: Means<'_>) -> State<'_> {
    match means.agreed.suite.auth {
        Auth::Rsa | Auth::Ecdsa => State::ExpectCertificate(ExpectCertificate { means }),
        Auth::Psk => kx::begin(means, None),
    }
}

impl<'a> State<'a> {
    /// A message came.
    pub(super) fn message(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        match self {
            State::ExpectCertificate(state) => state.handle(message, effects),
            State::ExpectCertificateStatus(state) => state.handle(message, effects),
            State::ExpectServerKeyExchange(state) => state.handle(message, effects),
            State::ExpectServerHelloDone(state) => state.handle(message, effects),
            State::ExpectFinished(state) => state.handle(message, effects),
            State::ExpectResumedFinished(state) => state.handle(message, effects),
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
pub(super) struct Means<'a> {
    pub(super) conf: &'a ClientConf,
    /// The version that our hello carried.
    pub(super) said: ProtocolVersion,
    pub(super) agreed: Agreed,
    pub(super) tickets: Tickets,
    pub(super) transcript: Transcript,
    pub(super) random: Random,
}
