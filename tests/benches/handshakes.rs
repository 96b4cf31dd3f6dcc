//! Whole handshakes, both roles, each on a device of its own, with a wire in memory between them; and `parts`, the operations with keys
//! that such a handshake consists of, so that one can see what of its time goes where. The client verifies the certificate and its
//! name.
//!
//! `cargo bench --bench handshakes`; a handshake's time is that of both sides together, on one thread, from the ClientHello to `opened`.
//! One with an RSA certificate over X25519 does these of the parts: `shares` (x25519), `signs` (rsa) and `verifies_chain` (rsa); what is
//! left is one more signature verified, hashes, messages and the devices.
#![expect(clippy::unwrap_used, reason = "a bench may end at the first thing that is not as it must be")]

#[path = "../support/certs.rs"]
#[expect(dead_code, clippy::indexing_slicing, clippy::unwrap_used, reason = "it is made for the tests")]
mod certs;
#[path = "../support/side.rs"]
#[expect(dead_code, clippy::expect_used, reason = "it is made for the tests")]
mod side;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::agreement::{self, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::kem::{Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768};
use aws_lc_rs::rand::SystemRandom;
use certs::{Certs, Key};
use divan::{Bencher, black_box};
use factotum::{CertifiedKey, PrivateKey};
use side::Side;
use tlshand::{ClientConf, ServerConf, Verify, tls_client, tls_server};
use tlswire::{Group, ProtocolVersion};
use tokio::runtime::Builder;
use x509::{Roots, ServerName};

fn main() {
    divan::main();
}

const KEYS: [(&str, Key); 2] = [("rsa", Key::Rsa), ("p256", Key::P256)];

const GROUPS: [(&str, Group); 4] = [
    ("x25519", Group::X25519),
    ("secp256r1", Group::SECP256R1),
    ("secp384r1", Group::SECP384R1),
    ("x25519mlkem768", Group::X25519_MLKEM768),
];

/// What a wire in memory holds, in bytes: a flight and more.
const WIRE_LEN: usize = 64 << 10;

/// TLS 1.2.
mod tls12 {
    use super::{Bencher, Key, ProtocolVersion, full};

    #[divan::bench(args = ["x25519", "secp256r1", "secp384r1"], max_time = 1)]
    fn rsa_2048(bencher: Bencher<'_, '_>, group: &str) {
        full(bencher, ProtocolVersion::TLS12, Key::Rsa, group);
    }

    #[divan::bench(args = ["x25519", "secp256r1", "secp384r1"], max_time = 1)]
    fn ecdsa_p256(bencher: Bencher<'_, '_>, group: &str) {
        full(bencher, ProtocolVersion::TLS12, Key::P256, group);
    }
}

/// TLS 1.3.
mod tls13 {
    use super::{Bencher, Key, ProtocolVersion, full};

    #[divan::bench(args = ["x25519", "secp256r1", "secp384r1", "x25519mlkem768"], max_time = 1)]
    fn rsa_2048(bencher: Bencher<'_, '_>, group: &str) {
        full(bencher, ProtocolVersion::TLS13, Key::Rsa, group);
    }

    #[divan::bench(args = ["x25519", "secp256r1", "secp384r1", "x25519mlkem768"], max_time = 1)]
    fn ecdsa_p256(bencher: Bencher<'_, '_>, group: &str) {
        full(bencher, ProtocolVersion::TLS13, Key::P256, group);
    }
}

/// What the operations with keys cost by themselves.
mod parts {
    use super::{Bencher, Certs, Roots, ServerName, black_box, certified, curve, here, kem, key, now};

    /// The server proves that the key is its own, by the scheme that it prefers.
    #[divan::bench(args = ["rsa", "p256"])]
    fn signs(bencher: Bencher<'_, '_>, name: &str) {
        let certified = certified(&Certs::new(), key(name));
        let key = here(certified.key()).unwrap();
        let scheme = *key.schemes().first().unwrap();
        bencher.bench_local(|| key.sign(scheme, black_box(&[7; 130])).unwrap());
    }

