//! The file of sessions of `tlsclient`: what servers gave it to come back with, a line each, the newest last.
//!
//! A session for one connection is taken out before it is shown, so that no two runs show it; others stay until there is a newer
//! one for the same server. The file is its owner's alone, and always whole.

use std::path::PathBuf;
use std::time::SystemTime;

use base64ct::{Base64, Encoding};
use tlshand::program::clock::milliseconds;
use tlshand::program::secret_file::{self, Lock};
use tlshand::{ClientConf, ComingTickets, Kept, KeptSession, Sessions};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::device::File;
use crate::exit::{Fatal, plain};

/// A file of sessions.
#[derive(Clone, Debug)]
pub struct SessionFile {
    path: PathBuf,
}

impl SessionFile {
    /// Names the file, which need not be there yet.
    #[must_use]
    pub fn new(path: PathBuf) -> SessionFile {
        SessionFile { path }
    }

    /// The newest session that a connection of `conf` may go on with, if there is one; what is for one connection is in the file no
    /// more then.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn take(&self, conf: &ClientConf) -> Result<Sessions, Fatal> {
        let now_ms = milliseconds(SystemTime::now());
        let taken = self.change(|sessions| {
            let place = sessions.iter().rposition(|session| session.is_for(conf, now_ms))?;
            let session = sessions.get(place)?.clone();
            if session.is_for_one_connection() {
                sessions.remove(place);
            }
            Some(Box::new(session))
        });
        Ok(Sessions { session: taken.map_err(Fatal::configuration)?, now_ms })
    }

    /// Adds sessions; those that they follow are of no use any more.
    ///
    /// # Errors
    /// Why the file cannot be used, beginning with its name.
    pub fn add(&self, new: Vec<KeptSession>) -> Result<(), String> {
        self.change(|sessions| {
            for session in new {
                sessions.retain(|earlier| !earlier.is_followed_by(&session));
                sessions.push(session);
            }
        })
    }

    /// Reads the file, has `change` change what is in it, and writes it again if that was anything.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<KeptSession>) -> T) -> Result<T, String> {
        let failed = |why: String| format!("{}: {why}", self.path.display());
        let lock = Lock::on(&self.path).map_err(|error| failed(plain(&error)))?;
        let before = self.read().map_err(failed)?;
        let mut sessions = before.clone();
        let changed = change(&mut sessions);
        let now_ms = milliseconds(SystemTime::now());
        sessions.retain(|session| session.is_alive(now_ms));
        let surplus = sessions.len().saturating_sub(SESSIONS_MAX);
        sessions.drain(..surplus);
        if sessions != before {
            lock.replace(&text(&sessions)).map_err(|error| failed(plain(&error)))?;
        }
        Ok(changed)
    }

    /// What is in the file. A line that is none of ours, or of another version of this program, is as good as none.
    fn read(&self) -> Result<Vec<KeptSession>, String> {
        let text = secret_file::read_ours(&self.path, "sessions", FILE_LEN_MAX)?;
        let session = |line: &str| {
            let bytes = Zeroizing::new(Base64::decode_vec(line).ok()?);
            KeptSession::from_bytes(&bytes)
        };
        Ok(text.lines().filter(|line| !line.starts_with('#')).filter_map(session).collect())
    }
}

/// Keeps what a connection gives: at once in TLS 1.2. In TLS 1.3 tickets come by `hand` while the connection is in use, which is
/// what the task waits for until it has ended; none is started if there is nothing to wait for.
///
/// # Errors
/// Why the file cannot be used, beginning with its name.
pub fn keep(file: SessionFile, kept: Kept, hand: Option<File>) -> Result<Option<Keeping>, String> {
    match (kept, hand) {
        (Kept::Session(session), _) => file.add(vec![*session]).map(|()| None),
        (Kept::Coming(coming), Some(hand)) => Ok(Some(tokio::spawn(tickets(file, coming, hand)))),
        (Kept::Coming(_), None) => Ok(None),
    }
}

/// Who waits for tickets; the end says why one could not be kept.
pub type Keeping = JoinHandle<Result<(), String>>;

async fn tickets(file: SessionFile, mut coming: Box<ComingTickets>, hand: File) -> Result<(), String> {
    // That we have ended our side is an error here as well as the end of the connection (tls(3)); nothing comes between the latter
    // and what every read says then.
    let mut was_error = false;
    loop {
        match hand.read(READ_LEN_MAX).await {
            Ok(bytes) if bytes.is_empty() => return Ok(()),
            Ok(bytes) => {
                was_error = false;
                let sessions = coming
                    .recv(&bytes, milliseconds(SystemTime::now()))
                    .map_err(|error| error.to_string())?;
                if !sessions.is_empty() {
                    file.add(sessions)?;
                }
            }
            Err(_) if was_error => return Ok(()),
            Err(_) => was_error = true,
        }
    }
}

fn text(sessions: &[KeptSession]) -> Zeroizing<String> {
    // Room for all of it at once: what grows leaves its old bytes behind.
    let mut text = Zeroizing::new(String::with_capacity(FILE_LEN_MAX));
    text.push_str("# sessions of tlsclient, the newest last\n");
    for bytes in sessions.iter().filter_map(KeptSession::to_bytes) {
        let line = Zeroizing::new(Base64::encode_string(&bytes));
        if text.len() + line.len() < FILE_LEN_MAX {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Bytes of a read of `hand`.
const READ_LEN_MAX: usize = 16_384;
/// Sessions in a file.
const SESSIONS_MAX: usize = 16;
/// Bytes of the file.
const FILE_LEN_MAX: usize = 512 * 1024;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tlshand::Verify;

    use super::*;

    #[test]
    fn a_file_of_others_is_refused_and_one_of_nonsense_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let file = SessionFile::new(dir.path().join("sessions"));
        let conf = ClientConf::new(None, Verify::Insecure);
        assert!(file.take(&conf).unwrap().session.is_none());
        let mode = |mode| fs::set_permissions(&file.path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file.path, "# a\nnonsense\n\nAAAA\n").unwrap();
        assert!(file.take(&conf).unwrap().session.is_none());
        mode(0o640);
        let why = file.take(&conf).unwrap_err().text;
        assert!(why.ends_with("sessions: others can read these sessions: chmod go= the file"), "{why}");
        mode(0o600);
        fs::write(&file.path, "x".repeat(FILE_LEN_MAX + 1)).unwrap();
        assert!(file.take(&conf).unwrap_err().text.ends_with("too long for a file of sessions"));
    }
}
