//! The ClientHello, as far as all versions share it: it decides which version goes on.

use tlswire::ProtocolVersion;

use crate::allow::Old;
use crate::conf::ServerConf;
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::hello::ClientHello;
use crate::msg::ssl2::Ssl2ClientHello;
use crate::msg::{HandshakeType, Message};
use crate::sec::random::Random;
use crate::server::{State, choose, sni, tls12, tls13};
use crate::suites::{CipherSuite, Tls13Suite};

/// Nothing has come yet.
#[derive(Debug)]
pub(super) struct ExpectClientHello<'a> {
    pub(super) conf: &'a ServerConf,
    /// The versions that are allowed and that the device can do, the best one first.
    pub(super) versions: Vec<ProtocolVersion>,
    /// The suites up to TLS 1.2 that are configured and that the device can do, the preferred one first.
    pub(super) suites: Vec<&'static CipherSuite>,
    /// The same of TLS 1.3.
    pub(super) tls13_suites: Vec<&'static Tls13Suite>,
    pub(super) random: Random,
}

impl<'a> ExpectClientHello<'a> {
    /// Takes the client's first message.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let hello = match message.typ() {
            HandshakeType::SSL2_CLIENT_HELLO if !self.conf.allow.has(Old::Sslv2Hello) => {
                return Err(Error::Ssl2Hello);
            }
            HandshakeType::SSL2_CLIENT_HELLO => {
                let hello: Ssl2ClientHello = message.parse("a client hello")?;
                effects.received(&hello);
                hello.0
            }
            _ => {
                let hello: ClientHello = message.parse("a client hello")?;
                effects.received(&hello);
                hello
            }
        };
        effects.trace(format_args!("ClientHello version {:x}", hello.version.0));
        let version = choose::version(&hello, &self.versions)?;
        if version < ProtocolVersion::TLS13 {
            effects.version(version);
        }
        let server_name = sni::server_name(&hello)?;
        if let Some(name) = &server_name {
            effects.trace(format_args!("ClientHello server name indicator {}", name.as_str()));
        }
        if version == ProtocolVersion::TLS13 {
            let state = tls13::begin(self, message, &hello, server_name, effects)?;
            return Ok(State::Tls13(Box::new(state)));
        }
        let state = tls12::begin(self, version, message, &hello, server_name, effects)?;
        Ok(State::Tls12(Box::new(state)))
    }
}
