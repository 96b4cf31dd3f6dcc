//! What RFC 6066 and RFC 8449 add to a handshake, with other people's programs at the other end: OCSP responses, the lengths
//! of records, and thumbprints that OpenSSL has made.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::certs::{By, CertFiles, Certs, Key, Says};
use crate::support::missing::{find, present};
use crate::support::peers::{S_SERVER_LABEL, process_saying_port};
use crate::support::ports;
use crate::support::process::{Printed, Process};
use crate::support::programs;
use crate::support::server::Server;

/// A server's answer that is longer than any record here.
const LONG: &str = "head -c 50000 /dev/zero | tr '\\0' x; echo end";

fn has(program: &str, package: &str) -> bool {
    present(program, find(program, package, "--version"))
}

/// A certificate for localhost with what its issuer says of it beside it.
fn stapled(certs: &Certs, says: Says) -> CertFiles {
    let files = certs.make(&format!("{says:?}"), Key::P256, &["localhost"], By::Root);
    fs::copy(certs.ocsp(&files, says), files.both.with_extension("ocsp")).unwrap();
    files
}

fn serve(files: &CertFiles, flags: &[&str], script: &str) -> Server {
    let both = files.both.to_str().unwrap();
    Server::start(&[&["-c", both], flags].concat(), &["sh", "-c", script])
}

/// What a client prints that has nothing to say, until it leaves because the server has.
fn printed(command: &mut Command) -> (bool, Printed) {
    let mut process = Process::start(command);
    let exit = process.wait_exit().expect("the peer leaves");
    let _ = process.wait_for("the end of its output", |_| None::<()>);
    (exit.success(), process.printed())
}

/// `openssl s_client` for a server of ours.
fn s_client(certs: &Certs, port: u16, flags: &[&str]) -> (bool, Printed) {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-ign_eof", "-verify_return_error", "-servername", "localhost"]);
    command.args(["-connect", &format!("127.0.0.1:{port}")]).arg("-CAfile").arg(certs.ca());
    printed(command.args(flags))
}

/// `gnutls-cli` for a server of ours.
fn gnutls_cli(certs: &Certs, port: u16, flags: &[&str]) -> (bool, Printed) {
    let mut command = Command::new("gnutls-cli");
    command.args([
        "--port",
        &port.to_string(),
        "--sni-hostname",
        "localhost",
        "--verify-hostname",
        "localhost",
    ]);
    command.arg("--x509cafile").arg(certs.ca()).args(flags);
    printed(command.arg("127.0.0.1"))
}

/// Our client, for a server of somebody's.
fn tlsclient(certs: &Certs, port: u16, flags: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(programs::path("tlsclient"));
    command.arg("--ca").arg(certs.ca()).args(flags).arg(format!("tcp!localhost!{port}"));
    let mut process = Process::start(&mut command);
    process.send(b"GET / HTTP/1.0\r\n\r\n");
    process.end_input();
    let exit = process.wait_exit().expect("tlsclient leaves");
    let _ = process.wait_for("the end of its output", |_| None::<()>);
    let printed = process.printed();
    (exit.code(), printed.stdout_text(), printed.stderr_text())
}

/// `openssl s_server` that answers HTTP, with these flags besides.
fn s_server(files: &CertFiles, flags: &[&str]) -> (Process, u16) {
    let mut command = Command::new("openssl");
    command.args(["s_server", "-www", "-accept", "127.0.0.1:0"]).args(flags);
    command.arg("-cert").arg(&files.chain).arg("-key").arg(&files.key);
    process_saying_port(&mut command, S_SERVER_LABEL)
}

/// `gnutls-serv` that answers HTTP, with these flags besides.
fn gnutls_serv(files: &CertFiles, flags: &[&str]) -> (Process, u16) {
    let port = ports::free();
    let mut command = Command::new("gnutls-serv");
    command.args(["--http", "--disable-client-cert", "--port", &port.to_string()]).args(flags);
    command.arg("--x509certfile").arg(&files.chain).arg("--x509keyfile").arg(&files.key);
    let process = Process::start(&mut command);
    let listens = |printed: &Printed| {
        let text = printed.text();
        text.contains("listening on").then_some(()).filter(|()| text.contains("done"))
    };
    process.wait_for("that it listens", listens).expect("gnutls-serv listens");
    (process, port)
}

