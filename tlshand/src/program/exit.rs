//! Exit codes, each with its meaning, and the failure that carries one to `main`.

use std::fmt;
use std::io;
use std::process::ExitStatus;

use std::os::unix::process::ExitStatusExt;

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Done,
    /// The command's own code; 128 and the signal's number if a signal ended it, as shells say it.
    Command(u8),
    /// A certificate, a key or another part of the configuration cannot be used.
    Configuration,
    /// The peer and we could not agree, or the connection was cut.
    Tls,
    /// The flags make no sense.
    Usage,
    /// The system, or the device, refused something.
    System,
}

/// Why a program cannot go on: one line for people, and the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fatal {
    /// The code.
    pub exit: Exit,
    /// What and why, one line, without the program's name.
    pub text: String,
}

impl Exit {
    /// The number that the parent process sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Command(code) => code,
            Exit::Configuration => 96,
            Exit::Tls => 98,
            Exit::Usage => 100,
            Exit::System => 111,
        }
    }

    /// What a command's end says about ours.
    #[must_use]
    pub fn of(status: ExitStatus) -> Exit {
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(255);
        Exit::Command(u8::try_from(code & 0xff).unwrap_or(u8::MAX))
    }
}

impl Fatal {
    /// The configuration cannot be used.
    #[must_use]
    pub fn configuration(text: impl fmt::Display) -> Fatal {
        Fatal { exit: Exit::Configuration, text: text.to_string() }
    }

    /// The TLS connection failed.
    #[must_use]
    pub fn tls(text: impl fmt::Display) -> Fatal {
        Fatal { exit: Exit::Tls, text: text.to_string() }
    }

    /// The system refused `what`.
    #[must_use]
    pub fn system(what: impl fmt::Display, error: &io::Error) -> Fatal {
        Fatal { exit: Exit::System, text: format!("{what}: {}", plain(error)) }
    }

    /// The system or the device refused something, in one text.
    #[must_use]
    pub fn refused(text: impl fmt::Display) -> Fatal {
        Fatal { exit: Exit::System, text: text.to_string() }
    }
}

/// A system error's words without Rust's "(os error 2)" behind them, and in lower case as Plan 9 writes its own.
#[must_use]
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_manual() {
        let all = [Exit::Done, Exit::Configuration, Exit::Tls, Exit::Usage, Exit::System];
        assert_eq!(all.map(Exit::code), [0, 96, 98, 100, 111]);
    }

    #[test]
    fn a_command_that_a_signal_ended_has_128_and_its_number() {
        assert_eq!(Exit::of(ExitStatus::from_raw(15)).code(), 143);
        assert_eq!(Exit::of(ExitStatus::from_raw(7 << 8)).code(), 7);
    }

    #[test]
    fn system_errors_are_plain_words() {
        assert_eq!(plain(&io::Error::from_raw_os_error(2)), "no such file or directory");
    }
}
