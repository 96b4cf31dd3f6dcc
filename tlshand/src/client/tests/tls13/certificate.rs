//! The server's certificate and its signature: what is refused, each before anything but the hello has gone out.

use tlswire::{Group, SignatureScheme as S, Suite};

use super::script::{Server, Turn, begin, no_prefix_will_do, spoiled, spoiled_for};
use crate::client::tests::script::{conf, refusal};
use crate::error::Error;
use crate::msg::Body;
use crate::msg::ext;
use crate::msg::tls13::cert::{Certificate, CertificateVerify, EntryExtension};
use crate::sec::Side;

fn refused(spoil: impl FnOnce(&mut Certificate)) -> (u8, String) {
    refusal(spoiled(Turn::Certificate, spoil))
}

#[test]
fn no_certificate_is_none() {
    let text = "handshake message (11) has invalid length".to_owned();
    assert_eq!(refused(|certificate| certificate.entries.clear()), (50, text));
}

#[test]
fn a_server_s_context_is_empty() {
    let text = "invalid certificate request context".to_owned();
    assert_eq!(refused(|certificate| certificate.context = vec![7]), (47, text));
}

#[test]
fn entries_have_no_extension_that_was_not_asked_for() {
    let entry = |typ: u16, body: &[u8]| {
        refused(|certificate| {
            certificate.entries[0].extensions = vec![EntryExtension::Unknown { typ, body: body.to_vec() }];
        })
    };
    assert_eq!(entry(18, &[0, 0]), (110, "extension 18 was not offered".to_owned()));
    assert_eq!(entry(0xfe0d, &[]), (110, "extension 65037 was not offered".to_owned()));
    for typ in [ext::SERVER_NAME, ext::ALPN, ext::KEY_SHARE, ext::SUPPORTED_VERSIONS] {
        assert_eq!(entry(typ, &[]).0, 47, "{typ}");
    }
    assert_eq!(entry(ext::STATUS_REQUEST, &[2, 0, 0, 1, 0]).0, 50, "no OCSP");
}

#[test]
fn a_chain_that_is_not_believed_is_refused() {
    let wrong_name = spoiled_for(&conf("other.example"), Turn::Certificate, |_: &mut Certificate| {});
    assert_eq!(refusal(wrong_name).0, 42);
    assert_eq!(refused(|certificate| certificate.entries.truncate(1)).0, 48, "nothing leads to the root");
    let long = refused(|certificate| {
        let entry = certificate.entries[1].clone();
        certificate.entries.resize(11, entry);
    });
    assert_eq!(long, (42, "too many certificates".to_owned()));
    let mut client = begin(&conf("localhost"));
    let mut server = Server::new(&client, "selfsigned.crt", Suite::TLS_AES_128_GCM_SHA256, Group::X25519);
    server.before(&mut client, Turn::Certificate);
    assert_eq!(refusal(server.turn(&mut client, Turn::Certificate)).0, 48);
    assert_eq!(client.written.len(), 1);
}

/// What comes of the proof that this certificate's key makes with this scheme, spoiled.
fn proved(
    cert: &str,
    scheme: S,
    side: Side,
    spoil: impl FnOnce(&mut CertificateVerify),
) -> Result<(), Error> {
    let mut client = begin(&conf("localhost"));
    let mut server = Server::new(&client, cert, Suite::TLS_AES_128_GCM_SHA256, Group::X25519);
    server.before(&mut client, Turn::Verify);
    let mut verify = server.verify(scheme, side);
    spoil(&mut verify);
    client.give(&verify.encode().unwrap())
}

#[test]
fn every_scheme_of_the_key_will_do_in_its_place() {
    for (cert, scheme) in [
        ("rsa.crt", S::RSA_PSS_RSAE_SHA256),
        ("rsa.crt", S::RSA_PSS_RSAE_SHA384),
        ("rsa.crt", S::RSA_PSS_RSAE_SHA512),
        ("p256.crt", S::ECDSA_SECP256R1_SHA256),
        ("p384.crt", S::ECDSA_SECP384R1_SHA384),
        ("ed25519.crt", S::ED25519),
    ] {
        assert!(proved(cert, scheme, Side::Server, |_| {}).is_ok(), "{scheme:?}");
        let bad = (51, "can't verify the peer's certificate: bad signature".to_owned());
        let changed = proved(cert, scheme, Side::Server, |verify| verify.signature[9] ^= 1);
        assert_eq!(refusal(changed), bad, "{scheme:?}");
        // A client's proof is no server's.
        assert_eq!(refusal(proved(cert, scheme, Side::Client, |_| {})), bad);
    }
}

#[test]
fn schemes_that_are_not_for_it_are_refused() {
    let unfit = (47, "invalid signature scheme".to_owned());
    // Of the key, and for certificates alone.
    let older = proved("rsa.crt", S::RSA_PKCS1_SHA256, Side::Server, |_| {});
    assert_eq!(refusal(older), unfit);
    for scheme in [
        S::RSA_PKCS1_SHA1,
        S::ECDSA_SHA1,
        S::ECDSA_SECP384R1_SHA384,
        S::ECDSA_SECP521R1_SHA512,
        S::ED25519,
        S::ED448,
        S::RSA_PSS_PSS_SHA256,
        S(0x0a0a),
    ] {
        let other = |verify: &mut CertificateVerify| verify.scheme = scheme;
        let result = proved("p256.crt", S::ECDSA_SECP256R1_SHA256, Side::Server, other);
        assert_eq!(refusal(result), unfit, "{scheme:?}");
    }
}

#[test]
fn a_proof_of_another_handshake_is_none() {
    let mut client = begin(&conf("localhost"));
    let mut server = Server::plain(&client);
    server.before(&mut client, Turn::Certificate);
    let early = server.verify(S::RSA_PSS_RSAE_SHA256, Side::Server);
    server.turn(&mut client, Turn::Certificate).unwrap();
    assert_eq!(refusal(client.give(&early.encode().unwrap())).0, 51);
}

#[test]
fn no_prefix_of_the_messages_is_one() {
    no_prefix_will_do(Turn::Certificate, |_| false);
    no_prefix_will_do(Turn::Verify, |_| false);
}
