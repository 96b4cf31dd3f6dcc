//! Bytes of `hand`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::tlshand_lines(bytes));
