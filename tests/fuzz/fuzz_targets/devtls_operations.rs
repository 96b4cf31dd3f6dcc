//! Operations on a device.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::devtls_operations(bytes));
