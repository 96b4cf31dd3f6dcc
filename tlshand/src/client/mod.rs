//! The client's side of a handshake: a state per message that it waits for, consumed by that message.
//!
//! ```text
//! hello: ExpectServerHello --- version chosen ---> tls12: ExpectCertificate
//!                                                         ExpectServerKeyExchange
//!                                                         ExpectServerHelloDone
//!                                                         ExpectFinished
//!                                                         Opened
//! ```
//!
//! The server's certificate is verified as soon as it comes, before anything of ours but the hello has gone out. There is
//! no certificate to show, and no resumption.

mod hello;
mod name;
mod tls12;

use crate::client::hello::ExpectServerHello;
use crate::conf::ClientConf;
use crate::drive;
use crate::effects::{Effects, Machine};
use crate::error::Error;
use crate::files::Files;
use crate::msg::Message;
use crate::outcome::Outcome;
use crate::sec::random::Random;
use crate::suites::Algs;

pub use crate::client::name::server_name;

/// Runs a client's handshake on a connection whose `fd` has been written, from the ClientHello to `opened`. `algs` is what
/// the device can do; `trace` gets a line for each event and message, without secrets.
///
/// # Errors
/// Why it failed. The peer has then been told by an alert, if it did not know ([`Error::alert`]); closing the files is
/// left to the caller.
pub async fn tls_client<F: Files>(
    files: &mut F,
    algs: &Algs,
    conf: &ClientConf,
    trace: &mut (dyn FnMut(&str) + Send),
) -> Result<Outcome, Error> {
    drive::run(files, trace, |effects| State::begin(algs, conf, Random::draw()?, effects)).await
}

/// Where a client is.
#[derive(Debug)]
enum State {
    Hello(Box<ExpectServerHello>),
    Tls12(Box<tls12::State>),
}

impl State {
    fn begin(algs: &Algs, conf: &ClientConf, random: Random, effects: &mut Effects) -> Result<State, Error> {
        conf.check()?;
        let suites = algs.usable(&conf.suites)?;
        Ok(State::Hello(Box::new(ExpectServerHello::begin(conf, suites, random, effects)?)))
    }
}

impl Machine for State {
    fn message(self, message: &Message, effects: &mut Effects) -> Result<State, Error> {
        Ok(State::Tls12(Box::new(match self {
            State::Hello(state) => state.handle(message, effects)?,
            State::Tls12(state) => state.message(message, effects)?,
        })))
    }

    fn signed(self, _: Vec<u8>, _: &mut Effects) -> Result<State, Error> {
        Err(Error::Internal("a signature that nobody asked for"))
    }
}

#[cfg(test)]
mod tests;
