//! The same bytes by each way into the device: inside the program, by 9P over a unix socket, and through a FUSE mount.
//!
//! `cargo bench -p devtls --bench ways` prints a table: 256 MiB of application data out of `data` to a peer and from a
//! peer into it, under AES-128-GCM, written in pieces of 1 MiB and read as `data` gives it, a record at a time. The peer
//! is a thread at the other end of a pair of sockets, which decrypts nothing and has its records sealed before; device
//! and user are one process. Each number is the median of five rounds, in which the ways take turns.
#![expect(clippy::unwrap_used, reason = "a bench may end at the first thing that is not as it must be")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use devtls::fuse::{Mount, Options};
use devtls::{Device, Embedded, EmbeddedFile, Limits};
use getrandom::SysRng;
use ninep::OpenMode;
use ninep::client::{Client, File, Tree};
use ninep::io::{Address, Guests, serve_all};
use rand_core::UnwrapErr;
use tlsrec::{Encalg, Hashalg, OneWay, Side, deal};
use tlswire::{ContentType, ProtocolVersion};

/// A way into the device.
enum Way {
    Inside(Embedded),
    NineP(Tree),
    Mount(PathBuf),
}

/// A file, opened by one of them.
enum Open {
    Inside(EmbeddedFile),
    NineP(File),
    Mount(fs::File),
}

impl Way {
    async fn open(&self, path: &str) -> Open {
        match self {
            Way::Inside(device) => Open::Inside(device.open(path, OpenMode::RDWR).unwrap()),
            Way::NineP(tree) => Open::NineP(tree.open(path, OpenMode::RDWR).await.unwrap()),
            Way::Mount(point) => {
                let path = point.join(path);
                let open = move || fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
                Open::Mount(tokio::task::spawn_blocking(open).await.unwrap())
            }
        }
    }
}

impl Open {
    /// Writes all of `piece`, `count` times.
    async fn write(self, piece: Bytes, count: usize) -> Open {
        match self {
            Open::Mount(mut file) => {
                let write = move || {
                    for _ in 0..count {
                        file.write_all(&piece).unwrap();
                    }
                    Open::Mount(file)
                };
                return tokio::task::spawn_blocking(write).await.unwrap();
            }
            Open::Inside(ref file) => {
                for _ in 0..count {
                    file.write(piece.clone()).await.unwrap();
                }
            }
            Open::NineP(ref file) => {
                for _ in 0..count {
                    file.write_bytes(0, piece.clone()).await.unwrap();
                }
            }
        }
        self
    }

    /// Reads until there were `len` bytes; gives the last ones.
    async fn read(self, len: usize) -> (Open, Bytes) {
        let mut left = len;
        let mut last = Bytes::new();
        match self {
            Open::Mount(mut file) => {
                let read = move || {
                    let mut room = vec![0; READ_LEN];
                    let mut last_len = 0;
                    while left > 0 {
                        last_len = file.read(&mut room).unwrap();
                        left -= last_len;
                    }
                    room.truncate(last_len);
                    (Open::Mount(file), Bytes::from(room))
                };
                return tokio::task::spawn_blocking(read).await.unwrap();
            }
            Open::Inside(ref file) => {
                while left > 0 {
                    last = file.read(0, u32::try_from(READ_LEN).unwrap()).await.unwrap();
                    left -= last.len();
                }
            }
            Open::NineP(ref file) => {
                while left > 0 {
                    last = file.read(0, u32::try_from(READ_LEN).unwrap()).await.unwrap();
                    left -= last.len();
                }
            }
        }
        (self, last)
    }

    /// Does `fd` with `end`.
    async fn take(&self, end: OwnedFd) {
        use std::os::fd::{AsFd, AsRawFd};
        let line = format!("fd {} 0x303", end.as_raw_fd());
        match self {
            Open::Inside(file) => drop(file.write_with_fd(Bytes::from(line), end).await.unwrap()),
            Open::NineP(file) => drop(file.write_with_fd(0, line.as_bytes(), end.as_fd()).await.unwrap()),
            Open::Mount(file) => {
                let mut file = file.try_clone().unwrap();
                // The device looks for the descriptor while this waits.
                let write = move || file.write_all(line.as_bytes()).map(|()| drop(end)).unwrap();
                tokio::task::spawn_blocking(write).await.unwrap();
            }
        }
    }
}

/// An open connection, its peer, and the keys of what the peer sends.
struct Conversation {
    _ctl: Open,
    data: Open,
    peer: UnixStream,
    keys: OneWay,
}

