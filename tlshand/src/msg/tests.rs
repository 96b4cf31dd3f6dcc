//! Every message: there and back, every prefix refused, every byte too many refused; and the rules of single fields.

use std::fmt::Debug;

use tlswire::{Alert, Group, SignatureScheme, Suite};
use x509::CertificateDer;

use super::cert::{Certificate, CertificateRequest, CertificateVerify};
use super::ext::{ClientExtension, HOST_NAME, Name, ServerExtension, TrustedAuthority};
use super::finished::Finished;
use super::hello::{ClientHello, ServerHello};
use super::inbox::Inbox;
use super::kx::{
    ClientKeyExchange, DheParams, EcdheParams, Exchange, Params, ServerHelloDone, ServerKeyExchange, Signed,
};
use super::ssl2::Ssl2ClientHello;
use super::status::{CertificateStatus, StatusRequest};
use super::*;
use crate::fixture::FORM;
use crate::record_len::MaxFragment;

use ProtocolVersion as V;

/// There and back; then shorter and longer. A hello without its extensions is a whole hello, so of those only the prefix
/// that ends exactly there is excepted: `whole` says at which length of the body.
pub(super) fn codec<B: Body<Form = ()> + PartialEq + Debug>(body: &B, whole: Option<usize>) {
    codec_in((), body, whole);
}

/// The same for what is laid out by `form`.
fn codec_in<B: Body + PartialEq + Debug>(form: B::Form, body: &B, whole: Option<usize>) {
    let message = body.encode().unwrap();
    let mut inbox = Inbox::default();
    inbox.recv(&message);
    let framed = inbox.next().unwrap().unwrap();
    assert_eq!(framed.typ(), B::TYPE);
    assert!(message.ends_with(framed.bytes()));
    assert_eq!(&framed.parse_in::<B>(form, "it").unwrap(), body);

    let bytes = &message[HEADER_LEN..];
    for len in (0..bytes.len()).filter(|len| Some(*len) != whole) {
        let error = B::decode_in(form, &bytes[..len]).expect_err("a prefix");
        assert_eq!(error.alert(), Some(Alert::DECODE_ERROR), "{len} of {}: {error}", bytes.len());
    }
    let error = B::decode_in(form, &[bytes, &[0]].concat()).expect_err("a byte too many");
    assert_eq!(error.alert(), Some(Alert::DECODE_ERROR));
}

/// A hello with every extension that is known, and one that is not.
pub(super) fn client_hello() -> ClientHello {
    ClientHello {
        version: ProtocolVersion::TLS12,
        random: [0x5a; 32],
        session_id: vec![1, 2, 3],
        suites: vec![Suite(0xcca8), Suite(0xc02f), Suite(0x00ff)],
        compressions: vec![1, 0],
        extensions: vec![
            ClientExtension::ServerName(vec![
                Name { typ: HOST_NAME, bytes: b"a.example".to_vec() },
                Name { typ: 7, bytes: vec![0] },
            ]),
            ClientExtension::MaxFragmentLength(MaxFragment::of_len(2048).unwrap()),
            ClientExtension::ClientCertificateUrl,
            ClientExtension::TrustedCaKeys(vec![
                TrustedAuthority::PreAgreed,
                TrustedAuthority::KeySha1([1; 20]),
                TrustedAuthority::Name(vec![0x30, 0]),
                TrustedAuthority::CertSha1([3; 20]),
            ]),
            ClientExtension::TruncatedHmac,
            ClientExtension::StatusRequest(StatusRequest::Ocsp {
                responders: vec![vec![1, 2], vec![3]],
                extensions: vec![0x30, 0],
            }),
            ClientExtension::RecordSizeLimit(64),
            ClientExtension::SupportedGroups(vec![Group::X25519, Group(0x0a0a)]),
            ClientExtension::EcPointFormats(vec![0, 1]),
            ClientExtension::SignatureAlgorithms(vec![SignatureScheme(0x0804), SignatureScheme(0x0201)]),
            ClientExtension::Alpn(vec![b"h2".to_vec(), b"http/1.1".to_vec()]),
            ClientExtension::EncryptThenMac,
            ClientExtension::ExtendedMasterSecret,
            ClientExtension::SupportedVersions(vec![ProtocolVersion(0x0304), ProtocolVersion(0x0303)]),
            ClientExtension::RenegotiationInfo,
            ClientExtension::SessionTicket(vec![9; 5]),
            ClientExtension::Unknown { typ: 0x7a7a, body: Vec::new() },
        ],
    }
}

