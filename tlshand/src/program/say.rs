//! Lines for people, on standard error, and answers, on standard output.
//!
//! What comes from a peer passes through [`escaped`] before it is printed. Nothing secret may be given to this file.

use std::fmt::Write as _;
use std::io::{self, Write as _};

/// Prints what somebody asked for, help or a version, on standard output.
pub fn answer(text: &str) {
    let mut out = io::stdout().lock();
    // Whoever closed the pipe has read enough.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a line on standard error, in one write so that lines of several processes do not mix.
pub fn line(text: &str) {
    // Without a standard error there is nobody to tell.
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Text that no terminal and no log can stumble over: printable ASCII as it is, a backslash doubled, every other byte as
/// `\xNN`; what is longer than `len_max` bytes is cut and ends in `...`.
#[must_use]
pub fn escaped(text: &str, len_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(len_max));
    for byte in text.bytes() {
        let before = out.len();
        match byte {
            b'\\' => out.push_str("\\\\"),
            0x20..=0x7e => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(out, "\\x{byte:02x}")),
        }
        if out.len() > len_max {
            out.truncate(before);
            out.push_str("...");
            break;
        }
    }
    out
}

/// Bytes of one message, as in the original.
pub const MESSAGE_LEN_MAX: usize = 1999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peer_s_text_is_escaped() {
        assert_eq!(escaped("a.example", 100), "a.example");
        assert_eq!(escaped("\x1b[2J\r\n\0\u{e9}\\", 100), "\\x1b[2J\\x0d\\x0a\\x00\\xc3\\xa9\\\\");
    }

    #[test]
    fn long_text_is_cut_between_escapes() {
        assert_eq!(escaped("abcdef", 6), "abcdef");
        assert_eq!(escaped("abcdefg", 6), "abcdef...");
        assert_eq!(escaped("abcd\n", 6), "abcd...");
        assert!(escaped(&"x".repeat(100_000), MESSAGE_LEN_MAX).len() <= MESSAGE_LEN_MAX + 3);
    }
}
