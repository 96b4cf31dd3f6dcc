//! Bytes from a channel.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::devtls_input(bytes));
