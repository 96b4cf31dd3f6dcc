//! nassl: OpenSSL 1.0.2 with all that was taken out of it since, as a client. sslyze brings it.

use super::{Ask, Client, Feature, Missing, Peer, Role, Suite, Told, tlslite};
use crate::support::certs::Key;
use crate::support::python;

/// The package `nassl`.
pub(super) struct Nassl;

impl Peer for Nassl {
    fn name(&self) -> &'static str {
        "openssl1.0"
    }

    fn available(&self) -> Result<(), Missing> {
        python::find("nassl", "sslyze==6.3.1")
    }

    fn cannot(&self, _: Role, version: &str, suite: &Suite) -> Option<&'static str> {
        match () {
            () if version == "TLSv1.3" => Some("nothing after TLS 1.2"),
            () if suite.key.is_none() => Some("its module has no call for shared secrets"),
            () if suite.is_draft() || suite.name.contains("CHACHA20") => Some("no ChaCha20"),
            () => None,
        }
    }

    fn lacks(&self, _: Role, version: &str, feature: Feature) -> Option<&'static str> {
        match (version, feature) {
            ("TLSv1.3", _) => Some("nothing after TLS 1.2"),
            (_, Feature::ClientCert(Key::Ed25519)) => Some("no Ed25519"),
            (_, Feature::Resumption) => Some("no extended master secret, without which no session is kept"),
            _ => None,
        }
    }
}

impl Client for Nassl {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        // Its name for what was once called ephemeral Diffie-Hellman.
        let suite = ask.suite.map_or("ALL", |suite| match suite.name {
            "DHE-RSA-DES-CBC3-SHA" => "EDH-RSA-DES-CBC3-SHA",
            name => name,
        });
        let mut command = python::script("peer.py");
        command.args(["nassl", tlslite::word(ask.version), suite, "--port", &port.to_string(), "--ca"]);
        command.arg(&ask.ca);
        if let Some(me) = &ask.identity {
            tlslite::own(&mut command, me);
        }
        let told = tlslite::run(command);
        Told {
            suite: told.suite.or(ask.suite.filter(|_| told.error.is_none()).map(|suite| suite.name)),
            ..told
        }
    }
}
