//! Statements 125 on: the records and keys of TLS 1.3.

use getrandom::SysRng;
use rand_core::UnwrapErr;
use tlsrec::{Encalg, Hashalg, Header, OneWay, Side};
use tlswire::{ContentType, ProtocolVersion};

use crate::rig::{Rig, told};
use crate::world::{World, both};

both![
    s125_version_0x304_is_tls_1_3,
    s126_records_of_an_independent_program,
    s127_what_a_traffic_secret_needs,
    s128_one_change_cipher_spec_goes_out,
    s129_changecipher_in_changes_what_comes_in,
    s130_a_change_cipher_spec_changes_nothing,
    a_change_cipher_spec_after_a_hello_retry_request,
    s131_nothing_comes_in_the_clear_under_keys,
    alerts_have_no_levels,
    content_types_are_hidden,
];

/// What another program computed. The fields of a row: hashalg, encalg, isclient of the writer, secret, what the length is a
/// multiple of, and four times content type, payload and record, the last two under the next key.
const HIDDEN: &str = include_str!("../../../crates/tlsrec/tests/data/kat/hidden.txt");

/// The traffic secrets of the client and of the server.
const SECRETS: [u8; 64] = [0x5a; 64];

/// The peer's keys.
pub(crate) struct Far {
    pub(crate) recv: OneWay,
    pub(crate) send: OneWay,
}

impl Far {
    /// The other end of a device whose side is `side`.
    pub(crate) fn of(side: Side) -> Far {
        let other = if side == Side::Client { Side::Server } else { Side::Client };
        let (hash, enc) = (Hashalg::by_name("sha256"), Encalg::by_name("aes_128_gcm_aead"));
        let (hash, enc) = (hash.expect("a hash"), enc.expect("a cipher"));
        let dealt = tlsrec::deal(ProtocolVersion::TLS13, hash, enc, other, &SECRETS, &mut UnwrapErr(SysRng));
        let (incoming, outgoing) = dealt.expect("enough secret");
        let [recv, send] = [incoming, outgoing].map(|cipher| {
            let mut way = OneWay::new();
            way.stage(cipher);
            way.change_cipher().expect("staged");
            way
        });
        Far { recv, send }
    }

    /// Gives a record of this content.
    pub(crate) fn seal(&mut self, content_type: u8, payload: &[u8]) -> Vec<u8> {
        let mut record = Vec::new();
        let rng = &mut UnwrapErr(SysRng);
        self.send
            .seal(ContentType(content_type), ProtocolVersion::TLS13, payload, &mut record, rng)
            .expect("a record");
        record
    }

    /// Gives what a record holds.
    pub(crate) fn open(&mut self, record: &[u8]) -> (u8, Vec<u8>) {
        let mut body = record[5..].to_vec();
        let header = Header::peek(record).expect("a header");
        let opened = self.recv.open(header, &mut body).expect("a record of ours");
        (opened.content_type.0, body[opened.plain].to_vec())
    }
}

impl Rig {
    /// `locked` in TLS 1.3, with keys in use both ways.
    pub(crate) async fn hidden(world: World, side: Side) -> (Rig, Far) {
        Rig::fresh(world).await.hide(side).await
    }

    /// What [`Rig::hidden`] does after the open of `clone`.
    pub(crate) async fn hide(mut self, side: Side) -> (Rig, Far) {
        let rig = &mut self;
        rig.fd(0x303).await.expect("a channel is taken");
        rig.ctl("version 0x304").await.expect("TLS 1.3");
        rig.ctl(secret("sha256", "aes_128_gcm_aead", side)).await.expect("staged");
        rig.ctl("changecipher").await.expect("changed");
        rig.sends("14 0303 0001 01").await;
        rig.ctl("changecipher in").await.expect("changed");
        (self, Far::of(side))
    }

    /// `hidden`, and `opened`.
    pub(crate) async fn est_hidden(world: World, side: Side) -> (Rig, Far) {
        let (rig, far) = Rig::hidden(world, side).await;
        rig.ctl("opened").await.expect("data may move");
        (rig, far)
    }

    /// The peer sends these bytes.
    pub(crate) async fn peer_sends_bytes(&mut self, bytes: &[u8]) {
        self.peer_sends(&crate::rig::tohex(bytes)).await;
    }