#[test]
fn openssl_and_gnutls_and_nss_take_our_staple_in_both_versions() {
    let certs = Certs::new();
    let files = stapled(&certs, Says::Good);
    let server = serve(&files, &[], "echo served");
    for version in ["-tls1_2", "-tls1_3"] {
        let (is_good, told) = s_client(&certs, server.port(), &["-status", version]);
        let text = told.stdout_text();
        assert!(is_good && text.contains("OCSP Response Status: successful"), "{version}: {}", told.text());
        assert!(text.contains("Cert Status: good") && text.contains("served"), "{version}: {text}");
        let (_, told) = s_client(&certs, server.port(), &[version]);
        assert!(!told.stdout_text().contains("OCSP"), "unasked, {version}");
    }
    if has("gnutls-cli", "gnutls-bin") {
        let saved = certs.dir().join("saved.ocsp");
        for priority in ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"] {
            let flags = ["--priority", priority, "--save-ocsp", saved.to_str().unwrap()];
            let (is_good, told) = gnutls_cli(&certs, server.port(), &flags);
            assert!(is_good && told.stdout_text().contains("served"), "{priority}: {}", told.text());
            assert_eq!(fs::read(&saved).unwrap(), fs::read(files.both.with_extension("ocsp")).unwrap());
            fs::remove_file(&saved).unwrap();
        }
    }
    if present("tstclnt", find("tstclnt", "libnss3-tools", "-h")) {
        let db = format!("sql:{}", certs.dir().display());
        let certutil = |args: &[&str]| {
            let output = Command::new("certutil").args(args).args(["-d", &db]).output().unwrap();
            assert!(output.status.success(), "{args:?}: {output:?}");
        };
        certutil(&["-N", "--empty-password"]);
        certutil(&["-A", "-n", "root", "-t", "C,,", "-i", certs.ca().to_str().unwrap()]);
        for version in ["tls1.2:tls1.2", "tls1.3:tls1.3"] {
            let mut command = Command::new("tstclnt");
            // -O: the asynchronous check spins when the server is quick.
            command.args(["-O", "-d", &db, "-h", "127.0.0.1", "-a", "localhost", "-T", "-V", version]);
            command.args(["-p", &server.port().to_string()]).stdin(Stdio::null());
            let mut process = Process::start_on(&mut command);
            let exit = process.wait_exit().expect("tstclnt leaves");
            let _ = process.wait_for("the end of its output", |_| None::<()>);
            let text = process.printed().text();
            assert!(exit.success() && text.contains("served"), "{version}: {text}");
            assert!(text.contains("Received 1 Cert Status items (OCSP stapled data)"), "{version}: {text}");
        }
    }
}

#[test]
fn a_staple_that_says_revoked_is_reported_and_nobody_gets_it() {
    let certs = Certs::new();
    let mut server = serve(&stapled(&certs, Says::Revoked), &[], "echo served");
    let told = server.process().printed().stderr_text();
    assert!(told.contains("Revoked.ocsp: the certificate has been revoked: not sent\n"), "{told}");
    let (_, told) = s_client(&certs, server.port(), &["-status", "-tls1_2"]);
    assert!(told.stdout_text().contains("OCSP response: no response sent"), "{}", told.text());
}

#[test]
fn a_staple_is_used_by_the_next_connection_once_it_is_there() {
    let certs = Certs::new();
    let files = certs.localhost(Key::P256);
    let server = serve(&files, &[], "echo served");
    let asked = || s_client(&certs, server.port(), &["-status"]).1.stdout_text();
    assert!(asked().contains("OCSP response: no response sent"));
    fs::copy(certs.ocsp(&files, Says::Good), files.both.with_extension("ocsp")).unwrap();
    assert!(asked().contains("Cert Status: good"));
}

#[test]
fn our_client_takes_the_staples_of_openssl_and_gnutls_or_does_not() {
    let certs = Certs::new();
    let gnutls = has("gnutls-serv", "gnutls-bin");
    for (says, code) in [(Says::Good, 0), (Says::Revoked, 98)] {
        let files = stapled(&certs, says);
        let response = files.both.with_extension("ocsp");
        let response = response.to_str().unwrap();
        let mut servers = vec![
            ("openssl 1.2", s_server(&files, &["-tls1_2", "-status_file", response])),
            ("openssl 1.3", s_server(&files, &["-tls1_3", "-status_file", response])),
        ];
        if gnutls {
            let flags = |priority| {
                ["--ocsp-response", response, "--ignore-ocsp-response-errors", "--priority", priority]
            };
            servers.push(("gnutls 1.2", gnutls_serv(&files, &flags("NORMAL:-VERS-ALL:+VERS-TLS1.2"))));
            servers.push(("gnutls 1.3", gnutls_serv(&files, &flags("NORMAL:-VERS-ALL:+VERS-TLS1.3"))));
        }
        for (name, (_process, port)) in &servers {
            for word in ["ask", "require"] {
                let (exit, page, why) = tlsclient(&certs, *port, &["--ocsp", word]);
                assert_eq!(exit, Some(code), "{name} {says:?} {word}: {why}");
                match says {
                    Says::Good => assert!(page.starts_with("HTTP/1.0 200"), "{name}: {page}"),
                    Says::Revoked => {
                        assert!(page.is_empty(), "{name}: {page}");
                        assert!(
                            why.ends_with(" failed: the certificate has been revoked\n"),
                            "{name}: {why}"
                        );
                    }
                }
            }
            // Who does not ask is not told.
            assert_eq!(tlsclient(&certs, *port, &["--ocsp", "never"]).0, Some(0), "{name} {says:?}");
        }
    }
}

