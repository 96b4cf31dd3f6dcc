//! Tables of what is chosen.

use super::*;
use crate::fixture::{Kind, certified};
use crate::msg::ext::ClientExtension;
use crate::sec::kx::GROUPS;

use ProtocolVersion as V;

fn hello(version: u16, listed: Option<&[u16]>, suites: &[u16]) -> ClientHello {
    let listed = listed.map(|listed| listed.iter().copied().map(ProtocolVersion).collect());
    ClientHello {
        version: ProtocolVersion(version),
        random: [0; 32],
        session_id: Vec::new(),
        suites: suites.iter().copied().map(Suite).collect(),
        compressions: vec![0],
        extensions: listed.map(ClientExtension::SupportedVersions).into_iter().collect(),
    }
}

fn with(extension: ClientExtension) -> ClientHello {
    ClientHello { extensions: vec![extension], ..hello(0x0303, None, &[0xc02f]) }
}

fn conf() -> ServerConf {
    ServerConf::new(vec![certified(Kind::P256, &["a.example"])])
}

/// The version chosen, or the alert.
fn chosen(ours: &[V], version_sent: u16, listed: Option<&[u16]>, suites: &[u16]) -> Result<u16, u8> {
    match version(&hello(version_sent, listed, suites), ours) {
        Ok(version) => Ok(version.0),
        Err(error) => Err(error.alert().unwrap().0),
    }
}

#[test]
fn versions_of_a_server_that_has_only_tls12() {
    for (sent, listed, expected) in [
        (0x0303, None, Ok(0x0303)),
        (0x0304, None, Ok(0x0303)),
        (0x03ff, None, Ok(0x0303)),
        (0x0302, None, Err(70)),
        (0x0301, None, Err(70)),
        (0x0300, None, Err(70)),
        (0x02ff, None, Err(70)),
        (0x0002, None, Err(70)),
        (0x0400, None, Err(70)),
        (0xffff, None, Err(70)),
        (0x0303, Some(&[0x0304, 0x0303][..]), Ok(0x0303)),
        (0x0303, Some(&[0x0303]), Ok(0x0303)),
        (0x0303, Some(&[0x7a7a, 0x0304, 0x0303]), Ok(0x0303)),
        (0x0303, Some(&[0x0304]), Err(70)),
        (0x0303, Some(&[0x7a7a]), Err(70)),
        (0x0303, Some(&[0x0302, 0x0301]), Err(70)),
        (0x0301, Some(&[0x0304, 0x0303]), Ok(0x0303)),
    ] {
        assert_eq!(chosen(&[V::TLS12], sent, listed, &[0xc02f]), expected, "{sent:#x} {listed:x?}");
    }
}

#[test]
fn versions_of_a_server_that_has_two() {
    let ours = [V::TLS13, V::TLS12];
    assert_eq!(chosen(&ours, 0x0303, Some(&[0x0303, 0x0304]), &[1]), Ok(0x0304));
    assert_eq!(chosen(&ours, 0x0303, Some(&[0x0303]), &[1]), Ok(0x0303));
    assert_eq!(chosen(&ours, 0x0303, None, &[1]), Ok(0x0303));
    assert_eq!(chosen(&ours, 0x0302, None, &[1]), Err(70));
}

#[test]
fn a_fallback_is_refused_where_better_was_possible() {
    let scsv = &[0xc02f, 0x5600];
    assert_eq!(chosen(&[V::TLS12], 0x0303, None, scsv), Ok(0x0303));
    assert_eq!(chosen(&[V::TLS12], 0x0302, None, scsv), Err(86));
    assert_eq!(chosen(&[V::TLS12], 0x0301, None, scsv), Err(86));
    assert_eq!(chosen(&[V::TLS12], 0x0303, Some(&[0x0304, 0x0303]), scsv), Ok(0x0303));
    assert_eq!(chosen(&[V::TLS13, V::TLS12], 0x0303, None, scsv), Err(86));
    assert_eq!(chosen(&[V::TLS13, V::TLS12], 0x0303, Some(&[0x0304, 0x0303]), scsv), Ok(0x0304));
}

#[test]
fn the_servers_order_of_groups_counts() {
    let chosen =
        |theirs: &[Group]| group(&with(ClientExtension::SupportedGroups(theirs.to_vec())), &conf(), &GROUPS);
    assert_eq!(chosen(&[Group::SECP384R1, Group::SECP256R1, Group::X25519]), Some(Group::X25519));
    assert_eq!(chosen(&[Group::SECP384R1, Group::SECP256R1]), Some(Group::SECP256R1));
    assert_eq!(chosen(&[Group(0x0a0a), Group::SECP384R1]), Some(Group::SECP384R1));
    assert_eq!(chosen(&[Group::SECP521R1, Group::X448]), None);
    assert_eq!(group(&hello(0x0303, None, &[1]), &conf(), &GROUPS), None);
    let conf = ServerConf { groups: vec![Group::SECP384R1], ..conf() };
    let both = ClientExtension::SupportedGroups(vec![Group::X25519, Group::SECP384R1]);
    assert_eq!(group(&with(both), &conf, &GROUPS), Some(Group::SECP384R1));
}

#[test]
fn the_servers_order_of_protocols_counts() {
    let offers = |protocols: &[&str]| {
        with(ClientExtension::Alpn(protocols.iter().map(|name| name.as_bytes().to_vec()).collect()))
    };
    let ours = ServerConf { alpn: vec!["h2".to_owned(), "http/1.1".to_owned()], ..conf() };
    assert_eq!(protocol(&offers(&["http/1.1", "h2"]), &ours).unwrap(), Some("h2"));
    assert_eq!(protocol(&offers(&["http/1.1", "x"]), &ours).unwrap(), Some("http/1.1"));
    assert_eq!(protocol(&offers(&["ftp", "H2"]), &ours).unwrap_err().alert().unwrap().0, 120);
    assert_eq!(protocol(&hello(0x0303, None, &[1]), &ours).unwrap(), None);
    assert_eq!(protocol(&offers(&["ftp"]), &conf()).unwrap(), None);
}
