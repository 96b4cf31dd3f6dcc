//! Both roles with what RFC 6066 and RFC 8449 add, in TLS 1.2 and TLS 1.3.

use factotum::Keyless;

use super::*;
use crate::fixture::tls13_algs;
use crate::{MaxFragment, Ocsp};

const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::TLS12, ProtocolVersion::TLS13];

/// A server of this version with the certificate of the responses, which shows the one of this file if there is one.
fn stapling(version: ProtocolVersion, response: Option<&str>) -> ServerConf {
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read(data(&format!("ocsp/{name}"))).unwrap();
    std::fs::write(dir.path().join("a.pem"), [read("leaf.crt"), read("leaf.key")].concat()).unwrap();
    if let Some(response) = response {
        std::fs::write(dir.path().join("a.ocsp"), read(response)).unwrap();
    }
    let mut loaded = factotum::load(&dir.path().join("a.pem"), NOW, Keyless::Refused).unwrap();
    assert_eq!(loaded.warnings.iter().filter(|it| it.to_string().contains("OCSP")).count(), 0);
    let conf = ServerConf::new(vec![Arc::new(loaded.keys.remove(0))]);
    ServerConf { now: NOW, versions: vec![version], ..conf }
}

/// Trusts the authority of the responses.
fn asking(ocsp: Ocsp) -> ClientConf {
    let roots = Arc::new(Roots::from_file(&data("ocsp/ca.crt")).unwrap());
    let verify = Verify::Roots { roots, now: NOW };
    ClientConf { ocsp, ..ClientConf::new(Some(server_name("localhost").unwrap()), verify) }
}

fn met(client: &ClientConf, server: &ServerConf, piece: usize) -> Met {
    meet_on(&tls13_algs(), client, server, piece, [Box::new(|_| {}), Box::new(|_| {})])
}

fn maxrecs(ctl: &[String]) -> Vec<(usize, &str)> {
    let lines = ctl.iter().enumerate();
    lines.filter_map(|(at, line)| Some((at, line.strip_prefix("maxrec ")?))).collect()
}

/// Where a line that begins so stands.
fn place(ctl: &[String], begin: &str) -> usize {
    ctl.iter().position(|line| line.starts_with(begin)).unwrap()
}

#[test]
fn a_staple_is_shown_and_believed_in_every_cut() {
    for version in VERSIONS {
        for name in ["good.ocsp", "good.sha256.ocsp", "delegated.ocsp"] {
            for piece in [1, 7, 16_384] {
                let met = met(&asking(Ocsp::Require), &stapling(version, Some(name)), piece);
                let outcome = met.client.unwrap_or_else(|error| panic!("{version} {name}: {error}"));
                assert_eq!((outcome.version, met.server.is_ok()), (version, true));
            }
        }
    }
}

#[test]
fn who_requires_a_staple_and_gets_none_ends_and_who_asks_does_not() {
    for version in VERSIONS {
        let server = stapling(version, None);
        assert!(met(&asking(Ocsp::Ask), &server, 16_384).client.is_ok(), "{version}");
        let met = met(&asking(Ocsp::Require), &server, 16_384);
        assert_eq!(met.client.unwrap_err().to_string(), "the server shows no OCSP response", "{version}");
        assert_eq!(alerts(&met.client_ctl), ["113"], "{version}");
    }
}

#[test]
fn a_staple_of_nobody_is_refused() {
    // The server has only its own certificate and cannot know better.
    for version in VERSIONS {
        let met = met(&asking(Ocsp::Ask), &stapling(version, Some("strange.ocsp")), 16_384);
        let text = "the OCSP response is not signed by the issuer";
        assert_eq!(met.client.unwrap_err().to_string(), text, "{version}");
        assert_eq!(alerts(&met.client_ctl), ["113"], "{version}");
    }
}

#[test]
fn limits_of_records_reach_both_devices_before_the_records_that_they_are_for() {
    for version in VERSIONS {
        let (mut client, mut server) = (client("localhost"), server(&["rsa.crt"]));
        client.record_len_max = Some(600);
        server.record_len_max = 700;
        server.versions = vec![version];
        let met = met(&client, &server, 16_384);
        assert!(met.client.is_ok() && met.server.is_ok(), "{version}");
        // Offered for TLS 1.3, the client's limit has room for the byte that TLS 1.2 has not.
        let clients = if version == ProtocolVersion::TLS13 { 600 } else { 601 };
        let (at_client, at_server) = (format!("700 {clients}"), format!("{clients} 700"));
        for (ctl, expected) in [(&met.client_ctl, &at_client), (&met.server_ctl, &at_server)] {
            let [(at, line)] = maxrecs(ctl)[..] else { panic!("{version}: {ctl:?}") };
            assert_eq!(line, expected, "{version}");
            // Protected records alone are limited.
            assert!(at > place(ctl, "changecipher") && at < place(ctl, "opened"), "{version}: {ctl:?}");
        }
        if version == ProtocolVersion::TLS12 {
            client.versions = vec![version];
            let met = meet(&client, &server, 16_384);
            assert_eq!(maxrecs(&met.server_ctl).first().unwrap().1, "600 700");
        }
    }
}

#[test]
fn a_length_of_fragments_is_the_same_on_both_devices() {
    for version in VERSIONS {
        for len in [512, 1024, 2048, 4096] {
            let (mut client, mut server) = (client("localhost"), server(&["rsa.crt"]));
            client.max_fragment = MaxFragment::of_len(len);
            server.versions = vec![version];
            let met = met(&client, &server, 16_384);
            assert!(met.client.is_ok() && met.server.is_ok(), "{version} {len}");
            for ctl in [&met.client_ctl, &met.server_ctl] {
                let [(_, line)] = maxrecs(ctl)[..] else { panic!("{version}: {ctl:?}") };
                assert_eq!(line, format!("{len} {len}"), "{version}");
            }
        }
    }
}

#[test]
fn of_two_limits_the_newer_is_agreed_on() {
    for version in VERSIONS {
        let (mut client, mut server) = (client("localhost"), server(&["rsa.crt"]));
        client.max_fragment = MaxFragment::of_len(512);
        client.record_len_max = Some(2_000);
        server.versions = vec![version];
        let met = met(&client, &server, 16_384);
        assert!(met.client.is_ok() && met.server.is_ok(), "{version}");
        assert!(maxrecs(&met.client_ctl)[0].1.starts_with("16384 200"), "{version}");
    }
}

#[test]
fn a_device_that_knows_no_limit_ends_the_handshake() {
    use crate::fixture::{Script, algs, ready};
    use crate::msg::Body as _;
    use crate::msg::ext::ClientExtension;
    use crate::msg::hello::{ClientHello, NULL_COMPRESSION};
    let hello = ClientHello {
        version: ProtocolVersion::TLS12,
        random: [7; 32],
        session_id: Vec::new(),
        suites: SUITES.iter().map(|row| row.suite).collect(),
        compressions: vec![NULL_COMPRESSION],
        extensions: vec![
            ClientExtension::SupportedGroups(vec![Group::X25519]),
            ClientExtension::SignatureAlgorithms(crate::sec::verify::offered(&Allow::default())),
            ClientExtension::MaxFragmentLength(MaxFragment::of_len(512).unwrap()),
        ],
    };
    let mut script = Script::new([hello.encode().unwrap()]);
    script.refused = Some(("maxrec", "unknown control request"));
    let conf = server(&["rsa.crt"]);
    let error = ready(tls_server(&mut script, &algs(), &conf, None)).unwrap_err();
    assert_eq!(error.to_string(), "can't limit records: unknown control request");
    assert_eq!(script.alerts(), [80]);
}
