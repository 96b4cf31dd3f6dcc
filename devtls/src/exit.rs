//! How the program ends when it cannot go on: a text, and an exit code with a meaning (devtls(4)).

use std::io;

/// Why the program cannot go on, and its exit code.
#[derive(Debug)]
pub(crate) struct Fatal {
    /// One of this file's codes.
    pub(crate) code: u8,
    /// One line for people, without the program's name.
    pub(crate) text: String,
}

impl Fatal {
    /// Says that a flag's value cannot be used.
    pub(crate) fn configuration(text: String) -> Fatal {
        Fatal { code: CONFIGURATION, text }
    }

    /// Says what the system refused.
    pub(crate) fn system(what: &str, error: &io::Error) -> Fatal {
        Fatal { code: SYSTEM, text: format!("{what}: {error}") }
    }
}

/// A flag's value cannot be used.
pub(crate) const CONFIGURATION: u8 = 96;
/// The flags make no sense.
pub(crate) const USAGE: u8 = 100;
/// The system refused something.
pub(crate) const SYSTEM: u8 = 111;
