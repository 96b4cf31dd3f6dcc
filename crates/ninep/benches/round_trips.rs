//! Round trips: reads and writes of 1 byte to 1 MiB, one outstanding and eight in flight, over a unix socket to a server on
//! another thread, and over a pipe in memory to one on the same thread.
//!
//! `cargo bench --bench round_trips`; a line's time is that of one round, of which the rows of eight have eight.
#![expect(clippy::unwrap_used, reason = "a bench may end at the first thing that is not as it must be")]

#[path = "../tests/toy.rs"]
#[expect(dead_code, clippy::indexing_slicing, clippy::unwrap_used, reason = "it is made for the tests")]
mod toy;

use std::future::Future;
use std::os::unix::net::UnixStream as Socket;
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use ninep::client::{Client, File};
use ninep::io::{Stream, serve};
use ninep::{Caller, Limits, OpenMode};
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};
use toy::Toy;

fn main() {
    divan::main();
}

const LENS: [u32; 4] = [1, 16 << 10, 64 << 10, 1 << 20];
const DEPTHS: [usize; 2] = [1, 8];
/// What a pipe in memory holds, in bytes: more than the longest message, so that it is the server that is waited for.
const PIPE_LEN: usize = 2 << 20;

/// A client with a file open that reads as zeros and swallows writes.
struct Rig {
    runtime: Runtime,
    file: File,
}

impl Rig {
    fn over_unix_socket() -> Rig {
        let (near, far) = Socket::pair().unwrap();
        thread::spawn(move || {
            let _ = runtime().block_on(async { served(from_std(far)).await });
        });
        Rig::new(async { from_std(near) })
    }

    fn in_memory() -> Rig {
        Rig::new(async {
            let (near, far) = tokio::io::duplex(PIPE_LEN);
            tokio::spawn(served(far.into()));
            near.into()
        })
    }

    fn new(stream: impl Future<Output = Stream>) -> Rig {
        let runtime = runtime();
        let file = runtime.block_on(async {
            let tree = Client::over(stream.await).await.unwrap().attach("", "").await.unwrap();
            tree.open("zero", OpenMode::RDWR).await.unwrap()
        });
        Rig { runtime, file }
    }

    fn read(&self, bencher: Bencher<'_, '_>, depth: usize, len: u32) {
        counted(bencher, depth, len).bench_local(|| {
            self.round(depth, || async {
                assert_eq!(self.file.read(0, len).await.unwrap().len(), len as usize)
            });
        });
    }

    fn write(&self, bencher: Bencher<'_, '_>, depth: usize, len: u32) {
        let data = Bytes::from(vec![7; len as usize]);
        counted(bencher, depth, len).bench_local(|| {
            self.round(depth, || async {
                assert_eq!(self.file.write_bytes(0, data.clone()).await.unwrap(), len);
            });
        });
    }

    /// One call, or eight that are sent before the first is answered.
    fn round<F: Future<Output = ()>>(&self, depth: usize, call: impl Fn() -> F) {
        self.runtime.block_on(async {
            if depth == 1 {
                call().await;
            } else {
                tokio::join!(call(), call(), call(), call(), call(), call(), call(), call());
            }
        });
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn from_std(socket: Socket) -> Stream {
    socket.set_nonblocking(true).unwrap();
    UnixStream::from_std(socket).unwrap().into()
}

async fn served(stream: Stream) -> std::io::Result<()> {
    serve(stream, Arc::new(Toy::default()), Caller::default(), Limits::default()).await
}

fn counted<'a, 'b>(bencher: Bencher<'a, 'b>, depth: usize, len: u32) -> Bencher<'a, 'b> {
    bencher.counter(ItemsCount::new(depth)).counter(BytesCount::new(depth as u64 * u64::from(len)))
}

/// The client and the server on threads of their own.
mod unix_socket {
    use super::{Bencher, DEPTHS, LENS, Rig};

    #[divan::bench(args = LENS, consts = DEPTHS, max_time = 0.3)]
    fn read<const DEPTH: usize>(bencher: Bencher<'_, '_>, len: u32) {
        Rig::over_unix_socket().read(bencher, DEPTH, len);
    }

    #[divan::bench(args = LENS, consts = DEPTHS, max_time = 0.3)]
    fn write<const DEPTH: usize>(bencher: Bencher<'_, '_>, len: u32) {
        Rig::over_unix_socket().write(bencher, DEPTH, len);
    }
}

/// The client and the server on one thread, as in a program that embeds both.
mod memory {
    use super::{Bencher, DEPTHS, LENS, Rig};

    #[divan::bench(args = LENS, consts = DEPTHS, max_time = 0.3)]
    fn read<const DEPTH: usize>(bencher: Bencher<'_, '_>, len: u32) {
        Rig::in_memory().read(bencher, DEPTH, len);
    }

    #[divan::bench(args = LENS, consts = DEPTHS, max_time = 0.3)]
    fn write<const DEPTH: usize>(bencher: Bencher<'_, '_>, len: u32) {
        Rig::in_memory().write(bencher, DEPTH, len);
    }
}
