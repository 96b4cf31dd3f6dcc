//! Any bytes from a channel are records, part of one, or an error, and what is handed out was in them.
#![no_main]

use devtls::conv::{Conv, Input, Next};
use tlsrec::OneWay;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (mut conv, mut way, mut input) = (Conv::new("fuzz".to_owned()), OneWay::new(), Input::default());
    let version = conv.may_take_channel(0x303).expect("a fresh conversation");
    conv.take_channel("memory".to_owned(), version);
    conv.hand.open().expect("nobody reads hand yet");
    input.room(false).0.extend_from_slice(bytes);
    while matches!(input.next(&mut conv, &mut way), Next::Again) {
        while conv.hand.take(bytes.len() + 1).is_some() {}
    }
});
