//! Certificates, the server's and the client's: which one is shown, and what becomes of one that is not believed.

use super::*;

#[test]
fn a_client_shows_its_certificate_to_who_asks() {
    for (version, kind) in [
        (ProtocolVersion::TLS12, Kind::Rsa),
        (ProtocolVersion::TLS12, Kind::P256),
        (ProtocolVersion::TLS12, Kind::Ed25519),
        (ProtocolVersion::TLS11, Kind::Rsa),
        (ProtocolVersion::TLS10, Kind::Rsa),
        (ProtocolVersion::SSL3, Kind::Rsa),
    ] {
        let cert = crate::fixture::certified(kind, &["me.example"]);
        for suite in [Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, Suite::TLS_RSA_WITH_AES_128_CBC_SHA] {
            let row = CipherSuite::by_number(suite).unwrap();
            if !row.is_for(version) {
                continue;
            }
            for piece in [1, 16_384] {
                let (mut client, mut server) = only(row, "rsa.crt", version);
                server.client_auth = ClientAuth::Require(trusting(&cert));
                client.certs = vec![cert.clone()];
                let met = meet(&client, &server, piece);
                let name = format!("{version} {kind:?} {suite:?}");
                met.client.unwrap_or_else(|error| panic!("{name}: {error}"));
                let outcome = met.server.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(outcome.peer_chain, cert.chain(), "{name}");
                assert_same_keys(&met.client_ctl, &met.server_ctl);
                let peer = met.server_ctl.iter().find_map(|line| line.strip_prefix("note peer "));
                assert!(peer.is_some_and(|peer| peer.contains("rcgen")), "{peer:?}");
            }
        }
    }
}

#[test]
fn who_has_no_certificate_is_refused_or_not_as_the_server_likes() {
    let trust = trusting(&crate::fixture::certified(Kind::P256, &["me.example"]));
    let mut asking = server(&["rsa.crt"]);
    asking.client_auth = ClientAuth::Request(trust.clone());
    let met = meet(&client("localhost"), &asking, 16_384);
    assert_eq!(met.server.unwrap().peer_chain, []);
    let mut stranger = client("localhost");
    stranger.certs = vec![certified("selfsigned.crt")];
    let met = meet(&stranger, &asking, 16_384);
    assert_eq!(alerts(&met.server_ctl), ["48"], "a bad one is worse than none");
    asking.client_auth = ClientAuth::Require(trust);
    let met = meet(&client("localhost"), &asking, 16_384);
    let text = met.server.unwrap_err().to_string();
    assert_eq!((text.as_str(), alerts(&met.server_ctl)), ("no certificate from the client", vec!["40"]));
}

#[test]
fn a_client_may_be_known_by_its_hash_alone() {
    let cert = crate::fixture::certified(Kind::P256, &["me.example"]);
    let word = x509::thumb::word(cert.certificate());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("list");
    std::fs::write(&file, format!("x509 {word}\n")).unwrap();
    let list = x509::Thumbprints::read(&file, x509::Absent::Error).unwrap();
    let trust = |pins| Trust { verify: Verify::Insecure, pins: Some(Arc::new(pins)) };
    let known = x509::Pins { trusted: list.clone(), ..Default::default() };
    let mut asking = server(&["rsa.crt"]);
    asking.client_auth = ClientAuth::Require(trust(known.clone()));
    let mut showing = client("localhost");
    showing.certs = vec![cert.clone()];
    assert_eq!(meet(&showing, &asking, 16_384).server.unwrap().peer_chain, cert.chain());
    asking.client_auth = ClientAuth::Request(trust(x509::Pins { excluded: list, ..known }));
    let met = meet(&showing, &asking, 16_384);
    let text = format!("cert for the client not recognized: {word}");
    assert_eq!((met.server.unwrap_err().to_string(), alerts(&met.server_ctl)), (text, vec!["46"]));
}

#[test]
fn the_name_chooses_the_certificate() {
    let server = server(&["p256.crt", "wildcard.crt", "ed25519.crt"]);
    let shown = |name: &str| {
        let met = meet(&client(name), &server, 16_384);
        assert_eq!(met.server.unwrap().server_name.as_deref(), Some(name.to_ascii_lowercase().as_str()));
        met.client.unwrap().peer_chain.remove(0)
    };
    assert_eq!(shown("X.Wild.example"), certified("wildcard.crt").chain()[0]);
    assert_eq!(shown("ed25519.example"), certified("ed25519.crt").chain()[0]);
    assert_eq!(shown("localhost"), certified("p256.crt").chain()[0]);
    // The default is for another name, and the client says so.
    let met = meet(&client("nowhere.example"), &server, 16_384);
    assert_eq!(alerts(&met.client_ctl), ["42"]);
}

#[test]
fn a_strict_server_refuses_unknown_names() {
    let mut server = server(&["p256.crt"]);
    server.strict_sni = true;
    let met = meet(&client("nowhere.example"), &server, 16_384);
    assert_eq!((alerts(&met.server_ctl), alerts(&met.client_ctl)), (vec!["112"], vec![]));
    assert!(matches!(met.client, Err(Error::Device(_))));
    assert!(meet(&client("127.0.0.1"), &server, 16_384).client.is_ok(), "an address is no unknown name");
}

#[test]
fn expired_and_other_bad_certificates_are_refused_by_alert() {
    let refused = |cert: &str| {
        let met = meet(&client("localhost"), &server(&[cert]), 16_384);
        (alerts(&met.client_ctl).join(" "), met.server.unwrap_err().to_string())
    };
    assert_eq!(refused("expired.crt"), ("45".to_owned(), "expired certificate".to_owned()));
    assert_eq!(refused("selfsigned.crt"), ("48".to_owned(), "unknown certificate authority".to_owned()));
    let mut insecure = client("localhost");
    insecure.verify = Verify::Insecure;
    for cert in ["expired.crt", "selfsigned.crt"] {
        assert!(meet(&insecure, &server(&[cert]), 1).client.is_ok(), "{cert}");
    }
}
