//! Whole handshakes: what is agreed on, what is written, and in which order.

use super::client::{Seen, Twist, client, good};
use super::*;
use crate::allow::Compat;
use crate::effects::Effects;
use crate::fixture::{Kind, certified, default_suites, ecdhe};
use crate::msg::ext::ServerExtension;
use crate::sec::random::Random;
use crate::suites::{Algs, CipherSuite};

/// A handshake that must go through.
fn opened(conf: &ServerConf, hello: &ClientHello) -> (Run, Seen) {
    let (script, seen) = client(hello, good);
    let mut run = run(conf, script);
    assert!(run.result.is_ok(), "{:?}", run.result);
    run.script.answer = None;
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert!(seen.is_finished);
    (run, seen)
}

/// The ServerHello's extensions for this hello.
fn answers(conf: &ServerConf, hello: &ClientHello) -> Vec<ServerExtension> {
    opened(conf, hello).1.hello.unwrap().extensions
}

#[test]
fn the_files_are_used_in_this_order() {
    let conf = ServerConf { alpn: vec!["h2".to_owned()], ..conf(&[&certified(Kind::P256, &["a.example"])]) };
    let mut hello = hello_with(server_name("A.example"));
    hello.extensions.push(ClientExtension::Alpn(vec![b"h2".to_vec()]));
    let (run, seen) = opened(&conf, &hello);
    assert!(seen.secret.starts_with("secret clear ccpoly96_aead 0 "));
    assert_eq!(
        run.script.log,
        [
            "read 16384",
            "version 0x303",
            "hand 2 11 12 14",
            "read 16384",
            &seen.secret,
            "read 16384",
            "changecipher",
            "hand 20",
            "note sni a.example",
            "note alpn h2",
            "note suite ECDHE-ECDSA-CHACHA20-POLY1305",
            "note group x25519",
            "opened",
        ]
    );
    let outcome = run.result.unwrap();
    assert_eq!(outcome.version, ProtocolVersion::TLS12);
    assert_eq!(outcome.suite, Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256);
    assert_eq!(outcome.group, Some(Group::X25519));
    assert_eq!(outcome.server_name.as_deref(), Some("a.example"));
    assert_eq!(outcome.alpn.as_deref(), Some("h2"));
    assert!(!outcome.extended_master_secret && outcome.peer_chain.is_empty());
}

#[test]
fn every_suite_with_every_group_and_kind_of_key() {
    for kind in [Kind::Rsa, Kind::P256, Kind::P384, Kind::Ed25519] {
        let key = certified(kind, &["a.example"]);
        let auth = if kind == Kind::Rsa { crate::suites::Auth::Rsa } else { crate::suites::Auth::Ecdsa };
        for row in default_suites().filter(|row| row.auth == auth) {
            for group in crate::sec::kx::GROUPS {
                let mut conf = conf(&[&key]);
                conf.groups = vec![group];
                for hello in [hello(), hello_with(ClientExtension::ExtendedMasterSecret)] {
                    let hello = ClientHello { suites: vec![row.suite], ..hello };
                    let (run, mut seen) = opened(&conf, &hello);
                    let outcome = run.result.unwrap();
                    assert_eq!((outcome.suite, outcome.group), (row.suite, Some(group)));
                    assert_eq!(outcome.extended_master_secret, hello.has_extended_master_secret());
                    assert_eq!(ecdhe(seen.key_exchange.as_mut().unwrap()).group, group);
                    assert!(run.script.log.contains(&seen.secret));
                }
            }
        }
    }
}

