//! Every suite, with what goes with it; and what is not done because it is off, or because a secret takes its place.

use super::*;

#[test]
fn every_suite_in_every_version_with_every_group_and_kind_of_key_in_every_cut() {
    for row in &SUITES {
        let certs: &[&str] = match row.auth {
            Auth::Rsa | Auth::Psk => &["rsa.crt"],
            Auth::Ecdsa => &["p256.crt", "p384.crt", "ed25519.crt"],
        };
        let groups: &[Group] = match row.kx.has_curve() {
            true => &[Group::X25519, Group::SECP256R1, Group::SECP384R1],
            false => &[Group::X25519],
        };
        for (version, _) in VERSIONS.iter().filter(|(version, _)| row.is_for(*version)) {
            for (&cert, &group) in certs.iter().flat_map(|cert| groups.iter().map(move |group| (cert, group)))
            {
                for piece in [1, 7, 16_384] {
                    // The client keeps all groups: they are also the curves that it takes in certificates.
                    let (client, mut server) = only(row, cert, *version);
                    server.groups = vec![group];
                    let name = format!("{row:?} {version} {cert} {piece}");
                    let met = meet(&client, &server, piece);
                    let ours = met.client.unwrap_or_else(|error| panic!("{name}: {error}"));
                    let theirs = met.server.unwrap_or_else(|error| panic!("{name}: {error}"));
                    let group = match row.kx {
                        Kx::Ecdhe | Kx::EcdhePsk => Some(group),
                        Kx::Dhe => Some(Group::FFDHE2048),
                        Kx::Rsa | Kx::Psk => None,
                    };
                    for outcome in [&ours, &theirs] {
                        assert_eq!(
                            (outcome.version, outcome.suite, outcome.group),
                            (*version, row.suite, group),
                            "{name}"
                        );
                        let is_new = *version > ProtocolVersion::SSL3;
                        assert_eq!(outcome.extended_master_secret, is_new, "{name}");
                        assert_eq!(
                            outcome.encrypt_then_mac,
                            is_new && row.encalg.ends_with("_cbc"),
                            "{name}"
                        );
                        let identity = (row.auth == Auth::Psk).then(|| b"p9secret".to_vec());
                        assert_eq!(outcome.psk_identity, identity, "{name}");
                    }
                    let shown = if row.auth == Auth::Psk { &[] } else { server.certs[0].chain() };
                    assert_eq!(ours.peer_chain, shown, "{name}");
                    assert_same_keys(&met.client_ctl, &met.server_ctl);
                }
            }
        }
    }
}

#[test]
fn what_is_not_allowed_on_either_side_is_not_done() {
    for row in SUITES.iter().filter(|row| !row.is_allowed(&Allow::default())) {
        let cert = if row.auth == Auth::Rsa { "rsa.crt" } else { "p256.crt" };
        let (client, mut server) = only(row, cert, ProtocolVersion::TLS12);
        server.allow = Allow::default();
        let met = meet(&client, &server, 16_384);
        assert_eq!(met.server.unwrap_err().to_string(), "no matching cipher suite", "{row:?}");
        let (mut client, _) = only(row, cert, ProtocolVersion::TLS12);
        client.allow = Allow::default();
        assert!(matches!(algs().usable(&client.wanted()), Err(Error::NoSuite)), "{row:?}");
    }
    let row = CipherSuite::by_number(Suite::TLS_RSA_WITH_AES_128_CBC_SHA).unwrap();
    for version in [ProtocolVersion::SSL3, ProtocolVersion::TLS10, ProtocolVersion::TLS11] {
        let (client, mut server) = only(row, "rsa.crt", version);
        server.allow = [Old::Rsa, Old::Cbc].into_iter().collect();
        server.versions = VERSIONS.iter().map(|(version, _)| *version).collect();
        let met = meet(&client, &server, 16_384);
        assert_eq!(alerts(&met.server_ctl), ["70"], "{version}");
    }
}

#[test]
fn with_a_shared_secret_there_is_no_other_way_in() {
    let mut with_secret = server(&["rsa.crt"]);
    with_secret.psks = vec![psk()];
    let met = meet(&client("localhost"), &with_secret, 16_384);
    assert_eq!(met.server.unwrap_err().to_string(), "no matching cipher suite");
    let mut asking = client("localhost");
    asking.psk = Some(psk());
    let met = meet(&asking, &server(&["rsa.crt"]), 16_384);
    assert_eq!(met.server.unwrap_err().to_string(), "no matching cipher suite");

    asking.psk = Some(Psk::new(b"somebody".to_vec(), &[7; 256]));
    let met = meet(&asking, &with_secret, 16_384);
    assert_eq!(
        (met.server.unwrap_err().to_string().as_str(), alerts(&met.server_ctl)),
        ("unknown or missing pskid", vec!["115"])
    );
    asking.psk = Some(Psk::new(b"p9secret".to_vec(), &[8; 256]));
    let met = meet(&asking, &with_secret, 16_384);
    assert_eq!(alerts(&met.server_ctl), ["51"], "another secret of that name");
}
