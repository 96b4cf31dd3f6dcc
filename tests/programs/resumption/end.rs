//! Tickets that come with the very end of a connection: in the packet that brings the last of the data and the close too.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::{Place, asked, tlsclient};
use crate::support::certs::Key;
use crate::support::mount::Mounted;
use crate::support::process::Process;
use crate::support::programs;

/// Tickets of a connection.
const TICKETS: usize = 4;

/// When a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// With the handshake.
    AtOnce,
    /// When the client has closed its side.
    Last,
}

/// Serves connections with rustls, each with tickets, a word and close_notify in one write; gives the port.
fn serve(place: &Place, when: When) -> u16 {
    let cert = place.certs.localhost(Key::P256);
    let chain = CertificateDer::pem_file_iter(&cert.chain).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(&fs::read(&cert.key).unwrap()).unwrap();
    let builder =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut conf = builder.with_single_cert(chain, key).unwrap();
    conf.send_tls13_tickets = TICKETS;
    let conf = Arc::new(conf);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for tcp in listener.incoming() {
            end(ServerConnection::new(Arc::clone(&conf)).unwrap(), tcp.unwrap(), when);
        }
    });
    port
}

/// Does the handshake, and keeps everything that is to be said after it for the one write.
fn end(mut server: ServerConnection, mut tcp: TcpStream, when: When) {
    while server.is_handshaking() {
        while server.wants_write() {
            server.write_tls(&mut tcp).unwrap();
        }
        server.read_tls(&mut tcp).unwrap();
        server.process_new_packets().unwrap();
    }
    while when == When::Last && !server.process_new_packets().unwrap().peer_has_closed() {
        server.read_tls(&mut tcp).unwrap();
    }
    server.writer().write_all(b"the last word").unwrap();
    server.send_close_notify();
    let mut all = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut all).unwrap();
    }
    tcp.write_all(&all).unwrap();
    // Not closed before the client has: that might take from it what it has not read yet.
    let _ = tcp.read_to_end(&mut Vec::new());
}

#[test]
fn tickets_that_come_with_the_end_are_kept() {
    let place = Place::new();
    let servers = [When::AtOnce, When::Last].map(|when| (when, serve(&place, when)));
    let socket = place.file("tls");
    let dialled = format!("unix!{socket}");
    let devtls = Process::start(Command::new(programs::path("devtls")).args(["-a", &dialled]));
    devtls.wait_for("a device", |_| Path::new(&socket).exists().then_some(())).unwrap();
    let mount = Mounted::new(&[]);
    let mounted = mount.iter().map(|mount| mount.path("").display().to_string());
    let devices = [None, Some(dialled.clone())].into_iter().chain(mounted.map(Some));
    for device in devices {
        for (when, port) in servers {
            for command in [&[][..], &["sh", "-c", "cat >&2"]] {
                if when == When::Last && !command.is_empty() {
                    // It would wait for the server's end, and the server for its.
                    continue;
                }
                for round in 0..10 {
                    let file = place.file("sessions");
                    let _ = fs::remove_file(&file);
                    let mut client = Command::new(programs::path("tlsclient"));
                    client.args(device.iter().flat_map(|device| ["--device", device]));
                    client.args(tlsclient(&place.certs.ca(), &file, "1.3", port).get_args());
                    let seen = asked(client.args(command));
                    assert!(
                        seen.contains("the last word"),
                        "{device:?} {when:?} {command:?} {round}: {seen}"
                    );
                    let kept = fs::read_to_string(&file).unwrap();
                    let count = kept.lines().filter(|line| !line.starts_with('#')).count();
                    assert_eq!(count, TICKETS, "{device:?} {when:?} {command:?} {round}: {seen}");
                }
            }
        }
    }
}
