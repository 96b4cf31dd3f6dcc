//! The ways into the device: inside the program, by 9P over a unix socket, and through a FUSE mount; and one end of a connection by
//! one of them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use devtls::{Embedded, EmbeddedFile};
use ninep::OpenMode;
use ninep::client::{File, Tree};
use tlsrec::Side;
use tokio::task::{JoinSet, spawn_blocking};

use super::keys;

/// A way into the device.
pub(crate) enum Way {
    Inside(Embedded),
    NineP(Tree),
    Mount(PathBuf),
}

/// A file, opened by one of them.
pub(crate) enum Open {
    Inside(EmbeddedFile),
    NineP(File),
    Mount(fs::File),
}

/// One end of a connection.
pub(crate) struct End {
    /// Its directory.
    pub(crate) dir: String,
    pub(crate) data: Arc<Open>,
    _ctl: Open,
}

/// An end that has its keys and waits for the other one.
pub(crate) struct Begun<'a> {
    way: &'a Way,
    dir: String,
    ctl: Open,
    hand: Open,
}

impl End {
    /// Begins a connection over `tcp`.
    pub(crate) async fn begin(way: &Way, tcp: TcpStream, side: Side) -> Begun<'_> {
        let ctl = way.open("tls/clone").await;
        let number = ctl.read(16).await;
        let dir = format!("tls/{}", std::str::from_utf8(&number).unwrap());
        let hand = way.open(&format!("{dir}/hand")).await;
        ctl.take(tcp.into()).await;
        for line in keys::lines(side) {
            ctl.write(line.into()).await;
        }
        hand.write(Bytes::from_static(&keys::HAND)).await;
        Begun { way, dir, ctl, hand }
    }
}

impl Begun<'_> {
    /// Waits for the other end; then data may go.
    pub(crate) async fn opened(self) -> End {
        assert_eq!(self.hand.read(16).await, keys::HAND[..]);
        for line in ["opened", "stream"] {
            self.ctl.write(Bytes::from_static(line.as_bytes())).await;
        }
        let data = self.way.open(&format!("{}/data", self.dir)).await;
        End { dir: self.dir, data: Arc::new(data), _ctl: self.ctl }
    }
}

impl End {
    /// Writes `piece` `count` times, with `depth` of them under way.
    pub(crate) async fn write_all(&self, piece: Bytes, count: usize, depth: usize) {
        if let Open::Mount(file) = &*self.data {
            let mut file = file.try_clone().unwrap();
            let write = move || (0..count).for_each(|_| file.write_all(&piece).unwrap());
            return spawn_blocking(write).await.unwrap();
        }
        let mut writers = JoinSet::new();
        for number in 0..depth {
            let (data, piece) = (Arc::clone(&self.data), piece.clone());
            writers.spawn(async move {
                for _ in (number..count).step_by(depth) {
                    data.write(piece.clone()).await;
                }
            });
        }
        while let Some(done) = writers.join_next().await {
            done.unwrap();
        }
    }

    /// Reads until there were `len` bytes, with `depth` reads of at most `piece_len` bytes under way.
    pub(crate) async fn read_all(&self, len: usize, piece_len: usize, depth: usize) {
        use std::sync::atomic::{AtomicUsize, Ordering};
        if let Open::Mount(file) = &*self.data {
            let mut file = file.try_clone().unwrap();
            let read = move || {
                let mut room = vec![0; piece_len];
                let mut left = len;
                while left > 0 {
                    left -= file.read(&mut room).unwrap();
                }
            };
            return spawn_blocking(read).await.unwrap();
        }
        let seen = Arc::new(AtomicUsize::new(0));
        let mut readers = JoinSet::new();
        for _ in 0..depth {
            let (data, seen) = (Arc::clone(&self.data), Arc::clone(&seen));
            readers.spawn(async move {
                while seen.load(Ordering::Relaxed) < len {
                    let read = data.read(piece_len).await.len();
                    assert_ne!(read, 0, "it ended");
                    seen.fetch_add(read, Ordering::Relaxed);
                }
            });
        }
        // Whoever still waits is flushed.
        while let Some(done) = readers.join_next().await {
            done.unwrap();
            if seen.load(Ordering::Relaxed) >= len {
                break;
            }
        }
    }
}

impl Way {
    async fn open(&self, path: &str) -> Open {
        match self {
            Way::Inside(device) => Open::Inside(device.open(path, OpenMode::RDWR).unwrap()),
            Way::NineP(tree) => Open::NineP(tree.open(path, OpenMode::RDWR).await.unwrap()),
            Way::Mount(point) => {
                let path = point.join(path);
                let open = move || fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
                Open::Mount(spawn_blocking(open).await.unwrap())
            }
        }
    }
}

impl Open {
    /// Reads once.
    pub(crate) async fn read(&self, count: usize) -> Bytes {
        let count_max = u32::try_from(count).unwrap();
        match self {
            Open::Inside(file) => file.read(0, count_max).await.unwrap(),
            Open::NineP(file) => file.read(0, count_max).await.unwrap(),
            Open::Mount(file) => {
                let mut file = file.try_clone().unwrap();
                let read = move || {
                    let mut room = vec![0; count];
                    let len = file.read(&mut room).unwrap();
                    room.truncate(len);
                    Bytes::from(room)
                };
                spawn_blocking(read).await.unwrap()
            }
        }
    }

    /// Writes all of `bytes`.
    pub(crate) async fn write(&self, bytes: Bytes) {
        match self {
            Open::Inside(file) => drop(file.write(bytes).await.unwrap()),
            Open::NineP(file) => drop(file.write_bytes(0, bytes).await.unwrap()),
            Open::Mount(file) => {
                let mut file = file.try_clone().unwrap();
                spawn_blocking(move || file.write_all(&bytes).unwrap()).await.unwrap();
            }
        }
    }

    /// Does `fd` with `end`.
    async fn take(&self, end: OwnedFd) {
        let line = format!("fd {} 0x303", end.as_raw_fd());
        match self {
            Open::Inside(file) => drop(file.write_with_fd(Bytes::from(line), end).await.unwrap()),
            Open::NineP(file) => drop(file.write_with_fd(0, line.as_bytes(), end.as_fd()).await.unwrap()),
            Open::Mount(file) => {
                let mut file = file.try_clone().unwrap();
                // The device looks for the descriptor while this waits.
                let write = move || file.write_all(line.as_bytes()).map(|()| drop(end)).unwrap();
                spawn_blocking(write).await.unwrap();
            }
        }
    }
}
