//! HMAC by the RFCs, and both ways of each MAC against each other.

use super::Mac;
use crate::kat::{hex, rows};
use alloc::vec::Vec;

const MAKERS: [fn(&[u8]) -> Mac; 5] =
    [Mac::hmac_md5, Mac::hmac_sha1, Mac::hmac_sha256, Mac::ssl3_md5, Mac::ssl3_sha1];

#[test]
fn hmac_gives_the_answers_of_the_rfcs() {
    let mut count = 0;
    for row in rows(include_str!("../../tests/data/kat/hmac.txt")) {
        let [hash, key, data, mac, _source] = row[..] else { panic!("{row:?}") };
        let (key, data, mac) = (hex(key), hex(data), hex(mac));
        let keyed = match hash {
            "md5" => Mac::hmac_md5(&key),
            "sha1" => Mac::hmac_sha1(&key),
            "sha256" => Mac::hmac_sha256(&key),
            other => panic!("{other}"),
        };
        let len = u32::try_from(data.len()).unwrap();
        assert_eq!(keyed.sum(&[], &data).as_slice(), mac, "{row:?}");
        assert_eq!(keyed.sum_secret_len(&[], &data, 0, len).as_slice(), mac, "{row:?}");
        assert!(keyed.sum(&[], &data).is(&mac));
        let mut wrong = mac.clone();
        wrong[0] ^= 1;
        assert!(!keyed.sum(&[], &data).is(&wrong));
        assert!(!keyed.sum(&[], &data).is(&mac[1..]));
        count += 1;
    }
    assert_eq!(count, 12);
}

#[test]
fn a_payload_and_what_stands_before_it_are_one_message() {
    for make in MAKERS {
        let mac = make(&[7; 16]);
        assert_eq!(mac.sum(b"abc", b"defg").as_slice(), mac.sum(b"", b"abcdefg").as_slice());
    }
}

#[test]
fn the_mac_of_secret_length_is_the_mac() {
    let content: Vec<u8> = (0..700).map(|i: u32| i.to_le_bytes()[0] ^ 0x5a).collect();
    for make in MAKERS {
        let key: Vec<u8> = (1..=16).collect();
        let mac = make(&key);
        for aad in [&content[..11], &content[..13]] {
            for len in 0..content.len() {
                let len32 = u32::try_from(len).unwrap();
                let expected = mac.sum(aad, &content[..len]);
                // As a record has it: up to 256 bytes more may or may not belong to the payload.
                for (least, most) in [(len, len), (len.saturating_sub(256), len), (len, (len + 256).min(700))]
                {
                    let found = mac.sum_secret_len(aad, &content[..most], least, len32);
                    assert_eq!(found.as_slice(), expected.as_slice(), "{least} <= {len} <= {most}");
                }
            }
        }
    }
}

#[test]
fn no_mac_is_the_empty_one() {
    let mac = Mac::none();
    assert_eq!((mac.len(), mac.sum(b"a", b"b").as_slice()), (0, &[][..]));
    assert!(mac.sum(b"a", b"b").is(&[]) && mac.sum_secret_len(b"a", b"b", 0, 1).is(&[]));
}