#[test]
fn pieces_of_any_length_make_the_same_messages() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    for (len, twist) in [
        (1, (|kx, fin| [kx, fin].iter().flat_map(|m| m.chunks(1).map(<[u8]>::to_vec)).collect()) as Twist),
        (7, |kx, fin| [kx, fin].iter().flat_map(|m| m.chunks(7).map(<[u8]>::to_vec)).collect()),
    ] {
        let (mut script, seen) = client(&hello(), twist);
        let first = script.reads.pop_front().unwrap().unwrap();
        script.reads.extend(first.chunks(len).map(|piece| Ok(piece.to_vec())));
        assert!(run(&conf, script).result.is_ok());
        assert!(seen.lock().unwrap().is_finished);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let conf = conf(&[&certified(Kind::Ed25519, &["a.example"])]);
    let flight = || {
        let written = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut script = Script::new([hello().encode().unwrap()]);
        let sink = Arc::clone(&written);
        script.answer = Some(Box::new(move |bytes| {
            sink.lock().unwrap().extend_from_slice(bytes);
            Vec::new()
        }));
        let begin = |effects: &mut Effects| {
            crate::server::State::begin(&algs(), &conf, Random::fixed(&[0x3b; 64]), effects)
        };
        let ended = ready(crate::drive::run(&mut script, Compat::House, None, begin));
        assert!(matches!(ended, Err(Error::End)));
        written.lock().unwrap().clone()
    };
    let first = flight();
    assert_eq!(first[4..6], [3, 3]);
    assert_eq!(first[6..38], [0x3b; 32], "server_random, and no mark of a downgrade in it");
    assert_eq!(first, flight());
}

#[test]
fn a_hello_that_asks_nothing_is_answered_without_extensions() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let session_id = vec![7; 32];
    let (_, seen) = opened(&conf, &ClientHello { session_id, ..hello() });
    let answer = seen.hello.unwrap();
    assert_eq!(answer.extensions, []);
    assert!(answer.session_id.is_empty());
    // version, random, no session id, suite, compression: not even a length of extensions.
    assert_eq!(answer.encode().unwrap().len(), 4 + 2 + 32 + 1 + 2 + 1);
}

#[test]
fn either_signal_of_rfc5746_is_answered() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let mut scsv = hello();
    scsv.suites.push(Suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
    for hello in [scsv, hello_with(ClientExtension::RenegotiationInfo)] {
        let (_, seen) = opened(&conf, &hello);
        let answer = seen.hello.unwrap().encode().unwrap();
        assert!(answer.ends_with(&[0, 5, 0xff, 1, 0, 1, 0]));
    }
}

#[test]
fn a_name_is_acknowledged_exactly_when_it_was_used() {
    let a = certified(Kind::P256, &["a.example"]);
    let b = certified(Kind::P256, &["b.example", "*.b.example"]);
    let conf = conf(&[&a, &b]);
    for (name, shown, is_used) in [
        ("a.example", &a, true),
        ("B.EXAMPLE.", &b, true),
        ("x.b.example", &b, true),
        ("c.example", &a, false),
        ("192.0.2.7", &a, false),
    ] {
        let (run, seen) = opened(&conf, &hello_with(server_name(name)));
        assert_eq!(seen.chain[0], shown.chain()[0].to_vec(), "{name}");
        let expected = if is_used { vec![ServerExtension::ServerName] } else { Vec::new() };
        assert_eq!(seen.hello.unwrap().extensions, expected, "{name}");
        let told = run.result.unwrap().server_name;
        assert_eq!(told.is_some(), name != "192.0.2.7");
    }
    let unknown_type = ClientExtension::ServerName(vec![Name { typ: 9, bytes: b"b.example".to_vec() }]);
    let (run, seen) = opened(&conf, &hello_with(unknown_type));
    assert_eq!((seen.hello.unwrap().extensions, run.result.unwrap().server_name), (Vec::new(), None));
}

#[test]
fn point_formats_are_answered_with_the_one() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let formats = ClientExtension::EcPointFormats(vec![1, 2, 0]);
    assert_eq!(answers(&conf, &hello_with(formats)), [ServerExtension::EcPointFormats(vec![0])]);
}

#[test]
fn what_is_not_implemented_is_not_acknowledged() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    for typ in [14, 18, 35, 55] {
        let unknown = ClientExtension::Unknown { typ, body: vec![1] };
        assert_eq!(answers(&conf, &hello_with(unknown)), [], "{typ}");
    }
    // The suite has no MAC apart from its cipher (RFC 7366 §3).
    assert_eq!(answers(&conf, &hello_with(ClientExtension::EncryptThenMac)), []);
    let protocols = ClientExtension::Alpn(vec![b"h2".to_vec()]);
    assert_eq!(answers(&conf, &hello_with(protocols)), [], "no protocols are configured");
}

