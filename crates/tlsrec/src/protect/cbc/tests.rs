//! CBC by NIST, both ways, and across the border of two records.

use super::super::{Backend, Make, Parts};
use crate::{
    MacOrder, OpenError,
    aad::Place,
    kat::{Constant, hex, rows},
    mac::Mac,
};
use alloc::vec::Vec;
use tlswire::ProtocolVersion;

const PLACE: Place = Place { seq: 0, content_type: 23, version: ProtocolVersion::TLS10, padding_len: 0 };

fn make(name: &str) -> Make {
    crate::Encalg::by_name(name).unwrap().make
}

#[test]
fn cbc_gives_the_answers_of_nist() {
    let mut count = 0;
    for row in rows(include_str!("../../../tests/data/kat/cbc.txt")) {
        let [name, key, iv, plain, sealed, _source] = row[..] else { panic!("{row:?}") };
        let (key, iv, plain, sealed) = (hex(key), hex(iv), hex(plain), hex(sealed));
        let new = || {
            // No explicit IV and no MAC: the body is the text and a block of padding.
            let parts = Parts {
                version: ProtocolVersion::TLS10,
                key: &key,
                iv: &iv,
                mac: Mac::none(),
                order: MacOrder::MacThenEncrypt,
                backend: Backend::RustCrypto,
            };
            make(name)(parts, &mut Constant(0)).unwrap()
        };
        let mut out = Vec::new();
        new().seal(PLACE, &plain, &mut out, &mut Constant(0)).unwrap();
        assert_eq!(out[..sealed.len()], sealed, "{row:?}");
        assert_eq!(out.len(), sealed.len() + iv.len());

        let mut body = sealed.clone();
        body.extend_from_slice(&out[sealed.len()..]);
        let range = new().open(PLACE, &mut body).unwrap();
        assert_eq!(body[range], plain, "{row:?}");

        // The padding is a whole block: any change in it or in the block before must show.
        for at in sealed.len() - iv.len()..out.len() {
            let mut forged = out.clone();
            forged[at] ^= 0x80;
            assert_eq!(new().open(PLACE, &mut forged), Err(OpenError::BadMac), "{row:?} {at}");
        }
        count += 1;
    }
    assert_eq!(count, 3);
}
