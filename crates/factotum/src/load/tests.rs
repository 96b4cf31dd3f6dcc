//! Files and directories as their owners leave them.

use std::fs::{self, Permissions};

use tempfile::TempDir;
use x509::DnsName;

use super::*;
use crate::error::KeyFault;

/// 2030-01-01: all but `expired.crt` and `future.crt` are valid.
const NOW: u64 = 1_893_456_000;

fn data(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../x509/tests/data").join(name)).unwrap()
}

/// A directory with these files, each made of test files one after the other; keys are for their owner only.
fn dir(files: &[(&str, &[&str])]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, parts) in files {
        let file = dir.path().join(name);
        fs::write(&file, parts.iter().flat_map(|part| data(part)).collect::<Vec<u8>>()).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
    dir
}

fn load_file(dir: &TempDir, name: &str) -> Result<Loaded, Error> {
    load(&dir.path().join(name), NOW, Keyless::Refused)
}

/// The error's text, with the directory taken out of it.
fn refusal(dir: &TempDir, name: &str) -> String {
    let text = load_file(dir, name).unwrap_err().to_string();
    assert!(!text.contains('\n'));
    text.replace(&format!("{}/", dir.path().display()), "")
}

fn first_names(loaded: &Loaded) -> Vec<&str> {
    loaded.keys.iter().map(|key| key.names().first().map_or("", DnsName::as_str)).collect()
}

#[test]
fn one_file_with_both_in_either_order() {
    for parts in [["rsa.crt", "rsa.key"], ["rsa.key", "rsa.crt"], ["p256.crt", "p256.sec1.key"]] {
        let dir = dir(&[("both.pem", &parts)]);
        let loaded = load_file(&dir, "both.pem").unwrap();
        assert_eq!(loaded.keys[0].chain().len(), 2);
        assert_eq!(loaded.warnings, []);
    }
}

#[test]
fn a_key_beside_its_certificate() {
    for name in ["site.crt", "site.pem", "site.example.org.crt"] {
        let key = name.rsplit_once('.').unwrap().0.to_owned() + ".key";
        let dir = dir(&[(name, &["ed25519.crt"]), (&key, &["ed25519.key"])]);
        let loaded = load_file(&dir, name).unwrap();
        assert_eq!(first_names(&loaded), ["ed25519.example"]);
    }
}

#[test]
fn a_directory_is_taken_in_the_order_of_names_with_its_default_first() {
    let files: &[(&str, &[&str])] = &[
        ("b.crt", &["p256.crt"]),
        ("b.key", &["p256.key"]),
        ("a.pem", &["rsa.crt", "rsa.key"]),
        ("c.crt", &["wildcard.crt"]),
        ("c.key", &["wildcard.key"]),
        ("README", &["make.sh"]),
    ];
    let without = dir(files);
    let loaded = load(without.path(), NOW, Keyless::Refused).unwrap();
    assert_eq!(first_names(&loaded), ["rsa.example", "p256.example", "*.wild.example"]);
    let with: Vec<(&str, &[&str])> = files
        .iter()
        .map(|(name, parts)| (if *name == "a.pem" { "default.pem" } else { name }, *parts))
        .collect();
    assert_eq!(first_names(&load(dir(&with).path(), NOW, Keyless::Refused).unwrap())[0], "rsa.example");
    // A copy under another name is not taken twice.
    let copied = dir(&[("a.pem", &["rsa.crt", "rsa.key"]), ("b.pem", &["rsa.crt", "rsa.key"])]);
    assert_eq!(load(copied.path(), NOW, Keyless::Refused).unwrap().keys.len(), 1);
}

#[test]
fn certbots_directory_is_one_certificate() {
    let dir = dir(&[
        ("cert.pem", &["rsa.crt"]),
        ("chain.pem", &["intermediate.crt"]),
        ("fullchain.pem", &["rsa.crt"]),
        ("privkey.pem", &["rsa.key"]),
    ]);
    assert_eq!(first_names(&load(dir.path(), NOW, Keyless::Refused).unwrap()), ["rsa.example"]);
    assert_eq!(first_names(&load_file(&dir, "fullchain.pem").unwrap()), ["rsa.example"]);
}

