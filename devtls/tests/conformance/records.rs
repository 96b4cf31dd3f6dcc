//! Statements 104 to 120: records under keys, and the answers that are known.

use devtls::Compat;

use crate::rig::{Rig, tohex, told, unhex};
use crate::world::{World, both};

both![
    s104_recorded_records_are_opened,
    s105_fixed_records_are_sealed_alike,
    s106_explicit_nonces_of_gcm_differ_by_the_sequence_number,
    s107_cbc_since_tls_1_1_hides_that_two_writes_are_equal,
    s108_cbc_before_tls_1_1_has_no_room_for_an_iv,
    s109_a_change_of_keys_counts_its_own_direction_anew,
    s110_short_gcm_records,
    s111_a_changed_type_is_noticed,
    s112_short_cbc_records,
    s113_a_record_shorter_than_its_mac,
    s114_the_longest_padding_and_one_byte_of_it_changed,
    s115_alerts_are_encrypted_once_the_keys_are_in_use,
    s116_the_last_close_is_encrypted,
    s117_how_much_secret_each_algorithm_needs,
    s118_more_secret_than_needed_changes_nothing,
    s119_a_payload_of_16385_bytes,
    s120_an_empty_handshake_record,
    the_plain_transcripts,
];

/// What the original's own device was seen to send. The fields of a row: version, hashalg, encalg,
/// isclient of the writer, `fixed` or `drawn`, and two records of `hello`.
const RECORDED: &str = include_str!("../../../crates/tlsrec/tests/data/kat/device.txt");
/// Records with long padding by an independent program: version, hashalg, encalg, `good` or `bad`,
/// payload, record.
const PADDED: &str = include_str!("../../../crates/tlsrec/tests/data/kat/padding.txt");

fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split(' ').collect::<Vec<_>>().try_into().expect("as many fields"))
}

fn version(word: &str) -> i64 {
    i64::from_str_radix(word.trim_start_matches("0x"), 16).expect("a version")
}

/// The secret 00 01 02 ..., as long as any pair of algorithms takes, in base64.
fn secret() -> String {
    base64(&(0..=199).collect::<Vec<u8>>())
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[bits >> (18 - 6 * digit) & 63]));
        }
    }
    text
}

/// A conversation of that version with keys staged.
async fn staged(world: World, version: i64, hash: &str, enc: &str, is_client: u8) -> Rig {
    let rig = Rig::locked(world, version).await;
    rig.ctl(format!("secret {hash} {enc} {is_client} {}", secret())).await.expect("staged");
    rig
}

/// The same whose peer has changed to the keys.
async fn reading(world: World, version: i64, hash: &str, enc: &str, is_client: u8) -> Rig {
    let mut rig = staged(world, version, hash, enc, is_client).await;
    rig.peer_sends(&format!("14{version:04x}000101")).await;
    rig
}

/// The same that has itself changed to the keys.
async fn writing(world: World, version: i64, hash: &str, enc: &str, is_client: u8) -> Rig {
    let mut rig = staged(world, version, hash, enc, is_client).await;
    rig.ctl("changecipher").await.expect("changed");
    rig.sends(&format!("14{version:04x}000101")).await;
    rig
}

async fn s104_recorded_records_are_opened(world: World) {
    let mut count = 0;
    for [v, hash, enc, writer, _, first, second] in rows(RECORDED) {
        let reader = if writer == "0" { 1 } else { 0 };
        let mut rig = reading(world, version(v), hash, enc, reader).await;
        rig.peer_sends(&format!("{first}{second}")).await;
        for _ in 0..2 {
            assert_eq!(rig.read_hand(100).await, Ok(b"hello".to_vec()), "{v} {hash} {enc} {writer}");
        }
        count += 1;
    }
    assert_eq!(count, 58);
}

async fn s105_fixed_records_are_sealed_alike(world: World) {
    let mut count = 0;
    for [v, hash, enc, writer, _, first, second] in rows(RECORDED).filter(|row: &[&str; 7]| row[4] == "fixed")
    {
        let mut rig = writing(world, version(v), hash, enc, writer.parse().expect("0 or 1")).await;
        for record in [first, second] {
            assert_eq!(rig.write_hand(b"hello").await, Ok(5));
            rig.sends(record).await;
        }
        count += 1;
    }
    assert_eq!(count, 35);
}

