//! A file of certificates and keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::x509_pem(bytes));
