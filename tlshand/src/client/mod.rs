//! The client's side of a handshake: a state per message that it waits for, consumed by that message.
//!
//! ```text
//! hello: ExpectServerHello --- version chosen ---> tls12: ExpectCertificate           unless a secret is shared
//!                                                         ExpectCertificateStatus     if it was asked for and promised
//!                                                         ExpectServerKeyExchange     if the suite has one
//!                                                         ExpectServerHelloDone
//!                                                         AwaitSignature              if we show a certificate
//!                                                         ExpectFinished
//!                                                         Opened
//!                        \-- TLS 1.3 chosen ----> tls13: ExpectSecondServerHello     if it wants another hello
//!                                                         ExpectEncryptedExtensions
//!                                                         ExpectCertificate           unless a secret is shared
//!                                                         ExpectCertificateVerify     likewise
//!                                                         ExpectFinished
//!                                                         AwaitSignature              if we show a certificate
//!                                                         Opened
//! ```
//!
//! One hello, which `offer` makes, is for all versions. What came before TLS 1.2 has the same states, see `server`. The server's certificate is verified as soon as it comes,
//! before anything of ours but the hello has gone out. A server
//! that goes on with a session needs no certificate: in TLS 1.2 there is ExpectResumedFinished alone then.

mod certs;
mod grease;
mod hello;
mod name;
mod offer;
mod psk;
mod tickets;
mod tls12;
mod tls13;

use crate::client::hello::ExpectServerHello;
use crate::conf::ClientConf;
use crate::drive;
use crate::effects::{Effects, Machine, Premaster};
use crate::error::Error;
use crate::files::Files;
use crate::msg::Message;
use crate::outcome::Outcome;
use crate::sec::random::Random;
use crate::suites::Algs;

pub use crate::client::name::server_name;
pub use crate::client::tickets::ComingTickets;

/// Runs a client's handshake on a connection whose `fd` has been written, from the ClientHello to `opened`. `algs` is what
/// the device can do; `trace`, if anybody listens, gets a line for each event and message, without secrets.
///
/// # Errors
/// Why it failed. The peer has then been told by an alert, if it did not know ([`Error::alert`]); closing the files is
/// left to the caller.
pub async fn tls_client<F: Files>(
    files: &mut F,
    algs: &Algs,
    conf: &ClientConf,
    trace: Option<&mut (dyn FnMut(&str) + Send)>,
) -> Result<Outcome, Error> {
    drive::run(files, conf.compat, trace, |effects| State::begin(algs, conf, Random::draw()?, effects)).await
}

/// Where a client is.
#[derive(Debug)]
enum State<'a> {
    Hello(Box<ExpectServerHello<'a>>),
    Tls12(Box<tls12::State<'a>>),
    Tls13(Box<tls13::State<'a>>),
}

impl<'a> State<'a> {
    fn begin(
        algs: &Algs,
        conf: &'a ClientConf,
        random: Random,
        effects: &mut Effects,
    ) -> Result<State<'a>, Error> {
        conf.check()?;
        Ok(State::Hello(Box::new(ExpectServerHello::begin(conf, algs, random, effects)?)))
    }
}

impl Machine for State<'_> {
    fn message(self, message: &Message, effects: &mut Effects) -> Result<Self, Error> {
        Ok(match self {
            State::Hello(state) => state.handle(message, effects)?,
            State::Tls12(state) => State::Tls12(Box::new(state.message(message, effects)?)),
            State::Tls13(state) => State::Tls13(Box::new(state.message(message, effects)?)),
        })
    }

    fn signed(self, signature: Vec<u8>, effects: &mut Effects) -> Result<Self, Error> {
        Ok(match self {
            State::Hello(_) => return Err(Error::Internal("a signature before the hello")),
            State::Tls12(state) => State::Tls12(Box::new(state.signed(signature, effects)?)),
            State::Tls13(state) => State::Tls13(Box::new(state.signed(signature, effects)?)),
        })
    }

    fn decrypted(self, _: &Premaster, _: &mut Effects) -> Result<Self, Error> {
        Err(Error::Internal("a premaster that nobody asked for"))
    }
}

#[cfg(test)]
mod tests;
