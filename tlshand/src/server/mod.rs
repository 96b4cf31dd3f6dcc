//! The server's side of a handshake: a state per message that it waits for, consumed by that message.
//!
//! ```text
//! hello: ExpectClientHello --- version chosen ---> tls12: AwaitSignature
//!                                                         ExpectClientKeyExchange
//!                                                         ExpectFinished
//!                                                         Opened
//! ```
//!
//! The hello is common to all versions; from there on each version has a directory of its own. Client certificates are
//! neither asked for nor taken, and there is no resumption.

mod certs;
mod choose;
mod hello;
mod sni;
mod tls12;

use crate::conf::ServerConf;
use crate::drive;
use crate::effects::{Effects, Machine};
use crate::error::Error;
use crate::files::Files;
use crate::msg::Message;
use crate::outcome::Outcome;
use crate::sec::random::Random;
use crate::server::hello::ExpectClientHello;
use crate::suites::Algs;

/// Runs a server's handshake on a connection whose `fd` has been written, from the client's first byte to `opened`.
/// `trace` gets a line for each event and message, without secrets.
///
/// # Errors
/// Why it failed. The peer has then been told by an alert, if it did not know ([`Error::alert`]); closing the files is
/// left to the caller.
pub async fn tls_server<F: Files>(
    files: &mut F,
    algs: &Algs,
    conf: &ServerConf,
    trace: &mut (dyn FnMut(&str) + Send),
) -> Result<Outcome, Error> {
    drive::run(files, trace, |effects| State::begin(algs, conf, Random::draw()?, effects)).await
}

/// Where a server is.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one per connection, and the small one ends with the hello"
)]
enum State<'a> {
    Hello(ExpectClientHello<'a>),
    Tls12(tls12::State),
}

impl<'a> State<'a> {
    fn begin(
        algs: &Algs,
        conf: &'a ServerConf,
        random: Random,
        effects: &mut Effects,
    ) -> Result<State<'a>, Error> {
        effects.trace("tlsServer2".to_owned());
        conf.check()?;
        let suites = algs.usable(&conf.suites)?;
        effects.read_hand();
        Ok(State::Hello(ExpectClientHello { conf, suites, random }))
    }
}

impl Machine for State<'_> {
    fn message(self, message: &Message, effects: &mut Effects) -> Result<Self, Error> {
        Ok(match self {
            State::Hello(state) => state.handle(message, effects)?,
            State::Tls12(state) => State::Tls12(state.message(message, effects)?),
        })
    }

    fn signed(self, signature: Vec<u8>, effects: &mut Effects) -> Result<Self, Error> {
        Ok(match self {
            State::Hello(_) => return Err(Error::Internal("a signature before the hello")),
            State::Tls12(state) => State::Tls12(state.signed(signature, effects)?),
        })
    }
}

#[cfg(test)]
mod tests;
