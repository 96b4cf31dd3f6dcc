//! p9any: two parties agree on one of Plan 9's authentication protocols, and go through it (authsrv(6)).
//!
//! A role is asked what to do [`step`](Server::step) and told what it read; it does no I/O itself. It never asks for a byte
//! more than the protocol has, so that whatever follows on the connection is left for who comes next.
//!
//! ```text
//! server                                  client
//!   dp9ik@dom p9sk1@dom NUL          ->
//!                                    <-   dp9ik dom NUL
//!                                    <-   CHc
//!   ticket request, YAs              ->                      (dp9ik: with the host's half of the exchange)
//!                                    <-   YBs, ticket, authenticator
//!   authenticator                    ->
//! ```

mod client;
mod key;
mod server;

pub use client::Client;
pub use key::{Key, KeyFault, Proto, keys};
pub use server::Server;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::authsrv::ticket::{CHALLENGE_LEN, RANDOM_LEN};
use crate::authsrv::{Sealer, pak};

/// What a role does next.
#[must_use]
pub enum Step {
    /// Send these bytes to the peer.
    Send(Vec<u8>),
    /// Read exactly so many bytes from the peer, and give them to `recv`.
    Read(usize),
    /// Send these bytes to the authentication server.
    Ask(Vec<u8>),
    /// Read exactly so many bytes from the authentication server, and give them to `recv`.
    ReadAnswer(usize),
    /// It is over, and this is what came of it.
    Done(AuthInfo),
}

/// What a role's peer must not be able to foresee. Each is used once.
#[derive(ZeroizeOnDrop)]
pub struct Random {
    /// What the peer must answer.
    challenge: [u8; CHALLENGE_LEN],
    /// The secret number of dp9ik's exchange.
    exchange: [u8; pak::LEN],
    /// The own half of what the session's secret is mixed from.
    authenticator: [u8; RANDOM_LEN],
    /// For a client that does the authentication server's work: the other secret number, and the ticket's key.
    auth_server_exchange: [u8; pak::LEN],
    ticket_key: [u8; RANDOM_LEN],
}

impl Random {
    /// Draws what a role needs from a source of random bytes.
    ///
    /// # Errors
    /// Those of the source.
    pub fn draw<E>(mut fill: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Random, E> {
        let mut random = Random {
            challenge: [0; CHALLENGE_LEN],
            exchange: [0; pak::LEN],
            authenticator: [0; RANDOM_LEN],
            auth_server_exchange: [0; pak::LEN],
            ticket_key: [0; RANDOM_LEN],
        };
        fill(&mut random.challenge)?;
        fill(&mut random.exchange)?;
        fill(&mut random.authenticator)?;
        fill(&mut random.auth_server_exchange)?;
        fill(&mut random.ticket_key)?;
        Ok(random)
    }
}

/// What an authentication comes to (auth(2), `AuthInfo`).
pub struct AuthInfo {
    /// The user on the client's side.
    pub cuid: String,
    /// The user on the server's side: whom the client is to be.
    pub suid: String,
    /// What both sides now share and nobody else knows: 8 bytes of p9sk1 or 256 of dp9ik.
    pub secret: Zeroizing<Vec<u8>>,
}

/// Why an authentication fails. The texts are factotum's where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Nothing that both sides know.
    NoCommon,
    /// The client chose something that was not offered, or did not choose.
    BadChoice,
    /// The server speaks a p9any that this one does not know.
    UnknownVersion,
    /// The server offers nothing readable.
    BadOffer,
    /// The server did not go on after the choice.
    GaveUp,
    /// A message is not what it must be here, or is sealed with another key.
    Botch,
    /// The user's own key is not the one that the authentication server has.
    WrongKey,
    /// The authentication server refuses, and says so.
    Refused(String),
    /// There is no authentication server, and the client cannot do its work: it is another user than the server's.
    NoAuthServer,
    /// It was told something that it had not asked for.
    OutOfTurn,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::NoCommon => "negotiation failed, no common protocols or keys",
            Error::BadChoice => "invalid argument",
            Error::UnknownVersion => "unknown version of p9any",
            Error::BadOffer => "malformed offer of protocols",
            Error::GaveUp => "server gave up",
            Error::Botch => "auth server protocol botch",
            Error::WrongKey => "the key is not the one that the authentication server knows",
            Error::Refused(reason) => return write!(f, "authentication server: {reason}"),
            Error::NoAuthServer => "no authentication server, and the server is another user",
            Error::OutOfTurn => "authentication out of turn",
        })
    }
}

impl std::error::Error for Error {}

/// Mixes the secret of a session from a ticket's key and, for dp9ik, both authenticators' randoms.
fn session_secret(sealer: &Sealer, client: &[u8], server: &[u8]) -> Zeroizing<Vec<u8>> {
    match sealer {
        Sealer::Des(key) => Zeroizing::new(key.expanded().to_vec()),
        Sealer::Form1(key) => {
            let mut secret = Zeroizing::new(vec![0; SECRET_LEN]);
            pak::hkdf(&[client, server].concat(), key.as_slice(), b"Plan 9 session secret", &mut secret);
            secret
        }
    }
}

/// Bytes of dp9ik's secret.
const SECRET_LEN: usize = 256;

/// Bytes of the longest offer that a client reads.
const OFFER_LEN_MAX: usize = 4096;

/// Bytes of the longest choice that a server reads: a protocol, a domain and what is around them.
const CHOICE_LEN_MAX: usize = 128;

#[cfg(test)]
mod tests;
