//! Bytes from a 9P client or server.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::ninep_decode(bytes));
