//! RFC 8448's messages: read, written again to the same bytes, and with the fields that the RFC says.

use hex_literal::hex;

use super::*;
use crate::msg::finished::Finished;
use crate::msg::print::lines;

/// Reads a message and writes it again, which must give the same bytes.
fn read<B: Body<Form = ()>>(bytes: &[u8]) -> B {
    let body: B = message(bytes).parse("it").unwrap();
    assert_eq!(body.encode().unwrap(), bytes);
    body
}

#[test]
fn a_simple_handshake() {
    let hello: ClientHello = read(&CLIENT_HELLO);
    assert_eq!(hello.versions(), Some(&[ProtocolVersion::TLS13][..]));
    let share =
        ClientExtension::KeyShare(vec![KeyShare { group: Group::X25519, public: CLIENT_SHARE.to_vec() }]);
    assert!(hello.extensions.contains(&share));
    assert!(hello.extensions.contains(&ClientExtension::PskKeyExchangeModes(vec![1])));
    let hello: ServerHello = read(&SERVER_HELLO);
    assert_eq!((hello.selected_version(), hello.suite), (Some(ProtocolVersion::TLS13), Suite(0x1301)));
    assert!(matches!(&hello.extensions[0], ServerExtension::KeyShare(share) if share.group == Group::X25519));

    let mut inbox = Inbox::default();
    inbox.recv(&SERVER_FLIGHT);
    let mut next = || inbox.next().unwrap().unwrap();
    let answers: EncryptedExtensions = read(next().bytes());
    let record_size_limit = EncryptedExtension::RecordSizeLimit(16_385);
    assert_eq!(answers.extensions[1..], [record_size_limit, EncryptedExtension::ServerName]);
    let certificate: Certificate = read(next().bytes());
    assert_eq!((certificate.entries.len(), certificate.entries[0].der.len()), (1, 0x1b0));
    let verify: CertificateVerify = read(next().bytes());
    assert_eq!((verify.scheme, verify.signature.len()), (SignatureScheme::RSA_PSS_RSAE_SHA256, 128));
    let finished = next();
    assert_eq!(finished.parse_in::<Finished>(32, "it").unwrap().encode().unwrap(), finished.bytes());
    assert!(inbox.is_empty());

    let ticket: NewSessionTicket = read(&NEW_SESSION_TICKET);
    assert_eq!((ticket.lifetime, ticket.age_add, ticket.nonce), (30, 0xfad6_aac5, vec![0, 0]));
    assert_eq!((ticket.ticket.len(), ticket.extensions), (178, vec![TicketExtension::EarlyData(1024)]));
}

#[test]
fn a_resumed_handshake_s_hello() {
    let hello: ClientHello = read(&RESUMED_CLIENT_HELLO);
    assert!(hello.extensions.contains(&ClientExtension::EarlyData));
    let offer = hello.psks().unwrap();
    assert_eq!(offer.identities[0].obfuscated_ticket_age, 0xfad6_aac5);
    let ticket: NewSessionTicket = read(&NEW_SESSION_TICKET);
    assert_eq!((&offer.identities[0].identity, offer.binders[0].len()), (&ticket.ticket, 32));
}

#[test]
fn a_retry() {
    read::<ClientHello>(&RETRIED_CLIENT_HELLO);
    assert!(HelloRetryRequest::is_it(&message(&RETRY)));
    let retry: HelloRetryRequest = read(&RETRY);
    assert_eq!(retry.extensions[0], RetryExtension::KeyShare(Group::SECP256R1));
    assert!(matches!(&retry.extensions[1], RetryExtension::Cookie(cookie) if cookie.len() == 0x72));
    assert_eq!(retry.extensions[2], RetryExtension::SupportedVersions(ProtocolVersion::TLS13));
    assert!(!HelloRetryRequest::is_it(&message(&RETRIED_SERVER_HELLO)));
    read::<ServerHello>(&RETRIED_SERVER_HELLO);
}

#[test]
fn a_request_for_the_client_s_certificate() {
    let request: CertificateRequest = read(&CERTIFICATE_REQUEST);
    assert!(request.context.is_empty());
    let RequestExtension::SignatureAlgorithms(schemes) = &request.extensions[0] else { panic!("schemes") };
    assert_eq!((schemes[0], schemes.len()), (SignatureScheme::ECDSA_SECP256R1_SHA256, 15));
}

#[test]
fn each_is_a_line_of_text() {
    let flight =
        [&CLIENT_HELLO[..], &RETRY, &SERVER_HELLO, &SERVER_FLIGHT, &CERTIFICATE_REQUEST, &NEW_SESSION_TICKET];
    let lines = lines(flight).unwrap();
    for (line, begin) in lines.iter().zip([
        "ClientHello version 0303 random cb34",
        "HelloRetryRequest session_id nil suite 1301 extensions [ key_share 0017, cookie 71dcd04b",
        "ServerHello version 0303 random a6af",
        "EncryptedExtensions extensions [ supported_groups [ 001d 0017",
        "Certificate context nil lengths [ 432 ]",
        "CertificateVerify scheme 0804 signature 5a747c5d",
        "Finished verify_data 9b9b141d",
        "CertificateRequest context nil extensions [ signature_algorithms [ 0403",
        "NewSessionTicket lifetime 30 ticket of 178 bytes extensions [ early_data 1024 ]",
    ]) {
        assert!(line.starts_with(begin), "{line}");
    }
    assert_eq!(lines.len(), 9);
}

