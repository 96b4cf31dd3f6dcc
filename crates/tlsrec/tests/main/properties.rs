//! What holds of every algorithm under every version.

use crate::support::{Bytes, DEALS, Pair, combinations, open_body};
use tlsrec::{EXPANSION_MAX, Encalg, Hashalg, Header, OpenError, Side};
use tlswire::{ContentType, ProtocolVersion};

const DATA: ContentType = ContentType::APPLICATION_DATA;

fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|i| i.wrapping_mul(0x9e37_79b1).to_le_bytes()[2]).collect()
}

/// Says whether a change in a record of these algorithms can be noticed at all.
fn is_authenticated(hash: &Hashalg, enc: &Encalg) -> bool {
    hash.mac_len > 0 || enc.name.ends_with("_aead")
}

#[test]
fn what_is_sealed_is_opened_for_every_algorithm_version_side_and_length() {
    for (version, hash, enc) in combinations() {
        for (side, deals) in [(Side::Client, DEALS), (Side::Server, [DEALS[1], DEALS[0]])] {
            let mut pair = Pair::between(deals, version, hash, enc, side);
            for len in [0, 1, 15, 16, 17, 16383, 16384] {
                let payload = payload(len);
                let record = pair.seal(DATA, &payload);
                assert!(record.len() <= len + EXPANSION_MAX);
                let header = Header::peek(&record).unwrap();
                assert_eq!(
                    (header.content_type(), header.version),
                    (DATA, version.min(ProtocolVersion::TLS12).0)
                );
                assert_eq!(header.len, record.len() - 5);
                let opened = open_body(&mut pair.reader, header, &record[5..]);
                assert!(opened.as_ref() == Ok(&payload), "{version:?} {hash:?} {enc:?} {side:?} {len}");
            }
        }
    }
}

#[test]
fn sealing_appends_and_reuses_the_callers_buffer() {
    for (version, hash, enc) in combinations() {
        let mut pair = Pair::between(DEALS, version, hash, enc, Side::Client);
        let mut out = Vec::with_capacity(3 * (300 + EXPANSION_MAX));
        let (place, capacity) = (out.as_ptr(), out.capacity());
        for n in [100, 0, 300] {
            pair.writer.seal(DATA, version, &payload(n), &mut out, &mut pair.rng).unwrap();
        }
        assert_eq!((out.as_ptr(), out.capacity()), (place, capacity), "{enc:?}");
        let mut rest = &out[..];
        for n in [100, 0, 300] {
            let header = Header::peek(rest).unwrap();
            let (record, tail) = rest.split_at(5 + header.len);
            assert_eq!(open_body(&mut pair.reader, header, &record[5..]), Ok(payload(n)));
            rest = tail;
        }
        assert!(rest.is_empty());
    }
}

/// A fresh reader's judgement of a body that should have followed the header in `record`.
fn judge(
    deal: usize,
    version: ProtocolVersion,
    hash: &'static Hashalg,
    enc: &'static Encalg,
    record: &[u8],
) -> Result<Vec<u8>, OpenError> {
    let mut pair = Pair::between([DEALS[deal]; 2], version, hash, enc, Side::Server);
    let header = Header::peek(record).unwrap();
    open_body(&mut pair.reader, Header { len: record.len() - 5, ..header }, &record[5..])
}

#[test]
fn no_flipped_bit_of_a_small_record_changes_its_plaintext() {
    for (version, hash, enc) in combinations().filter(|(_, hash, enc)| is_authenticated(hash, enc)) {
        for deal in 0..DEALS.len() {
            for len in [0, 5] {
                let record = Pair::between(DEALS, version, hash, enc, Side::Server).seal(DATA, &payload(len));
                assert!(judge(deal, version, hash, enc, &record).is_ok());
                // The header's length is not flipped: a body of another length is the prefixes' test.
                for bit in (0..8 * record.len()).filter(|bit| !(24..40).contains(bit)) {
                    let mut forged = record.clone();
                    forged[bit / 8] ^= 1 << (bit % 8);
                    let opened = judge(deal, version, hash, enc, &forged);
                    if version == ProtocolVersion::SSL3 && opened == Ok(payload(len)) {
                        // SSL 3.0 covers neither the version nor what the padding is filled with.
                        assert!(bit < 24 || enc.name.ends_with("_cbc"), "{hash:?} {enc:?} {len} bit {bit}");
                    } else {
                        assert_eq!(
                            opened,
                            Err(OpenError::BadMac),
                            "{version:?} {hash:?} {enc:?} {len} bit {bit}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_strict_prefix_of_a_body_fails() {
    for (version, hash, enc) in combinations().filter(|(_, hash, enc)| is_authenticated(hash, enc)) {
        for deal in 0..DEALS.len() {
            let record = Pair::between(DEALS, version, hash, enc, Side::Server).seal(DATA, &payload(40));
            for len in 5..record.len() {
                assert!(
                    judge(deal, version, hash, enc, &record[..len]).is_err(),
                    "{version:?} {hash:?} {enc:?} {len}"
                );
            }
        }
    }
}

#[test]
fn records_out_of_turn_fail() {
    for (version, hash, enc) in combinations().filter(|(_, hash, enc)| is_authenticated(hash, enc)) {
        let mut pair = Pair::between(DEALS, version, hash, enc, Side::Client);
        let first = pair.seal(DATA, b"first");
        let second = pair.seal(DATA, b"second");
        assert!(pair.open(&second).is_err(), "{version:?} {hash:?} {enc:?}: one was left out");
        let mut pair = Pair::between(DEALS, version, hash, enc, Side::Client);
        assert_eq!(pair.open(&first), Ok(b"first".to_vec()));
        assert!(pair.open(&first).is_err(), "{version:?} {hash:?} {enc:?}: one came twice");
    }
}

#[test]
fn both_backends_seal_the_same_bytes() {
    for (version, hash, enc) in combinations() {
        let mut fast = Pair::between([DEALS[0]; 2], version, hash, enc, Side::Server);
        let mut portable = Pair::between([DEALS[1]; 2], version, hash, enc, Side::Server);
        fast.rng = Bytes::seeded(9);
        portable.rng = Bytes::seeded(9);
        for len in [0, 1, 16, 100, 4096] {
            assert_eq!(fast.seal(DATA, &payload(len)), portable.seal(DATA, &payload(len)));
        }
    }
}
