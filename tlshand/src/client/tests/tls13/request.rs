//! A server that wants to see a certificate of ours.

use std::sync::Arc;

use tlswire::SignatureScheme as S;

use super::script::{Server, Turn, begin};
use crate::client::tests::script::{Client, certified, conf, data, refusal};
use crate::conf::ClientConf;
use crate::error::Error;
use crate::msg::Body;
use crate::msg::ext;
use crate::msg::tls13::cert::{Certificate, CertificateVerify};
use crate::msg::tls13::request::{CertificateRequest, RequestExtension};
use crate::sec::Side;
use crate::sec::tls13::sign::signed_messages;
use crate::sec::verify::verify_tls13;

fn request(schemes: &[S]) -> CertificateRequest {
    CertificateRequest {
        context: Vec::new(),
        extensions: vec![RequestExtension::SignatureAlgorithms(schemes.to_vec())],
    }
}

fn showing(cert: &str) -> ClientConf {
    ClientConf { certs: vec![Arc::new(certified(cert))], ..conf("localhost") }
}

/// A client that has been asked.
fn asked(conf: &ClientConf, request: &CertificateRequest) -> (Client, Server, Result<(), Error>) {
    let mut client = begin(conf);
    let mut server = Server::plain(&client);
    server.before(&mut client, Turn::Certificate);
    let result = server.give(&mut client, &request.encode().unwrap());
    (client, server, result)
}

/// What the client shows, which must be proved rightly.
fn shown(conf: &ClientConf, request: &CertificateRequest) -> Option<(Certificate, S)> {
    let (mut client, mut server, result) = asked(conf, request);
    result.unwrap();
    for turn in [Turn::Certificate, Turn::Verify, Turn::Finished] {
        server.turn(&mut client, turn).unwrap();
    }
    let mut transcript = server.transcript();
    let flight = server.hear(&client);
    let certificate = Certificate::decode(&flight.first()?[4..]).unwrap();
    assert!(certificate.context.is_empty());
    let Some(first) = certificate.entries.first() else {
        assert_eq!(flight.len(), 1, "there is nothing to prove");
        return None;
    };
    transcript.add_bytes(&flight[0]);
    let verify = CertificateVerify::decode(&flight[1][4..]).unwrap();
    let leaf = x509::Certificate::from_der(&first.der).unwrap();
    let signed = signed_messages(Side::Client, transcript.hash().as_ref());
    verify_tls13(leaf.public_key(), verify.scheme, &signed, &verify.signature).unwrap();
    Some((certificate, verify.scheme))
}

#[test]
fn ours_is_shown_and_proved() {
    for (cert, scheme) in [
        ("rsa.crt", S::RSA_PSS_RSAE_SHA256),
        ("p256.crt", S::ECDSA_SECP256R1_SHA256),
        ("p384.crt", S::ECDSA_SECP384R1_SHA384),
        ("ed25519.crt", S::ED25519),
    ] {
        let all = [S::ED25519, S::ECDSA_SECP384R1_SHA384, S::ECDSA_SECP256R1_SHA256, S::RSA_PSS_RSAE_SHA256];
        let (certificate, proved) = shown(&showing(cert), &request(&all)).unwrap();
        assert_eq!(proved, scheme);
        assert_eq!(certificate.entries.len(), 2);
        assert!(certificate.entries.iter().all(|entry| entry.extensions.is_empty()));
    }
    // What the server verifies decides.
    let one = shown(&showing("rsa.crt"), &request(&[S::RSA_PSS_RSAE_SHA512]));
    assert_eq!(one.unwrap().1, S::RSA_PSS_RSAE_SHA512);
}

