//! EncryptedExtensions that answer what was not asked, or in another form.

use super::script::{Server, Turn, begin, no_prefix_will_do, spoiled_for};
use crate::client::tests::script::{conf, refusal};
use crate::conf::ClientConf;
use crate::error::Error;
use crate::msg::ext::{self, Extension as _};
use crate::msg::tls13::encrypted::{EncryptedExtension, EncryptedExtensions};
use tlswire::Group;

fn with(conf: &ClientConf, extensions: &[EncryptedExtension]) -> Result<(), Error> {
    spoiled_for(conf, Turn::Encrypted, |message: &mut EncryptedExtensions| {
        message.extensions = extensions.to_vec();
    })
}

fn unknown(typ: u16, body: &[u8]) -> EncryptedExtension {
    EncryptedExtension::Unknown { typ, body: body.to_vec() }
}

#[test]
fn answers_to_what_was_asked_are_taken() {
    let mut conf = conf("rsa.example");
    conf.alpn = vec!["h2".to_owned(), "http/1.1".to_owned()];
    let answers = [
        EncryptedExtension::ServerName,
        EncryptedExtension::Alpn(b"http/1.1".to_vec()),
        EncryptedExtension::SupportedGroups(vec![Group::SECP521R1]),
    ];
    assert!(with(&conf, &answers).is_ok());
    let mut client = begin(&conf);
    let mut server = Server::plain(&client);
    server.before(&mut client, Turn::Encrypted);
    let message = crate::msg::Body::encode(&EncryptedExtensions { extensions: answers.to_vec() }).unwrap();
    server.give(&mut client, &message).unwrap();
    [Turn::Certificate, Turn::Verify, Turn::Finished]
        .into_iter()
        .for_each(|turn| server.turn(&mut client, turn).unwrap());
    assert_eq!(client.outcome.unwrap().alpn.as_deref(), Some("http/1.1"));
}

#[test]
fn answers_to_what_was_not_asked_are_refused() {
    let plain = conf("127.0.0.1");
    let grease = Server::plain(&begin(&plain)).client_hello.extensions[0].typ();
    for (extension, typ) in [
        (EncryptedExtension::ServerName, ext::SERVER_NAME),
        (EncryptedExtension::Alpn(b"h2".to_vec()), ext::ALPN),
        (EncryptedExtension::EarlyData, ext::EARLY_DATA),
        (unknown(0xfe0d, &[]), 0xfe0d),
        (unknown(grease, &[]), grease),
    ] {
        let expected = (110, format!("extension {typ} was not offered"));
        assert_eq!(refusal(with(&plain, &[extension])), expected);
    }
}

#[test]
fn what_belongs_to_other_messages_is_refused() {
    for typ in [
        ext::EC_POINT_FORMATS,
        ext::SIGNATURE_ALGORITHMS,
        ext::ENCRYPT_THEN_MAC,
        ext::EXTENDED_MASTER_SECRET,
        ext::PRE_SHARED_KEY,
        ext::SUPPORTED_VERSIONS,
        ext::COOKIE,
        ext::PSK_KEY_EXCHANGE_MODES,
        ext::CERTIFICATE_AUTHORITIES,
        ext::POST_HANDSHAKE_AUTH,
        ext::SIGNATURE_ALGORITHMS_CERT,
        ext::KEY_SHARE,
        ext::RENEGOTIATION_INFO,
        ext::STATUS_REQUEST,
    ] {
        assert_eq!(refusal(with(&conf("rsa.example"), &[unknown(typ, &[])])).0, 47, "{typ}");
    }
}

#[test]
fn malformed_answers_are_refused() {
    let mut conf = conf("rsa.example");
    conf.alpn = vec!["h2".to_owned()];
    for (extension, alert) in [
        (unknown(ext::SERVER_NAME, &[0]), 50),
        (unknown(ext::SUPPORTED_GROUPS, &[0, 1, 0]), 50),
        (unknown(ext::ALPN, &[]), 50),
        (unknown(ext::ALPN, &[0, 6, 2, b'h', b'2', 2, b'h', b'2']), 50),
        (EncryptedExtension::Alpn(b"h3".to_vec()), 47),
    ] {
        assert_eq!(refusal(with(&conf, std::slice::from_ref(&extension))).0, alert, "{extension:?}");
    }
    let twice = with(&conf, &[EncryptedExtension::ServerName, EncryptedExtension::ServerName]);
    assert_eq!(refusal(twice), (47, "extension 0 comes twice".to_owned()));
}

#[test]
fn no_prefix_of_the_message_is_the_message() {
    no_prefix_will_do(Turn::Encrypted, |_| false);
}