    /// The peer sees an alert next, and nothing after it.
    pub(crate) async fn sends_alert(&mut self, far: &mut Far, alert: u8) {
        let record = self.sends_record().await;
        assert_eq!(far.open(&record), (21, vec![2, alert]));
        self.sends_nothing().await;
        assert_eq!(self.state().await, "Errored");
    }
}

/// The command that stages [`SECRETS`].
pub(crate) fn secret(hash: &str, enc: &str, side: Side) -> String {
    let digits = if hash == "sha384" { 128 } else { 86 };
    let base64 = "Wlpa".repeat(32);
    let is_client = u8::from(side == Side::Client);
    format!("secret {hash} {enc} {is_client} {}", &base64[..digits])
}

async fn s125_version_0x304_is_tls_1_3(world: World) {
    let mut rig = Rig::setup(world, 0x301).await;
    rig.write_hand(b"hello").await.expect("sent");
    rig.sends("16 0301 0005 68656c6c6f").await;
    rig.ctl("version 0x304").await.expect("TLS 1.3");
    assert!(rig.text("status").await.starts_with("State: Handshaking\nVersion: 0x304\nChan: "));
    rig.write_hand(b"hello").await.expect("sent");
    rig.sends("16 0303 0005 68656c6c6f").await;
    for version in ["0300", "0301", "0303", "0304", "03ff"] {
        rig.peer_sends(&format!("16 {version} 0001 61")).await;
        assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()), "{version}");
    }
    rig.peer_sends("16 0200 0001 61").await;
    let told = rig.read_hand(9).await.expect_err("no version");
    assert!(told.starts_with("devtls expected ver=304/set, saw (len=1) type=16 ver=200"), "{told}");
    rig.sends("15 0303 0002 0246").await;
    let rig = Rig::setup(world, 0x303).await;
    assert_eq!(rig.ctl("version 0x305").await, told_text("unsupported version"));
}

/// The error with this text, of a command.
pub(crate) fn told_text(text: &str) -> Result<(), String> {
    told(text)
}

async fn s126_records_of_an_independent_program(world: World) {
    let mut count = 0;
    for row in HIDDEN.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = row.split(' ').collect();
        let [hash, enc, writer, secret, unit, kind, text, record, ..] = fields[..] else { panic!("{row}") };
        if text == "-" || kind != "22" {
            continue;
        }
        let secret = crate::records::base64(&crate::rig::unhex(secret));
        let staged = async |is_client: &str| {
            let rig = Rig::locked(world, 0x304).await;
            rig.ctl(format!("secret {hash} {enc} {is_client} {secret}")).await.expect("staged");
            rig
        };
        let mut reader = staged(if writer == "0" { "1" } else { "0" }).await;
        reader.ctl("changecipher in").await.expect("changed");
        reader.peer_sends(record).await;
        assert_eq!(reader.read_hand(1000).await, Ok(crate::rig::unhex(text)), "{row}");
        if unit == "1" {
            let mut sealing = staged(writer).await;
            sealing.ctl("changecipher").await.expect("changed");
            sealing.sends("14 0303 0001 01").await;
            sealing.write_hand(&crate::rig::unhex(text)).await.expect("sent");
            sealing.sends(record).await;
        }
        count += 1;
    }
    assert!(count > 12, "{count}");
}

async fn s127_what_a_traffic_secret_needs(world: World) {
    let refuse = async |version: i64, line: &str, text: &str| {
        let rig = Rig::locked(world, version).await;
        assert_eq!(rig.ctl(line).await, told_text(text), "{line}");
    };
    let gcm = "aes_128_gcm_aead";
    for hash in ["clear", "md5", "sha1", "sha512"] {
        refuse(0x304, &secret(hash, gcm, Side::Client), "unsupported hash algorithm").await;
    }
    for enc in ["clear", "rc4_128", "3des_ede_cbc", "aes_128_cbc", "aes_256_cbc", "ccpoly64_aead", "none"] {
        refuse(0x304, &secret("sha256", enc, Side::Client), "unsupported encryption algorithm").await;
    }
    for version in [0x300, 0x301, 0x302, 0x303] {
        refuse(version, &secret("sha384", gcm, Side::Client), "unsupported hash algorithm").await;
    }
    let short = secret("sha256", gcm, Side::Client);
    refuse(0x304, &short[..short.len() - 1], "not enough secret data provided").await;
    let short = secret("sha384", gcm, Side::Client);
    refuse(0x304, &short[..short.len() - 1], "not enough secret data provided").await;
    refuse(0x304, &format!("{short} etm"), "etm needs a block cipher with a mac").await;
    for hash in ["sha256", "sha384"] {
        for enc in [gcm, "aes_256_gcm_aead", "ccpoly96_aead"] {
            let rig = Rig::locked(world, 0x304).await;
            assert_eq!(rig.ctl(secret(hash, enc, Side::Server)).await, Ok(()));
            let status = rig.text("status").await;
            assert!(status.contains(&format!("NewEncIn: {enc}\nNewHashIn: {hash}\nNewEncOut: {enc}\n")));
        }
    }
}