async fn s106_explicit_nonces_of_gcm_differ_by_the_sequence_number(world: World) {
    for enc in ["aes_128_gcm_aead", "aes_256_gcm_aead"] {
        let mut firsts = Vec::new();
        for _ in 0..2 {
            let mut rig = writing(world, 0x303, "clear", enc, 0).await;
            let mut nonces = Vec::new();
            for _ in 0..5 {
                rig.write_hand(b"a").await.expect("sent");
                let record = rig.sends_record().await;
                nonces.push(u64::from_be_bytes(record[5..13].try_into().expect("eight bytes")));
            }
            for (seq, nonce) in (0..).zip(&nonces) {
                assert_eq!(nonce ^ nonces[0], seq);
            }
            firsts.push(nonces[0]);
        }
        assert_ne!(firsts[0], firsts[1], "another conversation draws another nonce");
    }
}

/// Writes `len` bytes to `hand` twice and gives the two records.
async fn two_records(rig: &mut Rig, len: usize) -> [Vec<u8>; 2] {
    let mut records = [Vec::new(), Vec::new()];
    for record in &mut records {
        rig.write_hand(&vec![7; len]).await.expect("sent");
        *record = rig.sends_record().await;
    }
    records
}

/// Ciphers, their block and the length of the MAC beside them, in bytes.
const CBC: [(&str, &str, usize, usize); 3] =
    [("3des_ede_cbc", "md5", 8, 16), ("aes_128_cbc", "sha1", 16, 20), ("aes_256_cbc", "sha1", 16, 20)];

async fn s107_cbc_since_tls_1_1_hides_that_two_writes_are_equal(world: World) {
    for (enc, hash, block, mac_len) in CBC {
        for version in [0x302, 0x303] {
            let mut rig = writing(world, version, hash, enc, 0).await;
            for len in [1, 11, 12, 100] {
                let [first, second] = two_records(&mut rig, len).await;
                assert_ne!(first[5..5 + block], second[5..5 + block]);
                let body_len = (block + len + mac_len + 1).next_multiple_of(block);
                assert_eq!((first.len(), second.len()), (5 + body_len, 5 + body_len), "{enc} {len}");
            }
        }
    }
}

async fn s108_cbc_before_tls_1_1_has_no_room_for_an_iv(world: World) {
    for (enc, hash, block, mac_len) in CBC {
        for version in [0x300, 0x301] {
            let mut rig = writing(world, version, hash, enc, 0).await;
            for len in [1, 11, 12, 100] {
                let [first, second] = two_records(&mut rig, len).await;
                let body_len = (len + mac_len + 1).next_multiple_of(block);
                assert_eq!((first.len(), second.len()), (5 + body_len, 5 + body_len), "{enc} {len}");
            }
        }
    }
}

async fn s109_a_change_of_keys_counts_its_own_direction_anew(world: World) {
    let (hash, enc) = ("sha1", "clear");
    let mut rig = reading(world, 0x303, hash, enc, 1).await;
    let from_server = "160303001968656c6c6fdde7b009d6aafafc085987b807105f921affdf92";
    let next_from_server = "160303001968656c6c6f5577cb7d0955b503b8ddcec66350741685f2759d";
    rig.peer_sends(from_server).await;
    assert_eq!(rig.read_hand(9).await, Ok(b"hello".to_vec()));
    rig.ctl("changecipher").await.expect("changed");
    rig.sends("14 0303 0001 01").await;
    let [first, second] = two_records(&mut rig, 5).await;
    assert_ne!(first, second);
    // The same keys again, for what we send only: our count begins anew, the peer's goes on.
    rig.ctl(format!("secret {hash} {enc} 1 {}", secret())).await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    rig.sends_record().await;
    assert_eq!(two_records(&mut rig, 5).await, [first, second]);
    rig.peer_sends(next_from_server).await;
    assert_eq!(rig.read_hand(9).await, Ok(b"hello".to_vec()));
}

/// The peer sends a record that nobody sealed; one of `whys` is told, and the peer gets `alert`.
async fn refuses(mut rig: Rig, record: &str, whys: &[&str], alert: u8) {
    rig.peer_sends(record).await;
    let why = rig.read_hand(100).await.expect_err("no record of ours");
    assert!(whys.contains(&why.as_str()), "{why} for {record}");
    rig.sends(&format!("15{}000202{alert:02x}", &record[2..6])).await;
}

