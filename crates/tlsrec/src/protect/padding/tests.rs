//! Padding of every length, right and wrong.

use super::judge;
use crate::{OpenError, aad::Place, mac::Mac};
use alloc::{vec, vec::Vec};
use tlswire::ProtocolVersion;

/// A maker of MACs and their length in bytes.
type Row = (fn(&[u8]) -> Mac, usize);

const MAKERS: [Row; 4] =
    [(|_| Mac::none(), 0), (Mac::hmac_md5, 16), (Mac::hmac_sha1, 20), (Mac::hmac_sha256, 32)];

fn place(version: ProtocolVersion) -> Place {
    Place { seq: 3, content_type: 23, version, padding_len: 0 }
}

/// Payload, MAC and `padding_len` bytes of padding.
fn content(version: ProtocolVersion, mac: &Mac, payload_len: usize, padding_len: usize) -> Vec<u8> {
    let payload: Vec<u8> = (0..payload_len).map(|i| i.to_le_bytes()[0] ^ 0xa5).collect();
    let aad = place(version).aad(u32::try_from(payload_len).unwrap());
    let sum = mac.sum(aad.as_slice(), &payload);
    let padding = vec![u8::try_from(padding_len - 1).unwrap(); padding_len];
    [&payload[..], sum.as_slice(), &padding].concat()
}

#[test]
fn every_length_of_padding_is_accepted() {
    for (make, mac_len) in MAKERS {
        let mac = make(&[1; 32]);
        for payload_len in [0, 1, 43, 44, 45, 63, 64, 300] {
            for padding_len in 1..=256 {
                let content = content(ProtocolVersion::TLS12, &mac, payload_len, padding_len);
                assert_eq!(content.len(), payload_len + mac_len + padding_len);
                assert_eq!(judge(place(ProtocolVersion::TLS12), &content, 16, &mac), Ok(payload_len));
            }
        }
    }
}

#[test]
fn every_wrong_byte_of_padding_or_mac_is_the_same_error() {
    // Without a MAC some changes are other paddings, as good as the first.
    for (make, mac_len) in MAKERS.into_iter().filter(|(_, mac_len)| *mac_len > 0) {
        let mac = make(&[1; 32]);
        for padding_len in [1, 2, 16, 255, 256] {
            let good = content(ProtocolVersion::TLS12, &mac, 40, padding_len);
            for at in 40..good.len() {
                for flip in [0x01, 0x80] {
                    let mut forged = good.clone();
                    forged[at] ^= flip;
                    let judged = judge(place(ProtocolVersion::TLS12), &forged, 16, &mac);
                    assert_eq!(judged, Err(OpenError::BadMac), "{mac_len} {padding_len} {at}");
                }
            }
        }
    }
}

#[test]
fn padding_that_reaches_into_the_mac_or_beyond_is_an_error() {
    let mac = Mac::hmac_sha1(&[1; 20]);
    for len in 21..300 {
        for value in len - 20..=len.min(255) {
            // All bytes equal: nothing but the length is wrong with it.
            let judged =
                judge(place(ProtocolVersion::TLS12), &vec![u8::try_from(value).unwrap(); len], 16, &mac);
            assert_eq!(judged, Err(OpenError::BadMac), "{len} {value}");
        }
    }
}

#[test]
fn what_cannot_hold_a_mac_and_a_byte_is_short() {
    for (make, mac_len) in MAKERS {
        let mac = make(&[1; 32]);
        for len in 0..=mac_len {
            assert_eq!(
                judge(place(ProtocolVersion::TLS12), &vec![0; len], 16, &mac),
                Err(OpenError::ShortMac)
            );
        }
    }
}

#[test]
fn ssl3_has_arbitrary_padding_of_at_most_a_block() {
    let mac = Mac::ssl3_sha1(&[1; 20]);
    for padding_len in 1..=64 {
        let mut content = content(ProtocolVersion::SSL3, &mac, 40, padding_len);
        let end = content.len() - 1;
        content[60..end].fill(0xee);
        let expected = if padding_len <= 16 { Ok(40) } else { Err(OpenError::BadMac) };
        assert_eq!(judge(place(ProtocolVersion::SSL3), &content, 16, &mac), expected);
    }
}
