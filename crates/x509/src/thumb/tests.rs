//! Files as people write them, each form of each hash, and what is excluded. The hashes are OpenSSL's.

use std::fs;
use std::path::Path;

use super::*;

fn certificate(name: &str) -> Certificate {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    Certificate::from_der(&pem::read(&file).unwrap()[0].der).unwrap()
}

/// Reads `text` as a file of its own.
fn read(text: &str) -> Result<Thumbprints, Error> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("list");
    fs::write(&file, text).unwrap();
    Thumbprints::read(&file, Absent::Error)
}

fn trusts(line: &str, name: &str) -> bool {
    read(line).unwrap().contains(&certificate(name))
}

#[test]
fn every_form_of_every_hash_is_found() {
    for (name, words) in KNOWN {
        for word in *words {
            assert!(trusts(&format!("x509 {word} cn=anything"), name), "{name}: {word}");
            let other = if *name == "rsa.crt" { "p256.crt" } else { "rsa.crt" };
            assert!(!trusts(&format!("x509 {word}"), other), "{name}: {word}");
        }
    }
}

#[test]
fn the_word_for_a_certificate_is_found_in_a_file() {
    for name in ["rsa.crt", "p256.crt", "p384.crt", "ed25519.crt"] {
        let word = word(&certificate(name));
        assert!(!word.ends_with('='), "{word}");
        assert!(trusts(&format!("x509 {word}"), name));
    }
}

#[test]
fn lines_for_others_and_comments_say_nothing() {
    let word = KNOWN[0].1[0];
    for line in [
        "",
        "x509",
        "# a comment",
        &format!("# x509 {word}"),
        &format!("ssh {word}"),
        &format!("x509 cn=x {word}"),
        "x509 md5=00",
    ] {
        assert_eq!(read(line).unwrap(), Thumbprints::default(), "{line:?}");
    }
    assert!(trusts(&format!("# mine\r\n\n  x509\t{word}\r\n"), KNOWN[0].0));
}

#[test]
fn a_malformed_hash_is_named_with_its_file() {
    for value in
        ["sha1=", "sha1=00", "sha256=xyz", "sha256=AAAA", &format!("sha1={}", "0".repeat(41)), "sha1=é"]
    {
        let error = read(&format!("x509 {value}")).unwrap_err().to_string();
        let (_, hash) = value.split_once('=').unwrap();
        assert!(
            error.starts_with("malformed x509 entry in /") && error.ends_with(&format!("list: {hash}")),
            "{error}"
        );
    }
}

#[test]
fn an_absent_file_is_an_error_unless_the_original_is_wanted_and_a_directory_always() {
    let dir = tempfile::tempdir().unwrap();
    let absent = dir.path().join("absent");
    assert!(matches!(Thumbprints::read(&absent, Absent::Error), Err(Error::Unreadable { .. })));
    assert_eq!(Thumbprints::read(&absent, Absent::Empty).unwrap(), Thumbprints::default());
    for when in [Absent::Error, Absent::Empty] {
        assert!(matches!(Thumbprints::read(dir.path(), when), Err(Error::Unreadable { .. })));
    }
    let list = dir.path().join("list");
    fs::write(&list, "#include absent\n").unwrap();
    assert!(matches!(Thumbprints::read(&list, Absent::Error), Err(Error::Unreadable { .. })));
    assert_eq!(Thumbprints::read(&list, Absent::Empty).unwrap(), Thumbprints::default());
}

#[test]
fn files_include_each_other_up_to_a_depth() {
    let dir = tempfile::tempdir().unwrap();
    let line = format!("x509 {}\n", KNOWN[0].1[0]);
    for depth in 0..10 {
        let text = match depth {
            0 => line.clone(),
            1 => format!("#include {}\n", dir.path().join("0").display()),
            2 => "#include '1'\n".to_owned(),
            depth => format!("#include {}\n", depth - 1),
        };
        fs::write(dir.path().join(depth.to_string()), text).unwrap();
    }
    assert!(
        Thumbprints::read(&dir.path().join("8"), Absent::Error).unwrap().contains(&certificate(KNOWN[0].0))
    );
    let error = Thumbprints::read(&dir.path().join("9"), Absent::Error).unwrap_err().to_string();
    assert!(error.starts_with("too many includes, last file /"), "{error}");
    fs::write(dir.path().join("itself"), "#include itself\n").unwrap();
    assert!(Thumbprints::read(&dir.path().join("itself"), Absent::Error).is_err());
}

