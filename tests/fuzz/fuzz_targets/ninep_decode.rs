//! Any bytes from a client are messages or an error.
#![no_main]

use ninep::fcall::{Frame, decode_rmsg, decode_tmsg};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = Frame::whole(bytes) {
        let _ = (decode_tmsg(&frame), decode_rmsg(&frame));
    }
});
