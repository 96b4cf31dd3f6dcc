//! Peers that misbehave: each gets the right alert, and nobody else notices.
//!
//! A real `tlssrv` listens; what is sent to it is made by hand. After each attack an honest client must
//! still be served.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::hello::{Hello, records};
use crate::support::server::Server;

/// What the server answers to `bytes`, until it closes. `None` when it waits for more.
pub(super) fn answer(server: &Server, bytes: &[u8], then: Option<Shutdown>) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
    stream.write_all(bytes).expect("it takes the bytes");
    if let Some(how) = then {
        stream.shutdown(how).expect("our half can be closed");
    }
    let mut got = Vec::new();
    match stream.read_to_end(&mut got) {
        Ok(_) => Some(got),
        // An answer may be followed by a reset if we sent more than was read.
        Err(_) if !got.is_empty() => Some(got),
        Err(_) => None,
    }
}

/// The number of the fatal alert that is all of the answer to `bytes`.
pub(super) fn alert(server: &Server, bytes: &[u8]) -> u8 {
    let answer = answer(server, bytes, None).expect("an answer");
    let [21, 3, 1..=3, 0, 2, 2, code] = answer[..] else {
        panic!("not one fatal alert: {answer:02x?}");
    };
    code
}

/// The type of the first handshake message in the answer to `bytes`: 2 is ServerHello.
fn first_message(server: &Server, bytes: &[u8]) -> u8 {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
    stream.write_all(bytes).expect("it takes the bytes");
    let mut head = [0; 6];
    stream.read_exact(&mut head).expect("an answer");
    assert_eq!(head[0], 22, "{head:02x?} for {bytes:02x?}");
    head[5]
}

#[test]
fn what_is_no_tls_gets_an_alert() {
    let server = Server::echo(&[]);
    assert_eq!(alert(&server, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 70);
    assert_eq!(alert(&server, &[0x80, 0x2e, 1, 0, 2, 0, 21, 0, 0, 0, 16]), 70);
    assert_eq!(alert(&server, &[22, 3, 1, 0x48, 0x01]), 22);
    assert_eq!(alert(&server, &[22, 3, 1, 0, 0]), 22);
    assert_eq!(alert(&server, &[23, 3, 1, 0, 1, 0]), 10);
    assert_eq!(alert(&server, &[20, 3, 1, 0, 1, 1]), 10);
    assert_eq!(alert(&server, &[99, 3, 1, 0, 1, 1]), 10);
    server.still_serves();
}

#[test]
fn random_bytes_never_hurt() {
    let server = Server::echo(&[]);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..64 {
        let bytes: Vec<u8> = (0..200)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[3]
            })
            .collect();
        // Every other one begins like a record, to get further.
        let bytes = if round % 2 == 0 { bytes } else { [&[22, 3, 1, 0, 195], &bytes[5..]].concat() };
        let answer = answer(&server, &bytes, Some(Shutdown::Write)).expect("it ends");
        assert!(answer.is_empty() || answer[0] == 21, "{answer:02x?}");
    }
    server.still_serves();
}

#[test]
fn a_hello_cut_anywhere_ends_only_its_own_connection() {
    let server = Server::echo(&[]);
    let hello = Hello::named(b"localhost").records();
    for len in 0..hello.len() {
        let answer = answer(&server, &hello[..len], Some(Shutdown::Write)).expect("it ends");
        assert!(answer.is_empty() || answer[0] == 21, "{len}: {answer:02x?}");
    }
    assert_eq!(first_message(&server, &hello), 2);
    server.still_serves();
}

#[test]
fn a_hello_in_pieces_is_a_hello() {
    let server = Server::echo(&[]);
    let message = Hello::named(b"localhost").message();
    let pieces: Vec<u8> = message.chunks(3).flat_map(records).collect();
    assert_eq!(first_message(&server, &pieces), 2);
}

#[test]
fn names_that_are_none() {
    let server = Server::echo(&[]);
    for (name, code) in [
        (&b"local\0host"[..], 47),
        (b"local host", 47),
        (b"caf\xc3\xa9", 47),
        (b"..", 47),
        (b"../../etc/passwd", 47),
        (b"", 50),
    ] {
        assert_eq!(alert(&server, &Hello::named(name).records()), code, "{name:?}");
    }
    // Well formed, but nobody's: the default certificate.
    for name in [&b"-"[..], b"xn--", b"192.0.2.1", b"::1"] {
        assert_eq!(first_message(&server, &Hello::named(name).records()), 2, "{name:?}");
    }
    assert_eq!(alert(&server, &Hello::named(&[b'a'; 254]).records()), 47);
    assert_eq!(alert(&server, &Hello::named(&[b'a'; 65_400]).records()), 50);
    // Two names of a type; a name that is longer than its list; a list that ends late.
    for (body, code) in [
        (vec![0, 8, 0, 0, 1, b'a', 0, 0, 1, b'b'], 47),
        (vec![0, 4, 0, 0, 9, b'a'], 50),
        (vec![0, 4, 0, 0, 1, b'a', 0], 50),
        (vec![0, 0], 50),
        (vec![], 50),
    ] {
        assert_eq!(alert(&server, &Hello::plain().with(0, body.clone()).records()), code, "{body:02x?}");
    }
    server.still_serves();
}