pub(super) fn server_hello() -> ServerHello {
    ServerHello {
        version: ProtocolVersion::TLS12,
        random: [0x5a; 32],
        session_id: Vec::new(),
        suite: Suite(0xc02f),
        compression: 0,
        extensions: vec![
            ServerExtension::RenegotiationInfo,
            ServerExtension::ServerName,
            ServerExtension::EcPointFormats(vec![0]),
            ServerExtension::EncryptThenMac,
            ServerExtension::ExtendedMasterSecret,
            ServerExtension::Alpn(b"h2".to_vec()),
            ServerExtension::MaxFragmentLength(MaxFragment::of_len(512).unwrap()),
            ServerExtension::TrustedCaKeys,
            ServerExtension::StatusRequest,
            ServerExtension::RecordSizeLimit(16_385),
            ServerExtension::Unknown { typ: 6, body: Vec::new() },
        ],
    }
}

/// A ClientHello with one extension of these bytes.
fn with_extension(typ: u16, body: &[u8]) -> Result<ClientHello, Error> {
    with_extensions(&[(typ, body)])
}

fn with_extensions(extensions: &[(u16, &[u8])]) -> Result<ClientHello, Error> {
    let raw = |(typ, body): &(u16, &[u8])| ClientExtension::Unknown { typ: *typ, body: body.to_vec() };
    let hello = ClientHello { extensions: extensions.iter().map(raw).collect(), ..client_hello() };
    ClientHello::decode(&hello.encode()?[HEADER_LEN..])
}

pub(super) fn alert<T: Debug>(result: Result<T, Error>) -> u8 {
    result.unwrap_err().alert().unwrap().0
}

#[test]
fn hellos() {
    let without = ClientHello { extensions: Vec::new(), ..client_hello() };
    let whole = without.encode().unwrap().len() - HEADER_LEN;
    codec(&without, None);
    codec(&client_hello(), Some(whole));

    let without = ServerHello { extensions: Vec::new(), ..server_hello() };
    let whole = without.encode().unwrap().len() - HEADER_LEN;
    codec(&without, None);
    codec(&server_hello(), Some(whole));
}

#[test]
fn other_messages() {
    let der = |len| CertificateDer::from(vec![0x30; len]);
    codec(&Certificate { chain: Vec::new() }, None);
    codec(&Certificate { chain: vec![der(300), der(1)] }, None);
    let authorities = vec![vec![1, 2], vec![3]];
    let schemes = vec![SignatureScheme(0x0403), SignatureScheme(0x0804)];
    let request = CertificateRequest { types: vec![1, 64], schemes: Some(schemes), authorities };
    codec_in(FORM, &request, None);
    codec_in(FORM, &CertificateRequest { authorities: Vec::new(), ..request.clone() }, None);
    codec_in(form(V::TLS11, Kx::Rsa), &CertificateRequest { schemes: None, ..request }, None);
    codec_in(FORM, &CertificateVerify { signed: signed(V::TLS12) }, None);
    codec_in(form(V::SSL3, Kx::Rsa), &CertificateVerify { signed: signed(V::SSL3) }, None);
    codec(&ServerHelloDone, None);
    codec(&CertificateStatus { response: vec![0x30; 300] }, None);
    for len in [12, 32, 36, 48] {
        codec_in(len, &Finished { verify_data: vec![3; len] }, None);
    }
}

fn form(version: V, kx: Kx) -> Form {
    Form { version, kx }
}

fn signed(version: V) -> Signed {
    Signed::new(version, SignatureScheme(0x0804), vec![1; 70])
}

