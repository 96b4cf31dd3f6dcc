//! What RFC 6066 and RFC 8449 have a server do, beyond the names of `sni` and `whole`.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use factotum::Keyless;
use x509::Certificate as Leaf;

use super::client::{client, good};
use super::*;
use crate::allow::Compat;
use crate::fixture::{Kind, certified, messages};
use crate::msg::ext::{ServerExtension, TrustedAuthority};
use crate::msg::hello::ServerHello;
use crate::msg::status::{CertificateStatus, StatusRequest};
use crate::record_len::MaxFragment;

/// 2030-01-01, when the responses of the x509 tests hold.
const NOW: u64 = 1_893_456_000;

/// What the server writes first, message by message, and what it does before and afterwards.
fn flight(conf: &ServerConf, hello: &ClientHello) -> (Vec<Vec<u8>>, Vec<String>) {
    let written = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut script = Script::new([hello.encode().unwrap()]);
    let sink = Arc::clone(&written);
    script.answer = Some(Box::new(move |bytes| {
        sink.lock().unwrap().extend_from_slice(bytes);
        Vec::new()
    }));
    let run = run(conf, script);
    assert!(matches!(run.result, Err(Error::End)), "{:?}", run.result);
    let written = written.lock().unwrap();
    (messages(&written).into_iter().map(<[u8]>::to_vec).collect(), run.script.log)
}

fn answers(conf: &ServerConf, hello: &ClientHello) -> Vec<ServerExtension> {
    ServerHello::decode(&flight(conf, hello).0[0][4..]).unwrap().extensions
}

fn plain() -> ServerConf {
    conf(&[&certified(Kind::P256, &["a.example"])])
}

fn fragment(len: u16) -> ClientExtension {
    ClientExtension::MaxFragmentLength(MaxFragment::of_len(len).unwrap())
}

fn data(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/x509/tests/data").join(name)
}

fn ocsp() -> ClientExtension {
    ClientExtension::StatusRequest(StatusRequest::Ocsp { responders: Vec::new(), extensions: Vec::new() })
}

/// A server with the certificate that the response of this file is about, which is shown.
fn stapling(response: &str) -> ServerConf {
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read(data(name)).unwrap();
    let both = [read("ocsp/leaf.crt"), read("ocsp/ca.crt"), read("ocsp/leaf.key")].concat();
    std::fs::write(dir.path().join("a.pem"), both).unwrap();
    std::fs::write(dir.path().join("a.ocsp"), read(response)).unwrap();
    let key = factotum::load(&dir.path().join("a.pem"), NOW, Keyless::Refused).unwrap().keys.remove(0);
    ServerConf { now: NOW, ..ServerConf::new(vec![Arc::new(key)]) }
}

#[test]
fn the_length_of_fragments_is_echoed_and_the_device_told_before_anything_is_written() {
    for len in [512, 1024, 2048, 4096] {
        let hello = hello_with(fragment(len));
        let (messages, log) = flight(&plain(), &hello);
        let answer = ServerHello::decode(&messages[0][4..]).unwrap();
        let echo = ServerExtension::MaxFragmentLength(MaxFragment::of_len(len).unwrap());
        assert!(answer.extensions.contains(&echo));
        let maxrec = format!("maxrec {len} {len}");
        assert_eq!(log[..4], ["read 16384", "version 0x303", &maxrec, "hand 2 11 12 14"]);
    }
    let nothing = answers(&plain(), &hello());
    assert!(!nothing.iter().any(|it| matches!(it, ServerExtension::MaxFragmentLength(_))));
    let old = conf(&[&certified(Kind::Rsa, &["a.example"])]);
    let old = ServerConf { compat: Compat::NineFront, ..old };
    assert_eq!(answers(&old, &hello_with(fragment(512))), []);
}

#[test]
fn a_limit_of_record_sizes_is_answered_with_ours_and_kept_once_the_connection_is_open() {
    for (theirs, outgoing) in [(64, 64), (1_000, 1_000), (16_384, 16_384), (16_385, 16_384), (65_535, 16_384)]
    {
        let conf = ServerConf { record_len_max: 4_000, ..plain() };
        let (script, seen) = client(&hello_with(ClientExtension::RecordSizeLimit(theirs)), good);
        let run = run(&conf, script);
        assert!(run.result.is_ok());
        let answer = seen.lock().unwrap().hello.take().unwrap();
        assert!(answer.extensions.contains(&ServerExtension::RecordSizeLimit(4_000)));
        let log = run.script.log;
        assert_eq!(log[log.len() - 2..], [format!("maxrec {outgoing} 4000"), "opened".to_owned()]);
        assert_eq!(log.iter().filter(|line| line.starts_with("maxrec")).count(), 1);
    }
}

#[test]
fn of_two_limits_the_newer_counts_alone() {
    let mut hello = hello_with(fragment(512));
    hello.extensions.push(ClientExtension::RecordSizeLimit(2_000));
    let (messages, log) = flight(&plain(), &hello);
    let answer = ServerHello::decode(&messages[0][4..]).unwrap();
    assert_eq!(answer.extensions, [ServerExtension::RecordSizeLimit(16_384)]);
    assert!(!log.iter().any(|line| line.starts_with("maxrec")));
}

