//! Certificates whose key is in no file: a factotum signs and decrypts, in either dialect, for OpenSSL at the other end.
//!
//! The factotum is a double, see `support::factotum`; plan9port's own is for a person to try.

use std::process::Command;

use crate::support::certs::{By, CertFiles, Certs, Key};
use crate::support::factotum::{Dialect, Manner, is_in_memory, without_key};
use crate::support::missing::{find, present};
use crate::support::peers::{REQUEST, S_SERVER_LABEL, start_saying_port};
use crate::support::process::{Printed, Process};
use crate::support::programs;
use crate::support::server::Server;

const DIALECTS: [Dialect; 2] = [Dialect::NineFront, Dialect::Plan9Port];
/// What is off by default and needs a private operation.
const ALLOW: &str = "tls1.0,tls1.1,rsa,cbc,sha1";
const ANSWER: [&str; 3] = ["sh", "-c", "echo served"];

/// Every form of signature, and the static key exchange, as flags of `s_client`.
const WAYS: [(&str, &[&str]); 7] = [
    ("as it likes", &[]),
    ("PSS", &["-tls1_2", "-sigalgs", "rsa_pss_rsae_sha384"]),
    ("PKCS#1", &["-tls1_2", "-sigalgs", "RSA+SHA512"]),
    ("SHA-1", &["-tls1_2", "-sigalgs", "RSA+SHA1", "-cipher", "ECDHE:@SECLEVEL=0"]),
    ("MD5 and SHA-1", &["-tls1", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"]),
    ("static RSA", &["-tls1_2", "-cipher", "AES128-GCM-SHA256"]),
    ("static RSA of old", &["-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0"]),
];

fn has_openssl() -> bool {
    present("a key that a factotum has", find("openssl", "openssl", "version"))
}

/// What OpenSSL's client saw of a server.
fn asked(port: u16, certs: &Certs, name: &str, flags: &[&str]) -> Printed {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-verify_return_error", "-servername", name]);
    command.args(["-connect", &format!("127.0.0.1:{port}"), "-CAfile"]).arg(certs.ca()).args(flags);
    let mut client = Process::start(&mut command);
    client.wait_exit().expect("s_client leaves");
    let _ = client.wait_for("the end of its output", |_| None::<()>);
    client.printed()
}

fn serve(cert: &CertFiles, flags: &[&str]) -> Server {
    let chain = cert.chain.display().to_string();
    Server::start(&[&["-c", &chain], flags].concat(), &ANSWER)
}

#[test]
fn a_server_signs_and_decrypts_with_a_key_that_a_factotum_has() {
    if !has_openssl() {
        return;
    }
    for dialect in DIALECTS {
        let certs = Certs::new();
        let cert = certs.localhost(Key::Rsa);
        let factotum = without_key(&cert, dialect, Manner::Honest);
        let server = serve(&cert, &["--allow", ALLOW, "--factotum", &factotum.place()]);
        for (way, flags) in WAYS {
            let printed = asked(server.port(), &certs, "localhost", flags);
            assert_eq!(printed.stdout_text(), "served\n", "{dialect:?}, {way}: {}", printed.stderr_text());
        }
    }
}

#[test]
fn a_client_shows_a_certificate_whose_key_a_factotum_has() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let server = certs.make("server", Key::P256, &["localhost"], By::Root);
    let mut command = Command::new("openssl");
    command.args(["s_server", "-www", "-accept", "127.0.0.1:0", "-Verify", "1", "-verify_return_error"]);
    command.arg("-CAfile").arg(certs.ca()).arg("-cert").arg(&server.chain).arg("-key").arg(&server.key);
    let running = start_saying_port(command, S_SERVER_LABEL);
    for dialect in DIALECTS {
        let cert = certs.localhost(Key::Rsa);
        let factotum = without_key(&cert, dialect, Manner::Honest);
        let mut command = Command::new(programs::path("tlsclient"));
        command.args(["--factotum", &factotum.place(), "--ca"]).arg(certs.ca()).arg("-c").arg(&cert.chain);
        let mut client = Process::start(command.arg(format!("tcp!localhost!{}", running.port)));
        client.send(REQUEST);
        let answered =
            client.wait_for("a page", |printed| printed.stdout.starts_with(b"HTTP/1.0 200").then_some(()));
        assert_eq!(answered, Ok(()), "{dialect:?}");
    }
}

#[test]
fn what_factotum_lacks_or_does_wrong_is_alert_40_and_told_in_the_original_s_words() {
    if !has_openssl() {
        return;
    }
    for (dialect, manner, why) in [
        (Dialect::NineFront, Manner::Keyless, "factotum_rsa_open: factotum has no key for this certificate"),
        (Dialect::Plan9Port, Manner::Keyless, "factotum_rsa_open: factotum has no key for this certificate"),
        (
            Dialect::NineFront,
            Manner::NeedsKey,
            "factotum_rsa_open: factotum needs a key: proto=rsa service=tls role=client",
        ),
        (Dialect::NineFront, Manner::Unwilling, "pkcs1_sign: factotum: confirm: not this time"),
        (
            Dialect::Plan9Port,
            Manner::Faulty,
            "pkcs1_sign: factotum's signature does not verify with the certificate",
        ),
    ] {
        let certs = Certs::new();
        let cert = certs.localhost(Key::Rsa);
        let factotum = without_key(&cert, dialect, manner);
        let mut server = serve(&cert, &["--factotum", &factotum.place()]);
        let printed = asked(server.port(), &certs, "localhost", &[]);
        assert!(printed.stdout.is_empty(), "{dialect:?}, {manner:?}");
        assert!(printed.stderr_text().contains("alert number 40"), "{manner:?}: {}", printed.stderr_text());
        let line = format!(" tls reports failed: {why}\n");
        let told = server
            .process()
            .wait_for("why it failed", |printed| printed.stderr_text().contains(&line).then_some(()));
        assert_eq!(told, Ok(()), "{dialect:?}, {manner:?}");
    }
}

#[test]
fn a_premaster_that_factotum_will_not_decrypt_looks_like_one_that_is_none() {
    if !has_openssl() {
        return;
    }
    for manner in [Manner::Unwilling, Manner::Faulty] {
        let certs = Certs::new();
        let cert = certs.localhost(Key::Rsa);
        let factotum = without_key(&cert, Dialect::NineFront, manner);
        let server = serve(&cert, &["--allow", "rsa", "--factotum", &factotum.place()]);
        let printed = asked(server.port(), &certs, "localhost", &["-tls1_2", "-cipher", "AES128-GCM-SHA256"]);
        // bad_record_mac: the client's Finished is under other keys.
        assert!(printed.stderr_text().contains("alert number 20"), "{manner:?}: {}", printed.stderr_text());
    }
}

#[test]
fn a_factotum_that_says_nothing_holds_up_nobody_else_and_not_for_ever() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let silent = certs.localhost(Key::Rsa);
    let factotum = without_key(&silent, Dialect::NineFront, Manner::Silent);
    let other = certs.make("other", Key::P256, &["other.example"], By::Root);
    let both = other.both.display().to_string();
    let mut server = serve(&silent, &["-c", &both, "-T", "3000", "--factotum", &factotum.place()]);
    let mut waiting = Command::new(programs::path("tlsclient"));
    waiting.arg("--ca").arg(certs.ca()).arg(format!("tcp!localhost!{}", server.port()));
    let mut waiting = Process::start(&mut waiting);
    let printed = asked(server.port(), &certs, "other.example", &[]);
    assert_eq!(printed.stdout_text(), "served\n", "{}", printed.stderr_text());
    assert_eq!(waiting.wait_exit().map(|status| status.code()), Ok(Some(98)));
    let told = server.process().wait_for("the end of its patience", |printed| {
        printed.stderr_text().contains("tls reports failed: handshake timed out\n").then_some(())
    });
    assert_eq!(told, Ok(()));
}