/// Opens a connection and makes application data move.
async fn converse(way: &Way) -> Conversation {
    let (ctl, number) = way.open("tls/clone").await.read(1).await;
    let dir = format!("tls/{}", std::str::from_utf8(&number).unwrap());
    let (end, mut peer) = UnixStream::pair().unwrap();
    ctl.take(end.into()).await;
    let mut ctl = ctl;
    let secret = format!("secret clear {ENC} 0 {}", "A".repeat(SECRET_LEN / 3 * 4));
    for line in ["version 0x303", &secret, "changecipher"] {
        ctl = ctl.write(Bytes::copy_from_slice(line.as_bytes()), 1).await;
    }
    let (hash, enc) = (Hashalg::by_name("clear").unwrap(), Encalg::by_name(ENC).unwrap());
    let mut rng = UnwrapErr(SysRng);
    let secrets = deal(ProtocolVersion::TLS12, hash, enc, Side::Client, &[0; SECRET_LEN], &mut rng);
    let mut keys = OneWay::new();
    keys.stage(secrets.unwrap().1);
    keys.change_cipher().unwrap();
    let mut flight = CHANGE_CIPHER_SPEC.to_vec();
    keys.seal(ContentType::HANDSHAKE, ProtocolVersion::TLS12, &[7, 8], &mut flight, &mut rng).unwrap();
    peer.write_all(&flight).unwrap();
    peer.read_exact(&mut [0; CHANGE_CIPHER_SPEC.len()]).unwrap();
    let (hand, _) = way.open(&format!("{dir}/hand")).await.read(2).await;
    let ctl = ctl.write(Bytes::from_static(b"opened"), 1).await;
    drop(hand);
    Conversation { _ctl: ctl, data: way.open(&format!("{dir}/data")).await, peer, keys }
}

/// Takes the time of all bytes to the peer.
async fn out(way: &Way) -> Duration {
    let mut conv = converse(way).await;
    let sealed_len = COUNT * PIECE_LEN.div_ceil(RECORD_LEN) * (RECORD_LEN + GCM_LEN);
    let drain = thread::spawn(move || {
        let mut room = vec![0; PIECE_LEN];
        let mut left = sealed_len;
        while left > 0 {
            // The kernel may cut a write in two where it does not begin with a page, which makes a record more.
            left = left.saturating_sub(conv.peer.read(&mut room).unwrap());
        }
        (Instant::now(), conv.peer)
    });
    let piece = Bytes::from(vec![b'x'; PIECE_LEN]);
    let start = Instant::now();
    let _data = conv.data.write(piece, COUNT).await;
    let (end, _peer) = drain.join().unwrap();
    end - start
}

/// Takes the time of all bytes from the peer.
async fn into(way: &Way) -> Duration {
    let mut conv = converse(way).await;
    let mut sealed = Vec::with_capacity(COUNT * (PIECE_LEN + PIECE_LEN / 256));
    let record = vec![b'y'; RECORD_LEN];
    let mut rng = UnwrapErr(SysRng);
    for _ in 0..COUNT * PIECE_LEN / RECORD_LEN {
        let data = ContentType::APPLICATION_DATA;
        conv.keys.seal(data, ProtocolVersion::TLS12, &record, &mut sealed, &mut rng).unwrap();
    }
    let start = Instant::now();
    let feed = thread::spawn(move || conv.peer.write_all(&sealed).map(|()| conv.peer).unwrap());
    let _data = conv.data.read(COUNT * PIECE_LEN).await;
    let time = start.elapsed();
    feed.join().unwrap();
    time
}

/// Makes the three ways, with what has to stay while they are used.
async fn ways(dir: &Path) -> Vec<(&'static str, Way)> {
    let user = ninep::io::user_numbered(rustix::process::geteuid().as_raw());
    let device = || Arc::new(Device::new(user.clone(), Limits::default()));
    let socket = Address::Unix(dir.join("tls"));
    let listener = socket.listen().await.unwrap();
    let served = device();
    tokio::spawn(async move {
        serve_all(&listener, &served, &Guests::new(ninep::Limits::default())).await;
    });
    let tree = Client::dial(&socket).await.unwrap().attach("", "").await.unwrap();
    let mut ways = vec![
        ("inside the program", Way::Inside(Embedded::new(Limits::default()))),
        ("9P over a unix socket", Way::NineP(tree)),
    ];
    let point = dir.join("mount");
    fs::create_dir(&point).unwrap();
    match Mount::new(&point, device(), Options::default()).await {
        Ok(mut mount) => {
            tokio::spawn(async move { mount.serve().await });
            ways.push(("a FUSE mount", Way::Mount(point)));
        }
        Err(error) => println!("no FUSE mount here: {error}"),
    }
    ways
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let ways = ways(dir.path()).await;
        let mut times: Vec<(Vec<Duration>, Vec<Duration>)> =
            ways.iter().map(|_| Default::default()).collect();
        for _ in 0..ROUNDS {
            for ((_, way), (outs, ins)) in ways.iter().zip(&mut times) {
                outs.push(out(way).await);
                ins.push(into(way).await);
            }
        }
        println!("| 256 MiB by way of | out | in |\n|---|---|---|");
        for ((name, _), (outs, ins)) in ways.iter().zip(times) {
            let said = [outs, ins].map(|times| {
                let time = median(times).as_secs_f64();
                format!("{time:.2} s, {:.2} GB/s", (COUNT * PIECE_LEN) as f64 / 1e9 / time)
            });
            println!("| {name} | {} | {} |", said[0], said[1]);
        }
    });
    // With the runtime goes the mount.
    drop(runtime);
}

const ENC: &str = "aes_128_gcm_aead";
/// Bytes of key material, as many as fit four characters for three, of which the last are not used.
const SECRET_LEN: usize = 42;
const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];
/// Bytes of one write.
const PIECE_LEN: usize = 1 << 20;
/// How many of them go by in a round.
const COUNT: usize = 256;
/// Bytes of payload in a record.
const RECORD_LEN: usize = 1 << 14;
/// Bytes of a record besides: header, explicit nonce, tag.
const GCM_LEN: usize = 5 + 8 + 16;
/// Bytes that a read asks for.
const READ_LEN: usize = 1 << 20;
const ROUNDS: usize = 5;
