//! What a client says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::tlshand_server(bytes));