#[test]
fn without_a_factotum_a_certificate_without_a_key_is_refused_at_the_start_and_a_lost_one_ends_a_connection() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let cert = certs.localhost(Key::Rsa);
    let factotum = without_key(&cert, Dialect::Plan9Port, Manner::Honest);
    let output = Command::new(programs::path("tlssrv"))
        .env("NAMESPACE", certs.dir())
        .args(["--listen", "tcp!127.0.0.1!0", "-c"])
        .arg(&cert.chain)
        .arg("true")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(96));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("no private key for this certificate"), "{text}");

    // The user's own is found by itself.
    std::fs::rename(factotum.socket(), certs.dir().join("factotum")).unwrap();
    let mut command = Command::new(programs::path("tlssrv"));
    command.env("NAMESPACE", certs.dir()).args(["--listen", "tcp!127.0.0.1!0", "-c"]).arg(&cert.chain);
    let mut server = Server::running(Process::start(command.args(ANSWER)));
    assert_eq!(asked(server.port(), &certs, "localhost", &[]).stdout_text(), "served\n");
    let said = server.process().printed().stderr_text();
    assert!(said.contains("its private key is in no file: factotum is asked for it"), "{said}");

    std::fs::remove_file(certs.dir().join("factotum")).unwrap();
    assert_eq!(asked(server.port(), &certs, "localhost", &[]).stdout_text(), "");
    let told = server.process().wait_for("what is missing", |printed| {
        printed
            .stderr_text()
            .contains("tls reports failed: factotum_rsa_open: no factotum at unix!")
            .then_some(())
    });
    assert_eq!(told, Ok(()));
}

#[test]
fn nothing_of_the_key_is_in_the_server_s_memory() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let cert = certs.localhost(Key::Rsa);
    let parts = secret_parts(&cert);
    let is_anywhere = |server: &mut Server| {
        assert_eq!(asked(server.port(), &certs, "localhost", &[]).stdout_text(), "served\n");
        let process = server.process().id();
        parts.iter().any(|part| is_in_memory(process, part))
    };
    // With the key in a file it is there, so that the search would find it.
    assert!(is_anywhere(&mut serve(&cert, &[])));
    let factotum = without_key(&cert, Dialect::NineFront, Manner::Honest);
    assert!(!is_anywhere(&mut serve(&cert, &["--factotum", &factotum.place()])));
}

/// Both primes and the private exponent as they may lie in memory: a piece of each, in either order of bytes.
fn secret_parts(cert: &CertFiles) -> Vec<Vec<u8>> {
    let output =
        Command::new("openssl").args(["rsa", "-noout", "-text", "-in"]).arg(&cert.key).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let parts = ["privateExponent:", "prime1:", "prime2:"].map(|label| {
        let (_, digits) = text.split_once(label).unwrap();
        let lines = digits.lines().skip(1).take_while(|line| line.starts_with(' '));
        let pairs: Vec<u8> = lines
            .flat_map(|line| line.trim().split(':').filter(|pair| !pair.is_empty()))
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect();
        pairs[40..72].to_vec()
    });
    let turned = parts.iter().map(|part| part.iter().rev().copied().collect());
    parts.iter().cloned().chain(turned).collect()
}
