//! Where a factotum is, and a conversation with it: its `rpc` file, mounted or behind 9P.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use factotum::Keyless;
use factotum::rpc::MESSAGE_LEN_MAX;
use ninep::OpenMode;
use ninep::client::{self, Client};
use ninep::io::{Address, namespace};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::exit::{Fatal, plain};
use crate::files::FileError;

/// A factotum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Factotum {
    /// Its `rpc` file is in this directory.
    Mounted(PathBuf),
    /// It serves 9P there.
    Dialled(Address),
}

/// The `rpc` file of one handshake, opened at its first use: what answers [`crate::Files::rpc`].
#[derive(Default)]
pub struct Rpc {
    factotum: Option<Factotum>,
    /// The conversation, and when it must be over.
    begun: Option<(Conversation, Instant)>,
}

/// One conversation: each open of `rpc` is another.
pub enum Conversation {
    /// Over a file of a mount.
    Mounted(Option<std::fs::File>),
    /// Over 9P.
    Dialled(client::File),
}

impl Factotum {
    /// The factotum at a place that somebody typed: a directory, or an address.
    ///
    /// # Errors
    /// It is neither.
    pub fn at(place: &str) -> Result<Factotum, Fatal> {
        if place.starts_with('/') {
            let path = Path::new(place);
            return Ok(if path.is_dir() {
                Factotum::Mounted(path.to_owned())
            } else {
                Factotum::Dialled(Address::Unix(path.to_owned()))
            });
        }
        match place.parse() {
            Ok(address) => Ok(Factotum::Dialled(address)),
            Err(error) => Err(Fatal::configuration(format!("--factotum: {error}"))),
        }
    }

    /// The factotum that has the keys of certificates: the one at the `place` that somebody typed, or else the user's own if
    /// there is one.
    ///
    /// # Errors
    /// The place is none.
    pub fn of_certificates(place: Option<&str>) -> Result<Option<Factotum>, Fatal> {
        match place {
            Some(place) => Factotum::at(place).map(Some),
            None => Ok(Some(Factotum::of_user()).filter(Factotum::is_there)),
        }
    }

    /// What becomes of certificates whose key is in no file, if this is the factotum that there is.
    #[must_use]
    pub fn keyless(found: Option<&Factotum>) -> Keyless {
        if found.is_some() { Keyless::Elsewhere } else { Keyless::Refused }
    }

    /// The user's own: mounted where Plan 9 has it, or posted in the namespace directory (`factotum(4)`, `intro(4)`).
    #[must_use]
    pub fn of_user() -> Factotum {
        let mounted = Path::new("/mnt/factotum");
        if mounted.join("rpc").exists() {
            return Factotum::Mounted(mounted.to_owned());
        }
        let var = |name| env::var(name).ok();
        let namespace = namespace(var("NAMESPACE"), var("USER"), var("DISPLAY"));
        Factotum::Dialled(Address::Unix(namespace.join("factotum")))
    }

    fn is_there(&self) -> bool {
        match self {
            Factotum::Mounted(dir) => dir.join("rpc").exists(),
            Factotum::Dialled(Address::Unix(path)) => path.exists(),
            Factotum::Dialled(Address::Tcp { .. }) => true,
        }
    }

    /// Begins a conversation.
    ///
    /// # Errors
    /// There is no factotum, and where it was looked for.
    pub async fn converse(&self) -> Result<Conversation, String> {
        match self {
            Factotum::Mounted(dir) => {
                let path = dir.join("rpc");
                let opened = std::fs::File::options().read(true).write(true).open(&path);
                let opened = opened
                    .map_err(|error| format!("no factotum at {}: {}", path.display(), plain(&error)))?;
                Ok(Conversation::Mounted(Some(opened)))
            }
            Factotum::Dialled(address) => {
                let absent = |why: String| format!("no factotum at {address}: {why}");
                let stream = address.dial().await.map_err(|error| {
                    let why = plain(&error);
                    // The address comes with it.
                    absent(why.strip_prefix(&format!("{address}: ")).unwrap_or(&why).to_lowercase())
                })?;
                let client = Client::over(stream).await.map_err(|error| absent(error.to_string()))?;
                let tree = client.attach("", "").await.map_err(|error| absent(error.to_string()))?;
                let rpc = match tree.open("rpc", OpenMode::RDWR).await {
                    // 9front's serves the directory above as well.
                    Err(_) => tree.open("factotum/rpc", OpenMode::RDWR).await,
                    opened => opened,
                };
                rpc.map(Conversation::Dialled).map_err(|error| absent(error.to_string()))
            }
        }
    }
}

impl Rpc {
    /// The file of `factotum`, if there is one. Nothing is opened yet.
    #[must_use]
    pub fn new(factotum: Option<Factotum>) -> Rpc {
        Rpc { factotum, begun: None }
    }

    /// Writes a request and reads its reply. Everything that is asked together may take `ANSWER_TIME_MAX`.
    ///
    /// # Errors
    /// There is no factotum, it is gone, or it does not answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let factotum = self.factotum.as_ref().ok_or_else(|| FileError("no factotum".to_owned()))?;
        let deadline = self.begun.as_ref().map_or_else(|| Instant::now() + ANSWER_TIME_MAX, |(_, end)| *end);
        let answer = async {
            let (conversation, _) = match &mut self.begun {
                Some(begun) => begun,
                none => none.insert((factotum.converse().await?, deadline)),
            };
            conversation.rpc(request).await
        };
        match timeout_at(deadline, answer).await {
            Ok(answer) => answer.map_err(FileError),
            Err(_) => Err(FileError("factotum does not answer".to_owned())),
        }
    }
}

impl fmt::Debug for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rpc({:?})", self.factotum)
    }
}

impl Conversation {
    /// Writes a request and reads its reply.
    ///
    /// # Errors
    /// Factotum is gone, or refuses the file's use; in its words.
    pub async fn rpc(&mut self, request: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        match self {
            Conversation::Mounted(file) => {
                let Some(kept) = file.take() else {
                    return Err("factotum's conversation has ended".to_owned());
                };
                let request = Zeroizing::new(request.to_vec());
                // A factotum may ask its user first, for as long as that takes.
                let done = tokio::task::spawn_blocking(move || {
                    use std::os::unix::fs::FileExt;
                    let mut reply = Zeroizing::new(vec![0; MESSAGE_LEN_MAX]);
                    kept.write_all_at(&request, 0)?;
                    let len = kept.read_at(&mut reply, 0)?;
                    reply.truncate(len);
                    Ok::<_, std::io::Error>((kept, reply))
                });
                let (kept, reply) = done
                    .await
                    .map_err(|error| error.to_string())?
                    .map_err(|error| format!("factotum: {}", plain(&error)))?;
                *file = Some(kept);
                Ok(reply)
            }
            Conversation::Dialled(file) => {
                let failed = |error: ninep::Error| format!("factotum: {error}");
                file.write_bytes(0, Bytes::copy_from_slice(request)).await.map_err(failed)?;
                let len = u32::try_from(MESSAGE_LEN_MAX).unwrap_or(u32::MAX);
                Ok(Zeroizing::new(file.read(0, len).await.map_err(failed)?.to_vec()))
            }
        }
    }
}

/// How long a factotum may take for what one handshake asks: less than a handshake may, so that the peer is told.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);
