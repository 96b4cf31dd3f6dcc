//! Names that clients send, good and bad.

use tlswire::{ProtocolVersion, Suite};

use super::*;
use crate::msg::ext::{ClientExtension, Name};

fn parsed(name: &str) -> Option<String> {
    ServerName::parse(name.as_bytes()).unwrap().map(ServerName::into_string)
}

fn hello(names: Vec<Name>) -> ClientHello {
    ClientHello {
        version: ProtocolVersion::TLS12,
        random: [0; 32],
        session_id: Vec::new(),
        suites: vec![Suite(0xc02f)],
        compressions: vec![0],
        extensions: vec![ClientExtension::ServerName(names)],
    }
}

#[test]
fn names_are_folded_to_lower_case_without_one_final_dot() {
    assert_eq!(parsed("WWW.Example.COM").unwrap(), "www.example.com");
    assert_eq!(parsed("www.example.com.").unwrap(), "www.example.com");
    assert_eq!(parsed("localhost").unwrap(), "localhost");
    assert_eq!(parsed("a").unwrap(), "a");
    assert_eq!(parsed("_dmarc.xn--bcher-kva.example").unwrap(), "_dmarc.xn--bcher-kva.example");
    assert_eq!(parsed("1.2.3.4.example").unwrap(), "1.2.3.4.example");
}

#[test]
fn addresses_are_passed_over() {
    for address in ["192.0.2.1", "192.0.2.1.", "::1", "2001:db8::1", "[2001:db8::1]"] {
        assert_eq!(parsed(address), None, "{address}");
    }
}

#[test]
fn lengths_are_those_of_the_dns() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    assert_eq!(longest.len(), 253);
    assert_eq!(parsed(&longest).unwrap(), longest);
    assert_eq!(parsed(&format!("{longest}.")).unwrap(), longest);
    for bad in [format!("a{longest}"), "a".repeat(64), "a".repeat(255), "a.".repeat(30_000)] {
        assert_eq!(ServerName::parse(bad.as_bytes()).unwrap_err().alert().unwrap().0, 47);
    }
}

#[test]
fn what_no_host_name_contains_is_refused() {
    for bad in [
        &b"."[..],
        b"..",
        b"a..b",
        b".a",
        b"a..",
        b"a\0b",
        b"a b",
        b"a\nb",
        b"a/b",
        b"../etc",
        b"*.example",
        b"a:443",
        b"b\xc3\xbccher.example",
        b"\xff",
        b"\x7f",
        b"a'b",
        b"user@host",
    ] {
        let error = ServerName::parse(bad).unwrap_err();
        assert_eq!(error.alert().unwrap().0, 47, "{}", bad.escape_ascii());
        assert!(error.to_string().is_ascii());
    }
}

#[test]
fn a_name_of_an_unknown_type_is_no_name() {
    let unknown = Name { typ: 1, bytes: b"a/b".to_vec() };
    assert_eq!(server_name(&hello(vec![unknown.clone()])).unwrap(), None);
    let host = Name { typ: HOST_NAME, bytes: b"A.example".to_vec() };
    let name = server_name(&hello(vec![unknown, host])).unwrap().unwrap();
    assert_eq!(name.as_str(), "a.example");
    assert_eq!(name.to_string(), "a.example");
}

#[test]
fn no_extension_is_no_name() {
    let hello = ClientHello { extensions: Vec::new(), ..hello(Vec::new()) };
    assert_eq!(server_name(&hello).unwrap(), None);
}
