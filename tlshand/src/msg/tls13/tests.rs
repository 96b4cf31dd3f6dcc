//! The messages of TLS 1.3, and what the hellos have since: there and back, cut at every byte, in the wrong place.

use tlswire::{Alert, Group, ProtocolVersion, SignatureScheme, Suite};
use x509::CertificateDer;

use super::cert::{Certificate, CertificateVerify, Entry, EntryExtension};
use super::encrypted::{EncryptedExtension, EncryptedExtensions};
use super::request::{CertificateRequest, RequestExtension};
use super::retry::{HelloRetryRequest, RetryExtension};
use super::ticket::{NewSessionTicket, TicketExtension};
use super::update::KeyUpdate;
use crate::error::Error;
use crate::msg::ext::{ClientExtension, KeyShare, OfferedPsks, PskIdentity, ServerExtension};
use crate::msg::hello::{ClientHello, ServerHello};
use crate::msg::inbox::Inbox;
use crate::msg::tests::{alert, client_hello, codec, server_hello};
use crate::msg::{Body, HEADER_LEN, Message};

mod traces;

fn share(group: Group, len: usize) -> KeyShare {
    KeyShare { group, public: vec![9; len] }
}

fn offer() -> OfferedPsks {
    let psk = |identity: &[u8], obfuscated_ticket_age| PskIdentity {
        identity: identity.to_vec(),
        obfuscated_ticket_age,
    };
    OfferedPsks {
        identities: vec![psk(b"p9secret", 0), psk(&[7; 200], 0x0102_0304)],
        binders: vec![vec![1; 32], vec![2; 48]],
    }
}

/// Everything that a client says to a server of TLS 1.3.
fn extensions() -> Vec<ClientExtension> {
    vec![
        ClientExtension::SupportedVersions(vec![ProtocolVersion::TLS13]),
        ClientExtension::KeyShare(vec![share(Group::X25519, 32), share(Group(0x1a1a), 1)]),
        ClientExtension::Cookie(vec![3; 40]),
        ClientExtension::SignatureAlgorithmsCert(vec![SignatureScheme(0x0804)]),
        ClientExtension::CertificateAuthorities(vec![vec![0x30, 0], vec![1]]),
        ClientExtension::PostHandshakeAuth,
        ClientExtension::EarlyData,
        ClientExtension::PskKeyExchangeModes(vec![1, 0x0b]),
        ClientExtension::PreSharedKey(offer()),
    ]
}

fn hello_with(extensions: Vec<ClientExtension>) -> ClientHello {
    ClientHello { extensions, ..client_hello() }
}

fn client_with(typ: u16, body: &[u8]) -> Result<ClientHello, Error> {
    let hello = hello_with(vec![ClientExtension::Unknown { typ, body: body.to_vec() }]);
    ClientHello::decode(&hello.encode()?[HEADER_LEN..])
}

fn answer(extensions: Vec<ServerExtension>) -> ServerHello {
    ServerHello { suite: Suite(0x1301), session_id: vec![5; 32], extensions, ..server_hello() }
}

fn message(bytes: &[u8]) -> Message {
    let mut inbox = Inbox::default();
    inbox.recv(bytes);
    inbox.next().unwrap().unwrap()
}

#[test]
fn hellos() {
    let whole = hello_with(Vec::new()).encode().unwrap().len() - HEADER_LEN;
    codec(&hello_with(extensions()), Some(whole));
    codec(&hello_with(vec![ClientExtension::KeyShare(Vec::new())]), Some(whole));
    let whole = answer(Vec::new()).encode().unwrap().len() - HEADER_LEN;
    let extensions = vec![
        ServerExtension::SupportedVersions(ProtocolVersion::TLS13),
        ServerExtension::KeyShare(share(Group::SECP256R1, 65)),
        ServerExtension::PreSharedKey(1),
    ];
    codec(&answer(extensions), Some(whole));
}

