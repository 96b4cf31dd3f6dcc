//! Any bytes behind a header are a record or an error.
#![no_main]

use tlsrec::{HEADER_LEN, Header, OneWay};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((head, body)) = bytes.split_first_chunk::<HEADER_LEN>() {
        let mut body = body.to_vec();
        let _ = OneWay::new().open(Header::parse(*head), &mut body);
    }
});