#[test]
fn both_halves_of_every_key_exchange() {
    let curve = Params::Ecdhe(EcdheParams { group: Group::X25519, public: vec![9; 32] });
    let field = Params::Dhe(DheParams { prime: vec![0xff; 256], generator: vec![2], public: vec![7; 255] });
    for version in [V::SSL3, V::TLS10, V::TLS12] {
        let exchange = |kx: Kx, hint: Option<&[u8]>, params: Option<&Params>| {
            let signed = kx.is_signed().then(|| signed(version));
            let message =
                ServerKeyExchange { hint: hint.map(<[u8]>::to_vec), params: params.cloned(), signed };
            codec_in(form(version, kx), &message, None);
        };
        exchange(Kx::Ecdhe, None, Some(&curve));
        exchange(Kx::Dhe, None, Some(&field));
        exchange(Kx::EcdhePsk, Some(b""), Some(&curve));
        exchange(Kx::Psk, Some(b"hint"), None);

        let answer = |kx, identity: Option<&[u8]>, exchange| {
            let message = ClientKeyExchange { identity: identity.map(<[u8]>::to_vec), exchange };
            codec_in(form(version, kx), &message, None);
        };
        answer(Kx::Ecdhe, None, Exchange::Ecdhe(vec![4; 65]));
        answer(Kx::Ecdhe, None, Exchange::Ecdhe(Vec::new()));
        answer(Kx::EcdhePsk, Some(b"p9secret"), Exchange::Ecdhe(vec![9; 32]));
        answer(Kx::Dhe, None, Exchange::Dhe(vec![4; 256]));
        answer(Kx::Psk, Some(b""), Exchange::None);
        if version > V::SSL3 {
            answer(Kx::Rsa, None, Exchange::Rsa(vec![5; 256]));
        }
    }
    // SSL 3.0 takes whatever there is.
    let bare = ClientKeyExchange { identity: None, exchange: Exchange::RsaBare(vec![5; 256]) };
    let bytes = bare.encode().unwrap();
    assert_eq!(bytes.len(), HEADER_LEN + 256);
    let parsed = ClientKeyExchange::decode_in(form(V::SSL3, Kx::Rsa), &bytes[HEADER_LEN..]);
    assert_eq!(parsed.unwrap(), bare);
}

#[test]
fn a_hello_of_ssl2_is_one_of_today() {
    let ssl2 = |suites: &[u8], id_len: u8, challenge: &[u8]| {
        let lens =
            [0, u8::try_from(suites.len()).unwrap(), 0, id_len, 0, u8::try_from(challenge.len()).unwrap()];
        Ssl2ClientHello::decode(&[&[1, 3, 1][..], &lens, suites, challenge].concat())
    };
    let suites = [0, 0, 0x2f, 7, 0, 0xc0, 0, 0, 0xff];
    let Ssl2ClientHello(hello) = ssl2(&suites, 0, &[9; 16]).unwrap();
    assert_eq!(hello.version, V::TLS10);
    assert_eq!(hello.suites, [Suite(0x002f), Suite(0x00ff)]);
    assert_eq!((hello.random[..16].to_vec(), hello.random[16..].to_vec()), (vec![0; 16], vec![9; 16]));
    assert_eq!((hello.compressions, hello.extensions), (vec![0], Vec::new()));
    let long: Vec<u8> = (0..40).collect();
    assert_eq!(ssl2(&suites, 0, &long).unwrap().0.random.to_vec(), long[8..]);

    assert_eq!(alert(ssl2(&suites, 0, &[9; 15])), 50, "a short challenge");
    assert_eq!(alert(ssl2(&suites[..8], 0, &[9; 16])), 50, "part of a suite");
    assert_eq!(alert(ssl2(&suites, 16, &[9; 32])), 50, "a session");
    let whole = Ssl2ClientHello(ClientHello { version: V::TLS12, ..hello_of_ssl2() });
    codec(&whole, None);
}

fn hello_of_ssl2() -> ClientHello {
    ClientHello { session_id: Vec::new(), compressions: vec![0], extensions: Vec::new(), ..client_hello() }
}

#[test]
fn a_message_of_another_type_was_not_expected() {
    let mut inbox = Inbox::default();
    inbox.recv(&ServerHelloDone.encode().unwrap());
    let error = inbox.next().unwrap().unwrap().parse_in::<Finished>(12, "a finished").unwrap_err();
    assert_eq!((error.to_string(), error.alert()), ("expected a finished".to_owned(), Some(Alert(10))));
}

