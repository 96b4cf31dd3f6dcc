//! What the device's conformance list says of records, as far as it shows without the device's files.

use crate::support::{Bytes, DEALS, Pair, VERSIONS, counting, hex, in_use, open, open_body};
use std::ops::Range;
use tlsrec::{ENCALGS, Encalg, HASHALGS, Hashalg, Header, OneWay, OpenError, SealError, SecretError, Side};
use tlswire::{ContentType, ProtocolVersion};

const TLS12: ProtocolVersion = ProtocolVersion::TLS12;
const HANDSHAKE: ContentType = ContentType::HANDSHAKE;

fn header(version: ProtocolVersion, len: usize) -> Header {
    Header { content_type: HANDSHAKE.0, version: version.0, len }
}

/// Opens a body of zeros, in the clear.
fn opened(way: &mut OneWay, len: usize) -> Result<(ContentType, Range<usize>), OpenError> {
    way.open(header(TLS12, len), &mut vec![0; len]).map(|opened| (opened.content_type, opened.plain))
}

/// Opens a body that nobody sealed, on a fresh connection.
fn open_garbage(version: ProtocolVersion, hash: &str, enc: &str, len: usize) -> Result<Vec<u8>, OpenError> {
    let mut pair = Pair::new(version, hash, enc);
    let body: Vec<u8> = (0..len).map(|i| u8::try_from(i * 37 % 251).unwrap()).collect();
    open_body(&mut pair.reader, header(version, len), &body)
}

#[test]
fn explicit_nonces_of_gcm_differ_by_the_sequence_number() {
    let nonce = |record: &[u8]| u64::from_be_bytes(record[5..13].try_into().unwrap());
    for enc in ["aes_128_gcm_aead", "aes_256_gcm_aead"] {
        let mut pair = Pair::new(TLS12, "clear", enc);
        let nonces: Vec<u64> = (0..300).map(|_| nonce(&pair.seal(HANDSHAKE, b"a"))).collect();
        for (seq, explicit) in (0..).zip(&nonces) {
            assert_eq!(explicit ^ nonces[0], seq);
        }
        let (hash, enc) = (Hashalg::by_name("clear").unwrap(), Encalg::by_name(enc).unwrap());
        let first_of = |seed| {
            let mut rng = Bytes::seeded(seed);
            let (_, cipher) =
                tlsrec::deal(TLS12, hash, enc, Side::Server, &counting(TLS12, hash, enc), &mut rng).unwrap();
            let mut out = Vec::new();
            in_use(cipher).seal(HANDSHAKE, TLS12, b"a", &mut out, &mut rng).unwrap();
            nonce(&out)
        };
        assert_ne!(first_of(1), first_of(2));
    }
}

#[test]
fn equal_payloads_under_cbc_look_different_from_tls_1_1_on() {
    for enc in ["3des_ede_cbc", "aes_128_cbc", "aes_256_cbc"] {
        for version in [ProtocolVersion::TLS11, TLS12] {
            let mut pair = Pair::new(version, "sha1", enc);
            assert_ne!(pair.seal(HANDSHAKE, b"hello")[5..13], pair.seal(HANDSHAKE, b"hello")[5..13]);
        }
    }
}

#[test]
fn cbc_records_have_the_length_of_the_next_whole_block() {
    for (hash, enc, block) in
        [("sha1", "3des_ede_cbc", 8), ("sha1", "aes_128_cbc", 16), ("sha256", "aes_256_cbc", 16)]
    {
        let mac_len = Hashalg::by_name(hash).unwrap().mac_len;
        for version in VERSIONS.into_iter().skip(1) {
            let iv_len = if version >= ProtocolVersion::TLS11 { block } else { 0 };
            let mut pair = Pair::new(version, hash, enc);
            for len in 0..70 {
                let expected = 5 + (iv_len + len + mac_len + 1).next_multiple_of(block);
                assert_eq!(pair.seal(HANDSHAKE, &vec![9; len]).len(), expected);
            }
        }
    }
}

