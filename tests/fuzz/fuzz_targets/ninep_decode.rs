//! Any bytes from a client are messages or an error, in every dialect.
#![no_main]

use ninep::Dialect;
use ninep::fcall::{Frame, decode_rmsg, decode_tmsg};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = Frame::whole(bytes) {
        for dialect in Dialect::ALL {
            let _ = (decode_tmsg(&frame, dialect), decode_rmsg(&frame, dialect));
        }
    }
});