#[test]
fn other_messages() {
    let unknown = || (0x7a7a, vec![1, 2]);
    let retry = |extensions| HelloRetryRequest { session_id: vec![4; 32], suite: Suite(0x1303), extensions };
    codec(&retry(Vec::new()), None);
    let (typ, body) = unknown();
    codec(
        &retry(vec![
            RetryExtension::SupportedVersions(ProtocolVersion::TLS13),
            RetryExtension::KeyShare(Group::X25519),
            RetryExtension::Cookie(vec![1; 300]),
            RetryExtension::Unknown { typ, body },
        ]),
        None,
    );
    codec(&EncryptedExtensions { extensions: Vec::new() }, None);
    let (typ, body) = unknown();
    let extensions = vec![
        EncryptedExtension::ServerName,
        EncryptedExtension::SupportedGroups(vec![Group::X25519, Group::SECP384R1]),
        EncryptedExtension::Alpn(b"h2".to_vec()),
        EncryptedExtension::EarlyData,
        EncryptedExtension::Unknown { typ, body },
    ];
    codec(&EncryptedExtensions { extensions }, None);
    codec(&CertificateRequest { context: Vec::new(), extensions: Vec::new() }, None);
    let (typ, body) = unknown();
    let extensions = vec![
        RequestExtension::SignatureAlgorithms(vec![SignatureScheme(0x0403)]),
        RequestExtension::SignatureAlgorithmsCert(vec![SignatureScheme(0x0401), SignatureScheme(0x0807)]),
        RequestExtension::CertificateAuthorities(vec![vec![0x30, 0]]),
        RequestExtension::Unknown { typ, body },
    ];
    codec(&CertificateRequest { context: vec![1, 2, 3], extensions }, None);
    let entry = |len, extensions| Entry { der: CertificateDer::from(vec![0x30; len]), extensions };
    codec(&Certificate { context: Vec::new(), entries: Vec::new() }, None);
    let (typ, body) = unknown();
    let extensions =
        vec![EntryExtension::StatusRequest(vec![0x30; 70]), EntryExtension::Unknown { typ, body }];
    codec(
        &Certificate { context: vec![9], entries: vec![entry(300, extensions), entry(1, Vec::new())] },
        None,
    );
    codec(&CertificateVerify { scheme: SignatureScheme(0x0804), signature: vec![1; 256] }, None);
    let ticket = |extensions| NewSessionTicket {
        lifetime: 7200,
        age_add: 0xdead_beef,
        nonce: vec![0, 1],
        ticket: vec![8; 180],
        extensions,
    };
    codec(&ticket(Vec::new()), None);
    let (typ, body) = unknown();
    codec(&ticket(vec![TicketExtension::EarlyData(16_384), TicketExtension::Unknown { typ, body }]), None);
    codec(&KeyUpdate::NotRequested, None);
    codec(&KeyUpdate::Requested, None);
}

#[test]
fn a_server_hello_with_the_retry_s_random_is_a_retry() {
    let retry = HelloRetryRequest { session_id: Vec::new(), suite: Suite(0x1301), extensions: Vec::new() };
    let bytes = retry.encode().unwrap();
    assert!(HelloRetryRequest::is_it(&message(&bytes)));
    let mut other = bytes.clone();
    other[HEADER_LEN + 2] ^= 1;
    assert!(!HelloRetryRequest::is_it(&message(&other)));
    assert!(!HelloRetryRequest::is_it(&message(&[2, 0, 0, 1, 3])));
    assert_eq!(alert(HelloRetryRequest::decode(&other[HEADER_LEN..])), 10);
    // RFC 8446 §4.1.4: the legacy fields are those of a ServerHello.
    let mut other = bytes.clone();
    other[HEADER_LEN] = 4;
    assert_eq!(alert(HelloRetryRequest::decode(&other[HEADER_LEN..])), 47);
    let mut other = bytes;
    let compression = HEADER_LEN + 2 + 32 + 1 + 2;
    other[compression] = 1;
    assert_eq!(alert(HelloRetryRequest::decode(&other[HEADER_LEN..])), 47);
}

#[test]
fn key_shares_are_not_empty_and_of_different_groups() {
    assert!(client_with(51, &[0, 0]).is_ok());
    assert!(client_with(51, &[0, 5, 0, 29, 0, 1, 9]).is_ok());
    assert_eq!(alert(client_with(51, &[0, 4, 0, 29, 0, 0])), 50);
    assert_eq!(alert(client_with(51, &[0, 5, 0, 29, 0, 2, 9])), 50);
    assert_eq!(alert(client_with(51, &[])), 50);
    let twice = [0, 10, 0, 29, 0, 1, 9, 0, 29, 0, 1, 8];
    assert_eq!(alert(client_with(51, &twice)), 47);
}

#[test]
fn an_offer_of_secrets_has_a_binder_for_each_and_comes_last() {
    let with = |offer: OfferedPsks| {
        let hello = hello_with(vec![ClientExtension::PreSharedKey(offer)]);
        ClientHello::decode(&hello.encode().unwrap()[HEADER_LEN..])
    };
    assert_eq!(with(offer()).unwrap().psks(), Some(&offer()));
    let mut fewer = offer();
    fewer.binders.pop();
    assert_eq!(alert(with(fewer)), 47);
    let mut more = offer();
    more.binders.push(vec![0; 32]);
    assert_eq!(alert(with(more)), 47);
    let mut short = offer();
    short.binders[0].pop();
    assert_eq!(alert(with(short)), 50);
    let mut nameless = offer();
    nameless.identities[0].identity.clear();
    assert_eq!(alert(with(nameless)), 50);
    assert_eq!(alert(with(OfferedPsks { identities: Vec::new(), binders: Vec::new() })), 50);
    let mut extensions = extensions();
    extensions.push(ClientExtension::ExtendedMasterSecret);
    let hello = hello_with(extensions).encode().unwrap();
    let error = ClientHello::decode(&hello[HEADER_LEN..]).unwrap_err();
    assert_eq!(error.alert(), Some(Alert::ILLEGAL_PARAMETER));
    assert_eq!(error.to_string(), "invalid offer of shared secrets: not the last extension");
}

