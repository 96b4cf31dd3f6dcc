//! The boundary rule of TLS 1.3 (RFC 8446 §5.1) from outside: nothing may follow in the record of a message behind which keys change, whole or
//! cut. Real programs meet a peer that does all the rest right.

use std::net::TcpListener;
use std::process::Command;

use tlshand::{Compat, ServerConf};
use tlsrec::Side;
use tlswire::{ContentType, ProtocolVersion, Suite};

use super::rogue::{Record, Rogue, client_conf, server_conf};
use crate::support::certs::{Certs, Key};
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

const SUITE: Suite = Suite::TLS_AES_128_GCM_SHA256;
const SERVER_HELLO: u8 = 2;
const FINISHED: u8 = 20;
/// Messages that would be lawful in a record of their own.
const KEY_UPDATE: [u8; 5] = [24, 0, 0, 1, 0];
const ENCRYPTED_EXTENSIONS: [u8; 6] = [8, 0, 0, 2, 0, 0];
/// unexpected_message.
const REFUSED: [u8; 2] = [2, 10];

/// The records of `message` with the beginning of `second` behind it, and of what is left of that.
fn joined(message: &[u8], second: &[u8], cut: usize) -> Vec<Vec<u8>> {
    let (begin, rest) = second.split_at(cut);
    let rest = Some(rest.to_vec()).filter(|rest| !rest.is_empty());
    [[message, begin].concat()].into_iter().chain(rest).collect()
}

/// Puts `second` behind messages of type `typ`.
fn behind(rogue: Rogue, typ: u8, second: &'static [u8], cut: usize) -> Rogue {
    rogue.twisting(move |message| match message[0] == typ {
        true => joined(message, second, cut),
        false => vec![message.to_vec()],
    })
}

/// Sends a KeyUpdate with another one behind it.
fn update_twice(rogue: &mut Rogue, cut: usize) {
    for record in joined(&KEY_UPDATE, &KEY_UPDATE, cut) {
        rogue.send(ContentType::HANDSHAKE, &record);
    }
}

/// The alerts among records, which hold no data.
fn alerts(records: &[Record]) -> Vec<Vec<u8>> {
    assert!(records.iter().all(|record| record.content_type != ContentType::APPLICATION_DATA), "{records:?}");
    let alerts = records.iter().filter(|record| record.content_type == ContentType::ALERT);
    alerts.map(|record| record.payload.clone()).collect()
}

fn client(port: u16) -> (Rogue, tlshand::ClientConf) {
    let mut conf = client_conf(ProtocolVersion::TLS13, SUITE);
    conf.compat = Compat::House;
    (Rogue::client(port), conf)
}

#[test]
fn a_server_takes_nothing_in_the_record_behind_which_keys_change() {
    let server = Server::echo(&[]);
    let (mut rogue, conf) = client(server.port());
    rogue.connect(&conf).expect("what is right is taken");
    rogue.send(ContentType::APPLICATION_DATA, b"there and back");
    let back = rogue.record().expect("an echo");
    assert_eq!(
        (back.content_type, &back.payload[..]),
        (ContentType::APPLICATION_DATA, &b"there and back"[..])
    );
    for cut in 1..=KEY_UPDATE.len() {
        let (rogue, conf) = client(server.port());
        let mut rogue = behind(rogue, FINISHED, &KEY_UPDATE, cut);
        // It has said its last, and thinks that all is well.
        rogue.connect(&conf).expect("its own half is done");
        rogue.send(ContentType::APPLICATION_DATA, b"accepted?");
        assert_eq!(alerts(&rogue.answer()), [REFUSED], "Finished, {cut}");

        let (mut rogue, conf) = client(server.port());
        rogue.connect(&conf).expect("what is right is taken");
        update_twice(&mut rogue, cut);
        assert_eq!(alerts(&rogue.answer()), [REFUSED], "KeyUpdate, {cut}");
    }
    server.still_serves();
}

/// A `tlsclient` with a peer, and what that has to serve with.
fn caller(listener: &TcpListener) -> (Process, Rogue) {
    let mut tlsclient = Command::new(programs::path("tlsclient"));
    let port = listener.local_addr().expect("a port").port();
    tlsclient.args(["--insecure", &format!("tcp!localhost!{port}")]);
    let process = Process::start(&mut tlsclient);
    let (stream, _) = listener.accept().expect("a client");
    (process, Rogue::new(stream, Side::Server))
}

fn conf() -> ServerConf {
    let certs = Certs::new();
    let loaded = factotum::load(&certs.localhost(Key::P256).both, 1_893_456_000, factotum::Keyless::Refused);
    let keys = loaded.expect("a certificate").keys;
    server_conf(keys.into_iter().map(Into::into).collect(), ProtocolVersion::TLS13, SUITE)
}

#[test]
fn a_client_takes_nothing_in_the_record_behind_which_keys_change() {
    let (listener, conf) = (TcpListener::bind(("127.0.0.1", 0)).expect("a port"), conf());
    let (mut client, mut rogue) = caller(&listener);
    rogue.serve(&conf).expect("what is right is taken");
    client.end_input();
    let goodbye = rogue.record().expect("a goodbye");
    assert_eq!((goodbye.content_type, &goodbye.payload[..]), (ContentType::ALERT, &[1, 0][..]));
    let refused = |mut client: Process, name: &str| {
        assert_eq!(client.wait_exit().expect("it leaves").code(), Some(98), "{name}");
        assert!(client.printed().stdout.is_empty(), "{name}");
    };
    for (typ, second) in [(SERVER_HELLO, &ENCRYPTED_EXTENSIONS[..]), (FINISHED, &KEY_UPDATE)] {
        for cut in 1..=second.len() {
            let name = format!("{typ}, {cut}");
            let (client, rogue) = caller(&listener);
            let mut rogue = behind(rogue, typ, second, cut);
            assert!(rogue.serve(&conf).is_err(), "{name}");
            assert_eq!(rogue.alerts, [REFUSED], "{name}");
            refused(client, &name);
        }
    }
    for cut in 1..=KEY_UPDATE.len() {
        let (client, mut rogue) = caller(&listener);
        rogue.serve(&conf).expect("what is right is taken");
        update_twice(&mut rogue, cut);
        assert_eq!(alerts(&rogue.answer()), [REFUSED], "{cut}");
        refused(client, &format!("KeyUpdate, {cut}"));
    }
}
