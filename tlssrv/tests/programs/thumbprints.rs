//! Thumbprint files in both programs, and the certificate that `-d` leaves.

use std::fs;

use sha1::{Digest as _, Sha1};

use crate::support::{Certificates, Server, assert_fails, run, text, tlsclient, tlssrv};

/// The word for the certificate of a file, and SHA-256 and SHA-1 of the whole certificate as other words for it.
fn words(cert: &str) -> [String; 3] {
    let sections = x509::pem::read(cert.as_ref()).unwrap();
    let leaf = x509::Certificate::from_der(&sections.first().unwrap().der).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    [
        x509::thumb::word(&leaf),
        format!("sha256={}", hex(&leaf.sha256())),
        format!("sha1={}", hex(&Sha1::digest(leaf.der()))),
    ]
}

/// Writes a list of these words; gives its path.
fn list(certs: &Certificates, name: &str, words: &[&str]) -> String {
    let path = certs.path(name);
    let lines: String = words.iter().map(|word| format!("x509 {word} cn=somebody\n")).collect();
    fs::write(&path, lines).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_server_is_known_by_its_hash_and_by_nothing_else() {
    let certs = Certificates::new();
    let cert = certs.add("site", &["elsewhere.example"]);
    let other = certs.add("other", &["localhost"]);
    let [key, whole, sha1] = words(&cert);
    let server = Server::start(&["-c", &cert, "--", "sh", "-c", "echo served; cat"]);
    let ask = |flags: &[&str]| {
        let output = run(&mut tlsclient(&[flags, &[server.localhost().as_str()]].concat()), b"secret");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let good = (Some(0), "served\nsecret".to_owned(), String::new());
    // Before any byte is sent or read: nothing of either side's.
    let bad = |name: &str| {
        let line = format!(
            "tlsclient: {} tls reports failed: cert for {name} not recognized: {key}\n",
            server.localhost()
        );
        (Some(98), String::new(), line)
    };
    let (by_key, by_whole) = (list(&certs, "key", &[&key]), list(&certs, "whole", &[&whole]));
    let by_sha1 = list(&certs, "sha1", &[&sha1]);
    let strange = list(&certs, "strange", &[&words(&other)[0]]);
    assert_eq!(ask(&["-t", &by_key]), good);
    assert_eq!(ask(&[&format!("-t{by_whole}")]), good);
    assert_eq!(ask(&["-t", &strange]), bad("localhost"));
    assert_eq!(ask(&["-t", &strange, "-n", "mail.example"]), bad("mail.example"));
    assert_eq!(ask(&["-t", &by_key, "-x", &strange]), good);
    for excluded in [&by_key, &by_whole, &by_sha1] {
        assert_eq!(ask(&["-t", &by_key, "-x", excluded]), bad("localhost"), "{excluded}");
    }
    assert_eq!(ask(&["-t", &by_sha1]), bad("localhost"));
    assert_eq!(ask(&["-t", &by_sha1, "--allow", "sha1"]), good);
    // With roots besides, both count.
    assert_eq!(ask(&["-t", &by_key, "--ca", &cert, "-n", "elsewhere.example"]), good);
    let (code, _, why) = ask(&["-t", &by_key, "--ca", &cert]);
    assert_eq!(code, Some(98), "{why}");
    assert!(why.contains("the certificate is not for localhost"), "{why}");
}

#[test]
fn thumbprint_files_that_cannot_be_used_are_told_before_anybody_is_called() {
    let certs = Certificates::new();
    let nowhere = "unix!/nowhere/at/all";
    let missing = certs.path("missing").to_str().unwrap().to_owned();
    let no_file = format!("tlsclient: initThumbprints: {missing}: no such file or directory");
    assert_fails(&run(&mut tlsclient(&["-t", &missing, nowhere]), b""), 96, &no_file);
    let empty = list(&certs, "empty", &[]);
    assert_fails(&run(&mut tlsclient(&["-t", &empty, "-x", &missing, nowhere]), b""), 96, &no_file);
    let broken = list(&certs, "broken", &["sha256=nonsense"]);
    let line = format!("tlsclient: initThumbprints: malformed x509 entry in {broken}: nonsense");
    assert_fails(&run(&mut tlsclient(&["-t", &broken, nowhere]), b""), 96, &line);
    let line = format!("tlssrv: initThumbprints: malformed x509 entry in {broken}: nonsense");
    let flags = ["--client-cert", "request", "--client-thumb", &broken, "--listen", "tcp!127.0.0.1!0", "cat"];
    assert_fails(&run(&mut tlssrv(&flags), b""), 96, &line);
    // As the original, where its manners are wanted: nobody is trusted, and the address is the next trouble.
    let output = run(&mut tlsclient(&["--compat", "9front", "-t", &missing, nowhere]), b"");
    assert!(text(&output.stderr).starts_with("tlsclient: dial "), "{}", text(&output.stderr));
}

#[test]
fn excluding_without_trusting_is_useless() {
    let output = run(&mut tlsclient(&["-x", "/list", "tcp!localhost!1"]), b"");
    assert_eq!(output.status.code(), Some(100));
    assert!(text(&output.stderr).starts_with("tlsclient: specifying -x without -t is useless\nusage: "));
}

#[test]
fn the_server_s_certificate_is_written_whether_it_is_believed_or_not() {
    let certs = Certificates::new();
    let cert = certs.add("site", &["localhost"]);
    let server = Server::start(&["-c", &cert, "--", "echo", "hello"]);
    let sections = x509::pem::read(cert.as_ref()).unwrap();
    let der = &sections.first().unwrap().der;
    let file = certs.path("server.der");
    let dump = file.to_str().unwrap();
    let empty = list(&certs, "empty", &[]);
    let address = server.localhost();
    for (flags, code) in [
        (&["--ca", &cert][..], 0),
        (&["--insecure"], 0),
        (&["-t", &empty], 98),
        (&["--ca", &cert, "-n", "other.example"], 98),
    ] {
        let _ = fs::remove_file(&file);
        let flags = [flags, &["-d", dump, &address]].concat();
        assert_eq!(run(&mut tlsclient(&flags), b"").status.code(), Some(code), "{flags:?}");
        assert_eq!(&fs::read(&file).unwrap(), &**der, "{flags:?}");
    }
    let output = run(&mut tlsclient(&["--insecure", "-d", "/nowhere/der", &server.localhost()]), b"");
    let line = "tlsclient: create /nowhere/der: no such file or directory";
    assert_fails(&output, 111, line);
}

#[test]
fn of_a_server_without_a_certificate_the_file_is_empty() {
    let certs = Certificates::new();
    let psk = certs.path("psk");
    crate::support::private(&psk, "us:0011223344556677\n");
    let psk = psk.to_str().unwrap();
    let server = Server::start(&["--psk", psk, "--", "echo", "hello"]);
    let file = certs.path("server.der");
    let flags = ["--psk", psk, "-d", file.to_str().unwrap(), &server.localhost()];
    assert_eq!(text(&run(&mut tlsclient(&flags), b"").stdout), "hello\n");
    assert_eq!(fs::read(&file).unwrap(), b"");
}

#[test]
fn clients_are_known_by_their_hashes() {
    let certs = Certificates::new();
    let cert = certs.add("site", &["localhost"]);
    let (friend, stranger) = (certs.add("friend", &["friend"]), certs.add("stranger", &["stranger"]));
    let friends = list(&certs, "friends", &[&words(&friend)[0], &words(&stranger)[0]]);
    let strangers = list(&certs, "strangers", &[&words(&stranger)[1]]);
    let flags = ["-c", &cert, "--client-cert", "require"];
    let files = ["--client-thumb", &friends, "--client-exclude", &strangers];
    let command = ["--", "sh", "-c", "echo $SSL_CLIENT_VERIFY"];
    let server = Server::start(&[&flags[..], &files, &command].concat());
    let address = server.localhost();
    let come = |shown: &[&str]| {
        let flags = [shown, &["--ca", &cert, &address]].concat();
        text(&run(&mut tlsclient(&flags), b"").stdout)
    };
    assert_eq!(come(&["-c", &friend]), "SUCCESS\n");
    assert_eq!(come(&["-c", &stranger]), "");
    let told = server.line(|line| line.contains("not recognized"));
    assert!(
        told.ends_with(&format!("cert for the client not recognized: {}", words(&stranger)[0])),
        "{told}"
    );
    assert_eq!(come(&[]), "");
    server.line(|line| line.ends_with("no certificate from the client"));
}