#[test]
fn suites_and_compressions_have_their_lengths() {
    let body =
        |suites: &[u8], compressions: &[u8]| [&[3, 3][..], &[0; 32], &[0], suites, compressions].concat();
    assert!(ClientHello::decode(&body(&[0, 2, 0xc0, 0x2f], &[1, 0])).is_ok());
    for suites in [&[0, 0][..], &[0, 1, 0xc0], &[0, 3, 0xc0, 0x2f, 0], &[0, 200, 0xc0, 0x2f]] {
        assert_eq!(alert(ClientHello::decode(&body(suites, &[1, 0]))), 50);
    }
    assert_eq!(alert(ClientHello::decode(&body(&[0, 2, 0xc0, 0x2f], &[0]))), 50);
    let error = ClientHello::decode(&body(&[0, 2, 0xc0, 0x2f], &[0])).unwrap_err();
    assert_eq!(error.to_string(), "handshake message (1) has invalid length");
}

#[test]
fn a_session_id_of_more_than_32_bytes_is_refused() {
    for (len, good) in [(32, true), (33, false), (255, false)] {
        let hello = ClientHello { session_id: vec![1; len], ..client_hello() };
        assert_eq!(ClientHello::decode(&hello.encode().unwrap()[HEADER_LEN..]).is_ok(), good);
        let hello = ServerHello { session_id: vec![1; len], ..server_hello() };
        assert_eq!(ServerHello::decode(&hello.encode().unwrap()[HEADER_LEN..]).is_ok(), good);
    }
}

#[test]
fn extensions_end_where_the_hello_does() {
    let without = ClientHello { extensions: Vec::new(), ..client_hello() }.encode().unwrap();
    let hello = |extensions: &[u8]| ClientHello::decode(&[&without[HEADER_LEN..], extensions].concat());
    assert_eq!(hello(&[0, 0]).unwrap().extensions, []);
    for bad in [&[0][..], &[0, 1], &[0, 4, 0, 23, 0, 0, 0], &[0, 3, 0, 23, 0], &[0, 4, 0, 23, 0, 1]] {
        let error = hello(bad).unwrap_err();
        assert_eq!(error.alert(), Some(Alert(50)), "{bad:?}");
    }
    let error = hello(&[0, 4, 0, 23, 0, 1]).unwrap_err();
    assert_eq!(error.to_string(), "clienthello extensions has invalid length");
}

#[test]
fn no_extension_comes_twice() {
    for typ in [0, 10, 13, 16, 22, 23, 43, 0xff01, 0x1234] {
        let hello = ClientHello { extensions: Vec::new(), ..client_hello() };
        let known = client_hello().extensions;
        let extension = known.iter().find(|known| ext::Extension::typ(*known) == typ);
        let extension = extension.cloned().unwrap_or(ClientExtension::Unknown { typ, body: vec![1] });
        let twice = ClientHello { extensions: vec![extension.clone(), extension], ..hello };
        assert_eq!(alert(ClientHello::decode(&twice.encode().unwrap()[HEADER_LEN..])), 47, "{typ}");
    }
}

#[test]
fn a_hello_has_a_limited_number_of_extensions() {
    let hello = |count: u16| {
        let unknown = |typ| ClientExtension::Unknown { typ, body: Vec::new() };
        let hello =
            ClientHello { extensions: (0x2000..0x2000 + count).map(unknown).collect(), ..client_hello() };
        ClientHello::decode(&hello.encode().unwrap()[HEADER_LEN..])
    };
    assert!(hello(64).is_ok());
    assert_eq!(alert(hello(65)), 50);
}

