//! Every state meets every message, and what the client does stands in its order.

use super::script::{Client, Server, conf, refusal};
use crate::msg::Body;
use crate::msg::cert::CertificateRequest;
use crate::msg::kx::{ClientKeyExchange, Exchange};
use tlswire::SignatureScheme;

/// Everything that has a type, well formed, in the order of the columns.
fn messages(client: &Client, server: &Server) -> [Vec<u8>; 8] {
    let [hello, certificate, exchange, done] = server.flight();
    let request = CertificateRequest {
        types: vec![1],
        schemes: Some(vec![SignatureScheme::ED25519]),
        authorities: Vec::new(),
    };
    [
        client.written[0].clone(),
        hello,
        certificate,
        exchange,
        request.encode().unwrap(),
        done,
        ClientKeyExchange { identity: None, exchange: Exchange::Ecdhe(vec![1]) }.encode().unwrap(),
        [&[20, 0, 0, 12], &[0; 12][..]].concat(),
    ]
}

#[test]
fn every_state_meets_every_message() {
    // A row for each state: what was given before, the message that is right there, what it says to all others.
    let states: [(&[usize], &[usize], &str); 7] = [
        (&[], &[1], "expected a server hello"),
        (&[1], &[2], "expected a certificate"),
        (&[1, 2], &[3], "expected server key exchange"),
        (&[1, 2, 3], &[4, 5], "expected a server hello done"),
        (&[1, 2, 3, 4], &[5], "expected a server hello done"),
        (&[1, 2, 3, 5], &[7], "expected a Finished msg from server"),
        (&[1, 2, 3, 4, 5], &[7], "expected a Finished msg from server"),
    ];
    for (before, right, text) in states {
        for column in 0..8 {
            let mut client = Client::begin(&conf("localhost")).unwrap();
            let server = Server::plain(&client);
            let messages = messages(&client, &server);
            before.iter().for_each(|index| client.give(&messages[*index]).unwrap());
            let result = client.give(&messages[column]);
            if !right.contains(&column) {
                assert_eq!(refusal(result), (10, text.to_owned()), "{before:?} {column}");
            } else if column == 7 {
                assert_eq!(refusal(result).0, 51, "the right message with wrong contents");
            } else {
                result.unwrap();
            }
        }
    }
}

#[test]
fn the_files_are_used_in_this_order() {
    let mut conf = conf("localhost");
    conf.alpn = vec!["h2".to_owned()];
    let mut client = Client::begin(&conf).unwrap();
    let server = Server::plain(&client);
    let mut hello = server.hello();
    hello.extensions.push(crate::msg::ext::ServerExtension::Alpn(b"h2".to_vec()));
    let mut flight = server.flight();
    flight[0] = hello.encode().unwrap();
    flight.iter().for_each(|message| client.give(message).unwrap());
    let finished = server.finished(&client, &flight);
    client.give(&finished.encode().unwrap()).unwrap();

    let secret = client.did.iter().position(|line| line.starts_with("secret")).unwrap();
    assert!(client.did[secret].starts_with("secret clear aes_128_gcm_aead 1 "));
    // 40 bytes in base64.
    assert_eq!(client.did[secret].len(), "secret clear aes_128_gcm_aead 1 ".len() + 56);
    client.did[secret] = "secret".to_owned();
    assert_eq!(
        client.did,
        [
            "hand",
            "version 0x303",
            "end of messages",
            "secret",
            "hand",
            "changecipher",
            "hand",
            "note sni localhost",
            "note alpn h2",
            "note suite ECDHE-RSA-AES128-GCM-SHA256",
            "note group x25519",
            "note peer O=House,CN=rsa",
            "opened"
        ]
    );
    let outcome = client.outcome.unwrap();
    assert_eq!(outcome.server_name.as_deref(), Some("localhost"));
    assert_eq!(outcome.alpn.as_deref(), Some("h2"));
    assert_eq!(outcome.peer_chain.len(), 2);
}
