//! The end of the sequence numbers, which no test from outside would live to see.

use super::{NothingStaged, OneWay};
use crate::{ENCALGS, HASHALGS, Header, OpenError, SealError, Side, deal, kat::Constant};
use alloc::{vec, vec::Vec};
use tlswire::{ContentType, ProtocolVersion};

const DATA: ContentType = ContentType::APPLICATION_DATA;
const TLS12: ProtocolVersion = ProtocolVersion::TLS12;

fn both_ways_at(seq: u64, enc: usize) -> (OneWay, OneWay) {
    let way = |side| {
        let (incoming, outgoing) =
            deal(TLS12, &HASHALGS[2], &ENCALGS[enc], side, &[5; 200], &mut Constant(1)).unwrap();
        match side {
            Side::Client => incoming,
            Side::Server => outgoing,
        }
    };
    [Side::Server, Side::Client].map(|side| OneWay { seq, current: Some(way(side)), ..OneWay::new() }).into()
}

#[test]
fn sequence_numbers_never_wrap() {
    for enc in 0..ENCALGS.len() {
        let (mut send, mut recv) = both_ways_at(u64::MAX - 1, enc);
        let mut out = Vec::new();
        assert_eq!(send.seal(DATA, TLS12, b"last", &mut out, &mut Constant(2)), Ok(()));
        let mut body = out.split_off(5);
        let header = Header::peek(&out).unwrap();
        let plain = recv.open(header, &mut body.clone()).unwrap();
        assert_eq!(plain.plain.len(), 4);

        let mut out = vec![1, 2];
        assert_eq!(send.seal(DATA, TLS12, b"over", &mut out, &mut Constant(2)), Err(SealError::SequenceEnd));
        assert_eq!(out, [1, 2]);
        assert_eq!(recv.open(header, &mut body), Err(OpenError::SequenceEnd));
        assert_eq!((send.seq(), recv.seq()), (u64::MAX, u64::MAX));
    }
}

#[test]
fn a_record_that_fails_has_used_its_number() {
    let (_, mut recv) = both_ways_at(7, 6);
    let header = Header { content_type: 23, version: 0x0303, len: 20 };
    assert_eq!(recv.open(header, &mut [0; 20]), Err(OpenError::BadMac));
    assert_eq!(recv.seq(), 8);
}

#[test]
fn a_change_without_a_cipher_that_waits_changes_nothing() {
    let (mut send, _) = both_ways_at(7, 6);
    assert_eq!(send.change_cipher(), Err(NothingStaged));
    assert_eq!((send.seq(), send.current().is_some()), (7, true));
}
