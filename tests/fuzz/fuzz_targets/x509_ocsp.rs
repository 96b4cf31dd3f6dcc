//! An OCSP response in DER.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::x509_ocsp(bytes));