#[test]
fn server_names_have_their_structure() {
    let one = [0, 6, 0, 0, 3, b'a', b'.', b'b'];
    let hello = with_extension(0, &one).unwrap();
    assert_eq!(hello.server_names().unwrap(), [Name { typ: HOST_NAME, bytes: b"a.b".to_vec() }]);

    let empty_list = [0, 0];
    let empty_name = [0, 3, 0, 0, 0];
    let list_too_long = [0, 7, 0, 0, 3, b'a', b'.', b'b'];
    let list_too_short = [0, 5, 0, 0, 3, b'a', b'.', b'b'];
    let name_too_long = [0, 6, 0, 0, 4, b'a', b'.', b'b'];
    let name_too_short = [0, 6, 0, 0, 2, b'a', b'.', b'b'];
    for bad in
        [&[][..], &empty_list, &empty_name, &list_too_long, &list_too_short, &name_too_long, &name_too_short]
    {
        assert_eq!(alert(with_extension(0, bad)), 50, "{bad:?}");
    }
    let two_host_names = [0, 8, 0, 0, 1, b'a', 0, 0, 1, b'b'];
    assert_eq!(alert(with_extension(0, &two_host_names)), 47);
    let two_unknown = [0, 8, 9, 0, 1, b'a', 9, 0, 1, b'b'];
    assert_eq!(alert(with_extension(0, &two_unknown)), 47);
    let unknown_then_host_name = [0, 8, 9, 0, 1, b'a', 0, 0, 1, b'b'];
    assert_eq!(with_extension(0, &unknown_then_host_name).unwrap().server_names().unwrap().len(), 2);
}

#[test]
fn a_name_may_be_as_long_as_the_hello_lets_it() {
    for len in [1, 63, 253, 255, 15_000_u16] {
        let list = [&(len + 3).to_be_bytes()[..], &[0], &len.to_be_bytes(), &vec![b'a'; len.into()]].concat();
        let hello = with_extension(0, &list).unwrap();
        assert_eq!(hello.server_names().unwrap()[0].bytes.len(), usize::from(len));
    }
}

#[test]
fn lists_of_numbers_are_even_and_not_empty() {
    for (typ, good, odd, empty, short) in [
        (10, &[0, 2, 0, 29][..], &[0, 3, 0, 29, 0][..], &[0, 0][..], &[0, 2, 0, 29, 0][..]),
        (13, &[0, 2, 4, 1], &[0, 3, 4, 1, 0], &[0, 0], &[0, 2, 4, 1, 0]),
        (43, &[2, 3, 3], &[3, 3, 3, 0], &[0], &[2, 3, 3, 0]),
    ] {
        assert!(with_extension(typ, good).is_ok());
        for bad in [odd, empty, short, &[]] {
            assert_eq!(alert(with_extension(typ, bad)), 50, "{typ} {bad:?}");
        }
    }
}

#[test]
fn protocols_and_point_formats_are_not_empty() {
    for bad in [&[][..], &[0, 0], &[0, 1, 0], &[0, 3, 1, b'a', 0], &[0, 2, 2, b'a']] {
        assert_eq!(alert(with_extension(16, bad)), 50, "{bad:?}");
    }
    for bad in [&[][..], &[0], &[2, 0], &[1, 0, 0]] {
        assert_eq!(alert(with_extension(11, bad)), 50, "{bad:?}");
    }
}

#[test]
fn extended_master_secret_is_empty() {
    assert!(with_extension(23, &[]).unwrap().has_extended_master_secret());
    assert_eq!(alert(with_extension(23, &[0])), 50);
}

#[test]
fn encrypt_then_mac_is_empty() {
    assert!(with_extension(22, &[]).unwrap().has_encrypt_then_mac());
    assert_eq!(alert(with_extension(22, &[0])), 50);
}

#[test]
fn renegotiation_info_is_empty() {
    assert!(with_extension(0xff01, &[0]).unwrap().has_renegotiation_info());
    assert_eq!(alert(with_extension(0xff01, &[])), 50);
    assert_eq!(alert(with_extension(0xff01, &[2, 0])), 50);
    assert_eq!(alert(with_extension(0xff01, &[0, 0])), 50);
    let error = with_extension(0xff01, &[1, 0]).unwrap_err();
    assert_eq!(error.alert(), Some(Alert(40)));
    assert_eq!(error.to_string(), "invalid renegotiation extension");
}