#[test]
fn of_several_the_server_s_authorities_decide() {
    let mut conf = showing("selfsigned.crt");
    conf.certs.push(Arc::new(certified("p256.crt")));
    let shown = |authorities: &[&str]| {
        let mut request = request(&[S::ECDSA_SECP256R1_SHA256]);
        let subject = |file: &&str| {
            let text = std::fs::read(data(file)).unwrap();
            let ders = x509::pem::certificates(&x509::pem::sections(&text, file.as_ref()).unwrap());
            x509::Certificate::from_der(&ders[0]).unwrap().subject().to_vec()
        };
        let names = authorities.iter().map(subject).collect();
        request.extensions.push(RequestExtension::CertificateAuthorities(names));
        shown(&conf, &request).unwrap().0.entries[0].der.clone()
    };
    assert_eq!(shown(&["root.crt"]), conf.certs[1].chain()[0]);
    assert_eq!(shown(&["intermediate.crt"]), conf.certs[1].chain()[0]);
    assert_eq!(shown(&["selfsigned.crt", "root.crt"]), conf.certs[0].chain()[0]);
    assert_eq!(shown(&["stranger.crt"]), conf.certs[0].chain()[0], "whom we do not know");
}

#[test]
fn where_nothing_of_ours_will_do_none_is_shown() {
    assert_eq!(shown(&conf("localhost"), &request(&[S::ED25519])), None, "we have none");
    assert_eq!(shown(&showing("rsa.crt"), &request(&[S::ED25519])), None);
    // Of the key, but for certificates alone.
    assert_eq!(shown(&showing("rsa.crt"), &request(&[S::RSA_PKCS1_SHA256])), None);
}

#[test]
fn a_request_without_schemes_or_with_a_context_is_refused() {
    let mut odd = request(&[S::ED25519]);
    odd.extensions.clear();
    let missing = (109, "extension 13 is missing".to_owned());
    assert_eq!(refusal(asked(&showing("rsa.crt"), &odd).2), missing);
    let mut odd = request(&[S::ED25519]);
    odd.context = vec![1];
    let context = (47, "invalid certificate request context".to_owned());
    assert_eq!(refusal(asked(&showing("rsa.crt"), &odd).2), context);
}

#[test]
fn extensions_of_a_request_in_their_places() {
    let with = |typ: u16, body: &[u8]| {
        let mut odd = request(&[S::ED25519]);
        odd.extensions.push(RequestExtension::Unknown { typ, body: body.to_vec() });
        asked(&conf("localhost"), &odd).2
    };
    for typ in [ext::SERVER_NAME, ext::KEY_SHARE, ext::ALPN, ext::PRE_SHARED_KEY, ext::COOKIE] {
        assert_eq!(refusal(with(typ, &[])).0, 47, "{typ}");
    }
    assert_eq!(refusal(with(ext::CERTIFICATE_AUTHORITIES, &[0, 0])).0, 50);
    assert_eq!(refusal(with(ext::SIGNATURE_ALGORITHMS, &[0, 2, 8, 7])).0, 47, "twice");
    // A request is no answer: what it has that we do not know we pass over (RFC 8446 §4.3.2).
    assert!(with(0xfe0d, &[1, 2, 3]).is_ok());
    assert!(with(0x2a2a, &[]).is_ok());
    assert!(with(ext::CERTIFICATE_AUTHORITIES, &[0, 4, 0, 2, 0x30, 0]).is_ok());
}

#[test]
fn a_second_request_is_refused() {
    let (mut client, _, result) = asked(&conf("localhost"), &request(&[S::ED25519]));
    result.unwrap();
    let again = client.give(&request(&[S::ED25519]).encode().unwrap());
    assert_eq!(refusal(again), (10, "expected a certificate".to_owned()));
}

#[test]
fn no_prefix_of_a_request_is_one() {
    let message = request(&[S::ED25519]).encode().unwrap();
    for len in 0..message.len() - 4 {
        let mut client = begin(&conf("localhost"));
        let mut server = Server::plain(&client);
        server.before(&mut client, Turn::Certificate);
        let framed = [&[13, 0, 0, u8::try_from(len).unwrap()], &message[4..4 + len]].concat();
        assert_eq!(refusal(client.give(&framed)).0, 50, "{len}");
    }
}