#[test]
fn names_choose() {
    let dir = dir(&[("w.pem", &["wildcard.crt", "wildcard.key"])]);
    let key = load_file(&dir, "w.pem").unwrap().keys.remove(0);
    assert_eq!(key.matches("WILD.example"), Some(x509::Match::Exact));
    assert_eq!(key.matches("x.wild.example"), Some(x509::Match::Wildcard));
    assert_eq!(key.matches("x.y.wild.example"), None);
    assert_eq!(
        format!("{key:?}"),
        r#"CertifiedKey { names: [DnsName("*.wild.example"), DnsName("wild.example")], .. }"#
    );
}

#[test]
fn a_missing_key_says_where_it_was_looked_for() {
    let dir = dir(&[("a.crt", &["rsa.crt"]), ("b.crt", &["rsa.crt"]), ("b.key", &["rsa.crt"])]);
    let text = "no private key for this certificate: put it into";
    let rest = "(or, of RSA, into a factotum)";
    assert_eq!(refusal(&dir, "a.crt"), format!("a.crt: {text} a.crt or a.key {rest}"));
    assert_eq!(refusal(&dir, "b.crt"), format!("b.crt: {text} b.crt or b.key {rest}"));
    assert_eq!(refusal(&dir, ""), format!("a.crt: {text} a.crt or a.key {rest}"));
}

#[test]
fn another_key_is_refused() {
    let dir = dir(&[
        ("a.crt", &["p256.crt"]),
        ("a.key", &["wildcard.key"]),
        ("b.pem", &["p256.crt", "rsa.key"]),
        ("c.pem", &["rsa.crt", "rsa.key", "p256.key"]),
    ]);
    assert_eq!(refusal(&dir, "a.crt"), "a.crt: the private key in a.key is not this certificate's");
    assert_eq!(refusal(&dir, "b.pem"), "b.pem: the private key is not this certificate's");
    assert_eq!(refusal(&dir, "c.pem"), "c.pem: more than one private key: leave only the certificate's");
}

#[test]
fn keys_that_cannot_be_used_are_refused_with_their_file() {
    let dir = dir(&[
        ("a.pem", &["rsa1024.crt", "rsa1024.key"]),
        ("b.pem", &["p521.crt", "p521.key"]),
        ("c.pem", &["p521.crt", "p256.key"]),
        ("d.pem", &["p256.crt", "encrypted.key"]),
        ("e.pem", &["p256.crt", "headers.key"]),
    ]);
    let bad = |name: &str| match load_file(&dir, name).unwrap_err() {
        Error::BadKey { fault, file } if file == Some(dir.path().join(name)) => fault,
        other => panic!("{other}"),
    };
    assert_eq!(bad("a.pem"), KeyFault::TooSmall);
    assert_eq!(bad("b.pem"), KeyFault::Unsupported);
    assert_eq!(bad("d.pem"), KeyFault::Encrypted);
    assert!(refusal(&dir, "c.pem").starts_with("c.pem: a certificate with a key of the kind 1.3.132.0.35"));
    assert!(refusal(&dir, "e.pem").contains("openssl pkey"));
}

#[test]
fn files_that_are_no_certificates_are_refused() {
    let dir = dir(&[("empty.pem", &[]), ("key.pem", &["rsa.key"]), ("text.pem", &["make.sh"])]);
    assert_eq!(refusal(&dir, "empty.pem"), "empty.pem: the file is empty");
    assert_eq!(refusal(&dir, "key.pem"), "key.pem: no CERTIFICATE section");
    assert!(refusal(&dir, "text.pem").contains("no PEM section"));
    assert!(refusal(&dir, "absent.pem").starts_with("absent.pem: "));
    let bare = TempDir::new().unwrap();
    let text = load(bare.path(), NOW, Keyless::Refused).unwrap_err().to_string();
    assert!(text.ends_with(": no certificate here: put NAME.crt and NAME.key into it"), "{text}");
}

