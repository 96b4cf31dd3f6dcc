//! A server in TLS 1.2, after the ClientHello (RFC 5246 §7.3).

mod choose;
mod finish;
mod flight;
mod kx;

pub(super) use flight::begin;

use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::outcome::Outcome;
use crate::server::tls12::finish::ExpectFinished;
use crate::server::tls12::flight::AwaitSignature;
use crate::server::tls12::kx::ExpectClientKeyExchange;
use crate::suites::CipherSuite;

/// Where the server is.
#[derive(Debug)]
pub(super) enum State {
    AwaitSignature(AwaitSignature),
    ExpectClientKeyExchange(ExpectClientKeyExchange),
    ExpectFinished(ExpectFinished),
    Opened,
}

impl State {
    /// A message came.
    pub(super) fn message(self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        match self {
            State::AwaitSignature(_) => Err(Error::Internal("a message before the signature")),
            State::ExpectClientKeyExchange(state) => state.handle(message, effects),
            State::ExpectFinished(state) => state.handle(message, effects),
            State::Opened => Err(Error::Internal("a message after the end")),
        }
    }

    /// The key has signed.
    pub(super) fn signed(self, signature: Vec<u8>, effects: &mut Effects) -> Result<State, Error> {
        match self {
            State::AwaitSignature(state) => state.signed(signature, effects),
            State::ExpectClientKeyExchange(_) | State::ExpectFinished(_) | State::Opened => {
                Err(Error::Internal("a signature that nobody asked for"))
            }
        }
    }
}

/// What was agreed on in the hellos, and every later state needs.
#[derive(Debug)]
struct Agreed {
    suite: &'static CipherSuite,
    client_random: [u8; 32],
    server_random: [u8; 32],
    outcome: Outcome,
}