    /// The client verifies the chain, one certificate and a root's signature over it, and the name.
    #[divan::bench(args = ["rsa", "p256"])]
    fn verifies_chain(bencher: Bencher<'_, '_>, name: &str) {
        let certs = Certs::new();
        let certified = certified(&certs, key(name));
        let roots = Roots::from_file(&certs.ca()).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        bencher
            .bench_local(|| x509::verify_server(black_box(certified.chain()), &roots, &name, now()).unwrap());
    }

    /// Both sides make a share and agree on a secret.
    #[divan::bench(args = ["x25519", "x25519mlkem768"])]
    fn shares(bencher: Bencher<'_, '_>, group: &str) {
        let has_kem = group == "x25519mlkem768";
        bencher.bench_local(|| {
            curve().unwrap();
            if has_kem {
                kem().unwrap();
            }
        });
    }
}

fn full(bencher: Bencher<'_, '_>, version: ProtocolVersion, key: Key, group: &str) {
    let certs = Certs::new();
    let groups: Vec<Group> =
        GROUPS.iter().filter(|(name, _)| *name == group).map(|(_, group)| *group).collect();
    let mut server = ServerConf::new(vec![certified(&certs, key)]);
    server.groups.clone_from(&groups);
    let roots = Arc::new(Roots::from_file(&certs.ca()).unwrap());
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConf::new(Some(name), Verify::Roots { roots, now: now() });
    // The one that is measured first, so that there is a share of it; the others too, one of them being the certificate's.
    let others = GROUPS.iter().map(|(_, group)| *group).filter(|group| !groups.contains(group));
    client.groups = groups.iter().copied().chain(others).collect();
    client.versions = vec![version];
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let sides = || async {
        let (near, far) = tokio::io::duplex(WIRE_LEN);
        (Side::new(near).await, Side::new(far).await)
    };
    let algs = runtime.block_on(async { sides().await.0.algs().await });
    bencher.with_inputs(|| runtime.block_on(sides())).bench_local_refs(|(here, there)| {
        let (served, connected) = runtime.block_on(async {
            tokio::join!(tls_server(here, &algs, &server, None), tls_client(there, &algs, &client, None))
        });
        let (served, connected) = (served.unwrap(), connected.unwrap());
        assert_eq!((served.version, served.group), (version, client.groups.first().copied()));
        assert_eq!(served.group, connected.group);
    });
}

/// A key of this kind with its certificate.
fn certified(certs: &Certs, key: Key) -> Arc<CertifiedKey> {
    let loaded = factotum::load(&certs.localhost(key).both, now(), factotum::Keyless::Refused).unwrap();
    Arc::new(loaded.keys.into_iter().next().unwrap())
}

fn here(key: &factotum::Key) -> Option<&PrivateKey> {
    match key {
        factotum::Key::Here(key) => Some(key),
        factotum::Key::Elsewhere(_) => None,
    }
}

fn key(name: &str) -> Key {
    KEYS.iter().find(|(it, _)| *it == name).unwrap().1
}

/// Both halves of X25519, as often as a handshake has them made.
fn curve() -> Result<(), Unspecified> {
    let random = SystemRandom::new();
    let ours = EphemeralPrivateKey::generate(&agreement::X25519, &random)?;
    let theirs = EphemeralPrivateKey::generate(&agreement::X25519, &random)?;
    let (our_share, their_share) = (ours.compute_public_key()?, theirs.compute_public_key()?);
    let agree = |key, share| {
        agree_ephemeral(key, UnparsedPublicKey::new(&agreement::X25519, share), Unspecified, |secret| {
            black_box(secret);
            Ok(())
        })
    };
    agree(ours, their_share)?;
    agree(theirs, our_share)
}

/// Both halves of ML-KEM-768.
fn kem() -> Result<(), Unspecified> {
    let ours = DecapsulationKey::generate(&ML_KEM_768)?;
    let share = ours.encapsulation_key()?.key_bytes()?.as_ref().to_vec();
    let theirs = EncapsulationKey::new(&ML_KEM_768, &share).map_err(|_| Unspecified)?;
    let (ciphertext, secret) = theirs.encapsulate()?;
    black_box(secret);
    black_box(ours.decapsulate(Ciphertext::from(ciphertext.as_ref()))?);
    Ok(())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
