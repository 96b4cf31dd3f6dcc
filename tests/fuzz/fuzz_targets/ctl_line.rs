//! Any bytes written to `ctl` are a command or an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|line: &[u8]| {
    let _ = devtls::ctl::parse::parse(line);
});
