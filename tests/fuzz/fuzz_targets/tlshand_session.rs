//! A line of the file of sessions.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::tlshand_session(bytes));
