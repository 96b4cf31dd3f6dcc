//! RC4 by RFC 6229, as one keystream over many records.

use super::super::{Backend, Parts, Protect};
use crate::{
    MacOrder, OpenError,
    aad::Place,
    kat::{Constant, hex, rows},
    mac::Mac,
};
use alloc::{boxed::Box, vec, vec::Vec};
use tlswire::ProtocolVersion;

const PLACE: Place = Place { seq: 0, content_type: 23, version: ProtocolVersion::TLS12, padding_len: 0 };

fn rc4(mac: Mac) -> Box<dyn Protect> {
    let key: Vec<u8> = (1..=16).collect();
    let parts = Parts {
        version: ProtocolVersion::TLS12,
        key: &key,
        iv: &[],
        mac,
        order: MacOrder::MacThenEncrypt,
        backend: Backend::RustCrypto,
    };
    super::rc4(parts, &mut Constant(0)).unwrap()
}

#[test]
fn the_keystream_is_that_of_the_rfc_however_it_is_cut_into_records() {
    for record_len in [1, 7, 4112] {
        let (mut send, mut recv) = (rc4(Mac::none()), rc4(Mac::none()));
        let mut keystream = Vec::new();
        for zeros in vec![0; 4112].chunks(record_len) {
            let mut body = Vec::new();
            send.seal(PLACE, zeros, &mut body, &mut Constant(0)).unwrap();
            keystream.extend_from_slice(&body);
            assert_eq!(recv.open(PLACE, &mut body), Ok(0..zeros.len()));
            assert_eq!(body, zeros);
        }
        let mut count = 0;
        for row in rows(include_str!("../../../tests/data/kat/rc4.txt")) {
            let [offset, bytes] = row[..] else { panic!("{row:?}") };
            let offset: usize = offset.parse().unwrap();
            assert_eq!(keystream[offset..offset + 16], hex(bytes), "{offset}");
            count += 1;
        }
        assert_eq!(count, 18);
    }
}

#[test]
fn a_flipped_bit_of_keystream_is_found_by_the_mac() {
    let mut body = Vec::new();
    rc4(Mac::hmac_sha1(&[4; 20])).seal(PLACE, b"hello", &mut body, &mut Constant(0)).unwrap();
    body[0] ^= 1;
    assert_eq!(rc4(Mac::hmac_sha1(&[4; 20])).open(PLACE, &mut body), Err(OpenError::BadMac));
}