/// Those that `trusted` lists but not those that `excluded` does, by SHA-1 too.
fn pins(trusted: &str, excluded: Option<&str>) -> Pins {
    let list = |word: &str| read(&format!("x509 {word}")).unwrap();
    Pins { trusted: list(trusted), excluded: excluded.map(list).unwrap_or_default(), trusts_sha1: true }
}

#[test]
fn what_is_excluded_by_one_hash_is_not_trusted_by_another() {
    for (name, words) in KNOWN {
        let certificate = certificate(name);
        for trusted in *words {
            assert_eq!(pins(trusted, None).verify(&certificate, "x"), Ok(()), "{name}: {trusted}");
            for excluded in *words {
                let pins = pins(trusted, Some(excluded));
                assert!(pins.verify(&certificate, "x").is_err(), "{name}: {trusted} without {excluded}");
            }
        }
    }
    assert!(Pins::default().verify(&certificate("rsa.crt"), "x").is_err());
}

#[test]
fn sha1_trusts_only_where_that_is_wanted_and_excludes_always() {
    let (name, words) = KNOWN[0];
    let certificate = certificate(name);
    let (sha1, sha256) = (words[0], words[3]);
    let without_sha1 = |pins: Pins| Pins { trusts_sha1: false, ..pins };
    assert!(without_sha1(pins(sha1, None)).verify(&certificate, "x").is_err());
    assert!(without_sha1(pins(sha256, Some(sha1))).verify(&certificate, "x").is_err());
    assert_eq!(without_sha1(pins(sha256, None)).verify(&certificate, "x"), Ok(()));
}

#[test]
fn a_certificate_that_is_not_known_is_told_with_the_word_to_add() {
    let pins = pins(KNOWN[0].1[0], None);
    let error = pins.verify(&certificate("p256.crt"), "mail.example").unwrap_err();
    let text = "cert for mail.example not recognized: sha256=+DoFeIU9RxCgujdISCO6InKBf6ehPXFAIbRRoNbO5BA";
    assert_eq!(error.to_string(), text);
}

/// Of each certificate: SHA-1 and SHA-256 of it, SHA-256 of its public key (`openssl x509 -outform der | openssl dgst`,
/// `openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst`), and for the curve that of 9front's form.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "rsa.crt",
        &[
            "sha1=bec5bfcdbb8f45f37e8b958494b66fadea73973c",
            "sha1=vsW/zbuPRfN+i5WElLZvrepzlzw=",
            "sha1=vsW/zbuPRfN+i5WElLZvrepzlzw",
            "sha256=FA555D67735DEEBC40B68E4170C3979AA5FB6F939EEC2A4215EF2B7E660D578C",
            "sha256=+lVdZ3Nd7rxAto5BcMOXmqX7b5Oe7CpCFe8rfmYNV4w=",
            "sha256=+lVdZ3Nd7rxAto5BcMOXmqX7b5Oe7CpCFe8rfmYNV4w",
            "sha256=d7e54766364dedf6fee8b3cd91c18cb88969f094b7ea4a4302ef82a53a663ead",
            "sha256=1+VHZjZN7fb+6LPNkcGMuIlp8JS36kpDAu+CpTpmPq0",
        ],
    ),
    (
        "p256.crt",
        &[
            "sha1=57497c09d64827bcde09a6d099705b45b0a11b98",
            "sha1=V0l8CdZIJ7zeCabQmXBbRbChG5g=",
            "sha1=V0l8CdZIJ7zeCabQmXBbRbChG5g",
            "sha256=8806D2F48AC9568F35232CDE3409A8532C7327AA48EC12F74FA8243136F6809B",
            "sha256=iAbS9IrJVo81IyzeNAmoUyxzJ6pI7BL3T6gkMTb2gJs=",
            "sha256=iAbS9IrJVo81IyzeNAmoUyxzJ6pI7BL3T6gkMTb2gJs",
            "sha256=f83a0578853d4710a0ba37484823ba2272817fa7a13d714021b451a0d6cee410",
            "sha256=+DoFeIU9RxCgujdISCO6InKBf6ehPXFAIbRRoNbO5BA",
            "sha256=bLYM0/7nwwNLSSkOr35KVHXPz3ScekrRp7PucSwfJqM",
        ],
    ),
];