#[test]
fn tls13_hellos_get_tls12() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let both = vec![ProtocolVersion(0x7a7a), ProtocolVersion::TLS13, ProtocolVersion::TLS12];
    let hello = hello_with(ClientExtension::SupportedVersions(both));
    let answer = opened(&conf, &hello).1.hello.unwrap();
    assert_eq!((answer.version, answer.extensions), (ProtocolVersion::TLS12, Vec::new()));
}

#[test]
fn only_suites_that_the_device_has_are_chosen() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let (mut script, _) = client(&hello(), good);
    let algs = Algs::parse("clear aes_128_cbc aes_256_gcm_aead\n", " clear\tsha256");
    let outcome = ready(tls_server(&mut script, &algs, &conf, None)).unwrap();
    assert_eq!(outcome.suite, Suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384);
}

#[test]
fn without_algorithms_nothing_is_touched() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    for algs in
        [Algs::parse("", ""), Algs::parse("clear rc4_128", "clear sha1"), Algs::parse("ccpoly96_aead", "")]
    {
        let (mut script, _) = client(&hello(), good);
        let result = ready(tls_server(&mut script, &algs, &conf, None));
        assert!(matches!(result, Err(Error::NoSuite)));
        assert!(script.log.is_empty());
    }
}

#[test]
fn without_a_certificate_nothing_is_read() {
    let run = run_hello(&conf(&[]), &hello());
    assert_eq!(run.failure(), ("no certificate or shared secret".to_owned(), vec![80]));
    assert_eq!(run.script.log, ["alert 80"]);
}

#[test]
fn the_trace_tells_everything_but_the_keys() {
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let (run, seen) = opened(&conf, &hello_with(server_name("a.example")));
    let starts = [
        "tlsServer2",
        "recv ClientHello version 0303 ",
        "ClientHello version 303",
        "ClientHello server name indicator a.example",
        "  cipher cca9, compressor 0",
        "send ServerHello version 0303 ",
        "send Certificate lengths [ ",
        "send ServerKeyExchange group 001d ",
        "send ServerHelloDone",
        "recv ClientKeyExchange public ",
        "tls secrets",
        "recv Finished verify_data ",
        "send Finished verify_data ",
        "tls finished",
    ];
    assert_eq!(run.trace.len(), starts.len(), "{:#?}", run.trace);
    for (line, start) in run.trace.iter().zip(starts) {
        assert!(line.starts_with(start) && !line.contains('\n'), "{line}");
    }
    let keys = seen.secret.rsplit(' ').next().unwrap();
    assert!(keys.len() > 100 && !run.trace.iter().any(|line| line.contains(keys)));
}

#[test]
fn nothing_is_printed_where_nobody_listens() {
    let mut effects = Effects::new(false);
    effects.trace(format_args!("tls finished"));
    assert!(effects.next().is_none());
}

#[test]
fn an_effect_with_keys_does_not_print_them() {
    let mut effects = Effects::new(false);
    let suite: &CipherSuite = &SUITES[0];
    effects.secret(zeroize::Zeroizing::new(format!("secret clear {} 0 c2VjcmV0", suite.encalg)));
    effects.change_cipher();
    assert_eq!(
        format!("{effects:?}"),
        "Effects { list: [Ctl(secret ..), Ctl(changecipher)], is_traced: false }"
    );
}

#[test]
fn a_word_for_ctl_is_quoted_where_it_must_be() {
    let conf =
        ServerConf { alpn: vec!["it's h2".to_owned()], ..conf(&[&certified(Kind::P256, &["a.example"])]) };
    let (run, _) = opened(&conf, &hello_with(ClientExtension::Alpn(vec![b"it's h2".to_vec()])));
    assert!(run.script.log.contains(&"note alpn 'it''s h2'".to_owned()));
}

#[test]
fn a_handshake_may_move_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let (mut script, _) = client(&hello(), good);
    let algs = algs();
    let mut trace = |_: &str| ();
    assert!(ready(is_send(tls_server(&mut script, &algs, &conf, Some(&mut trace)))).is_ok());
}