#[test]
fn a_new_cipher_starts_its_own_direction_at_zero_and_no_other() {
    let (hash, enc) = (Hashalg::by_name("clear").unwrap(), Encalg::by_name("ccpoly96_aead").unwrap());
    let mut rng = Bytes::seeded(3);
    let secret = counting(TLS12, hash, enc);
    let mut deal = || tlsrec::deal(TLS12, hash, enc, Side::Server, &secret, &mut rng).unwrap();
    let (incoming, outgoing) = deal();
    let (mut recv, mut send) = (in_use(incoming), in_use(outgoing));
    let mut out = Vec::new();
    let mut record = |send: &mut OneWay| {
        out.clear();
        send.seal(HANDSHAKE, TLS12, b"hello", &mut out, &mut Bytes::seeded(4)).unwrap();
        out.clone()
    };
    let first = record(&mut send);
    assert_ne!(record(&mut send), first);
    assert_eq!(recv.open(header(TLS12, 3), &mut [1, 2, 3]), Err(OpenError::BadMac));
    assert_eq!((recv.seq(), send.seq()), (1, 2));

    let (_, outgoing) = deal();
    send.stage(outgoing);
    assert_eq!(send.seq(), 2, "staging alone changes nothing");
    send.change_cipher().unwrap();
    assert_eq!((recv.seq(), send.seq()), (1, 0));
    assert_eq!(record(&mut send), first);
}

#[test]
fn records_in_the_clear_are_not_counted() {
    let mut way = OneWay::new();
    let mut out = Vec::new();
    way.seal(ContentType::ALERT, TLS12, &[1, 0], &mut out, &mut Bytes::seeded(1)).unwrap();
    way.seal(ContentType::APPLICATION_DATA, TLS12, &[], &mut out, &mut Bytes::seeded(1)).unwrap();
    assert_eq!(out, hex("150303000201001703030000"));
    assert_eq!(opened(&mut way, 4), Ok((HANDSHAKE, 0..4)));
    assert_eq!(way.seq(), 0);
    assert!(way.current().is_none() && way.staged().is_none());
    assert!(way.change_cipher().is_err());
}

#[test]
fn short_gcm_bodies_are_runts_up_to_seven_bytes_and_forgeries_from_eight_on() {
    for enc in ["aes_128_gcm_aead", "aes_256_gcm_aead"] {
        for len in 0..8 {
            assert_eq!(open_garbage(TLS12, "clear", enc, len), Err(OpenError::Runt));
        }
        for len in 8..60 {
            assert_eq!(open_garbage(TLS12, "clear", enc, len), Err(OpenError::BadMac));
        }
    }
    for enc in ["ccpoly64_aead", "ccpoly96_aead"] {
        for len in 0..60 {
            assert_eq!(open_garbage(TLS12, "clear", enc, len), Err(OpenError::BadMac));
        }
    }
}

#[test]
fn a_header_that_was_changed_is_a_forgery() {
    for enc in ["aes_128_gcm_aead", "aes_256_gcm_aead", "ccpoly64_aead", "ccpoly96_aead"] {
        for (at, flip) in [(0, 1), (1, 4), (2, 1)] {
            let mut pair = Pair::new(TLS12, "clear", enc);
            let mut record = pair.seal(HANDSHAKE, b"hello");
            record[at] ^= flip;
            assert_eq!(pair.open(&record), Err(OpenError::BadMac));
        }
    }
}

#[test]
fn short_cbc_bodies_are_runts_below_a_block_and_then_one_alert() {
    for len in 0..16 {
        assert_eq!(open_garbage(TLS12, "sha1", "aes_128_cbc", len), Err(OpenError::Runt));
    }
    for len in 16..200 {
        let error = open_garbage(TLS12, "sha1", "aes_128_cbc", len).unwrap_err();
        assert_eq!(error.alert().0, 20, "{len}: {error}");
        // What can be told from the length alone is said; the rest is not.
        let is_short = len % 16 != 0 || len < 16 + 20 + 1;
        assert_eq!(error == OpenError::ShortMac, is_short, "{len}");
    }
}

#[test]
fn a_body_that_is_shorter_than_its_mac_is_said_to_be_so_without_cbc() {
    for len in 0..20 {
        assert_eq!(open_garbage(TLS12, "sha1", "rc4_128", len), Err(OpenError::ShortMac));
    }
    assert_eq!(open_garbage(TLS12, "sha1", "rc4_128", 20), Err(OpenError::BadMac));
}