#[test]
fn max_fragment_length_is_one_of_four_bytes() {
    for (code, len) in [(1, 512), (2, 1024), (3, 2048), (4, 4096)] {
        assert_eq!(with_extension(1, &[code]).unwrap().max_fragment(), MaxFragment::of_len(len));
    }
    for code in [0, 5, 255] {
        let error = with_extension(1, &[code]).unwrap_err();
        assert_eq!(error.alert(), Some(Alert::ILLEGAL_PARAMETER), "{code}");
        assert_eq!(error.to_string(), format!("invalid length of records {code}"));
    }
    for bad in [&[][..], &[1, 1]] {
        assert_eq!(alert(with_extension(1, bad)), 50, "{bad:?}");
    }
    assert_eq!(MaxFragment::of_len(1000), None);
}

#[test]
fn record_size_limit_is_at_least_64() {
    for limit in [64_u16, 16_384, 16_385, 65_535] {
        assert_eq!(with_extension(28, &limit.to_be_bytes()).unwrap().record_size_limit(), Some(limit));
    }
    for limit in [0_u16, 63] {
        assert_eq!(alert(with_extension(28, &limit.to_be_bytes())), 47, "{limit}");
    }
    for bad in [&[][..], &[64], &[0, 64, 0]] {
        assert_eq!(alert(with_extension(28, bad)), 50, "{bad:?}");
    }
}

#[test]
fn client_certificate_url_and_truncated_hmac_are_empty() {
    for typ in [2, 4] {
        assert!(with_extension(typ, &[]).is_ok(), "{typ}");
        assert_eq!(alert(with_extension(typ, &[0])), 50, "{typ}");
    }
}

#[test]
fn trusted_ca_keys_are_a_list_of_what_is_known() {
    let list = |entries: &[u8]| {
        with_extension(3, &[&u16::try_from(entries.len()).unwrap().to_be_bytes(), entries].concat())
    };
    assert_eq!(list(&[]).unwrap().trusted_authorities(), []);
    assert_eq!(list(&[0]).unwrap().trusted_authorities(), [TrustedAuthority::PreAgreed]);
    let name = [2, 0, 2, 0x30, 0];
    assert_eq!(list(&name).unwrap().trusted_authorities(), [TrustedAuthority::Name(vec![0x30, 0])]);
    let hashes = [&[1][..], &[7; 20], &[3], &[8; 20]].concat();
    let expected = [TrustedAuthority::KeySha1([7; 20]), TrustedAuthority::CertSha1([8; 20])];
    assert_eq!(list(&hashes).unwrap().trusted_authorities(), expected);
    // An empty name, one that runs over, a hash too short, and a type whose end nobody knows.
    for bad in [&[2, 0, 0][..], &[2, 0, 3, 0x30, 0], &hashes[..20], &[4, 0, 1, 0]] {
        assert_eq!(alert(list(bad)), 50, "{bad:?}");
    }
    assert_eq!(alert(with_extension(3, &[0, 2, 0])), 50);
}

#[test]
fn status_request_has_its_lists() {
    // RFC 6066 §8: the empty form.
    assert!(with_extension(5, &[1, 0, 0, 0, 0]).unwrap().wants_status());
    assert!(with_extension(5, &[1, 0, 3, 0, 1, 9, 0, 2, 0x30, 0]).unwrap().wants_status());
    // Of another type than OCSP nothing is known, its form neither.
    assert!(!with_extension(5, &[2, 9, 9]).unwrap().wants_status());
    for bad in [&[][..], &[1], &[1, 0, 0], &[1, 0, 0, 0], &[1, 0, 0, 0, 0, 0], &[1, 0, 2, 0, 0, 0, 0]] {
        assert_eq!(alert(with_extension(5, bad)), 50, "{bad:?}");
    }
}

#[test]
fn a_certificate_status_is_one_ocsp_response() {
    assert_eq!(CertificateStatus::decode(&[1, 0, 0, 1, 9]).unwrap().response, [9]);
    assert_eq!(alert(CertificateStatus::decode(&[1, 0, 0, 0])), 50);
    assert_eq!(alert(CertificateStatus::decode(&[2, 0, 0, 1, 9])), 50);
}

#[test]
fn an_unknown_extension_is_not_looked_into() {
    for typ in [6, 35, 0x0a0a] {
        assert!(with_extension(typ, &[0xff; 7]).is_ok());
    }
}

