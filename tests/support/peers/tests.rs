//! The harness before anything of ours is put into it: every client with OpenSSL's server, every server with OpenSSL's client. They show that it
//! tells what happened, and that a wrong suite, group, name or authority is seen as a failure.

use super::*;
use crate::support::certs::Certs;

/// One suite by the key of the certificate that it wants, and its twin.
const RSA: &Suite = &SUITES[0];
const ECDSA: &Suite = &SUITES[5];

/// The group of the ECDSA certificates. A client that leaves it out refuses such a certificate, too (RFC 8422 §5.1.1).
const P256: &Group = &GROUPS[1];

/// Every client that is here, against OpenSSL's server.
fn each_client(test: impl Fn(&dyn Client)) {
    let clients = CLIENTS.into_iter().filter(|client| present(*client));
    clients.for_each(|client| {
        if present(&openssl::OpenSsl) {
            test(client)
        }
    });
}

/// Every server that is here, for OpenSSL's client.
fn each_server(test: impl Fn(&dyn Server)) {
    let servers = SERVERS.into_iter().filter(|server| present(*server));
    servers.for_each(|server| {
        if present(&openssl::OpenSsl) {
            test(server)
        }
    });
}

#[test]
fn each_client_tells_what_it_agreed_on() {
    let certs = Certs::new();
    for (suite, group) in [(RSA, &GROUPS[2]), (ECDSA, P256)] {
        let server = openssl::OpenSsl.start(&Offer::of(certs.localhost(suite.key.unwrap())));
        each_client(|client| {
            let told = client.connect(server.port, &Ask::localhost(&certs.ca()).only(suite, group));
            let name = client.name();
            assert_eq!(told.error, None, "{name}");
            assert!(told.text().starts_with("HTTP/1.0 200 ok"), "{name}: {}", told.text());
            assert_eq!((told.version.as_deref(), told.suite), (Some("TLSv1.2"), Some(suite.name)), "{name}");
            assert!(told.group.is_none_or(|told| told == group.name), "{name}: {:?}", told.group);
        });
    }
}

#[test]
fn each_client_speaks_tls13_when_left_alone() {
    let certs = Certs::new();
    let server = openssl::OpenSsl.start(&Offer::of(certs.localhost(Key::P256)));
    each_client(|client| {
        let told = client.connect(server.port, &Ask::localhost(&certs.ca()));
        assert_eq!(
            (told.error.as_deref(), told.version.as_deref()),
            (None, Some("TLSv1.3")),
            "{}",
            client.name()
        );
        assert!(told.text().starts_with("HTTP/1.0 200 ok"), "{}: {}", client.name(), told.text());
    });
}

#[test]
fn each_client_fails_with_a_suite_that_the_server_lacks() {
    let certs = Certs::new();
    let server = openssl::OpenSsl.start(&Offer::of(certs.localhost(Key::Rsa)).only(RSA, &GROUPS[0]));
    each_client(|client| {
        let told = client.connect(server.port, &Ask::localhost(&certs.ca()).only(&SUITES[2], &GROUPS[0]));
        assert!(told.error.is_some() && told.output.is_empty(), "{}: {told:?}", client.name());
    });
}

#[test]
fn each_client_fails_with_a_group_that_the_server_lacks() {
    let certs = Certs::new();
    let server = openssl::OpenSsl.start(&Offer::of(certs.localhost(Key::Rsa)).only(RSA, &GROUPS[1]));
    each_client(|client| {
        let told = client.connect(server.port, &Ask::localhost(&certs.ca()).only(RSA, &GROUPS[2]));
        assert!(told.error.is_some() && told.output.is_empty(), "{}: {told:?}", client.name());
    });
}

#[test]
fn each_client_refuses_a_stranger_and_another_name() {
    let certs = Certs::new();
    let server = openssl::OpenSsl.start(&Offer::of(certs.localhost(Key::P256)));
    each_client(|client| {
        let told = client.connect(server.port, &Ask::localhost(&Certs::new().ca()));
        assert!(told.error.is_some() && told.output.is_empty(), "{}, a stranger: {told:?}", client.name());
        let ask = Ask { server_name: "other.example".into(), ..Ask::localhost(&certs.ca()) };
        let told = client.connect(server.port, &ask);
        assert!(told.error.is_some() && told.output.is_empty(), "{}, another name: {told:?}", client.name());
    });
}

#[test]
fn clients_that_tell_the_protocol_tell_the_right_one() {
    let certs = Certs::new();
    let offer = Offer { alpn: vec!["house/1"], ..Offer::of(certs.localhost(Key::P256)) };
    let server = openssl::OpenSsl.start(&offer);
    let clients: [&dyn Client; 4] = [&gnutls::GnuTls, &rustls::Rustls, &go::Go, &java::Java];
    for client in clients.into_iter().filter(|client| present(*client) && present(&openssl::OpenSsl)) {
        let ask = Ask { alpn: vec!["other/1", "house/1"], ..Ask::localhost(&certs.ca()).only(ECDSA, P256) };
        let told = client.connect(server.port, &ask);
        assert_eq!(
            (told.error.as_deref(), told.alpn.as_deref()),
            (None, Some("house/1")),
            "{}",
            client.name()
        );
    }
}

#[test]
fn each_server_offers_one_suite_and_one_group() {
    let certs = Certs::new();
    for (suite, group) in [(RSA, &GROUPS[0]), (ECDSA, P256)] {
        each_server(|server| {
            let running = server.start(&Offer::of(certs.localhost(suite.key.unwrap())).only(suite, group));
            let told = openssl::OpenSsl.connect(running.port, &Ask::localhost(&certs.ca()));
            let name = server.name();
            assert_eq!(told.error, None, "{name}");
            assert!(told.text().starts_with("HTTP/1.0 200 "), "{name}: {}", told.text());
            assert_eq!((told.version.as_deref(), told.suite), (Some("TLSv1.2"), Some(suite.name)), "{name}");
            assert_eq!(told.group, Some(group.name), "{name}");
        });
    }
}

#[test]
fn each_server_refuses_another_suite() {
    let certs = Certs::new();
    each_server(|server| {
        let running = server.start(&Offer::of(certs.localhost(Key::Rsa)).only(RSA, &GROUPS[0]));
        let told =
            openssl::OpenSsl.connect(running.port, &Ask::localhost(&certs.ca()).only(&SUITES[4], &GROUPS[0]));
        assert!(told.error.is_some() && told.output.is_empty(), "{}: {told:?}", server.name());
    });
}

#[test]
fn servers_that_agree_on_protocols_agree_on_the_common_one() {
    let certs = Certs::new();
    let servers: [&dyn Server; 5] =
        [&openssl::OpenSsl, &gnutls::GnuTls, &rustls::Rustls, &go::Go, &java::Java];
    for server in servers.into_iter().filter(|server| present(*server)) {
        let running = server.start(&Offer { alpn: vec!["house/1"], ..Offer::of(certs.localhost(Key::P256)) });
        let ask = Ask { alpn: vec!["other/1", "house/1"], ..Ask::localhost(&certs.ca()) };
        let told = rustls::Rustls.connect(running.port, &ask);
        assert_eq!(
            (told.error.as_deref(), told.alpn.as_deref()),
            (None, Some("house/1")),
            "{}",
            server.name()
        );
    }
}