#[test]
fn an_unknown_name_is_refused_if_asked_for() {
    let server = Server::echo(&["--strict-sni"]);
    assert_eq!(alert(&server, &Hello::named(b"nobody.example").records()), 112);
    assert_eq!(first_message(&server, &Hello::named(b"LOCALHOST.").records()), 2);
    assert_eq!(first_message(&server, &Hello::plain().records()), 2);
}

#[test]
fn hellos_that_break_the_rules() {
    let server = Server::echo(&[]);
    let twice = Hello::plain().with(0x000b, vec![1, 0]);
    assert_eq!(alert(&server, &twice.records()), 47);
    let mut weak = Hello::plain();
    weak.suites = vec![0x0005, 0x000a, 0x002f];
    assert_eq!(alert(&server, &weak.records()), 40);
    let mut fallen = Hello::plain().message();
    fallen[5] = 1;
    assert_eq!(alert(&server, &records(&fallen)), 70);
    let renegotiated = Hello::plain().with(0xff01, vec![1, 7]);
    assert_eq!(alert(&server, &renegotiated.records()), 40);
    // Another message where the hello should be, and one that never ends.
    assert_eq!(alert(&server, &records(&[16, 0, 0, 1, 0])), 10);
    assert_eq!(alert(&server, &records(&[1, 0xff, 0xff, 0xff])), 50);
    server.still_serves();
}

#[test]
fn every_extension_twice() {
    let server = Server::echo(&[]);
    let name = [&[0, 12, 0, 0, 9][..], b"localhost"].concat();
    for (typ, body) in [
        (0, &name[..]),
        (5, &[1, 0, 0, 0, 0]),
        (10, &[0, 2, 0, 29]),
        (11, &[1, 0]),
        (13, &[0, 2, 4, 1]),
        (16, &[0, 3, 2, b'h', b'2']),
        (21, &[0, 0]),
        (22, &[]),
        (23, &[]),
        (35, &[]),
        (43, &[2, 3, 3]),
        (0x1234, &[1]),
        (0xff01, &[0]),
    ] {
        let mut hello = Hello::plain();
        hello.extensions.retain(|(known, _)| *known != typ);
        let once = hello.with(typ, body.to_vec());
        assert_ne!(
            answer(&server, &once.records(), Some(Shutdown::Write)).expect("an end").get(6),
            Some(&47),
            "{typ}"
        );
        assert_eq!(alert(&server, &once.with(typ, body.to_vec()).records()), 47, "{typ}");
    }
    server.still_serves();
}

#[test]
fn suites_and_groups_that_nobody_knows() {
    let server = Server::echo(&[]);
    let unknown = Hello { suites: vec![0x0a0a, 0xfefe, 0x00ff], ..Hello::plain() };
    assert_eq!(alert(&server, &unknown.records()), 40);
    let mut unknown = Hello::plain();
    unknown.extensions[0].1 = vec![0, 4, 0x0a, 0x0a, 0xfe, 0xfe];
    assert_eq!(alert(&server, &unknown.records()), 40);
    for version in [[0, 0], [2, 0], [2, 0xff], [4, 0], [0xff, 0xff]] {
        let mut hello = Hello::plain().message();
        hello[4..6].copy_from_slice(&version);
        assert_eq!(alert(&server, &records(&hello)), 70, "{version:?}");
    }
}

#[test]
fn what_only_the_device_may_say() {
    let server = Server::echo(&[]);
    let hello = [&[9, 0, 0, 28, 1, 3, 3, 0, 3, 0, 0, 0, 16, 0, 0xc0, 0x2b][..], &[7; 16]].concat();
    assert_eq!(alert(&server, &records(&hello)), 10);
    assert_eq!(alert(&server, &[22, 3, 1, 0, 1, 9]), 10, "its type alone will do");
}

#[test]
fn more_hello_requests_than_anybody_needs() {
    let server = Server::echo(&[]);
    assert_eq!(alert(&server, &records(&[0; 4000])), 10);
    let hello = [vec![0; 16], Hello::plain().message()].concat();
    assert_eq!(first_message(&server, &records(&hello)), 2, "a few are passed over");
    server.still_serves();
}

#[test]
fn messages_of_64_kib() {
    let server = Server::echo(&[]);
    for typ in [1, 16, 20] {
        assert!(
            [10, 50].contains(&alert(&server, &records(&[&[typ, 0, 0xff, 0xff][..], &[0; 65535]].concat())))
        );
    }
    let mut long = Hello::plain();
    long.extensions.push((0x1234, vec![0; 16_000]));
    assert_eq!(first_message(&server, &long.records()), 2, "within the limit");
    long.extensions.push((0x1235, vec![0; 1000]));
    assert_eq!(alert(&server, &long.records()), 50);
    server.still_serves();
}