#[test]
fn answers_have_their_form() {
    let hello = |typ, body: &[u8]| {
        let extensions = vec![ServerExtension::Unknown { typ, body: body.to_vec() }];
        let hello = ServerHello { extensions, ..server_hello() };
        ServerHello::decode(&hello.encode().unwrap()[HEADER_LEN..])
    };
    // RFC 6066 §3: the acknowledgement is empty.
    assert!(hello(0, &[]).is_ok());
    assert_eq!(alert(hello(0, &[0])), 50);
    // RFC 5746 §3.4: anything but one zero byte.
    assert!(hello(0xff01, &[0]).is_ok());
    for bad in [&[][..], &[1], &[1, 0], &[0, 0]] {
        assert_eq!(alert(hello(0xff01, bad)), 40, "{bad:?}");
    }
    // RFC 7301 §3.1: exactly one protocol.
    assert!(hello(16, &[0, 2, 1, b'a']).is_ok());
    assert_eq!(alert(hello(16, &[0, 4, 1, b'a', 1, b'b'])), 50);
    assert_eq!(alert(hello(16, &[0, 0])), 50);
    assert_eq!(alert(hello(23, &[0])), 50);
    assert_eq!(alert(hello(11, &[0])), 50);
    // RFC 6066 §6, §8: the acknowledgements are empty.
    for typ in [3, 5] {
        assert!(hello(typ, &[]).is_ok());
        assert_eq!(alert(hello(typ, &[0])), 50);
    }
    // RFC 6066 §4, RFC 8449 §4.
    assert_eq!((alert(hello(1, &[5])), alert(hello(1, &[]))), (47, 50));
    assert_eq!((alert(hello(28, &[0, 63])), alert(hello(28, &[0]))), (47, 50));
}

#[test]
fn certificates_are_counted_and_not_empty() {
    let der = CertificateDer::from(vec![0x30]);
    let chain = |count| Certificate { chain: vec![der.clone(); count] }.encode().unwrap();
    assert!(Certificate::decode(&chain(10)[HEADER_LEN..]).is_ok());
    assert_eq!(alert(Certificate::decode(&chain(11)[HEADER_LEN..])), 42);
    assert_eq!(alert(Certificate::decode(&[0, 0, 3, 0, 0, 0])), 50);
    // The lists of a request: neither types nor schemes may be empty or run over.
    assert_eq!(alert(CertificateRequest::decode_in(FORM, &[0, 0, 2, 4, 1, 0, 0])), 50);
    assert_eq!(alert(CertificateRequest::decode_in(FORM, &[1, 1, 0, 0, 0, 0])), 50);
    assert_eq!(alert(CertificateRequest::decode_in(FORM, &[1, 1, 0xff, 0xfe, 4, 1, 0, 0])), 50);
    assert_eq!(alert(CertificateRequest::decode_in(FORM, &[1, 1, 0, 2, 4, 1, 0, 2, 0, 0])), 50);
}

#[test]
fn only_named_curves_are_taken() {
    for curve_type in [0, 1, 2, 4] {
        let body = [curve_type, 0, 29, 1, 9, 4, 1, 0, 1, 7];
        assert_eq!(alert(ServerKeyExchange::decode_in(FORM, &body)), 47);
    }
    assert_eq!(alert(ServerKeyExchange::decode_in(FORM, &[3, 0, 29, 0, 4, 1, 0, 1, 7])), 50);
    assert_eq!(alert(ServerKeyExchange::decode_in(FORM, &[3, 0, 29, 1, 9, 4, 1, 0, 0])), 50);
}

#[test]
fn params_are_signed_as_they_are_sent() {
    let params = Params::Ecdhe(EcdheParams { group: Group::SECP256R1, public: vec![4; 65] });
    let bytes = params.encode().unwrap();
    let message = ServerKeyExchange { hint: None, params: Some(params), signed: Some(signed(V::TLS12)) };
    assert_eq!(message.encode().unwrap()[HEADER_LEN..][..bytes.len()], bytes);
    assert_eq!(bytes[..4], [3, 0, 0x17, 65]);
}
