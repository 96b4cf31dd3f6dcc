//! The two ways to a device: in this process's memory, and by 9P over a unix socket.

use std::future::Future;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use devtls::{Compat, Device, Embedded, EmbeddedFile, Limits};
use ninep::client::{Client, File as RemoteFile, Tree};
use ninep::io::{Stream, serve};
use ninep::{Caller, OpenMode, User};
use tokio::net::UnixStream;

/// Where the device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    /// In this process, and nothing between. A device whose users matter is behind a pipe in memory.
    Memory,
    /// Behind a unix socket.
    Socket,
}

/// What an operation gave: the value, or the error's text.
pub(crate) type Told<T> = Result<T, String>;

/// A way to a device for one user.
pub(crate) enum Door {
    /// The embedded device.
    Memory(Embedded),
    /// A device behind a connection, and the connection's other end of the socket to cut it by.
    Socket { device: Arc<Device>, tree: Tree, cut: std::os::unix::net::UnixStream },
}

/// An open file.
pub(crate) enum File {
    Memory(EmbeddedFile),
    Remote(RemoteFile),
}

/// A device with several users, each of whom has a connection.
pub(crate) struct House {
    world: World,
    pub(crate) device: Arc<Device>,
}

impl Door {
    /// Makes a device with these manners and opens the way to it.
    pub(crate) async fn new(world: World, compat: Compat) -> Door {
        Door::limited(world, Limits::default(), compat).await
    }

    /// `new`, of a device with these limits.
    pub(crate) async fn limited(world: World, limits: Limits, compat: Compat) -> Door {
        if world == World::Memory {
            return Door::Memory(Embedded::with_compat(limits, compat));
        }
        let device = Arc::new(Device::new(User::named("eve"), limits).with_compat(compat));
        let (near, far) = UnixStream::pair().expect("a pair of sockets");
        let near = near.into_std().expect("a socket");
        let cut = near.try_clone().expect("a descriptor is left");
        let near = UnixStream::from_std(near).expect("a socket");
        let tree = connect(near, far, &device, "eve").await;
        Door::Socket { device, tree, cut }
    }

    pub(crate) async fn open(&self, path: &str, mode: OpenMode) -> Told<File> {
        match self {
            Door::Memory(device) => device.open(path, mode).map(File::Memory).map_err(text),
            Door::Socket { tree, .. } => tree.open(path, mode).await.map(File::Remote).map_err(text),
        }
    }

    /// Waits until no conversation is in use and none still says goodbye.
    pub(crate) async fn settled(&self) {
        match self {
            Door::Memory(device) => device.settled().await,
            Door::Socket { device, .. } => device.settled().await,
        }
    }
}

impl File {
    pub(crate) async fn read(&self, offset: u64, count: u32) -> Told<Vec<u8>> {
        let read = match self {
            File::Memory(file) => file.read(offset, count).await,
            File::Remote(file) => file.read(offset, count).await,
        };
        read.map(|bytes| bytes.to_vec()).map_err(text)
    }

    pub(crate) async fn write(&self, bytes: &[u8]) -> Told<u32> {
        match self {
            File::Memory(file) => file.write(Bytes::copy_from_slice(bytes)).await,
            File::Remote(file) => file.write(0, bytes).await,
        }
        .map_err(text)
    }

    /// Writes `line` with a descriptor beside it.
    pub(crate) async fn write_with_fd(&self, line: &str, fd: OwnedFd) -> Told<u32> {
        match self {
            File::Memory(file) => file.write_with_fd(Bytes::copy_from_slice(line.as_bytes()), fd).await,
            File::Remote(file) => file.write_with_fd(0, line.as_bytes(), std::os::fd::AsFd::as_fd(&fd)).await,
        }
        .map_err(text)
    }
}

impl House {
    /// Makes a device whose host owner is `eve`.
    pub(crate) fn new(world: World) -> House {
        let eve = User { name: "eve".to_owned(), uid: Some(500), gid: Some(501) };
        House { world, device: Arc::new(Device::new(eve, Limits::default())) }
    }

    /// Gives `user` a connection.
    pub(crate) async fn enter(&self, user: &str) -> Tree {
        match self.world {
            World::Memory => {
                let (near, far) = tokio::io::duplex(1 << 16);
                connect(near, far, &self.device, user).await
            }
            World::Socket => {
                let (near, far) = UnixStream::pair().expect("a pair of sockets");
                connect(near, far, &self.device, user).await
            }
        }
    }
}

/// Serves `device` at one end to `user` at the other.
async fn connect(near: impl Into<Stream>, far: impl Into<Stream>, device: &Arc<Device>, user: &str) -> Tree {
    let caller = Caller { uid: Some(1000), gid: Some(1000), pid: None, user: user.to_owned() };
    let serving = serve(far.into(), Arc::clone(device), caller, ninep::Limits::default());
    tokio::spawn(async move { serving.await.expect("a client that keeps to the protocol") });
    let client = Client::over(near).await.expect("the device answers");
    client.attach(user, "").await.expect("a user under its own name")
}

/// Waits for a test that must not take long.
pub(crate) async fn in_time(test: impl Future<Output = ()>) {
    tokio::time::timeout(PATIENCE, test).await.expect("the test hangs");
}

/// Tells whether an operation waits: it is given up then, as by a Tflush.
pub(crate) async fn waits<T>(operation: impl Future<Output = T>) -> bool {
    tokio::time::timeout(GLANCE, operation).await.is_err()
}

pub(crate) fn text(error: ninep::Error) -> String {
    error.text.into_owned()
}

/// Makes tests of functions that take a [`World`]: each runs in memory and over a socket.
macro_rules! both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::world::{World, in_time};

            #[tokio::test]
            async fn in_memory() {
                in_time(super::$name(World::Memory)).await;
            }

            #[tokio::test]
            async fn over_a_socket() {
                in_time(super::$name(World::Socket)).await;
            }
        }
    )*};
}
pub(crate) use both;

/// How long a test may take before it counts as hung: two cores may be shared by several test binaries.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long something is watched that should not happen.
const GLANCE: Duration = Duration::from_millis(50);