/// The public value of RFC 8448 §3's client.
const CLIENT_SHARE: [u8; 32] = hex!("99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c");
/// RFC 8448 §3
const CLIENT_HELLO: [u8; 196] = hex!(
    "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece700000613011303130201"
    "0000910000000b0009000006736572766572ff01000100000a00140012001d0017001800190100010101020103010400"
    "230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b00"
    "03020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001c"
    "00024001"
);
/// RFC 8448 §3
const SERVER_HELLO: [u8; 90] = hex!(
    "020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024"
    "001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304"
);
/// RFC 8448 §3: EncryptedExtensions, Certificate, CertificateVerify and Finished.
const SERVER_FLIGHT: [u8; 657] = hex!(
    "080000240022000a00140012001d00170018001901000101010201030104001c00024001000000000b0001b9000001b5"
    "0001b0308201ac30820115a003020102020102300d06092a864886f70d01010b0500300e310c300a0603550403130372"
    "7361301e170d3136303733303031323335395a170d3236303733303031323335395a300e310c300a0603550403130372"
    "736130819f300d06092a864886f70d010101050003818d0030818902818100b4bb498f8279303d980836399b36c6988c"
    "0c68de55e1bdb826d3901a2461eafd2de49a91d015abbc9a95137ace6c1af19eaa6af98c7ced43120998e187a80ee0cc"
    "b0524b1b018c3e0b63264d449a6d38e22a5fda430846748030530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a"
    "8002c47428a6d35a8d88d79f7f1e3f0203010001a31a301830090603551d1304023000300b0603551d0f0404030205a0"
    "300d06092a864886f70d01010b05000381810085aad2a0e5b9276b908c65f73a7267170618a54c5f8a7b337d2df7a594"
    "365417f2eae8f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67f2dbf102702e608ccae6bec1"
    "fc63a42a99be5c3eb7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409ba3eac9d91d402dcc0cc8f8961229ac9187b4"
    "2b4de100000f000084080400805a747c5d88fa9bd2e55ab085a61015b7211f824cd484145ab3ff52f1fda8477b0b7abc"
    "90db78e2d33a5c141a078653fa6bef780c5ea248eeaaa785c4f394cab6d30bbe8d4859ee511f602957b15411ac027671"
    "459e46445c9ea58c181e818e95b8c3fb0bf3278409d3be152a3da5043e063dda65cdf5aea20d53dfacd42f74f3140000"
    "209b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718"
);
/// RFC 8448 §3
const NEW_SESSION_TICKET: [u8; 205] = hex!(
    "040000c90000001efad6aac502000000b22c035d829359ee5ff7af4ec900000000262a6494dc486d2c8a34cb33fa90bf"
    "1b0070ad3c498883c9367c09a2be785abc55cd226097a3a982117283f82a03a143efd3ff5dd36d64e861be7fd61d2827"
    "db279cce145077d454a3664d4e6da4d29ee03725a6a4dafcd0fc67d2aea70529513e3da2677fa5906c5b3f7d8f92f228"
    "bda40dda721470f9fbf297b5aea617646fac5c03272e970727c621a79141ef5f7de6505e5bfbc388e93343694093934a"
    "e4d3570008002a000400000400"
);
/// RFC 8448 §4
const RESUMED_CLIENT_HELLO: [u8; 512] = hex!(
    "010001fc03031bc3ceb6bbe39cff938355b5a50adb6db21b7a6af649d7b4bc419d7876487d9500000613011303130201"
    "0001cd0000000b0009000006736572766572ff01000100000a00140012001d0017001800190100010101020103010400"
    "3300260024001d0020e4ffb68ac05f8d96c99da26698346c6be16482badddafe051a66b4f18d668f0b002a0000002b00"
    "03020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001c"
    "000240010015005700000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "2900dd00b800b22c035d829359ee5ff7af4ec900000000262a6494dc486d2c8a34cb33fa90bf1b0070ad3c498883c936"
    "7c09a2be785abc55cd226097a3a982117283f82a03a143efd3ff5dd36d64e861be7fd61d2827db279cce145077d454a3"
    "664d4e6da4d29ee03725a6a4dafcd0fc67d2aea70529513e3da2677fa5906c5b3f7d8f92f228bda40dda721470f9fbf2"
    "97b5aea617646fac5c03272e970727c621a79141ef5f7de6505e5bfbc388e93343694093934ae4d357fad6aac5002120"
    "3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d"
);
/// RFC 8448 §5: the first hello.
const RETRIED_CLIENT_HELLO: [u8; 180] = hex!(
    "010000b00303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f00000613011303130201"
    "0000810000000b0009000006736572766572ff01000100000a00080006001d00170018003300260024001d0020e8e8e3"
    "f3b93a25ed97a14a7dcacb8a272c6288e585c6484d05262fcad062ad1f002b0003020304000d0020001e040305030603"
    "020308040805080604010501060102010402050206020202002d00020101001c00024001"
);
/// RFC 8448 §5
const RETRY: [u8; 176] = hex!(
    "020000ac0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c00130100008400330002"
    "0017002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aacad365dd0030953f4edf6256"
    "36e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b0c8be778257d16"
    "aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0002b00020304"
);
/// RFC 8448 §5
const RETRIED_SERVER_HELLO: [u8; 123] = hex!(
    "020000770303bb341d847fd789c47c387172dc0c9bf147fccacb5043d86ca4c598d3ff571b9800130100004f00330045"
    "0017004104583e054b7a66672ae020ad9d2686fcc85b5ad41a134a0f03ee72b893052bd85b4c8de6776f5b04ac07d835"
    "40eab3e3d9c547bc6528c4317d294686093a6cad7d002b00020304"
);
/// RFC 8448 §6
const CERTIFICATE_REQUEST: [u8; 43] =
    hex!("0d000027000024000d0020001e040305030603020308040805080604010501060102010402050206020202");