#[test]
fn a_secret_may_be_too_short_by_no_byte_and_too_long_by_any() {
    for deal in DEALS {
        for (h, e, needed) in [
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
            ("clear", "clear", 0),
        ] {
            let (h, e) = (Hashalg::by_name(h).unwrap(), Encalg::by_name(e).unwrap());
            let with = |n: usize| {
                let secret: Vec<u8> = (0..n).map(|i| u8::try_from(i % 256).unwrap()).collect();
                let mut rng = Bytes::seeded(5);
                let (_, outgoing) = deal(TLS12, h, e, Side::Client, &secret, &mut rng)?;
                let mut out = Vec::new();
                in_use(outgoing).seal(HANDSHAKE, TLS12, b"hello", &mut out, &mut rng).unwrap();
                Ok(out)
            };
            for n in 0..needed {
                assert_eq!(with(n), Err(SecretError::NotEnough));
            }
            assert_eq!(with(needed), with(needed + 100));
            assert!(with(needed).is_ok());
        }
    }
    assert_eq!(SecretError::NotEnough.text(), "not enough secret data provided");
}

#[test]
fn sha256_is_refused_in_ssl3_once_there_is_enough_secret() {
    let (h, e) = (Hashalg::by_name("sha256").unwrap(), Encalg::by_name("aes_128_cbc").unwrap());
    let deal = |secret: &[u8]| {
        tlsrec::deal(ProtocolVersion::SSL3, h, e, Side::Client, secret, &mut Bytes::seeded(1))
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(deal(&[0; 127]), SecretError::NotEnough);
    assert_eq!(deal(&[0; 128]), SecretError::Sha256WithSsl3);
    assert_eq!(deal(&[0; 128]).text(), "sha256 cannot be used with SSL");
}

#[test]
fn a_plaintext_of_more_than_16384_bytes_is_refused_both_ways() {
    let mut way = OneWay::new();
    let mut out = b"kept".to_vec();
    let sealed = way.seal(HANDSHAKE, TLS12, &[0; 16385], &mut out, &mut Bytes::seeded(1));
    assert_eq!((sealed, &out[..]), (Err(SealError::TooLong(16385)), &b"kept"[..]));
    assert_eq!(opened(&mut way, 16385), Err(OpenError::TooLong(16385)));
    assert_eq!(opened(&mut way, 16384), Ok((HANDSHAKE, 0..16384)));

    // No cipher has expansion in the clear but no MAC: a body may be longer than a plaintext and still hold one.
    let mut pair = Pair::new(TLS12, "clear", "clear");
    let long = open_body(&mut pair.reader, header(TLS12, 16385), &[0; 16385]);
    assert_eq!(long, Err(OpenError::TooLong(16385)));
    assert_eq!(OpenError::TooLong(16385).alert().0, 22);
}

#[test]
fn the_names_of_both_tables_are_in_the_original_order() {
    let encalgs: Vec<&str> = ENCALGS.iter().map(|e| e.name).collect();
    assert_eq!(
        encalgs.join(" "),
        "clear rc4_128 3des_ede_cbc aes_128_cbc aes_256_cbc ccpoly64_aead ccpoly96_aead aes_128_gcm_aead aes_256_gcm_aead"
    );
    let hashalgs: Vec<&str> = HASHALGS.iter().map(|h| h.name).collect();
    assert_eq!(hashalgs.join(" "), "clear md5 sha1 sha256 sha384");
    assert!(Encalg::by_name("aes").is_none() && Hashalg::by_name("SHA1").is_none());
}

#[test]
fn a_cipher_tells_its_names_and_nothing_else() {
    let (h, e) = (Hashalg::by_name("sha1").unwrap(), Encalg::by_name("ccpoly96_aead").unwrap());
    let (incoming, _) =
        tlsrec::deal(TLS12, h, e, Side::Client, &counting(TLS12, h, e), &mut Bytes::seeded(1)).unwrap();
    let mut way = OneWay::new();
    way.stage(incoming);
    let staged = way.staged().unwrap();
    assert_eq!((staged.hashalg().name, staged.encalg().name), ("sha1", "ccpoly96_aead"));
    assert_eq!(format!("{staged:?}"), "Cipher(ccpoly96_aead sha1 ..)");
    way.unstage();
    assert!(way.staged().is_none());
}

const BLOCKS: [&str; 3] = ["3des_ede_cbc", "aes_128_cbc", "aes_256_cbc"];

/// Both ways of a pair whose MAC is over the ciphertext.
fn etm(
    v: ProtocolVersion,
    h: &'static Hashalg,
    e: &'static Encalg,
    side: Side,
) -> Result<(OneWay, OneWay), SecretError> {
    let mut rng = Bytes::seeded(1);
    let (incoming, outgoing) = tlsrec::deal_encrypt_then_mac(v, h, e, side, &counting(v, h, e), &mut rng)?;
    Ok((in_use(incoming), in_use(outgoing)))
}

#[test]
fn a_mac_over_the_ciphertext_is_the_hmac_of_rfc_7366() {
    use hmac::{KeyInit, Mac};
    for v in [ProtocolVersion::TLS10, ProtocolVersion::TLS11, TLS12] {
        for e in BLOCKS.map(|name| Encalg::by_name(name).unwrap()) {
            let h = Hashalg::by_name("sha1").unwrap();
            let (mut reader, _) = etm(v, h, e, Side::Server).unwrap();
            let (_, mut writer) = etm(v, h, e, Side::Client).unwrap();
            for (seq, text) in [&b"hello"[..], &[7; 400], b""].into_iter().enumerate() {
                let mut record = Vec::new();
                writer.seal(HANDSHAKE, v, text, &mut record, &mut Bytes::seeded(9)).unwrap();
                let (encrypted, tag) = record[5..].split_at(record.len() - 5 - 20);
                assert_eq!(encrypted.len() % e.iv_len, 0);
                let [l1, l0] = u16::try_from(encrypted.len()).unwrap().to_be_bytes();
                let [v1, v0] = v.to_bytes();
                let seq = u8::try_from(seq).unwrap();
                // What the client sends has the first MAC key of the secret.
                let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(&counting(v, h, e)[..20]).unwrap();
                mac.update(&[0, 0, 0, 0, 0, 0, 0, seq, 22, v1, v0, l1, l0]);
                mac.update(encrypted);
                assert_eq!(mac.finalize().as_bytes()[..], *tag, "{v} {e:?} {seq}");
                assert_eq!(open(&mut reader, &record).as_deref(), Ok(text), "{v} {e:?} {seq}");
            }
        }
    }
}

#[test]
fn no_changed_byte_of_a_record_with_its_mac_outside_is_opened() {
    let (h, e) = (Hashalg::by_name("sha256").unwrap(), Encalg::by_name("aes_128_cbc").unwrap());
    let (_, mut writer) = etm(TLS12, h, e, Side::Client).unwrap();
    let mut record = Vec::new();
    writer.seal(HANDSHAKE, TLS12, b"hello", &mut record, &mut Bytes::seeded(9)).unwrap();
    assert_eq!(record.len(), 5 + 16 + 16 + 32);
    for at in 5..record.len() {
        let mut changed = record.clone();
        changed[at] ^= 1;
        let (mut reader, _) = etm(TLS12, h, e, Side::Server).unwrap();
        assert_eq!(open(&mut reader, &changed), Err(OpenError::BadMac), "{at}");
    }
    for len in 1..record.len() - 5 {
        let [l1, l0] = u16::try_from(len).unwrap().to_be_bytes();
        let cut = [&record[..3], &[l1, l0], &record[5..5 + len]].concat();
        let (mut reader, _) = etm(TLS12, h, e, Side::Server).unwrap();
        let refused = open(&mut reader, &cut).unwrap_err();
        assert!(matches!(refused, OpenError::Runt | OpenError::ShortMac | OpenError::BadMac), "{len}");
    }
}

#[test]
fn only_a_block_cipher_with_a_mac_can_have_it_outside() {
    for (h, e) in HASHALGS.iter().flat_map(|h| ENCALGS.iter().map(move |e| (h, e))) {
        let can = h.mac_len > 0 && h.name != "sha384" && BLOCKS.contains(&e.name);
        assert_eq!(etm(TLS12, h, e, Side::Client).is_ok(), can, "{h:?} {e:?}");
        let refused = etm(ProtocolVersion::SSL3, h, e, Side::Client).err();
        assert_eq!(refused, Some(SecretError::NoEncryptThenMac), "{h:?} {e:?}");
    }
}
