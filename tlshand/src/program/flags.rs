//! Flags as typed: the letters of Plan 9's programs and the long names of ours.
//!
//! No file is opened here and no name is looked up; what the flags mean is for others to find out.
//!
//! Letters may be combined (`-DT500`), a value may be glued to its letter (`-c/path`) or be the next word, `--` ends the
//! flags, a lone `-` is an operand.

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use crate::export::Export;

/// What somebody typed asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked<T> {
    /// To do the job with these flags.
    Run(T),
    /// To be told how.
    Help,
    /// To be told which version this is.
    Version,
}

/// Why the flags make no sense; the text names the flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<lexopt::Error> for Wrong {
    fn from(error: lexopt::Error) -> Wrong {
        Wrong(error.to_string())
    }
}

/// Bytes of keying material unless `--export` says otherwise (RFC 9266 §2).
const EXPORT_LEN: usize = 32;

/// How long a handshake may take unless `-T` says otherwise.
pub const HANDSHAKE_MS: u64 = 30_000;

/// A parser with Plan 9's manners over arguments without the program's name.
#[must_use]
pub fn parser(args: impl IntoIterator<Item = OsString>) -> lexopt::Parser {
    let mut parser = lexopt::Parser::from_args(args);
    // `-c=x` is the value `=x`: only long names have an equals sign.
    parser.set_short_equals(false);
    parser
}

/// The next value as text.
///
/// # Errors
/// There is no next word, or it is none of these.
pub fn text(parser: &mut lexopt::Parser) -> Result<String, Wrong> {
    parser.value()?.into_string().map_err(|value| Wrong(format!("{value:?} is not UTF-8")))
}

/// The next value as keying material that is wanted: a label, and with commas between them a length, 32 if none, and a context in
/// hexadecimal digits.
///
/// # Errors
/// There is no next word, or it is none of these.
pub fn export(parser: &mut lexopt::Parser) -> Result<Export, Wrong> {
    let value = text(parser)?;
    let wrong = |why: &str| Wrong(format!("--export {value:?}: {why}"));
    let mut words = value.split(',');
    let label = words.next().unwrap_or_default().to_owned();
    let len = match words.next() {
        Some(len) => len.parse().map_err(|_| wrong("not a number of bytes"))?,
        None => EXPORT_LEN,
    };
    let context = match words.next() {
        Some(digits) => {
            Some(base16ct::mixed::decode_vec(digits).map_err(|_| wrong("not hexadecimal digits"))?)
        }
        None => None,
    };
    if words.next().is_some() {
        return Err(wrong("more than a label, a length and a context"));
    }
    let export = Export { label, context, len };
    export.check().map_err(|error| wrong(&error.to_string()))?;
    Ok(export)
}

/// The next value as text that says something.
///
/// # Errors
/// There is no next word, or it is none of these.
pub fn words(parser: &mut lexopt::Parser, flag: &str) -> Result<String, Wrong> {
    let value = text(parser)?;
    if value.is_empty() { Err(Wrong(format!("{flag} needs a value that is not empty"))) } else { Ok(value) }
}

/// The next value as milliseconds, 0 for no limit.
///
/// # Errors
/// There is no next word, or it is none of these.
pub fn milliseconds(parser: &mut lexopt::Parser, flag: &str) -> Result<Option<Duration>, Wrong> {
    let value = text(parser)?;
    match value.parse::<u64>() {
        Ok(0) => Ok(None),
        // A timer beyond a year is no timer, and would overflow the clock's arithmetic.
        Ok(ms) => Ok(Some(Duration::from_millis(ms.min(365 * 86_400_000)))),
        Err(_) => Err(Wrong(format!("{flag} {value:?}: not a number of milliseconds"))),
    }
}

/// The next value as a list of protocol names, comma between them (RFC 7301 §3.1: 1 to 255 bytes each).
///
/// # Errors
/// There is no next word, or it is none of these.
pub fn protocols(parser: &mut lexopt::Parser) -> Result<Vec<String>, Wrong> {
    let value = text(parser)?;
    let names: Vec<String> = value.split(',').map(str::to_owned).collect();
    if names.iter().all(|name| (1..=255).contains(&name.len())) {
        Ok(names)
    } else {
        Err(Wrong(format!("--alpn {value:?}: names of 1 to 255 bytes with commas between them")))
    }
}