/// A record of `len` bytes that look like nothing.
fn garbage(len: usize) -> String {
    let body: Vec<u8> = (0..len).map(|i| (i * 37 % 251).to_le_bytes()[0]).collect();
    format!("160303{len:04x}{}", tohex(&body))
}

async fn s110_short_gcm_records(world: World) {
    for len in [7, 8, 15, 16, 23] {
        let rig = reading(world, 0x303, "clear", "aes_128_gcm_aead", 1).await;
        let (why, alert) = if len < 8 { ("runt record message", 50) } else { ("record mac mismatch", 20) };
        refuses(rig, &garbage(len), &[why], alert).await;
    }
}

async fn s111_a_changed_type_is_noticed(world: World) {
    let is_gcm = |row: &[&str; 7]| row[0] == "0x303" && row[2] == "aes_128_gcm_aead" && row[3] == "0";
    let row = rows(RECORDED).find(is_gcm).expect("a recorded one");
    let rig = reading(world, 0x303, "clear", "aes_128_gcm_aead", 1).await;
    refuses(rig, &row[5].replacen("16", "17", 1), &["record mac mismatch"], 20).await;
}

async fn s112_short_cbc_records(world: World) {
    for (len, whys, alert) in [
        (15, &["runt record message"][..], 50),
        // What the length alone shows is told, the rest is not.
        (16, &["short record mac"], 20),
        (17, &["short record mac"], 20),
        (32, &["short record mac"], 20),
        (33, &["short record mac"], 20),
        (48, &["short record mac"], 20),
        (64, &["record mac mismatch"], 20),
    ] {
        let rig = reading(world, 0x303, "sha1", "aes_128_cbc", 1).await;
        // deviates: the original may say either of the last two.
        let whys = if len == 48 { &["record mac mismatch"] } else { whys };
        refuses(rig, &garbage(len), whys, alert).await;
    }
}

async fn s113_a_record_shorter_than_its_mac(world: World) {
    let rig = reading(world, 0x303, "sha1", "rc4_128", 1).await;
    refuses(rig, &garbage(8), &["short record mac"], 20).await;
}

async fn s114_the_longest_padding_and_one_byte_of_it_changed(world: World) {
    let mut counts = (0, 0);
    for [v, hash, enc, verdict, payload, record] in rows(PADDED) {
        let mut rig = reading(world, version(v), hash, enc, 0).await;
        if verdict == "good" {
            rig.peer_sends(record).await;
            assert_eq!(rig.read_hand(100).await, Ok(unhex(payload)), "{v} {hash} {enc}");
            counts.0 += 1;
        } else {
            // deviates: the original says `short record mac`, and takes any padding under SSL 3.0.
            refuses(rig, record, &["record mac mismatch"], 20).await;
            counts.1 += 1;
        }
    }
    assert_eq!(counts, (15, 30));
}

async fn s115_alerts_are_encrypted_once_the_keys_are_in_use(world: World) {
    let mut rig = staged(world, 0x303, "clear", "ccpoly96_aead", 0).await;
    rig.ctl("alert 100").await.expect("an alert always succeeds");
    rig.sends("15 0303 0002 0164").await;
    rig.ctl("changecipher").await.expect("changed");
    rig.sends("14 0303 0001 01").await;
    rig.ctl("alert 100").await.expect("an alert always succeeds");
    let record = rig.sends_record().await;
    assert_eq!((record[0], record.len()), (0x15, 5 + 2 + 16));
    let mut peer = reading(world, 0x303, "clear", "ccpoly96_aead", 1).await;
    peer.peer_sends(&tohex(&record)).await;
    assert_eq!(peer.read_hand(9).await, told("no renegotiation"));
}

async fn s116_the_last_close_is_encrypted(world: World) {
    let goodbye = writing(world, 0x303, "clear", "ccpoly96_aead", 0).await.close().await;
    let mut peer = reading(world, 0x303, "clear", "ccpoly96_aead", 1).await;
    assert_eq!(goodbye.len(), 2 * (5 + 2 + 16));
    peer.peer_sends(&goodbye).await;
    assert_eq!(peer.read_hand(9).await, told("close notify"));
}

