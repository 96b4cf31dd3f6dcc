//! The ClientHello, and every answer that is none.

use tlswire::{ProtocolVersion, Suite};

use super::script::{Client, Server, conf, insecure, refusal};
use crate::client::name::server_name;
use crate::conf::ClientConf;
use crate::error::Error;
use crate::msg::Body;
use crate::msg::ext::{self, ServerExtension};
use crate::msg::hello::{ClientHello, ServerHello};

fn sent(conf: &ClientConf) -> ClientHello {
    ClientHello::decode(&Client::begin(conf).unwrap().written[0][4..]).unwrap()
}

/// Gives a client the right ServerHello, spoiled.
fn answer(conf: &ClientConf, spoil: impl FnOnce(&mut ServerHello)) -> Result<(), Error> {
    let mut client = Client::begin(conf).unwrap();
    let mut hello = Server::plain(&client).hello();
    spoil(&mut hello);
    client.give(&hello.encode().unwrap())
}

fn refused(spoil: impl FnOnce(&mut ServerHello)) -> (u8, String) {
    refusal(answer(&conf("rsa.example"), spoil))
}

fn extended(typ: u16, body: &[u8]) -> (u8, String) {
    refused(|hello| hello.extensions.push(ServerExtension::Unknown { typ, body: body.to_vec() }))
}

#[test]
fn the_hello_is_this_one() {
    let mut conf = conf("RSA.example.");
    conf.alpn = vec!["h2".to_owned(), "http/1.1".to_owned()];
    let bytes = &Client::begin(&conf).unwrap().written[0];
    let expected = [
        "0100008e", // ClientHello
        "0303",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "00",
        "000c cca9 c02b c02c cca8 c02f c030",
        "0100",
        "0059",
        "0000 0010 000e 00 000b 7273612e6578616d706c65",
        "0017 0000",
        "ff01 0001 00",
        "000a 0008 0006 001d 0017 0018",
        "000b 0002 0100",
        "000d 0014 0012 0403 0503 0807 0804 0805 0806 0401 0501 0601",
        "0010 000e 000c 02 6832 08 687474702f312e31",
    ];
    let expected: String = expected.concat().replace(' ', "");
    assert_eq!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), expected);
}

#[test]
fn an_address_or_no_name_leaves_server_name_out() {
    for conf in [conf("192.0.2.1"), conf("::1"), insecure(None)] {
        assert_eq!(sent(&conf).server_names(), None);
    }
}

#[test]
fn only_what_device_and_configuration_have_is_offered() {
    let mut conf = conf("rsa.example");
    conf.suites = vec![Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384];
    assert_eq!(sent(&conf).suites, conf.suites);
    assert_eq!(sent(&conf).protocols(), None);
    conf.suites.clear();
    assert!(matches!(Client::begin(&conf), Err(Error::BadConf(_))));
    let mut nobody = insecure(None);
    assert!(Client::begin(&nobody).is_ok());
    nobody.verify = self::conf("x").verify;
    assert!(matches!(Client::begin(&nobody), Err(Error::BadConf(_))));
}

#[test]
fn right_answers_are_taken() {
    let mut conf = conf("rsa.example");
    conf.alpn = vec!["h2".to_owned()];
    for extension in [
        ServerExtension::ServerName,
        ServerExtension::Alpn(b"h2".to_vec()),
        ServerExtension::EcPointFormats(vec![1, 0]),
        ServerExtension::Unknown { typ: ext::SUPPORTED_GROUPS, body: vec![0, 2, 0, 29] },
    ] {
        assert!(answer(&conf, |hello| hello.extensions.push(extension)).is_ok());
    }
    assert!(answer(&conf, |hello| hello.session_id = vec![7; 32]).is_ok());
    // What a server of TLS 1.3 writes into its random for a client of 1.2.
    assert!(answer(&conf, |hello| hello.random[24..].copy_from_slice(b"DOWNGRD\x01")).is_ok());
}

#[test]
fn other_versions_are_refused() {
    for version in [0x0002, 0x0300, 0x0301, 0x0302, 0x0304, 0x0400] {
        let expected = (70, format!("incompatible version ({version:#x})"));
        assert_eq!(refused(|hello| hello.version = ProtocolVersion(version)), expected);
    }
}

#[test]
fn what_was_not_offered_is_refused() {
    let suite = (47, "invalid cipher suite".to_owned());
    for number in [0x0000, 0x00ff, 0x1301, 0x002f, 0xc013, 0xffff] {
        assert_eq!(refused(|hello| hello.suite = Suite(number)), suite);
    }
    let mut one = conf("rsa.example");
    one.suites = vec![Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384];
    assert_eq!(refusal(answer(&one, |_| {})), suite);
    assert_eq!(refused(|hello| hello.compression = 1), (47, "invalid compression".to_owned()));
}