#[test]
fn a_server_without_a_staple_will_do_unless_one_is_required() {
    let certs = Certs::new();
    let files = certs.localhost(Key::P256);
    for version in ["-tls1_2", "-tls1_3"] {
        let (_process, port) = s_server(&files, &[version]);
        assert_eq!(tlsclient(&certs, port, &[]).0, Some(0), "{version}");
        let (exit, _, why) = tlsclient(&certs, port, &["--ocsp", "require"]);
        assert_eq!(exit, Some(98), "{version}: {why}");
        assert!(why.ends_with(" failed: the server shows no OCSP response\n"), "{version}: {why}");
    }
}

#[test]
fn openssl_asks_our_server_for_short_records_and_gets_them() {
    let certs = Certs::new();
    let server = serve(&certs.localhost(Key::P256), &[], LONG);
    for version in ["-tls1_2", "-tls1_3"] {
        for len in ["512", "1024", "2048", "4096"] {
            let flags = ["-quiet", version, "-maxfraglen", len];
            let (is_good, told) = s_client(&certs, server.port(), &flags);
            let whole = "x".repeat(50_000) + "end\n";
            assert!(is_good && told.stdout_text() == whole, "{version} {len}: {}", told.stderr_text());
        }
    }
}

#[test]
fn gnutls_asks_our_server_for_short_records_and_gets_them() {
    if !has("gnutls-cli", "gnutls-bin") {
        return;
    }
    let certs = Certs::new();
    let server = serve(&certs.localhost(Key::P256), &["--record-size", "700"], LONG);
    for priority in ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"] {
        let flags = ["--priority", priority, "--recordsize", "600", "-d", "5"];
        let (is_good, told) = gnutls_cli(&certs, server.port(), &flags);
        let (whole, log) = ("x".repeat(50_000) + "end\n", told.stderr_text());
        assert!(is_good && told.stdout_text().contains(&whole), "{priority}: {log}");
        // What it says of records: with 16 bytes of a tag, and in TLS 1.3 the byte for what is in them.
        let lens = log
            .lines()
            .filter_map(|line| line.split_once("Received Packet Application Data(23) with length: "));
        let longest = lens.filter_map(|(_, len)| len.trim().parse::<u32>().ok()).max();
        assert!(longest.is_some_and(|len| (600..=617).contains(&len)), "{priority}: {longest:?}");
    }
}

#[test]
fn our_client_asks_openssl_and_gnutls_for_short_records_and_gets_them() {
    let certs = Certs::new();
    let files = certs.localhost(Key::Rsa);
    for version in ["-tls1_2", "-tls1_3"] {
        let (_process, port) = s_server(&files, &[version]);
        for len in ["512", "4096"] {
            let (exit, page, why) = tlsclient(&certs, port, &["--max-fragment", len]);
            assert_eq!(exit, Some(0), "{version} {len}: {why}");
            assert!(page.starts_with("HTTP/1.0 200") && page.contains("</"), "{version} {len}: {page}");
        }
    }
    if !has("gnutls-serv", "gnutls-bin") {
        return;
    }
    for priority in ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"] {
        let (_process, port) = gnutls_serv(&files, &["--priority", priority]);
        for len in ["600", "16384"] {
            let (exit, page, why) = tlsclient(&certs, port, &["--record-size", len]);
            assert_eq!(exit, Some(0), "{priority} {len}: {why}");
            assert!(page.starts_with("HTTP/1.0 200"), "{priority} {len}: {page}");
        }
    }
}

#[test]
fn a_thumbprint_that_openssl_made_is_the_server_s() {
    let certs = Certs::new();
    let shell = |script: &str| {
        let output = Command::new("sh").args(["-c", script]).current_dir(certs.dir()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    for (stem, key) in [("rsa", Key::Rsa), ("p256", Key::P256), ("p384", Key::P384)] {
        let files = certs.make(stem, key, &["localhost"], By::Root);
        let (_process, port) = s_server(&files, &[]);
        let pin = format!(
            "openssl x509 -in {stem}.crt -pubkey -noout | openssl pkey -pubin -outform der | \
             openssl dgst -sha256 -binary | base64"
        );
        let whole =
            format!("openssl x509 -in {stem}.crt -outform der | openssl dgst -sha256 -r | cut -d' ' -f1");
        for word in [shell(&pin), shell(&whole)] {
            let list = certs.dir().join("list");
            fs::write(&list, format!("x509 sha256={word} cn=localhost\n")).unwrap();
            let list = list.to_str().unwrap();
            // Without `--ca` it is known by the list alone.
            let mut command = Command::new(programs::path("tlsclient"));
            command.args(["-t", list, &format!("tcp!localhost!{port}"), "true"]);
            assert!(printed(&mut command).0, "{stem}: {word}");
            let mut command = Command::new(programs::path("tlsclient"));
            command.args(["-t", list, "-x", list, &format!("tcp!localhost!{port}"), "true"]);
            let (is_good, told) = printed(&mut command);
            let text = told.stderr_text();
            assert!(!is_good && text.contains("cert for localhost not recognized: sha256="), "{text}");
        }
    }
}