#[test]
fn what_must_not_be_empty_is_not_and_what_must_be_is() {
    for (typ, bad) in [
        (44, &[0, 0][..]),
        (44, &[0, 1]),
        (45, &[0]),
        (45, &[2, 1]),
        (42, &[0]),
        (49, &[0]),
        (50, &[0, 0]),
        (50, &[0, 1, 8]),
        (47, &[0, 0]),
        (47, &[0, 2, 0, 0]),
        (47, &[0, 3, 0, 2, 1]),
    ] {
        assert_eq!(alert(client_with(typ, bad)), 50, "{typ} {bad:?}");
    }
}

/// Each message with an extension of this type and body in it.
fn everywhere(typ: u16, body: &[u8]) -> [(&'static str, Result<(), Error>); 7] {
    let body = body.to_vec();
    let list = [&typ.to_be_bytes()[..], &u16::try_from(body.len()).unwrap().to_be_bytes(), &body].concat();
    let list = [&u16::try_from(list.len()).unwrap().to_be_bytes()[..], &list].concat();
    let retry = HelloRetryRequest { session_id: Vec::new(), suite: Suite(0x1301), extensions: Vec::new() };
    let retry = retry.encode().unwrap();
    let retry = [&retry[HEADER_LEN..retry.len() - 2], &list].concat();
    let version = ServerExtension::SupportedVersions(ProtocolVersion::TLS13);
    let server = match typ {
        43 => vec![ServerExtension::Unknown { typ, body }],
        _ => vec![version, ServerExtension::Unknown { typ, body }],
    };
    let server = answer(server).encode().unwrap();
    let mut entry = [&[0, 0, 0, 0, 0, 0, 1, 0x30][..], &list].concat();
    entry[3] = u8::try_from(entry.len() - 4).unwrap();
    let ticket = [&[0; 8][..], &[0], &[0, 1, 7], &list].concat();
    [
        ("client hello", client_with(typ, &list[6..]).map(drop)),
        ("server hello", ServerHello::decode(&server[HEADER_LEN..]).map(drop)),
        ("retry", HelloRetryRequest::decode(&retry).map(drop)),
        ("encrypted", EncryptedExtensions::decode(&list).map(drop)),
        ("request", CertificateRequest::decode(&[&[0][..], &list].concat()).map(drop)),
        ("entry", Certificate::decode(&entry).map(drop)),
        ("ticket", NewSessionTicket::decode(&ticket).map(drop)),
    ]
}

/// The table of RFC 8446 §4.2, in words: where else an extension stands it is an illegal parameter.
#[test]
fn every_extension_in_every_message() {
    let (client, both) = ("client hello", ["client hello", "encrypted"]);
    let hellos = ["client hello", "server hello", "retry"];
    for (typ, body, places) in [
        (0, &[][..], &["encrypted"][..]),
        (1, &[1], &both),
        (2, &[], &[client]),
        (3, &[0, 0], &[client]),
        (4, &[], &[client]),
        (5, &[1, 0, 0, 0, 0], &["client hello", "request"]),
        (5, &[1, 0, 0, 1, 9], &["request", "entry"]),
        (10, &[0, 2, 0, 29], &both),
        (11, &[1, 0], &[client]),
        (13, &[0, 2, 4, 3], &["client hello", "request"]),
        (14, &[0, 2, 0, 1, 0], &both),
        (15, &[1], &both),
        (16, &[0, 3, 2, b'h', b'2'], &both),
        (18, &[], &["client hello", "request", "entry"]),
        (19, &[0], &both),
        (20, &[0], &both),
        (21, &[0, 0], &[client]),
        (22, &[], &[client]),
        (23, &[], &[client]),
        (28, &[0x40, 0], &both),
        (35, &[], &[client]),
        (41, &[0, 0], &["server hello"]),
        (42, &[], &["client hello", "encrypted"]),
        (42, &[0, 0, 0, 1], &["ticket"]),
        (43, &[3, 4], &["server hello", "retry"]),
        (44, &[0, 1, 7], &["client hello", "retry"]),
        (45, &[1, 1], &[client]),
        (47, &[0, 3, 0, 1, 9], &["client hello", "request"]),
        (48, &[0, 0], &["request"]),
        (49, &[], &[client]),
        (50, &[0, 2, 4, 3], &["client hello", "request"]),
        (51, &[0, 29, 0, 1, 9], &["server hello"]),
        (51, &[0, 29], &["retry"]),
        (0xff01, &[0], &[client]),
        (0x7a7a, &[1], &["client hello", "server hello", "retry", "encrypted", "request", "entry", "ticket"]),
    ] {
        // Of those that have several forms the other forms do not parse, which is another error.
        let forms: &[&str] = match typ {
            0 => &[client],
            3 => &["server hello"],
            5 => &["client hello", "server hello", "entry"],
            41 | 43 => &[client],
            42 => &["client hello", "encrypted", "ticket"],
            51 => &hellos,
            _ => &[],
        };
        for (place, result) in everywhere(typ, body) {
            match result {
                Ok(()) => assert!(places.contains(&place), "{typ} in {place}"),
                Err(_) if forms.contains(&place) && !places.contains(&place) => {}
                Err(Error::MisplacedExtension(misplaced)) => {
                    assert!(misplaced == typ && !places.contains(&place), "{typ} in {place}");
                }
                Err(error) => panic!("{typ} in {place}: {error}"),
            }
        }
    }
    assert_eq!(Error::MisplacedExtension(51).alert(), Some(Alert::ILLEGAL_PARAMETER));
}

#[test]
fn no_extension_comes_twice() {
    let twice = [0, 8, 0x7a, 0x7a, 0, 0, 0x7a, 0x7a, 0, 0];
    assert_eq!(alert(EncryptedExtensions::decode(&twice)), 47);
    assert_eq!(alert(CertificateRequest::decode(&[&[0][..], &twice].concat())), 47);
    assert_eq!(alert(Certificate::decode(&[&[0, 0, 0, 14, 0, 0, 1, 0x30][..], &twice].concat())), 47);
    assert_eq!(alert(NewSessionTicket::decode(&[&[0; 9][..], &[0, 1, 7], &twice].concat())), 47);
    for extension in extensions() {
        let last = [extension.clone(), extension];
        let hello = hello_with(last.to_vec()).encode().unwrap();
        assert_eq!(alert(ClientHello::decode(&hello[HEADER_LEN..])), 47);
    }
}

#[test]
fn a_hello_of_an_older_version_carries_what_it_carried() {
    // Its own extensions, and those of TLS 1.3 are then the states' business: they were offered or not.
    assert_eq!(server_hello().selected_version(), None);
    let hello = answer(vec![ServerExtension::SupportedVersions(ProtocolVersion::TLS13)]);
    assert_eq!(hello.selected_version(), Some(ProtocolVersion::TLS13));
    let mut both = server_hello();
    both.extensions.push(ServerExtension::SupportedVersions(ProtocolVersion::TLS13));
    let error = ServerHello::decode(&both.encode().unwrap()[HEADER_LEN..]).unwrap_err();
    assert_eq!(error.to_string(), "extension 65281 is in the wrong message");
}

#[test]
fn lists_have_their_limits() {
    let one = [0, 0, 1, 0x30, 0, 0];
    let chain = |count: u8| [&[0, 0, 0, count * 6][..], &one.repeat(count.into())].concat();
    assert_eq!(Certificate::decode(&chain(10)).unwrap().entries.len(), 10);
    assert_eq!(alert(Certificate::decode(&chain(11))), 42);
    assert_eq!(alert(Certificate::decode(&[0, 0, 0, 5, 0, 0, 0, 0, 0])), 50, "an empty certificate");
    assert_eq!(alert(CertificateVerify::decode(&[8, 4, 0, 0])), 50, "an empty signature");
    assert_eq!(
        alert(NewSessionTicket::decode(&[&[0; 9][..], &[0, 0, 0, 0]].concat())),
        50,
        "an empty ticket"
    );
    assert_eq!(alert(EncryptedExtensions::decode(&[0, 6, 0, 10, 0, 2, 0, 0])), 50, "no groups");
    assert_eq!(alert(KeyUpdate::decode(&[2])), 47);
    // Another status type than OCSP, and one without a response.
    let status = |body: &[u8]| everywhere(5, body)[5].1.as_ref().map_err(Error::alert).copied();
    assert_eq!(status(&[2, 0, 0, 1, 9]), Err(Some(Alert::DECODE_ERROR)));
    assert_eq!(status(&[1, 0, 0, 0]), Err(Some(Alert::DECODE_ERROR)));
}
