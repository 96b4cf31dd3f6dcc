//! A server on scripted files, with a client that does its half by hand.

mod client;
mod hostile;
mod rfc6066;
mod states;
mod tls13;
mod whole;

use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, ProtocolVersion, Suite};

use crate::allow::Allow;
use crate::conf::ServerConf;
use crate::error::Error;
use crate::fixture::{Script, algs, ready};
use crate::msg::Body;
use crate::msg::ext::{ClientExtension, HOST_NAME, Name};
use crate::msg::hello::ClientHello;
use crate::outcome::Outcome;
use crate::sec::verify::offered;
use crate::server::tls_server;
use crate::suites::SUITES;

/// A client that can everything that we can.
fn hello() -> ClientHello {
    ClientHello {
        version: ProtocolVersion::TLS12,
        random: [0xc1; 32],
        session_id: Vec::new(),
        suites: SUITES.iter().map(|row| row.suite).collect(),
        compressions: vec![0],
        extensions: vec![
            ClientExtension::SupportedGroups(vec![Group::X25519, Group::SECP256R1, Group::SECP384R1]),
            ClientExtension::SignatureAlgorithms(offered(&Allow::default())),
        ],
    }
}

/// The same with one more extension.
fn hello_with(extension: ClientExtension) -> ClientHello {
    let mut hello = hello();
    hello.extensions.push(extension);
    hello
}

fn server_name(name: &str) -> ClientExtension {
    ClientExtension::ServerName(vec![Name { typ: HOST_NAME, bytes: name.as_bytes().to_vec() }])
}

fn conf(certs: &[&Arc<CertifiedKey>]) -> ServerConf {
    ServerConf::new(certs.iter().map(|key| Arc::clone(key)).collect())
}

/// What became of a handshake.
struct Run {
    result: Result<Outcome, Error>,
    script: Script,
    trace: Vec<String>,
}

impl Run {
    /// The error's text and the alerts that were written.
    fn failure(&self) -> (String, Vec<u8>) {
        let error = self.result.as_ref().expect_err("the handshake went through");
        (error.to_string(), self.script.alerts())
    }
}

fn run(conf: &ServerConf, mut script: Script) -> Run {
    let mut trace = Vec::new();
    let result = ready(tls_server(&mut script, &algs(), conf, Some(&mut |line| trace.push(line.to_owned()))));
    Run { result, script, trace }
}

/// A handshake that gets no further than the hello, or than the server's flight.
fn run_hello(conf: &ServerConf, hello: &ClientHello) -> Run {
    run(conf, Script::new([hello.encode().unwrap()]))
}