#[test]
fn a_malformed_certificate_of_a_chain_is_refused() {
    let dir = dir(&[("a.pem", &["rsa.crt", "rsa.key"])]);
    let file = dir.path().join("a.pem");
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    fs::write(&file, text).unwrap();
    assert_eq!(refusal(&dir, "a.pem"), "a.pem: malformed certificate: not the form of RFC 5280");
}

#[test]
fn a_chain_has_an_end() {
    let long: Vec<&str> = std::iter::once("p256.key").chain(std::iter::repeat_n("p256.crt", 6)).collect();
    let dir = dir(&[("a.pem", &long)]);
    assert_eq!(refusal(&dir, "a.pem"), "a.pem: more than 10 certificates in one chain");
}

#[test]
fn what_clients_will_refuse_is_a_warning() {
    let dir = dir(&[
        ("expired.pem", &["expired.crt", "expired.key"]),
        ("future.pem", &["future.crt", "future.key"]),
        ("nameless.pem", &["nameless.crt", "nameless.key"]),
        ("order.pem", &["rsa.crt", "stranger.crt", "rsa.key"]),
    ]);
    let warnings = |name: &str| load_file(&dir, name).unwrap().warnings;
    let file = |name: &str| dir.path().join(name);
    let expired = Warning::Expired { file: file("expired.pem"), not_after: 1_009_843_200 };
    assert_eq!(warnings("expired.pem"), [expired]);
    let future = Warning::NotYetValid { file: file("future.pem"), not_before: 4_102_444_800 };
    assert_eq!(warnings("future.pem"), [future]);
    assert_eq!(warnings("nameless.pem"), [Warning::NoNames { file: file("nameless.pem") }]);
    assert_eq!(warnings("order.pem"), [Warning::Unneeded { file: file("order.pem"), place: 3 }]);
    assert_eq!(load(dir.path(), NOW, Keyless::Refused).unwrap().warnings.len(), 4);
}

#[test]
fn a_chain_is_sent_in_its_order_whatever_the_file_s() {
    let dir = dir(&[
        ("right.pem", &["rsa.crt", "root.crt", "rsa.key"]),
        ("wrong.pem", &["root.crt", "intermediate.crt", "rsa.crt", "rsa.key"]),
        ("keyfirst.pem", &["rsa.key", "intermediate.crt", "rsa.crt"]),
    ]);
    let loaded = |name: &str| {
        let Loaded { mut keys, warnings } = load_file(&dir, name).unwrap();
        (keys.remove(0).chain().to_vec(), warnings)
    };
    let (right, warnings) = loaded("right.pem");
    assert_eq!((right.len(), warnings), (3, vec![]));
    let (sorted, warnings) = loaded("wrong.pem");
    assert_eq!(sorted, right);
    let file = |name: &str| dir.path().join(name);
    // The intermediate certificate is there twice, in its own file and behind the leaf.
    let expected = [
        Warning::ChainOrder { file: file("wrong.pem"), place: 1 },
        Warning::Unneeded { file: file("wrong.pem"), place: 4 },
    ];
    assert_eq!(warnings, expected);
    assert!(warnings[0].to_string().ends_with("certificate 1 is out of order: sent in the right one"));
    assert!(warnings[1].to_string().ends_with("certificate 4 is not part of the chain: not sent"));
    assert_eq!(loaded("keyfirst.pem").0, right[..2]);
}

