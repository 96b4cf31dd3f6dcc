//! A server of TLS 1.3 on scripted files.

mod client;
mod hellos;
mod hostile;
mod psk;
mod retry;
mod states;
mod whole;

use tlswire::SignatureScheme;

use super::*;
use crate::fixture::{Kind, certified};
use crate::msg::ext::KeyShare;
use crate::sec::verify::TLS13_SCHEMES;
use crate::server::tests::tls13::client::{Client, Seen};
use crate::suites::{Algs, TLS13_SUITES};

/// A device with TLS 1.3.
fn algs13() -> Algs {
    let mut algs = algs();
    algs.hashalgs.push("sha384".to_owned());
    algs
}

/// A server with a certificate for `a.example`, and curves alone.
fn server(kind: Kind) -> ServerConf {
    let groups = vec![Group::X25519, Group::SECP256R1, Group::SECP384R1];
    ServerConf { groups, ..conf13(&[&certified(kind, &["a.example"])]) }
}

fn conf13(certs: &[&Arc<CertifiedKey>]) -> ServerConf {
    ServerConf { versions: vec![ProtocolVersion::TLS13, ProtocolVersion::TLS12], ..conf(certs) }
}

/// What a client of TLS 1.3 and TLS 1.2 says, but for its shares.
fn hello13() -> ClientHello {
    let mut hello = hello();
    hello.session_id = vec![5; 32];
    hello.suites = TLS13_SUITES.iter().map(|row| row.suite).chain(hello.suites).collect();
    hello.extensions = vec![
        ClientExtension::SupportedVersions(vec![ProtocolVersion::TLS13, ProtocolVersion::TLS12]),
        ClientExtension::SupportedGroups(vec![
            Group(0x4a4a),
            Group::X25519_MLKEM768,
            Group::X25519,
            Group::SECP256R1,
            Group::SECP384R1,
        ]),
        ClientExtension::SignatureAlgorithms(offered(&Allow::default())),
        ClientExtension::PskKeyExchangeModes(vec![1]),
    ];
    hello
}

/// The same without extensions of this type.
fn without(hello: ClientHello, typ: u16) -> ClientHello {
    let keep = |known: &ClientExtension| crate::msg::ext::Extension::typ(known) != typ;
    ClientHello { extensions: hello.extensions.into_iter().filter(keep).collect(), ..hello }
}

fn meet(conf: &ServerConf, client: Client) -> (Run, Seen) {
    let (mut script, seen) = client.script();
    let mut trace = Vec::new();
    let result =
        ready(tls_server(&mut script, &algs13(), conf, Some(&mut |line: &str| trace.push(line.to_owned()))));
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (Run { result, script, trace }, seen)
}

/// The text and alerts of a handshake that must fail.
fn failure(conf: &ServerConf, client: Client) -> (String, Vec<u8>) {
    let (run, seen) = meet(conf, client);
    assert!(!run.script.log.contains(&"opened".to_owned()));
    assert!(!seen.is_finished || run.result.is_err());
    run.failure()
}

/// A handshake that gets no further than this hello, as it is.
fn run_hello13(conf: &ServerConf, hello: &ClientHello) -> Run {
    let mut script = Script::new([hello.encode().unwrap()]);
    let result = ready(tls_server(&mut script, &algs13(), conf, None));
    Run { result, script, trace: Vec::new() }
}

fn message(typ: u8, body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[typ, 0][..], &len, body].concat()
}