async fn s117_how_much_secret_each_algorithm_needs(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    for (hash, enc, needed) in [
        ("md5", "rc4_128", 64),
        ("sha1", "rc4_128", 72),
        ("sha1", "3des_ede_cbc", 104),
        ("sha1", "aes_128_cbc", 104),
        ("sha1", "aes_256_cbc", 136),
        ("sha256", "aes_128_cbc", 128),
        ("sha256", "aes_256_cbc", 160),
        ("clear", "ccpoly64_aead", 64),
        ("clear", "ccpoly96_aead", 88),
        ("clear", "aes_128_gcm_aead", 40),
        ("clear", "aes_256_gcm_aead", 72),
        // A hash beside an AEAD does nothing, and its bytes are needed all the same.
        ("sha1", "aes_128_gcm_aead", 80),
    ] {
        let line = |len: usize| format!("secret {hash} {enc} 0 {}", base64(&vec![1; len]));
        assert_eq!(rig.ctl(line(needed)).await, Ok(()), "{hash} {enc}");
        assert_eq!(rig.ctl(line(needed - 1)).await, told("not enough secret data provided"), "{hash} {enc}");
    }
}

async fn s118_more_secret_than_needed_changes_nothing(world: World) {
    let mut records = Vec::new();
    for len in [88, 89, 1000] {
        let mut rig = Rig::locked(world, 0x303).await;
        let data: Vec<u8> = (0..len).map(|n: u16| n.to_le_bytes()[0]).collect();
        rig.ctl(format!("secret clear ccpoly96_aead 0 {}", base64(&data))).await.expect("staged");
        rig.ctl("changecipher").await.expect("changed");
        rig.sends("14 0303 0001 01").await;
        rig.write_hand(b"hello").await.expect("sent");
        records.push(tohex(&rig.sends_record().await));
    }
    assert_eq!(records, ["16030300155ca73b212120f61973bdaa05d54aba0cc74e8c968a"; 3]);
}

async fn s119_a_payload_of_16385_bytes(world: World) {
    // deviates: the original delivers it.
    let rig = Rig::setup(world, 0x303).await;
    let record = format!("1603034001{}", "00".repeat(16385));
    refuses(rig, &record, &["bad record message length 16385"], 22).await;
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends(&format!("1603034000{}", "00".repeat(16384))).await;
    assert_eq!(rig.read_hand(20000).await, Ok(vec![0; 16384]));
}

async fn s120_an_empty_handshake_record(world: World) {
    // deviates: the original's reads of `hand` give nothing from then on, for ever. It can send such records.
    let mut writer = Rig::with_compat(world, Compat::NineFront).await;
    writer.fd(0x303).await.expect("a channel is taken");
    writer.ctl("version 0x303").await.expect("the version is set");
    writer.ctl(format!("secret sha1 clear 0 {}", secret())).await.expect("staged");
    writer.ctl("changecipher").await.expect("changed");
    writer.sends("14 0303 0001 01").await;
    writer.write_hand(b"").await.expect("sent");
    let record = tohex(&writer.sends_record().await);
    assert_eq!(record.len(), 2 * (5 + 20));
    let rig = reading(world, 0x303, "sha1", "clear", 1).await;
    refuses(rig, &record, &["empty handshake record"], 10).await;
}

async fn the_plain_transcripts(world: World) {
    for (version, number, record) in [
        (0x303, 0, "15 0303 0002 0100"),
        (0x303, 70, "15 0303 0002 0246"),
        (0x300, 70, "15 0300 0002 022f"),
        (0x303, 41, "15 0303 0002 022e"),
        (0x300, 90, "15 0300 0002 0100"),
    ] {
        let mut rig = Rig::setup(world, version).await;
        rig.ctl(format!("alert {number}")).await.expect("an alert always succeeds");
        rig.sends(record).await;
    }
    let mut rig = Rig::est(world, 0x303).await;
    rig.hand = None;
    rig.peer_sends("16 0303 0004 00000000  17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    rig.sends("15 0303 0002 0164").await;
    assert_eq!(rig.write_data(b"").await, Ok(0));
    rig.sends("17 0303 0000").await;
    let mut rig = Rig::setup(world, 0x303).await;
    let hello = format!("01 0301 0012 0000 0010 {}", "5c".repeat(34));
    rig.peer_sends(&format!("802b {hello}")).await;
    assert_eq!(rig.read_hand(100).await, Ok(unhex(&format!("0900002b {hello}"))));
}
