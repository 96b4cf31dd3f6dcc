//! The tunnels: a plain client through `tlsclienttunnel` and `tlssrvtunnel` to a plain server, and what they refuse.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::support::{Certificates, PATIENCE, Server, run, text};

fn tunnel(path: &str, args: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.args(args).env_remove("TLSDEV");
    command
}

fn server(args: &[&str]) -> Command {
    tunnel(env!("CARGO_BIN_EXE_tlssrvtunnel"), args)
}

fn client(args: &[&str]) -> Command {
    tunnel(env!("CARGO_BIN_EXE_tlsclienttunnel"), args)
}

/// A server that knows nothing of TLS: it reads to the end and then says how many bytes came.
fn plain_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp!127.0.0.1!{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut all = Vec::new();
                // Who breaks off in the middle gets no answer.
                if stream.read_to_end(&mut all).is_ok() {
                    let _ = stream.write_all(format!("{} bytes", all.len()).as_bytes());
                }
            });
        }
    });
    address
}

/// A certificate, and the thumbprint file that trusts it.
fn pinned(dir: &Certificates, name: &str) -> (String, String) {
    let cert = dir.add(name, &["localhost"]);
    let pem = x509::pem::read(cert.as_ref()).unwrap();
    let leaf = x509::Certificate::from_der(&pem.first().unwrap().der).unwrap();
    let thumbs = dir.path(&format!("{name}.thumb"));
    fs::write(&thumbs, format!("x509 {} {name}\n", x509::thumb::word(&leaf))).unwrap();
    (cert, thumbs.to_str().unwrap().to_owned())
}

#[test]
fn both_directions_and_their_ends_go_through_both_tunnels() {
    let dir = Certificates::new();
    let (cert, thumbs) = pinned(&dir, "site");
    let outer = Server::start_as(&mut server(&[&plain_server(), "tcp!127.0.0.1!0", &cert]));
    let inner = Server::start_as(&mut client(&[&outer.address, "tcp!127.0.0.1!0", &thumbs]));
    for len in [0, 5, 3_000_000] {
        let mut stream = TcpStream::connect(("127.0.0.1", inner.port())).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&vec![b'x'; len]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, format!("{len} bytes"));
    }
}

#[test]
fn a_server_with_another_certificate_gets_nothing() {
    let dir = Certificates::new();
    let (cert, _) = pinned(&dir, "site");
    let (_, other) = pinned(&dir, "other");
    let outer = Server::start_as(&mut server(&[&plain_server(), "tcp!127.0.0.1!0", &cert]));
    let inner = Server::start_as(&mut client(&[&outer.address, "tcp!127.0.0.1!0", &other]));
    let mut stream = TcpStream::connect(("127.0.0.1", inner.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = Vec::new();
    // An end or a reset, whichever is quicker.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty());
    let line = inner.line(|line| line.contains("not recognized"));
    assert!(line.contains("sha256="), "{line}");
}

#[test]
fn a_signal_ends_a_tunnel_with_success() {
    let dir = Certificates::new();
    let (cert, thumbs) = pinned(&dir, "site");
    let mut outer = Server::start_as(&mut server(&[&plain_server(), "tcp!127.0.0.1!0", &cert]));
    let mut inner = Server::start_as(&mut client(&[&outer.address, "tcp!127.0.0.1!0", &thumbs]));
    assert_eq!((inner.terminate(), outer.terminate()), (Some(0), Some(0)));
}

#[test]
fn other_than_three_operands_and_what_is_no_address_are_refused() {
    let said = |output: &Output| (output.status.code(), text(&output.stderr));
    for args in [&["a:1", "b:2"][..], &["a:1", "b:2", "c", "d"], &["-x", "b:2", "c"], &[]] {
        let usage = "usage: tlssrvtunnel plainaddr cryptaddr cert.pem\n".to_owned();
        assert_eq!(said(&run(&mut server(args), b"")), (Some(100), usage), "{args:?}");
        let usage = "usage: tlsclienttunnel cryptaddr plainaddr cert.thumb\n".to_owned();
        assert_eq!(said(&run(&mut client(args), b"")), (Some(100), usage), "{args:?}");
    }
    for command in [&mut server(&["nowhere", "b:2", "c"]), &mut client(&["a:1", "nowhere", "c"])] {
        assert_eq!(run(command, b"").status.code(), Some(96));
    }
}

/// Runs the script `srvtls` with doubles of the programs that it starts, which write down how they were called.
fn srvtls(dir: &Certificates, args: &[&str]) -> (Output, String) {
    use std::os::unix::fs::PermissionsExt;
    let bin = dir.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let log = dir.path("called");
    let double = |name: &str, rest: &str| {
        let file = bin.join(name);
        fs::write(&file, format!("#!/bin/sh\necho {name} \"$@\" >>'{}'\n{rest}", log.display())).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    };
    // A socket where 9pserve would have made one.
    let socket = "for word; do last=$word; done\n\
        python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' \"${last#unix!}\"\n";
    double("tlsclient", socket);
    double("9pserve", "");
    double("9pfuse", "");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/srvtls");
    let mut command = Command::new(script);
    command.args(args).env("PATH", path).env("NAMESPACE", dir.path("ns")).stdin(Stdio::null());
    let output = command.output().unwrap();
    (output, fs::read_to_string(log).unwrap_or_default())
}

#[test]
fn srvtls_posts_and_mounts_by_the_words_of_its_operands() {
    let ns = |dir: &Certificates, name: &str| format!("unix!{}", dir.path("ns").join(name).display());
    for (args, address, name) in [
        (&["fs"][..], "net!fs!t9fs", "fs"),
        (&["-nq", "tcp!fs", "x"], "tcp!fs!t9fs", "x"),
        (&["fs!564", "x"], "net!fs!564", "x"),
        (&["net!fs!9fs", "x"], "net!fs!9fs", "x"),
    ] {
        let dir = Certificates::new();
        let (output, called) = srvtls(&dir, args);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{args:?}");
        assert_eq!(called, format!("tlsclient -a {address} 9pserve -u {}\n", ns(&dir, name)), "{args:?}");
    }
    let dir = Certificates::new();
    let (output, called) = srvtls(&dir, &["-k", "user=glenda dom=x", "fs", "x", "/mnt"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let service = ns(&dir, "x");
    let first = format!("tlsclient -a -k user=glenda dom=x net!fs!t9fs 9pserve -u {service}");
    assert_eq!(called, format!("{first}\n9pfuse {service} /mnt\n"));
}

#[test]
fn srvtls_without_a_system_or_with_a_wrong_flag_says_how() {
    for args in [&[][..], &["-z", "fs"], &["a", "b", "c", "d"]] {
        let (output, called) = srvtls(&Certificates::new(), args);
        assert_eq!((output.status.code(), called.as_str()), (Some(100), ""), "{args:?}");
        assert!(text(&output.stderr).contains("usage: srvtls [-abcCnq] [-k keyspec]"), "{args:?}");
    }
}