#[test]
fn a_chain_is_completed_from_the_file_beside_it() {
    let dir = dir(&[("a.pem", &["rsa.key"]), ("a.chain", &["intermediate.crt", "root.crt"])]);
    let leaf = String::from_utf8(data("rsa.crt")).unwrap();
    let (leaf, _) = leaf.split_once("-----END CERTIFICATE-----\n").unwrap();
    let file = dir.path().join("a.pem");
    let key = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{leaf}-----END CERTIFICATE-----\n{key}")).unwrap();
    let sent = |name: &str| load_file(&dir, name).unwrap().keys[0].chain().len();
    // Without the root: who trusts it has it.
    assert_eq!(sent("a.pem"), 2);
    // The names that certbot has for the same.
    for (from, to) in [("a.pem", "cert.pem"), ("a.chain", "chain.pem")] {
        fs::rename(dir.path().join(from), dir.path().join(to)).unwrap();
    }
    assert_eq!(sent("cert.pem"), 2);
    fs::write(dir.path().join("chain.pem"), "no certificates").unwrap();
    assert!(refusal(&dir, "cert.pem").starts_with("chain.pem: no PEM section"));
}

#[test]
fn a_response_of_the_issuer_s_is_shown_while_it_holds() {
    let dir = dir(&[("a.pem", &["ocsp/leaf.crt", "ocsp/ca.crt", "ocsp/leaf.key"])]);
    let staple = |bytes: &[u8]| {
        fs::write(dir.path().join("a.ocsp"), bytes).unwrap();
        let Loaded { mut keys, warnings } = load_file(&dir, "a.pem").unwrap();
        (keys.remove(0).staple(NOW).map(<[u8]>::to_vec), warnings)
    };
    let file = dir.path().join("a.ocsp");
    for name in ["good", "delegated"] {
        let good = data(&format!("ocsp/{name}.ocsp"));
        assert_eq!(staple(&good), (Some(good), vec![]), "{name}");
    }
    let key = load_file(&dir, "a.pem").unwrap().keys.remove(0);
    assert_eq!(key.staple(0), None);
    for (bytes, fault) in [
        (data("ocsp/revoked.ocsp"), OcspError::OtherCertificate),
        (data("ocsp/unknown.ocsp"), OcspError::UnknownCertificate),
        (data("ocsp/pretended.ocsp"), OcspError::BadSignature),
        (data("ocsp/refused.ocsp"), OcspError::Refused),
        (b"not a response".to_vec(), OcspError::Malformed),
        (vec![0x30; RESPONSE_LEN_MAX + 1], OcspError::Malformed),
    ] {
        let warning = Warning::Staple { file: file.clone(), fault };
        assert!(warning.to_string().ends_with(": not sent"));
        assert_eq!((staple(&bytes), warning.file()), ((None, vec![warning.clone()]), file.as_path()));
    }
}

#[test]
fn a_key_that_everybody_can_read_is_a_warning() {
    let dir = dir(&[("a.crt", &["p256.crt"]), ("a.key", &["p256.key"])]);
    let key = dir.path().join("a.key");
    fs::set_permissions(dir.path().join("a.crt"), Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    assert_eq!(load_file(&dir, "a.crt").unwrap().warnings, []);
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let warnings = load_file(&dir, "a.crt").unwrap().warnings;
    assert_eq!(warnings, [Warning::OpenKey { file: key.clone() }]);
    assert_eq!(warnings[0].file(), key);
    assert!(
        warnings[0].to_string().ends_with("a.key: everybody can read the private key: chmod o= the file")
    );
}

#[test]
fn a_key_of_rsa_in_no_file_may_be_elsewhere() {
    let dir = dir(&[
        ("a.crt", &["rsa.crt"]),
        ("b.crt", &["p256.crt"]),
        ("c.crt", &["rsa.crt"]),
        ("c.key", &["p256.key"]),
    ]);
    let load = |name: &str| load(&dir.path().join(name), NOW, Keyless::Elsewhere);
    let loaded = load("a.crt").unwrap();
    assert!(loaded.keys[0].key().here().is_none());
    assert_eq!(loaded.warnings, [Warning::KeyElsewhere { file: dir.path().join("a.crt") }]);
    // Factotums have keys of RSA alone, and a wrong key in a file is none in no file.
    assert!(matches!(load("b.crt"), Err(Error::NoKey { .. })));
    assert!(matches!(load("c.crt"), Err(Error::WrongKey { .. })));
}