async fn s128_one_change_cipher_spec_goes_out(world: World) {
    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    rig.write_hand(b"\x08\0\0\0").await.expect("sent");
    let record = rig.sends_record().await;
    assert_eq!(far.open(&record), (22, b"\x08\0\0\0".to_vec()));
    for _ in 0..2 {
        rig.ctl(secret("sha256", "aes_128_gcm_aead", Side::Server)).await.expect("staged");
        rig.ctl("changecipher").await.expect("changed");
        rig.sends_nothing().await;
        far = Far::of(Side::Server);
        rig.write_hand(b"\x14\0\0\0").await.expect("sent");
        let record = rig.sends_record().await;
        assert_eq!(far.open(&record), (22, b"\x14\0\0\0".to_vec()), "the first record under the new key");
    }
    assert_eq!(rig.ctl("changecipher").await, told_text("cannot change cipher spec without setting secret"));
}

async fn s129_changecipher_in_changes_what_comes_in(world: World) {
    let mut rig = Rig::locked(world, 0x304).await;
    assert_eq!(
        rig.ctl("changecipher in").await,
        told_text("cannot change cipher spec without setting secret")
    );
    rig.ctl(secret("sha256", "aes_128_gcm_aead", Side::Client)).await.expect("staged");
    rig.peer_sends("16 0303 0004 02000000").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"\x02\0\0\0".to_vec()), "still in the clear");
    rig.ctl("changecipher in").await.expect("changed");
    let mut far = Far::of(Side::Client);
    let record = far.seal(22, b"\x08\0\0\0");
    rig.peer_sends_bytes(&record).await;
    assert_eq!(rig.read_hand(9).await, Ok(b"\x08\0\0\0".to_vec()));
    let status = rig.text("status").await;
    assert!(status.contains("EncIn: aes_128_gcm_aead\nHashIn: sha256\nNewEncOut: "), "{status}");
    rig.sends_nothing().await;

    let rig = Rig::locked(world, 0x303).await;
    assert_eq!(rig.ctl("changecipher in").await, told_text("only in version 0x304"));
}

async fn s130_a_change_cipher_spec_changes_nothing(world: World) {
    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    let finished = far.seal(22, b"\x14\0\0\0");
    rig.peer_sends("14 0303 0001 01").await;
    rig.peer_sends_bytes(&finished).await;
    assert_eq!(rig.read_hand(9).await, Ok(b"\x14\0\0\0".to_vec()));
    rig.ctl("opened").await.expect("data may move");
    rig.peer_sends("14 0303 0001 01").await;
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.read_hand(9).await, told("unexpected message"));
    rig.sends_alert(&mut far, 10).await;

    // A few change nothing; very many are a peer that does nothing else.
    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    rig.peer_sends(&"14 0303 0001 01".repeat(32)).await;
    sends_finished(&mut rig, &mut far).await;
    rig.peer_sends(&"14 0303 0001 01".repeat(33)).await;
    assert_eq!(rig.read_hand(9).await, told("too many records without progress"));
    rig.sends_alert(&mut far, 10).await;

    for odd in ["14 0303 0001 02", "14 0303 0002 0101"] {
        let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
        rig.peer_sends(odd).await;
        assert_eq!(rig.read_hand(9).await, told("invalid change cipher spec"));
        rig.sends_alert(&mut far, 10).await;
    }
    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    let hidden = far.seal(20, &[1]);
    rig.peer_sends_bytes(&hidden).await;
    assert_eq!(rig.read_hand(9).await, told("invalid record message 0x14"));
    rig.sends_alert(&mut far, 10).await;
}

