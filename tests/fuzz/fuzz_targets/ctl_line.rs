//! Bytes written to `ctl`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::ctl_line(bytes));
