//! Where a connection's files are: for those who open another of them when it is in use already.
//!
//! `ctl`, `hand` and `data` are open by then, and others'.

use ninep::OpenMode;

use crate::device::{File, Refusal, Session};

/// A connection's directory at a device.
pub struct Place {
    session: Session,
    number: String,
}

impl Place {
    /// The directory `number`.
    #[must_use]
    pub fn new(session: Session, number: String) -> Place {
        Place { session, number }
    }

    /// Opens a file of the connection.
    ///
    /// # Errors
    /// The device's text.
    pub async fn open(&self, name: &str, mode: OpenMode) -> Result<File, Refusal> {
        self.session.open(&format!("{}/{name}", self.number), mode).await
    }

    /// Its path, `/tls/3` in the device's tree or one in a mount's, for a command that looks at it.
    #[must_use]
    pub fn dir(&self) -> String {
        self.session.dir(&self.number)
    }

    /// What ended the connection, in the device's words: the text of an alert, or what was wrong with a record. To who reads or
    /// writes `data` it says no more than that it failed (tls(3)).
    pub async fn failure(&self) -> Option<String> {
        let status = self.open("status", OpenMode::READ).await.ok()?;
        let text = status.read(STATUS_LEN_MAX).await.ok()?;
        let text = String::from_utf8_lossy(&text);
        text.lines().find_map(|line| line.strip_prefix("Error: ")).map(str::to_owned)
    }
}

/// Bytes of `status`.
const STATUS_LEN_MAX: usize = 4096;
