//! A client in TLS 1.2, after the ServerHello (RFC 5246 §7.3).

pub(super) mod cert;
mod finish;
mod kx;

use crate::client::tls12::cert::ExpectCertificate;
use crate::client::tls12::finish::ExpectFinished;
use crate::client::tls12::kx::{ExpectServerHelloDone, ExpectServerKeyExchange};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::outcome::Outcome;
use crate::suites::CipherSuite;

/// Where the client is.
#[derive(Debug)]
pub(super) enum State {
    ExpectCertificate(ExpectCertificate),
    ExpectServerKeyExchange(ExpectServerKeyExchange),
    ExpectServerHelloDone(ExpectServerHelloDone),
    ExpectFinished(ExpectFinished),
    Opened,
}

impl State {
    /// A message came.
    pub(super) fn message(self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        match self {
            State::ExpectCertificate(state) => state.handle(message, effects),
            State::ExpectServerKeyExchange(state) => state.handle(message, effects),
            State::ExpectServerHelloDone(state) => state.handle(message, effects),
            State::ExpectFinished(state) => state.handle(message, effects),
            State::Opened => Err(Error::Internal("a message after the end")),
        }
    }
}

/// What was agreed on in the hellos, and every later state needs. The group and the server's certificates are added to
/// `outcome` as they come.
#[derive(Debug)]
pub(super) struct Agreed {
    pub(super) suite: &'static CipherSuite,
    pub(super) client_random: [u8; 32],
    pub(super) server_random: [u8; 32],
    pub(super) outcome: Outcome,
}
