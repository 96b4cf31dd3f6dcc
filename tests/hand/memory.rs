//! Both roles on two embedded devices with a wire in memory between them: every suite with every group
//! and kind of key, the bytes in pieces of 1, 7 and 16384.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use factotum::CertifiedKey;
use tlshand::{ClientConf, Files, Outcome, ServerConf, Verify, tls_client, tls_server};
use tlswire::{Group, Suite};
use x509::{Roots, ServerName};

use crate::support::certs::{Certs, Key};
use crate::support::side::Side;
use crate::support::wire;

fn load(file: &Path) -> Arc<CertifiedKey> {
    let loaded = factotum::load(file, now(), factotum::Keyless::Refused).expect("a certificate with its key");
    Arc::new(loaded.keys.into_iter().next().expect("one of them"))
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Does the handshake over a wire cut into pieces, then sends each other more than a record and closes.
async fn meet(server: &ServerConf, client: &ClientConf, piece_len: usize) -> (Outcome, Outcome) {
    let (near, far) = wire::cut(piece_len);
    let (mut here, mut there) = (Side::new(near).await, Side::new(far).await);
    let algs = here.algs().await;
    let (served, connected) = tokio::join!(
        tls_server(&mut here, &algs, server, None),
        tls_client(&mut there, &algs, client, None),
    );
    let outcomes = (served.expect("the server is content"), connected.expect("the client is content"));
    let version = outcomes.0.version.0;
    for side in [&here, &there] {
        let status = side.status().await;
        let begin = format!("State: Established\nVersion: {version:#x}\nEncIn: ");
        assert!(status.starts_with(&begin), "{status}");
    }
    let long: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let (sent, got) = tokio::join!(exchange(here, &long), exchange(there, &long));
    assert_eq!((sent, got), (long.clone(), long));
    outcomes
}

/// Sends `bytes`, closes our half, and gives what the other side sent until it closed its own.
async fn exchange(mut side: Side, bytes: &[u8]) -> Vec<u8> {
    let data = side.data();
    let sent = async {
        assert_eq!(data.write(Bytes::copy_from_slice(bytes)).await.map(|len| len as usize), Ok(bytes.len()));
        side.ctl("alert 0").await.expect("a close always succeeds");
    };
    let got = async {
        let mut got = Vec::new();
        loop {
            let piece = data.read(0, 65536).await.expect("no cut");
            if piece.is_empty() {
                return got;
            }
            got.extend_from_slice(&piece);
        }
    };
    let ((), got) = tokio::join!(sent, got);
    got
}

#[tokio::test]
async fn every_suite_group_and_key_over_every_piece() {
    let certs = Certs::new();
    let roots = Arc::new(Roots::from_file(&certs.ca()).expect("the test's root"));
    let mut met = 0;
    for key in [Key::Rsa, Key::P256, Key::P384, Key::Ed25519] {
        let mut server = ServerConf::new(vec![load(&certs.localhost(key).both)]);
        server.alpn = vec!["h2".to_owned(), "http/1.1".to_owned()];
        let is_rsa = key == Key::Rsa;
        for suite in [
            Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            Suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ] {
            if suite.iana_name().is_some_and(|name| name.contains("_RSA_")) != is_rsa {
                continue;
            }
            for group in [Group::X25519, Group::SECP256R1, Group::SECP384R1] {
                // The client takes any: an ECDSA certificate needs its own curve among them (RFC 8422 §5.1).
                server.groups = vec![group];
                for piece_len in wire::PIECE_LENS {
                    let name = ServerName::try_from("localhost").expect("a name");
                    let verify = Verify::Roots { roots: Arc::clone(&roots), now: now() };
                    let mut client = ClientConf::new(Some(name), verify);
                    client.suites = vec![suite];
                    client.alpn = vec!["http/1.1".to_owned()];
                    let (served, connected) = meet(&server, &client, piece_len).await;
                    for outcome in [&served, &connected] {
                        assert_eq!((outcome.suite, outcome.group), (suite, Some(group)));
                        assert_eq!(outcome.alpn.as_deref(), Some("http/1.1"));
                    }
                    assert_eq!(served.server_name.as_deref(), Some("localhost"));
                    met += 1;
                }
            }
        }
    }
    assert_eq!(met, 4 * 3 * 3 * 3);
}

#[tokio::test]
async fn an_original_of_ten_words_finds_its_algorithms() {
    let (near, _far) = wire::cut(1);
    let algs = Side::new(near).await.algs().await;
    // Ten words at most, and the tenth is the rest of the line.
    let (encalgs, hashalgs) =
        (&algs.encalgs[..algs.encalgs.len().min(9)], &algs.hashalgs[..algs.hashalgs.len().min(9)]);
    for wanted in
        ["3des_ede_cbc", "aes_128_cbc", "aes_256_cbc", "ccpoly64_aead", "ccpoly96_aead", "aes_128_gcm_aead"]
    {
        assert!(encalgs.iter().any(|name| name == wanted), "{wanted}: {encalgs:?}");
    }
    for wanted in ["clear", "sha1", "sha256"] {
        assert!(hashalgs.iter().any(|name| name == wanted), "{wanted}: {hashalgs:?}");
    }
}