#[test]
fn extensions_that_were_not_offered_are_refused() {
    for typ in [1, 5, 16, 22, 35, 43, 51, 0xffff] {
        let body: &[u8] = match typ {
            ext::MAX_FRAGMENT_LENGTH => &[1],
            ext::ALPN => &[0, 3, 2, b'h', b'2'],
            ext::SUPPORTED_VERSIONS => &[3, 3],
            ext::KEY_SHARE => &[0, 29, 0, 1, 9],
            _ => &[],
        };
        assert_eq!(extended(typ, body), (110, format!("extension {typ} was not offered")));
    }
    let to_address = answer(&conf("127.0.0.1"), |hello| hello.extensions.push(ServerExtension::ServerName));
    assert_eq!(refusal(to_address), (110, "extension 0 was not offered".to_owned()));
    let named = insecure(Some(server_name("x.example").unwrap()));
    assert!(answer(&named, |hello| hello.extensions.push(ServerExtension::ServerName)).is_ok());
}

#[test]
fn renegotiation_info_must_be_there_and_empty() {
    let missing = (40, "server without secure renegotiation".to_owned());
    assert_eq!(refused(|hello| hello.extensions.clear()), missing);
    let body = |body: &[u8]| {
        refused(|hello| {
            hello.extensions =
                vec![ServerExtension::Unknown { typ: ext::RENEGOTIATION_INFO, body: body.to_vec() }];
        })
    };
    // However it is wrong (RFC 5746 §3.4).
    for wrong in [&[][..], &[1], &[1, 0], &[0, 0]] {
        assert_eq!(body(wrong), (40, "invalid renegotiation extension".to_owned()), "{wrong:?}");
    }
}

#[test]
fn malformed_extensions_are_refused() {
    let name = ServerExtension::Unknown { typ: ext::SERVER_NAME, body: vec![0, 0] };
    assert_eq!(refused(|hello| hello.extensions.push(name)).0, 50, "an acknowledgement with a body");
    let mut with_alpn = conf("rsa.example");
    with_alpn.alpn = vec!["h2".to_owned(), "http/1.1".to_owned()];
    let alpn = |body: &[u8]| {
        let extension = ServerExtension::Unknown { typ: ext::ALPN, body: body.to_vec() };
        refusal(answer(&with_alpn, |hello| hello.extensions.push(extension)))
    };
    let unoffered = (47, "invalid application protocol".to_owned());
    assert_eq!(alpn(&[0, 3, 2, b'h', b'3']), unoffered);
    assert_eq!(alpn(&[0, 2, 1, 0xff]), unoffered);
    for malformed in
        [&[][..], &[0, 0], &[0, 1, 0], &[0, 6, 2, b'h', b'2', 2, b'h', b'2'], &[0, 3, 3, b'h', b'2']]
    {
        assert_eq!(alpn(malformed).0, 50, "{malformed:?}");
    }
    assert_eq!(extended(ext::EC_POINT_FORMATS, &[1, 1]), (47, "no uncompressed point format".to_owned()));
    assert_eq!(extended(ext::EC_POINT_FORMATS, &[0]).0, 50);
    let mut client = Client::begin(&conf("rsa.example")).unwrap();
    let server = Server { extended_master_secret: false, ..Server::plain(&client) };
    let mut hello = server.hello();
    hello.extensions.push(ServerExtension::Unknown { typ: ext::EXTENDED_MASTER_SECRET, body: vec![0] });
    assert_eq!(refusal(client.give(&hello.encode().unwrap())).0, 50);
}

#[test]
fn an_extension_that_comes_twice_is_refused() {
    let twice = refused(|hello| hello.extensions.push(ServerExtension::RenegotiationInfo));
    assert_eq!(twice, (47, "extension 65281 comes twice".to_owned()));
}

#[test]
fn no_prefix_and_no_longer_message_is_an_answer() {
    let mut client = Client::begin(&conf("rsa.example")).unwrap();
    let body = Server::plain(&client).hello().encode().unwrap()[4..].to_vec();
    let framed = |body: &[u8]| [&[2, 0, 0, u8::try_from(body.len()).unwrap()], body].concat();
    for end in 0..body.len() {
        let mut client = Client::begin(&conf("rsa.example")).unwrap();
        // Without extensions it is a hello of old times: well formed, and refused for what it lacks.
        let alert = if end == 38 { 40 } else { 50 };
        assert_eq!(refusal(client.give(&framed(&body[..end]))).0, alert, "{end}");
    }
    let longer = [&body[..], &[0]].concat();
    assert_eq!(refusal(client.give(&framed(&longer))).0, 50);
}