#[test]
fn a_staple_is_promised_and_comes_right_behind_the_certificate() {
    for response in ["ocsp/good.ocsp", "ocsp/delegated.ocsp"] {
        let conf = stapling(response);
        let (messages, log) = flight(&conf, &hello_with(ocsp()));
        let answer = ServerHello::decode(&messages[0][4..]).unwrap();
        assert_eq!(answer.extensions, [ServerExtension::StatusRequest]);
        assert!(log.contains(&"hand 2 11 22 12 14".to_owned()), "{log:?}");
        let status = CertificateStatus::decode(&messages[2][4..]).unwrap();
        assert_eq!(status.response, std::fs::read(data(response)).unwrap());
    }
}

#[test]
fn no_staple_comes_unasked_or_late_or_where_there_is_none() {
    let staples = |conf: &ServerConf, hello: &ClientHello| {
        let (messages, _) = flight(conf, hello);
        let answer = ServerHello::decode(&messages[0][4..]).unwrap();
        let promised = answer.extensions.contains(&ServerExtension::StatusRequest);
        assert_eq!(promised, messages.iter().any(|message| message[0] == 22));
        promised
    };
    let good = stapling("ocsp/good.ocsp");
    assert!(staples(&good, &hello_with(ocsp())));
    assert!(!staples(&good, &hello()));
    let unknown = StatusRequest::Other { typ: 2, body: vec![9] };
    assert!(!staples(&good, &hello_with(ClientExtension::StatusRequest(unknown))));
    assert!(!staples(&plain(), &hello_with(ocsp())));
    // Before it holds, and after: it is over a hundred years later.
    for now in [0, 1_700_000_000, NOW + 100 * 366 * 86_400] {
        assert!(!staples(&ServerConf { now, ..good.clone() }, &hello_with(ocsp())), "{now}");
    }
    for response in ["ocsp/revoked.ocsp", "ocsp/unknown.ocsp", "ocsp/endless.ocsp", "ocsp/pretended.ocsp"] {
        assert!(!staples(&stapling(response), &hello_with(ocsp())), "{response}");
    }
}

#[test]
fn authorities_that_a_client_believes_choose_among_certificates_of_one_name() {
    // Both are for localhost: the one from the tests' authorities, the other from itself.
    let load =
        |name: &str| Arc::new(factotum::load(&data(name), NOW, Keyless::Refused).unwrap().keys.remove(0));
    let (ours, own) = (load("p256.crt"), load("selfsigned.crt"));
    let conf = conf(&[&ours, &own]);
    let shown = |authorities: Vec<TrustedAuthority>, name: &str| {
        let mut hello = hello_with(server_name(name));
        hello.extensions.push(ClientExtension::TrustedCaKeys(authorities));
        let (messages, _) = flight(&conf, &hello);
        let answer = ServerHello::decode(&messages[0][4..]).unwrap();
        let chain = crate::msg::cert::Certificate::decode(&messages[1][4..]).unwrap().chain;
        let which = if chain == own.chain() { "own" } else { "ours" };
        (which, answer.extensions.contains(&ServerExtension::TrustedCaKeys))
    };
    let sha1 =
        |bytes: &[u8]| <[u8; 20]>::try_from(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref()).unwrap();
    let (self_signed, issuer) = (own.certificate(), Leaf::from_der(&ours.chain()[1]).unwrap());
    let by_name = |leaf: &Leaf| TrustedAuthority::Name(leaf.subject().to_vec());
    for of_own in [
        by_name(self_signed),
        TrustedAuthority::CertSha1(sha1(self_signed.der())),
        TrustedAuthority::KeySha1(sha1(self_signed.public_key().bits())),
    ] {
        assert_eq!(shown(vec![of_own.clone()], "localhost"), ("own", true), "{of_own:?}");
        assert_eq!(shown(vec![TrustedAuthority::PreAgreed, of_own], "localhost"), ("own", true));
    }
    for of_ours in [
        by_name(&issuer),
        TrustedAuthority::Name(issuer.issuer().to_vec()),
        TrustedAuthority::CertSha1(sha1(issuer.der())),
        TrustedAuthority::KeySha1(sha1(issuer.public_key().bits())),
    ] {
        assert_eq!(shown(vec![of_ours.clone()], "localhost"), ("ours", true), "{of_ours:?}");
    }
    // Nobody's, nothing at all, and nothing that says anything: the list was not used.
    let stranger = TrustedAuthority::CertSha1([9; 20]);
    for unused in [vec![stranger], vec![], vec![TrustedAuthority::PreAgreed]] {
        assert_eq!(shown(unused, "localhost"), ("ours", false));
    }
    // A certificate for the name comes first, whoever is believed.
    let name = ours.names().first().unwrap().as_str();
    assert_eq!(shown(vec![by_name(self_signed)], name), ("ours", false));
}

#[test]
fn what_is_never_agreed_on_is_passed_over() {
    let mut hello = hello_with(ClientExtension::ClientCertificateUrl);
    hello.extensions.push(ClientExtension::TruncatedHmac);
    assert_eq!(answers(&plain(), &hello), []);
}

#[test]
fn messages_that_extensions_bring_are_unexpected_of_who_did_not_agree_to_them() {
    for typ in [21, 22] {
        let mut script = Script::new([hello().encode().unwrap()]);
        script.answer = Some(Box::new(move |_| vec![vec![typ, 0, 0, 5, 1, 0, 0, 1, 0]]));
        let run = run(&plain(), script);
        assert_eq!(run.failure().1, [10], "{typ}: {:?}", run.result);
    }
}
