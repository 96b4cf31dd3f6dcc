//! Records under keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::tlsrec_open(bytes));
