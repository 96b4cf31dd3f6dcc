//! Hellos damaged by chance, and ends everywhere.

use std::sync::Mutex;

use super::*;
use crate::msg::ext::{OfferedPsks, PskIdentity};
use crate::psk::Psk;
use crate::server::tests::hostile::Chance;

#[test]
fn an_end_anywhere_is_an_end_without_an_alert() {
    let (conf, key) = states::asking(crate::ClientAuth::Require);
    let make = || Client { cert: Some(key.clone()), ..Client::new() };
    // How many bytes the client sends in all.
    let (run, seen) = meet(&conf, make());
    assert!(run.result.is_ok() && seen.is_finished);
    let mut cut_at = 0;
    let mut whole = false;
    while !whole {
        let (mut script, _) = make().script();
        let mut left = cut_at;
        let mut cut = |reads: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
            reads
                .into_iter()
                .map(|read| {
                    let taken = read.len().min(left);
                    left -= taken;
                    read[..taken].to_vec()
                })
                .filter(|read| !read.is_empty())
                .collect()
        };
        let first = script.reads.drain(..).map(|read| read.unwrap()).collect();
        script.reads = cut(first).into_iter().map(Ok).collect();
        let mut answer = script.answer.take().unwrap();
        let rest = Arc::new(Mutex::new(left));
        let left = Arc::clone(&rest);
        script.answer = Some(Box::new(move |written| {
            let mut left = left.lock().unwrap();
            let reads = answer(written);
            let cut = reads.into_iter().map(|read| {
                let taken = read.len().min(*left);
                *left -= taken;
                read[..taken].to_vec()
            });
            cut.filter(|read| !read.is_empty()).collect()
        }));
        let result = ready(tls_server(&mut script, &algs13(), &conf, None));
        whole = *rest.lock().unwrap() > 0;
        if let Err(error) = result {
            assert_eq!((error.to_string(), script.alerts()), ("handshake file ended".to_owned(), Vec::new()));
        } else {
            assert!(script.log.contains(&"opened".to_owned()));
        }
        cut_at += if cut_at > 64 { 7 } else { 1 };
    }
    assert!(cut_at > 600, "{cut_at}");
}

/// Hellos with everything in them that a server of TLS 1.3 looks at.
fn seeds() -> [ClientHello; 3] {
    let mut full = Client::new().hello;
    full.extensions.extend([
        server_name("a.example"),
        ClientExtension::Alpn(vec![b"h2".to_vec()]),
        ClientExtension::SignatureAlgorithmsCert(offered(&Allow::default())),
        ClientExtension::CertificateAuthorities(vec![vec![0x30, 0]]),
        ClientExtension::PostHandshakeAuth,
        ClientExtension::KeyShare(vec![
            KeyShare { group: Group(0x4a4a), public: vec![0] },
            KeyShare { group: Group::X25519, public: vec![9; 32] },
        ]),
    ]);
    let mut sharing = full.clone();
    let identity = PskIdentity { identity: b"eve".to_vec(), obfuscated_ticket_age: 0 };
    let offer = OfferedPsks { identities: vec![identity], binders: vec![vec![7; 32]] };
    sharing.extensions.push(ClientExtension::PreSharedKey(offer));
    let mut shareless = without(full.clone(), 51);
    shareless.extensions.push(ClientExtension::KeyShare(Vec::new()));
    [full, sharing, shareless]
}

#[test]
fn damaged_hellos_get_an_alert_or_an_answer_and_nothing_worse() {
    let certs = [&certified(Kind::P256, &["a.example"])];
    let plain = ServerConf { strict_sni: true, alpn: vec!["h2".to_owned()], ..conf13(&certs) };
    let plain = ServerConf { groups: vec![Group::X25519, Group::SECP256R1], ..plain };
    let sharing = ServerConf { psks: vec![Psk::new(b"eve".to_vec(), &[8; 8])], ..plain.clone() };
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let (mut answered, mut retried, mut alerts) = (0, 0, std::collections::BTreeMap::new());
    for seed in seeds() {
        let conf = if seed.psks().is_some() { &sharing } else { &plain };
        let body = seed.encode().unwrap()[4..].to_vec();
        for _ in 0..4_000 {
            let mut body = body.clone();
            for _ in 0..=chance.below(3) {
                chance.damage(&mut body);
            }
            let len = u32::try_from(body.len()).unwrap().to_be_bytes();
            let mut script = Script::new([[&[1][..], &len[1..], &body].concat()]);
            let result = ready(tls_server(&mut script, &algs13(), conf, None));
            let error = result.unwrap_err().to_string();
            match script.alerts()[..] {
                [] => {
                    assert_eq!(error, "handshake file ended");
                    answered += usize::from(script.log.iter().any(|line| line == "hand 8 11 15 20"));
                    retried += usize::from(script.log[..] == ["read 16384", "hand 2", "read 16384"]);
                }
                [alert] => *alerts.entry(alert).or_insert(0) += 1,
                ref more => panic!("{more:?}"),
            }
        }
    }
    let known = [10, 40, 47, 50, 51, 70, 86, 109, 112, 115, 120];
    assert!(alerts.keys().all(|alert| known.contains(alert)), "{alerts:?}");
    // The damage is neither all too much nor all too little.
    assert!(answered > 300 && retried > 300, "{answered} {retried}");
    for alert in [40, 47, 50, 51, 109, 112, 115, 120] {
        assert!(alerts.contains_key(&alert), "{alerts:?}");
    }
}
