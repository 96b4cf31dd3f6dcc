//! The server's side of a handshake: a state per message that it waits for, consumed by that message.
//!
//! ```text
//! hello: ExpectClientHello --- version chosen ---> tls12: AwaitSignature              if a half is signed
//!                                                         ExpectCertificate           if one was asked for
//!                                                         ExpectClientKeyExchange
//!                                                         AwaitPremaster              of static RSA
//!                                                         ExpectCertificateVerify     if there was a certificate
//!                                                         ExpectFinished
//!                                                         ExpectResumedFinished       if it goes on with a session
//!                                                         Opened
//!                                          ---> tls13: ExpectSecondHello           if the first lacks a share
//!                                                         AwaitSignature              if a certificate is shown
//!                                                         ExpectCertificate           if one was asked for
//!                                                         ExpectCertificateVerify     if there was a certificate
//!                                                         ExpectFinished
//!                                                         Opened
//! ```
//!
//! The hello is common to all versions; from there on TLS 1.3 and TLS 1.2 have a directory each. What came before TLS 1.2 has
//! its states: its messages and its arithmetic differ, which is `msg`'s and `sec`'s business.

mod authority;
mod certs;
mod choose;
mod hello;
mod sni;
mod tickets;
mod tls12;
mod tls13;

use tlswire::ProtocolVersion;

use crate::conf::ServerConf;
use crate::drive;
use crate::effects::{Effects, Machine, Premaster};
use crate::error::Error;
use crate::files::Files;
use crate::msg::Message;
use crate::outcome::Outcome;
use crate::sec::random::Random;
use crate::server::hello::ExpectClientHello;
use crate::suites::Algs;

/// Runs a server's handshake on a connection whose `fd` has been written, from the client's first byte to `opened`.
/// `trace`, if anybody listens, gets a line for each event and message, without secrets.
///
/// # Errors
/// Why it failed. The peer has then been told by an alert, if it did not know ([`Error::alert`]); closing the files is
/// left to the caller.
pub async fn tls_server<F: Files>(
    files: &mut F,
    algs: &Algs,
    conf: &ServerConf,
    trace: Option<&mut (dyn FnMut(&str) + Send)>,
) -> Result<Outcome, Error> {
    drive::run(files, conf.compat, trace, |effects| State::begin(algs, conf, Random::draw()?, effects)).await
}

/// Where a server is.
#[derive(Debug)]
enum State<'a> {
    Hello(ExpectClientHello<'a>),
    Tls12(Box<tls12::State<'a>>),
    Tls13(Box<tls13::State<'a>>),
}

impl<'a> State<'a> {
    fn begin(
        algs: &Algs,
        conf: &'a ServerConf,
        random: Random,
        effects: &mut Effects,
    ) -> Result<State<'a>, Error> {
        effects.trace(format_args!("tlsServer2"));
        conf.check()?;
        let mut versions = conf.allowed_versions();
        let has_tls13 = versions.contains(&ProtocolVersion::TLS13);
        let tls13_suites = if has_tls13 { algs.usable_tls13(&conf.wanted()) } else { Vec::new() };
        let suites = match algs.usable(&conf.wanted()) {
            Err(Error::NoSuite) if !tls13_suites.is_empty() => Vec::new(),
            suites => suites?,
        };
        versions.retain(|version| match *version {
            ProtocolVersion::TLS13 => !tls13_suites.is_empty(),
            _ => !suites.is_empty(),
        });
        effects.read_hand();
        Ok(State::Hello(ExpectClientHello { conf, versions, suites, tls13_suites, random }))
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

    fn decrypted(self, premaster: &Premaster, effects: &mut Effects) -> Result<Self, Error> {
        Ok(match self {
            State::Hello(_) => return Err(Error::Internal("a premaster before the hello")),
            State::Tls12(state) => State::Tls12(Box::new(state.decrypted(premaster, effects)?)),
            State::Tls13(_) => return Err(Error::Internal("a premaster in TLS 1.3")),
        })
    }
}

#[cfg(test)]
mod tests;
