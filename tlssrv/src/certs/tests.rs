//! Certificates that change under a running server, and one made in memory.

use std::fs;

use super::*;
use crate::exit::Exit;

fn load(files: &[&Path], names: &[&str]) -> Result<(Certs, Vec<String>), Fatal> {
    Certs::load(
        files.iter().map(|file| file.to_path_buf()).collect(),
        Lifetime::Server,
        Keyless::Refused,
        names.iter().map(|name| (*name).to_owned()).collect(),
        false,
    )
}

/// Writes a certificate for `name` and its key into one file.
fn write_pem(file: &Path, name: &str) {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let cert = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    fs::write(file, cert.pem() + &key.serialize_pem()).unwrap();
}

fn names(certs: &Certs) -> Vec<String> {
    certs.current().0.iter().map(|certified| certified.names()[0].to_string()).collect()
}

#[test]
fn without_any_the_original_s_words_say_so() {
    let fatal = load(&[], &[]).err().unwrap();
    assert_eq!(
        fatal,
        Fatal { exit: Exit::Configuration, text: "no certificate or shared secret".to_owned() }
    );
}

#[test]
fn self_signed_is_for_every_name_and_thirty_days() {
    let (certs, warnings) = load(&[], &["localhost", "*.test.example", "127.0.0.1", "::1"]).unwrap();
    assert!(warnings.is_empty());
    let (all, told) = certs.current();
    assert!(told.is_empty());
    let [certified] = all.as_slice() else { panic!("{} certificates", all.len()) };
    let certificate = certified.certificate();
    let dns: Vec<&str> = certificate.dns_names().iter().map(DnsName::as_str).collect();
    assert_eq!(dns, ["localhost", "*.test.example"]);
    assert_eq!(certificate.ip_addresses(), ["127.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
    let now = seconds(SystemTime::now());
    assert!(
        !certificate.validity().is_ahead(now - 3600) && !certificate.validity().is_over(now + 29 * 86_400)
    );
    assert!(certificate.validity().is_over(now + 31 * 86_400));
}

#[test]
fn a_name_that_is_none_is_refused() {
    let fatal = load(&[], &["a b"]).err().unwrap();
    assert_eq!(fatal.exit, Exit::Configuration);
    assert_eq!(fatal.text, "--self-signed \"a b\": neither a DNS name nor an address");
}

#[test]
fn files_come_before_the_one_in_memory_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("1.pem"), dir.path().join("2.pem"));
    write_pem(&one, "one.example");
    write_pem(&two, "two.example");
    let (certs, _) = load(&[&two, &one, &two], &["mem.example"]).unwrap();
    assert_eq!(names(&certs), ["two.example", "one.example", "mem.example"]);
}

#[test]
fn a_renewed_file_is_used_and_a_broken_one_is_reported_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("c.pem");
    write_pem(&file, "old.example");
    let (certs, _) = load(&[&file], &[]).unwrap();
    assert_eq!(names(&certs), ["old.example"]);
    let fresh = dir.path().join("c.new");
    write_pem(&fresh, "new.example");
    fs::rename(&fresh, &file).unwrap();
    assert_eq!(names(&certs), ["new.example"]);
    fs::write(&file, "nonsense").unwrap();
    let (all, told) = certs.current();
    assert_eq!(all[0].names()[0].as_str(), "new.example");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("c.pem") && told[0].ends_with("stay in use"), "{told:?}");
    assert!(certs.current().1.is_empty());
}

#[test]
fn a_new_file_in_a_directory_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    write_pem(&dir.path().join("a.pem"), "a.example");
    let (certs, _) = load(&[dir.path()], &[]).unwrap();
    assert_eq!(names(&certs), ["a.example"]);
    write_pem(&dir.path().join("b.pem"), "b.example");
    assert_eq!(names(&certs), ["a.example", "b.example"]);
}

#[test]
fn the_one_in_memory_is_replaced_at_half_time() {
    let now = SystemTime::now();
    let made = Made::new(&["localhost".to_owned()], now).unwrap();
    assert!(!made.is_half_over(now + 14 * DAY) && made.is_half_over(now + 16 * DAY));
    assert!(!made.is_half_over(now - DAY));
}
