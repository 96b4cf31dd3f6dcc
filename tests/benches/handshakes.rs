//! Whole handshakes of TLS 1.2: both roles, each on a device of its own, with a wire in memory between them; each group, with an
//! RSA certificate and with an ECDSA one. The client verifies the certificate and its name.
//!
//! `cargo bench --bench handshakes`; a line's time is that of both sides together, on one thread, from the ClientHello to `opened`.
#![expect(clippy::unwrap_used, reason = "a bench may end at the first thing that is not as it must be")]

#[path = "../support/certs.rs"]
#[expect(dead_code, clippy::indexing_slicing, clippy::unwrap_used, reason = "it is made for the tests")]
mod certs;
#[path = "../support/side.rs"]
#[expect(dead_code, clippy::expect_used, reason = "it is made for the tests")]
mod side;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use certs::{Certs, Key};
use divan::Bencher;
use side::Side;
use tlshand::{ClientConf, ServerConf, Verify, tls_client, tls_server};
use tlswire::Group;
use tokio::runtime::Builder;
use x509::{Roots, ServerName};

fn main() {
    divan::main();
}

const GROUPS: [(&str, Group); 3] =
    [("x25519", Group::X25519), ("secp256r1", Group::SECP256R1), ("secp384r1", Group::SECP384R1)];

/// What a wire in memory holds, in bytes: a flight and more.
const WIRE_LEN: usize = 64 << 10;

#[divan::bench(args = ["x25519", "secp256r1", "secp384r1"], max_time = 1)]
fn rsa_2048(bencher: Bencher<'_, '_>, group: &str) {
    full(bencher, Key::Rsa, group);
}

#[divan::bench(args = ["x25519", "secp256r1", "secp384r1"], max_time = 1)]
fn ecdsa_p256(bencher: Bencher<'_, '_>, group: &str) {
    full(bencher, Key::P256, group);
}

fn full(bencher: Bencher<'_, '_>, key: Key, group: &str) {
    let certs = Certs::new();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let loaded = factotum::load(&certs.localhost(key).both, now, factotum::Keyless::Refused).unwrap();
    let mut server = ServerConf::new(loaded.keys.into_iter().map(Arc::new).collect());
    server.groups = GROUPS.iter().filter(|(name, _)| *name == group).map(|(_, group)| *group).collect();
    let roots = Arc::new(Roots::from_file(&certs.ca()).unwrap());
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConf::new(Some(name), Verify::Roots { roots, now });
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let sides = || async {
        let (near, far) = tokio::io::duplex(WIRE_LEN);
        (Side::new(near).await, Side::new(far).await)
    };
    let algs = runtime.block_on(async { sides().await.0.algs().await });
    bencher.with_inputs(|| runtime.block_on(sides())).bench_local_refs(|(here, there)| {
        let (mut quiet, mut silent) = (|_: &str| (), |_: &str| ());
        let (served, connected) = runtime.block_on(async {
            tokio::join!(
                tls_server(here, &algs, &server, &mut quiet),
                tls_client(there, &algs, &client, &mut silent),
            )
        });
        assert_eq!(served.unwrap().group, connected.unwrap().group);
    });
}