/// The peer sends a message, and it is read.
async fn sends_finished(rig: &mut Rig, far: &mut Far) {
    let record = far.seal(22, b"\x14\0\0\0");
    rig.peer_sends_bytes(&record).await;
    assert_eq!(rig.read_hand(9).await, Ok(b"\x14\0\0\0".to_vec()));
}

async fn a_change_cipher_spec_after_a_hello_retry_request(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("16 0301 0004 01000000").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"\x01\0\0\0".to_vec()));
    rig.write_hand(b"\x02\0\0\0").await.expect("sent");
    rig.sends("16 0303 0004 02000000").await;
    rig.peer_sends("14 0303 0001 01 16 0303 0004 01000000").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"\x01\0\0\0".to_vec()));
}

async fn s131_nothing_comes_in_the_clear_under_keys(world: World) {
    for record in ["16 0303 0004 14000000", "18 0303 0001 01"] {
        let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
        rig.peer_sends(record).await;
        assert_eq!(rig.read_hand(9).await, told("unprotected record under keys"));
        rig.sends_alert(&mut far, 10).await;
    }
    // A client that cannot read our flight has no keys to say so under.
    let (mut rig, _) = Rig::hidden(world, Side::Server).await;
    rig.peer_sends("15 0303 0002 0228").await;
    let refused = "could not negotiate acceptable security parameters";
    assert_eq!(rig.read_hand(9).await, told(refused));
    assert_eq!(rig.read_hand(9).await, told(refused));

    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    let first = far.seal(22, b"\x14\0\0\0");
    rig.peer_sends_bytes(&first).await;
    assert_eq!(rig.read_hand(9).await, Ok(b"\x14\0\0\0".to_vec()));
    rig.peer_sends("15 0303 0002 0228").await;
    assert_eq!(rig.read_hand(9).await, told("unprotected record under keys"));
    rig.sends_alert(&mut far, 10).await;
}

async fn alerts_have_no_levels(world: World) {
    for level in [0, 1, 2] {
        let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
        let alert = far.seal(21, &[level, 0]);
        rig.peer_sends_bytes(&alert).await;
        assert_eq!(rig.read_data(9).await, Ok(Vec::new()), "an end");
        assert_eq!(rig.state().await, "RemoteClosed");
        assert_eq!(rig.write_data(b"more").await, Ok(4));
        let record = rig.sends_record().await;
        assert_eq!(far.open(&record), (23, b"more".to_vec()));

        let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
        let alert = far.seal(21, &[level, 100]);
        rig.peer_sends_bytes(&alert).await;
        assert_eq!(rig.read_data(9).await, told("tls error"));
        assert_eq!(rig.read_hand(9).await, told("no renegotiation"));
    }
}

async fn content_types_are_hidden(world: World) {
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
    assert_eq!(rig.write_data(b"hello").await, Ok(5));
    let record = rig.sends_record().await;
    assert_eq!((&record[..3], record.len()), (&[23, 3, 3][..], 5 + 5 + 1 + 16));
    assert_eq!(far.open(&record), (23, b"hello".to_vec()));
    let record = far.seal(23, b"world");
    rig.peer_sends_bytes(&record).await;
    assert_eq!(rig.read_data(9).await, Ok(b"world".to_vec()));

    // A type that is none, and one that may not be empty.
    for (kind, told_text, payload) in [
        (24, "invalid record message 0x18", &b"x"[..]),
        (22, "empty handshake record", b""),
        (21, "invalid alert", b""),
    ] {
        let (mut rig, mut far) = Rig::hidden(world, Side::Client).await;
        let record = far.seal(kind, payload);
        rig.peer_sends_bytes(&record).await;
        assert_eq!(rig.read_hand(9).await, told(told_text));
        rig.sends_alert(&mut far, 10).await;
    }
    // Data before its time.
    let (mut rig, mut far) = Rig::hidden(world, Side::Client).await;
    let record = far.seal(23, b"early");
    rig.peer_sends_bytes(&record).await;
    assert_eq!(rig.read_hand(9).await, told("application message received before handshake completed"));
    rig.sends_alert(&mut far, 10).await;
}
