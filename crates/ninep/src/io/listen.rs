//! Listener: where clients come in.
//!
//! **Invariants.** A socket in the file system is its owner's alone (0600) before the first client can connect. It is removed at
//! the end, if it is still the same one. A live server's socket is never taken away, also where several start at once.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, chmod};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tracing::debug;

use super::{Address, Socket, peer};
use crate::Caller;

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    kind: Kind,
    address: Address,
    /// The socket file to remove at the end, and which one it was.
    file: Option<(PathBuf, FileId)>,
}

#[derive(Debug)]
enum Kind {
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// Which file it is, whatever its name: device and inode.
type FileId = (u64, u64);

impl Address {
    /// Listens there. A port of 0 is one that is free; the listener's address then says which.
    ///
    /// # Errors
    /// What the system says, with this address in front. `AddrInUse` where a server is listening already; a socket file that no
    /// server answers at is taken over.
    pub async fn listen(&self) -> io::Result<Listener> {
        let listener = match self {
            Self::Unix(path) => listen_unix(path).await,
            Self::Tcp { host, port } => listen_tcp(host, *port).await,
        };
        listener.map_err(|error| self.explain(&error))
    }
}

impl Listener {
    /// Takes a unix socket that listens already; its file, if it has one, stays at the end.
    ///
    /// # Errors
    /// The socket cannot say its address.
    pub fn from_unix(listener: UnixListener) -> io::Result<Self> {
        let path = listener.local_addr()?.as_pathname().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { kind: Kind::Unix(listener), address: Address::Unix(path), file: None })
    }

    /// Takes a TCP socket that listens already.
    ///
    /// # Errors
    /// The socket cannot say its address.
    pub fn from_tcp(listener: TcpListener) -> io::Result<Self> {
        let local = listener.local_addr()?;
        let address = Address::Tcp { host: local.ip().to_string(), port: local.port() };
        Ok(Self { kind: Kind::Tcp(listener), address, file: None })
    }

    /// Waits for the next client, and says who it is. It may be dropped and called again without losing a client.
    ///
    /// # Errors
    /// What the system says; the listener goes on after that.
    pub async fn accept(&self) -> io::Result<(Socket, Caller)> {
        match &self.kind {
            Kind::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let caller = peer::caller(&stream)?;
                Ok((Socket::Unix(stream.into_std()?), caller))
            }
            Kind::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Socket::Tcp(stream.into_std()?), Caller::default()))
            }
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some((path, id)) = &self.file
            && file_id(path).is_ok_and(|now| now == *id)
            && let Err(error) = fs::remove_file(path)
        {
            debug!("{}: {error}", self.address);
        }
    }
}

async fn listen_unix(path: &Path) -> io::Result<Listener> {
    if path.as_os_str().len() > PATH_LEN_MAX {
        let text = format!("the path of a socket may have {PATH_LEN_MAX} bytes at most");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    // Who finds a dead server's socket and who takes its place must be one: between the two steps another may do both.
    let _lock = lock_directory(path).await?;
    let listener = match bind_unix(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            remove_stale(path).await?;
            bind_unix(path)?
        }
        other => other?,
    };
    let file = Some((path.to_owned(), file_id(path)?));
    Ok(Listener { kind: Kind::Unix(listener), address: Address::Unix(path.to_owned()), file })
}

/// Locks the directory of a path until the file is dropped.
async fn lock_directory(path: &Path) -> io::Result<File> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = File::open(dir).map_err(|error| {
        let text = match error.kind() {
            io::ErrorKind::NotFound => "its directory does not exist".to_owned(),
            _ => format!("its directory: {error}"),
        };
        io::Error::new(error.kind(), text)
    })?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "another program keeps its directory locked"))
}

/// Binds, closes the file to others, and only then listens: nobody connects in between.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    bind(&socket, &SocketAddrUnix::new(path)?)?;
    chmod(path, Mode::RUSR | Mode::WUSR)?;
    listen(&socket, BACKLOG)?;
    UnixListener::from_std(socket.into())
}

/// Removes the socket file of a server that is gone.
async fn remove_stale(path: &Path) -> io::Result<()> {
    let in_use = |why: &str| Err(io::Error::new(io::ErrorKind::AddrInUse, why.to_owned()));
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return in_use("a file that is not a socket is in the way");
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        // Its backlog is full, but it is there.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => in_use(LIVE),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            in_use("the socket of another user is there")
        }
        Err(error) => Err(error),
        Ok(_) => in_use(LIVE),
    }
}

async fn listen_tcp(host: &str, port: u16) -> io::Result<Listener> {
    let listener = match host {
        // Both IP versions at one socket; a machine without IPv6 has the other one alone.
        "*" => match TcpListener::bind(("::", port)).await {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                TcpListener::bind(("0.0.0.0", port)).await?
            }
            other => other?,
        },
        host => TcpListener::bind((host, port)).await?,
    };
    let port = listener.local_addr()?.port();
    let address = Address::Tcp { host: host.to_owned(), port };
    Ok(Listener { kind: Kind::Tcp(listener), address, file: None })
}

fn file_id(path: &Path) -> io::Result<FileId> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Why a socket is left alone.
const LIVE: &str = "a server is listening there already";

/// Bytes of the path of a socket (unix(7)).
const PATH_LEN_MAX: usize = 107;

/// How often somebody else may be found at work in the directory, and how long to wait each time: starting takes less.
const LOCK_TRIES: u32 = 400;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// Clients that may wait to be accepted.
const BACKLOG: i32 = 1024;
