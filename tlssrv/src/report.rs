//! The only printer: one line per event, on standard error or to syslog.
//!
//! Lines have the original's words, `tlssrv: REMOTE tls reports WHAT`. What comes from a peer passes through [`escaped`]
//! here and nowhere else, so a caller need not remember it. Nothing secret may be given to this file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use syslog::{Facility, Formatter3164, Logger, LoggerBackend};
use tlshand::program::say::{MESSAGE_LEN_MAX, escaped, line};

/// Whether `-D` was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Failures and warnings.
    Events,
    /// These, opened connections and the handshake's steps.
    Trace,
}

/// A program's voice: where its lines go.
#[derive(Clone)]
pub struct Reporter {
    argv0: &'static str,
    detail: Detail,
    road: Road,
}

/// The voice for one connection: a [`Reporter`] that says whom it is about.
#[derive(Clone)]
pub struct Report {
    reporter: Reporter,
    remote: String,
}

#[derive(Clone)]
enum Road {
    Stderr,
    Syslog(Arc<Mutex<Logger<LoggerBackend, Formatter3164>>>),
}

impl Reporter {
    /// Reports on standard error.
    #[must_use]
    pub fn stderr(argv0: &'static str, detail: Detail) -> Reporter {
        Reporter { argv0, detail, road: Road::Stderr }
    }

    /// Reports to the system's log under `name` and not on standard error.
    ///
    /// # Errors
    /// No system log answers.
    pub fn syslog(argv0: &'static str, detail: Detail, name: &str) -> Result<Reporter, syslog::Error> {
        let logger = syslog::unix(formatter(name))?;
        Ok(Reporter { argv0, detail, road: Road::Syslog(Arc::new(Mutex::new(logger))) })
    }

    /// Reports to the system log that listens at `socket` under `name`.
    ///
    /// # Errors
    /// No system log answers there.
    pub fn syslog_at(
        argv0: &'static str,
        detail: Detail,
        name: &str,
        socket: &Path,
    ) -> Result<Reporter, syslog::Error> {
        let logger = syslog::unix_custom(formatter(name), socket)?;
        Ok(Reporter { argv0, detail, road: Road::Syslog(Arc::new(Mutex::new(logger))) })
    }

    /// The voice for the connection of `remote`.
    #[must_use]
    pub fn about(&self, remote: &str) -> Report {
        Report { reporter: self.clone(), remote: remote.to_owned() }
    }

    /// Says something about the program itself: `tlssrv: TEXT`.
    pub fn say(&self, text: &str) {
        match &self.road {
            Road::Stderr => line(&format!("{}: {}", self.argv0, escaped(text, MESSAGE_LEN_MAX))),
            Road::Syslog(_) => self.log(&escaped(text, MESSAGE_LEN_MAX), Grade::Event),
        }
    }

    /// Says why the program ends: on standard error even if reports go elsewhere, since whoever started it looks there.
    pub fn fatal(&self, text: &str) {
        let text = escaped(text, MESSAGE_LEN_MAX);
        line(&format!("{}: {text}", self.argv0));
        self.log(&text, Grade::Event);
    }

    fn log(&self, text: &str, grade: Grade) {
        let Road::Syslog(logger) = &self.road else { return };
        let mut logger = logger.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that went away is nobody's to hear of: the connection matters more.
        let _ = match grade {
            Grade::Event => logger.notice(text),
            Grade::Trace => logger.debug(text),
        };
    }
}

impl Report {
    /// Says what happened to this connection.
    pub fn event(&self, what: &str) {
        self.send(what, Grade::Event);
    }

    /// Whether somebody wants to know the steps of the handshake.
    #[must_use]
    pub fn is_traced(&self) -> bool {
        self.reporter.detail == Detail::Trace
    }

    /// Says a step of the handshake if `-D` asked for it.
    pub fn trace(&self, what: &str) {
        if self.is_traced() {
            self.send(what.trim_end_matches('\n'), Grade::Trace);
        }
    }

    /// Says something about the program itself.
    pub fn say(&self, text: &str) {
        self.reporter.say(text);
    }

    fn send(&self, what: &str, grade: Grade) {
        let text =
            format!("{} tls reports {}", escaped(&self.remote, NAME_LEN_MAX), escaped(what, MESSAGE_LEN_MAX));
        match &self.reporter.road {
            Road::Stderr => line(&format!("{}: {text}", self.reporter.argv0)),
            Road::Syslog(_) => self.reporter.log(&text, grade),
        }
    }
}

fn formatter(name: &str) -> Formatter3164 {
    Formatter3164 {
        facility: Facility::LOG_DAEMON,
        hostname: None,
        process: escaped(name, NAME_LEN_MAX),
        pid: std::process::id(),
    }
}

#[derive(Clone, Copy)]
enum Grade {
    Event,
    Trace,
}

/// Bytes of a peer's or a log's name.
const NAME_LEN_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    use super::*;

    #[test]
    fn syslog_gets_the_line_without_the_program_s_prefix() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let log = UnixDatagram::bind(&path).unwrap();
        log.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let reporter = Reporter::syslog_at("tlssrv", Detail::Events, "imap", &path).unwrap();
        let report = reporter.about("192.0.2.1!99");
        report.trace("not asked for");
        report.event("failed: no\nsuch luck");
        let mut buf = [0; 500];
        let n = log.recv(&mut buf).unwrap();
        let text = String::from_utf8_lossy(&buf[..n]).into_owned();
        // Priority 29 is daemon (3 * 8) and notice (5).
        assert!(text.starts_with("<29>"), "{text}");
        let tail = format!("imap[{}]: 192.0.2.1!99 tls reports failed: no\\x0asuch luck", std::process::id());
        assert!(text.ends_with(&tail), "{text}");
    }
}
