//! Tests of the reader and the writer.

use super::{CodecError, Reader, Writer};
use alloc::{vec, vec::Vec};

fn sample() -> Vec<u8> {
    let mut w = Writer::new();
    w.u8(0x01);
    w.u16(0x0203);
    w.u24(0x04_0506).unwrap();
    w.u32(0x0708_090a);
    w.u64(0x0b0c_0d0e_0f10_1112);
    w.opaque_u8(b"ab").unwrap();
    w.vec_u16(|w| {
        w.opaque_u24(b"cde")?;
        w.u8(9);
        Ok(())
    })
    .unwrap();
    w.into_vec()
}

fn parse(bytes: &[u8]) -> Result<(), CodecError> {
    let mut r = Reader::new(bytes);
    assert_eq!(r.u8()?, 0x01);
    assert_eq!(r.u16()?, 0x0203);
    assert_eq!(r.u24()?, 0x04_0506);
    assert_eq!(r.u32()?, 0x0708_090a);
    assert_eq!(r.u64()?, 0x0b0c_0d0e_0f10_1112);
    assert_eq!(r.opaque_u8()?, b"ab");
    let mut inner = r.vec_u16()?;
    assert_eq!(inner.opaque_u24()?, b"cde");
    assert_eq!(inner.u8()?, 9);
    inner.end()?;
    r.end()
}

#[test]
fn what_is_written_is_read_back() {
    let bytes = sample();
    assert_eq!(bytes[..6], [1, 2, 3, 4, 5, 6]);
    assert_eq!(bytes[18..], *b"\x02ab\x00\x07\x00\x00\x03cde\x09");
    assert_eq!(parse(&bytes), Ok(()));
}

#[test]
fn every_strict_prefix_runs_out() {
    let bytes = sample();
    for n in 0..bytes.len() {
        assert_eq!(parse(&bytes[..n]), Err(CodecError::RanOut), "prefix of {n}");
    }
}

#[test]
fn one_byte_too_many_is_trailing() {
    let mut bytes = sample();
    bytes.push(0);
    assert_eq!(parse(&bytes), Err(CodecError::Trailing));
}

#[test]
fn a_byte_left_inside_a_vector_is_trailing() {
    let mut outer = Reader::new(&[0, 2, 7, 8]);
    let mut inner = outer.vec_u16().unwrap();
    assert_eq!(inner.u8(), Ok(7));
    assert_eq!(inner.end(), Err(CodecError::Trailing));
    assert_eq!(outer.end(), Ok(()));
}

#[test]
fn a_failed_read_takes_nothing() {
    let mut r = Reader::new(&[5, 1]);
    assert_eq!(r.opaque_u8(), Err(CodecError::RanOut));
    assert_eq!(r.u24(), Err(CodecError::RanOut));
    assert_eq!(r.take(3), Err(CodecError::RanOut));
    assert_eq!(r.u16(), Ok(0x0501));
    assert!(r.is_empty());
}

#[test]
fn rest_takes_everything() {
    let mut r = Reader::new(b"abc");
    assert_eq!((r.peek(), r.len()), (&b"abc"[..], 3));
    assert_eq!(r.rest(), b"abc");
    assert_eq!(r.end(), Ok(()));
}

#[test]
fn a_vector_of_the_largest_length_fits_and_one_more_does_not() {
    for (max, field) in [(0xff, 1), (0xffff, 2), (0xff_ffff, 3)] {
        let write = |n: usize| {
            let mut w = Writer::from(b"head".to_vec());
            let body = vec![0x5a; n];
            let done = match field {
                1 => w.opaque_u8(&body),
                2 => w.opaque_u16(&body),
                _ => w.opaque_u24(&body),
            };
            (done, w.into_vec())
        };
        let (done, bytes) = write(max);
        assert_eq!(done, Ok(()));
        assert_eq!(bytes.len(), 4 + field + max);
        assert!(bytes[4..4 + field].iter().all(|b| *b == 0xff));
        assert_eq!(write(max + 1), (Err(CodecError::TooLong), b"head".to_vec()));
    }
}

#[test]
fn a_number_beyond_24_bits_is_refused() {
    let mut w = Writer::new();
    assert_eq!(w.u24(0x0100_0000), Err(CodecError::TooLong));
    assert!(w.is_empty());
    assert_eq!(w.u24(0x00ff_ffff), Ok(()));
    assert_eq!(w.as_slice(), [0xff; 3]);
}

#[test]
fn an_error_inside_a_vector_takes_the_vector_back() {
    let mut w = Writer::new();
    w.u8(1);
    let done = w.vec_u16(|w| {
        w.u8(2);
        w.vec_u8(|w| w.u24(u32::MAX))
    });
    assert_eq!(done, Err(CodecError::TooLong));
    assert_eq!(w.as_slice(), [1]);
}
