//! Certificates: what cannot be used, which one a client gets, and renewal.

use std::fs;

use crate::support::{Certificates, Server, make, private, run, text, tlsclient, tlssrv};

fn refused(path: &str) -> String {
    let output = run(&mut tlssrv(&["--listen", "tcp!127.0.0.1!0", "-c", path, "cat"]), b"");
    assert_eq!(output.status.code(), Some(96));
    let text = text(&output.stderr);
    // The file, or the key beside it.
    let stem = path.strip_suffix(".crt").unwrap_or(path);
    assert!(text.starts_with("tlssrv: ") && text.contains(stem) && text.lines().count() == 1, "{text}");
    text
}

#[test]
fn what_cannot_be_used_is_named_with_the_file() {
    let certs = Certificates::new();
    let missing = certs.path("missing.pem");
    assert!(refused(missing.to_str().unwrap()).ends_with("missing.pem: no such file or directory\n"));
    let keyless = certs.add("keyless", &["a.example"]);
    fs::remove_file(certs.path("keyless.key")).unwrap();
    assert!(refused(&keyless).contains("no private key"));
    let wrong = certs.add("wrong", &["a.example"]);
    private(&certs.path("wrong.key"), &make(&["a.example"]).1);
    assert!(refused(&wrong).contains("not this certificate's"));
    let garbage = certs.path("garbage.pem");
    fs::write(&garbage, "nothing of the sort").unwrap();
    refused(garbage.to_str().unwrap());
}

/// A file of the x509 tests.
fn known(name: &str) -> String {
    format!("{}/../crates/x509/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_key_that_nobody_here_can_use_is_named_with_those_that_work() {
    let advice = "use RSA, ECDSA P-256 or P-384, or Ed25519\n";
    assert!(refused(&known("p521.crt")).ends_with(advice));
    assert!(refused(&known("rsa1024.crt")).ends_with("RSA private key under 2048 bits: make a larger one\n"));
    let certs = Certificates::new();
    let path = certs.path("locked.pem");
    let both =
        fs::read_to_string(known("p256.crt")).unwrap() + &fs::read_to_string(known("encrypted.key")).unwrap();
    private(&path, &both);
    assert!(refused(path.to_str().unwrap()).ends_with("decrypt it with openssl pkey\n"));
}

/// The name that the command sees and the certificate that the client accepts under that name.
fn served(server: &Server, name: &str, ca: &str) -> (Option<i32>, String) {
    let output = run(&mut tlsclient(&["-n", name, "--ca", ca, &server.address]), b"");
    (output.status.code(), text(&output.stdout))
}

#[test]
fn the_name_chooses_the_certificate() {
    let certs = Certificates::new();
    let default = certs.add("default", &["default.example"]);
    let exact = certs.add("exact", &["www.wild.example"]);
    let wild = certs.add("wild", &["*.wild.example"]);
    let server =
        Server::start(&["-c", &certs.dir(), "--", "sh", "-c", "printf %s ${SSL_TLS_SNI_SERVERNAME-none}"]);
    assert_eq!(served(&server, "www.wild.example", &exact), (Some(0), "www.wild.example".to_owned()));
    assert_eq!(served(&server, "any.wild.example", &wild), (Some(0), "any.wild.example".to_owned()));
    assert_eq!(served(&server, "DEFAULT.example", &default), (Some(0), "default.example".to_owned()));
    // An unknown name gets the default, which the client does not accept for it.
    let (code, out) = served(&server, "unknown.example", &default);
    assert_eq!((code, out.as_str()), (Some(98), ""));
    // No name in the hello: the certificate is the default's.
    let output = run(&mut tlsclient(&["--insecure", &server.address]), b"");
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "none"));
}

#[test]
fn strict_sni_refuses_unknown_names() {
    let server = Server::start(&["--self-signed", "known.example", "--strict-sni", "--", "echo", "hello"]);
    let output = run(&mut tlsclient(&["--insecure", "-n", "known.example", &server.address]), b"");
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "hello\n"));
    let output = run(&mut tlsclient(&["--insecure", "-n", "other.example", &server.address]), b"");
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(98), ""));
    server.line(|line| line.contains(" tls reports failed: "));
}

#[test]
fn a_renewed_certificate_is_used_by_the_next_connection_and_a_broken_one_is_not() {
    let certs = Certificates::new();
    let path = certs.add("site", &["old.example"]);
    let server = Server::start(&["-c", &path, "--", "echo", "hello"]);
    assert_eq!(served(&server, "old.example", &path).0, Some(0));
    certs.add("site", &["new.example"]);
    assert_eq!(served(&server, "new.example", &path).0, Some(0));
    let good = certs.path("good.crt");
    fs::copy(&path, &good).unwrap();
    fs::write(&path, "half of a certificate").unwrap();
    assert_eq!(served(&server, "new.example", good.to_str().unwrap()).0, Some(0));
    server.line(|line| line.starts_with("tlssrv: ") && line.ends_with("stay in use"));
}

#[test]
fn an_expired_certificate_is_reported_and_refused_by_a_client_that_verifies() {
    let certs = Certificates::new();
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let cert = params.self_signed(&key).unwrap().pem();
    let path = certs.path("old.pem");
    private(&path, &(cert + &key.serialize_pem()));
    let path = path.to_str().unwrap();
    let out = run(&mut tlssrv(&["--listen", "tcp!127.0.0.1!0", "-c", path, "--", "/no/such/cmd"]), b"");
    assert!(
        text(&out.stderr).contains("old.pem: the certificate expired on 2001-01-01"),
        "{}",
        text(&out.stderr)
    );
    let server = Server::start(&["-c", path, "--", "echo", "hello"]);
    let (code, out) = served(&server, "localhost", path);
    assert_eq!((code, out.as_str()), (Some(98), ""));
}
