//! Hellos that are wrong, by hand and by chance.

use super::*;
use crate::allow::Old;
use crate::fixture::{Kind, certified};
use crate::msg::ext::KeyShare;

/// The text and alert for a hello.
fn refused(hello: &ClientHello) -> (String, Vec<u8>) {
    let conf = ServerConf {
        strict_sni: true,
        alpn: vec!["h2".to_owned()],
        ..conf(&[&certified(Kind::P256, &["a.example"])])
    };
    let run = run_hello(&conf, hello);
    assert!(run.script.log.iter().all(|line| !line.starts_with("hand")), "an answer was sent");
    run.failure()
}

#[test]
fn lawful_hellos_that_want_what_we_lack() {
    let without = |typ: u16| {
        let extensions = hello().extensions;
        let keep = |known: &ClientExtension| crate::msg::ext::Extension::typ(known) != typ;
        ClientHello { extensions: extensions.into_iter().filter(keep).collect(), ..hello() }
    };
    for (hello, text, alert) in [
        (ClientHello { version: ProtocolVersion::TLS11, ..hello() }, "incompatible version (0x302)", 70),
        (ClientHello { version: ProtocolVersion(0x0400), ..hello() }, "incompatible version (0x400)", 70),
        (
            ClientHello {
                version: ProtocolVersion::TLS11,
                suites: vec![Suite(0xc02b), Suite::TLS_FALLBACK_SCSV],
                ..hello()
            },
            "inappropriate fallback",
            86,
        ),
        (ClientHello { compressions: vec![1], ..hello() }, "no matching compressor", 40),
        (ClientHello { suites: vec![Suite(0xc009)], ..hello() }, "no matching cipher suite", 40),
        (without(10), "no matching cipher suite", 40),
        (without(13), "no matching signature scheme", 40),
        (ClientHello { extensions: Vec::new(), ..hello() }, "no matching cipher suite", 40),
        (
            hello_with(ClientExtension::Alpn(vec![b"http/1.1".to_vec()])),
            "no matching application protocol",
            120,
        ),
        (hello_with(server_name("b.example")), "no certificate for server name b.example", 112),
        (hello_with(ClientExtension::EcPointFormats(vec![1])), "no uncompressed point format", 47),
        (
            hello_with(server_name("a\0.example")),
            "invalid server name: a character that no host name has",
            47,
        ),
        (
            hello_with(ClientExtension::SupportedVersions(vec![ProtocolVersion::TLS13])),
            "incompatible version (0x304)",
            70,
        ),
    ] {
        assert_eq!(refused(&hello), (text.to_owned(), vec![alert]));
    }
}

#[test]
fn a_hello_over_its_limit_is_refused_by_its_length_alone() {
    let run = run(&conf(&[&certified(Kind::P256, &["a.example"])]), Script::new([vec![1, 1, 0, 0]]));
    assert_eq!(run.failure(), ("handshake message too long 65536".to_owned(), vec![50]));
}

#[test]
fn an_sslv2_hello_is_refused_unless_it_is_allowed() {
    let pseudo = [&[9, 0, 0, 28, 1, 3, 3, 0, 3, 0, 0, 0, 16, 0, 0xc0, 0x2b][..], &[7; 16]].concat();
    let mut conf = conf(&[&certified(Kind::P256, &["a.example"])]);
    let refused = run(&conf, Script::new([pseudo.clone()]));
    assert_eq!(refused.failure(), ("hello in the form of ssl2".to_owned(), vec![70]));
    // Where it is allowed, it brings no groups and so nothing in common.
    conf.allow = [Old::Sslv2Hello].into_iter().collect();
    let taken = run(&conf, Script::new([pseudo]));
    assert_eq!(taken.failure(), ("no matching cipher suite".to_owned(), vec![40]));
    let malformed = run(&conf, Script::new([vec![9, 0, 0, 3, 1, 3, 1]]));
    assert_eq!(malformed.failure(), ("malformed hello in the form of ssl2".to_owned(), vec![50]));
}

/// Numbers by chance, the same in every run (xorshift64*).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % n
    }

    pub(super) fn byte(&mut self) -> u8 {
        // Bytes that are lengths, types and limits more often than others.
        let likely = [0, 1, 2, 3, 4, 0x20, 0x7f, 0x80, 0xff];
        if self.below(2) == 0 { likely[self.below(likely.len())] } else { self.below(256).to_le_bytes()[0] }
    }

    /// Damages a body in one of the ways that bytes can be damaged.
    pub(super) fn damage(&mut self, body: &mut Vec<u8>) {
        let at = self.below(body.len().max(1));
        let len = self.below(8).min(body.len().saturating_sub(at));
        match self.below(6) {
            0 => body.truncate(at),
            1 => drop(body.drain(at..at + len)),
            2 => {
                let copy = body[at..at + len].to_vec();
                body.splice(at..at, copy);
            }
            3 => body.insert(at.min(body.len()), self.byte()),
            _ if body.is_empty() => {}
            4 => body[at] ^= 1 << self.below(8),
            _ => body[at] = self.byte(),
        }
    }
}

fn seeds() -> Vec<ClientHello> {
    let mut full = hello_with(server_name("www.a.example"));
    full.session_id = vec![5; 32];
    full.suites.extend([Suite(0x5600), Suite(0x00ff), Suite(0x0a0a)]);
    full.extensions.extend([
        ClientExtension::EcPointFormats(vec![0]),
        ClientExtension::Alpn(vec![b"h2".to_vec(), b"http/1.1".to_vec()]),
        ClientExtension::ExtendedMasterSecret,
        ClientExtension::RenegotiationInfo,
        ClientExtension::SupportedVersions(vec![ProtocolVersion::TLS13, ProtocolVersion::TLS12]),
        ClientExtension::KeyShare(vec![KeyShare { group: Group::X25519, public: vec![9; 32] }]),
    ]);
    vec![hello(), full]
}

#[test]
fn damaged_hellos_get_an_alert_or_an_answer_and_nothing_worse() {
    let conf = ServerConf {
        strict_sni: true,
        alpn: vec!["h2".to_owned()],
        ..conf(&[&certified(Kind::P256, &["a.example", "*.a.example"])])
    };
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let (mut answered, mut alerts) = (0, std::collections::BTreeMap::new());
    for seed in seeds() {
        let body = seed.encode().unwrap()[4..].to_vec();
        for _ in 0..15_000 {
            let mut body = body.clone();
            for _ in 0..=chance.below(3) {
                chance.damage(&mut body);
            }
            let len = u32::try_from(body.len()).unwrap().to_be_bytes();
            // Now and then the header's length is damaged too.
            let mut message = [&[1][..], &len[1..], &body].concat();
            if chance.below(20) == 0 {
                message[1 + chance.below(3)] = chance.byte();
            }
            let run = run(&conf, Script::new([message]));
            let (error, sent) = run.failure();
            match sent[..] {
                [] => {
                    assert_eq!(error, "handshake file ended");
                    answered += usize::from(run.script.log.iter().any(|line| line == "hand 2 11 12 14"));
                }
                [alert] => *alerts.entry(alert).or_insert(0) += 1,
                _ => panic!("{sent:?}"),
            }
        }
    }
    let known = [10, 40, 47, 50, 70, 86, 110, 112, 120];
    assert!(alerts.keys().all(|alert| known.contains(alert)), "{alerts:?}");
    // The damage is neither all too much nor all too little.
    assert!(answered > 1_000, "{answered}");
    for alert in [40, 47, 50, 70, 112, 120] {
        assert!(alerts.contains_key(&alert), "{alerts:?}");
    }
}
