//! PEM: what passes, and that nothing passes silently.

use super::*;

const RSA_CRT: &str = include_str!("../../tests/data/rsa.crt");
const P256_KEY: &str = include_str!("../../tests/data/p256.key");

fn cut(text: &str) -> Result<Vec<Section>, Error> {
    sections(text.as_bytes(), Path::new("f.pem"))
}

/// The fault, its section and its line.
fn fault(text: &str) -> (PemFault, String, usize) {
    match cut(text) {
        Err(Error::Pem { section, line, fault, file }) => {
            assert_eq!(file, Path::new("f.pem"));
            (fault, section, line)
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn a_chain_and_its_key_come_in_the_order_of_the_file() {
    let found = cut(&format!("{RSA_CRT}{P256_KEY}")).unwrap();
    let labels: Vec<&Label> = found.iter().map(|s| &s.label).collect();
    assert_eq!(labels, [&Label::Certificate, &Label::Certificate, &Label::PrivateKey]);
    assert_eq!(certificates(&found).len(), 2);
    assert_eq!(found[0].line, 1);
    assert_eq!(&found[0].der[..2], [0x30, 0x82]);
}

#[test]
fn carriage_returns_marks_and_text_around_do_not_matter() {
    let plain = cut(RSA_CRT).unwrap();
    let dressed = format!("{}\r\nsubject: a man\r\n", RSA_CRT.replace('\n', " \r\n"));
    let text = format!("\u{feff}Bag Attributes: none\n\n{dressed}");
    let dressed = format!("\u{feff}{dressed}");
    for text in [dressed, text] {
        let found = cut(&text).unwrap();
        assert_eq!(found.len(), plain.len());
        assert!(found.iter().zip(&plain).all(|(a, b)| a.der == b.der));
    }
}

#[test]
fn one_long_line_is_as_good_as_many() {
    let body: String = P256_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let found = cut(&format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----")).unwrap();
    assert!(found[0].der == cut(P256_KEY).unwrap()[0].der);
}

#[test]
fn labels_of_keys_are_known_and_others_are_kept_by_name() {
    for (name, label, is_key) in [
        ("PRIVATE KEY", Label::PrivateKey, true),
        ("RSA PRIVATE KEY", Label::RsaPrivateKey, true),
        ("EC PRIVATE KEY", Label::EcPrivateKey, true),
        ("ENCRYPTED PRIVATE KEY", Label::EncryptedPrivateKey, true),
        ("EC PARAMETERS", Label::Other("EC PARAMETERS".to_owned()), false),
        ("TRUSTED CERTIFICATE", Label::Other("TRUSTED CERTIFICATE".to_owned()), false),
    ] {
        let found = cut(&format!("-----BEGIN {name}-----\nAAAA\n-----END {name}-----\n")).unwrap();
        assert_eq!(found[0].label, label);
        assert_eq!(found[0].label.is_key(), is_key);
        assert_eq!(found[0].der.as_slice(), [0, 0, 0]);
    }
}

#[test]
fn headers_are_refused_by_line() {
    let text = include_str!("../../tests/data/headers.key");
    assert_eq!(fault(text), (PemFault::Headers, "EC PRIVATE KEY".to_owned(), 2));
}

#[test]
fn bad_base64_is_refused() {
    let wrap = |body: &str| format!("-----BEGIN X-----\n{body}\n-----END X-----\n");
    for body in ["AAA", "AA==AAAA", "AA=", "AAA*", "AA AA", "", "AAB=", "\u{e9}AAA", "AAAA===="] {
        assert_eq!(fault(&wrap(body)), (PemFault::Base64, "X".to_owned(), 3), "{body}");
    }
    assert_eq!(cut(&wrap("AAE=")).unwrap()[0].der.as_slice(), [0, 1]);
}

#[test]
fn broken_boundaries_are_refused() {
    let x = "X".to_owned();
    assert_eq!(fault("-----BEGIN X-----\nAAAA\n"), (PemFault::NoEnd, x.clone(), 1));
    assert_eq!(fault("-----BEGIN X-----\nAAAA\n-----END Y-----\n"), (PemFault::NoEnd, x.clone(), 3));
    assert_eq!(fault("-----BEGIN X-----\nAAAA\n-----BEGIN X-----\n"), (PemFault::NoEnd, x.clone(), 3));
    assert_eq!(fault("text\n-----END X-----\n"), (PemFault::NoBegin, x, 2));
    assert_eq!(fault("-----BEGIN X----\n"), (PemFault::BadBoundary, "X----".to_owned(), 1));
    assert_eq!(fault("-----BEGIN -----\n").0, PemFault::BadBoundary);
}

#[test]
fn no_prefix_of_a_chain_passes_as_the_chain() {
    let whole = cut(RSA_CRT).unwrap().len();
    // The last newline may be missing.
    for end in 0..RSA_CRT.len() - 1 {
        let shorter = cut(&RSA_CRT[..end]).map_or(0, |found| found.len());
        assert!(shorter < whole, "{end}");
    }
}

#[test]
fn nothing_and_no_pem_are_told_apart() {
    assert!(matches!(cut(""), Err(Error::Empty { .. })));
    assert!(matches!(cut("hello\n"), Err(Error::NotPem { .. })));
    assert!(matches!(sections(b"\x30\x82\x01\x00\xff", Path::new("f")), Err(Error::NotPem { .. })));
}

#[test]
fn a_file_that_cannot_be_read_or_is_too_long_is_named() {
    let missing = Path::new("/nonexistent/x.pem");
    let text = read(missing).err().unwrap().to_string();
    assert!(text.starts_with("/nonexistent/x.pem: "), "{text}");
    let text = read(Path::new("/dev/zero")).err().unwrap().to_string();
    assert_eq!(text, "/dev/zero: longer than 4194304 bytes");
}

#[test]
fn the_error_says_where() {
    let text = cut("-----BEGIN X-----\n!\n-----END X-----\n").err().unwrap().to_string();
    assert_eq!(text, "f.pem:3: section X: bad base64");
}
