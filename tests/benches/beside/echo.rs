//! 64 bytes there and back: over TCP alone, and over TLS by a device that is asked over 9P.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ninep::client::Client;
use ninep::fcall::Tmsg;
use ninep::io::Address;
use ninep::{Fid, Tag};
use tlsrec::Side;
use tokio::runtime::Runtime;

use super::blocking::NineP;
use super::keys::{self, Peer};
use super::way::{End, Way};

/// How the client asks for what comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// A write, and after its answer a read.
    OneByOne,
    /// A read that waits, and then the write.
    ReadFirst,
}

/// The median time of an echo over TCP.
pub(crate) fn tcp() -> f64 {
    let (mut near, far) = keys::tcp_pair();
    near.set_read_timeout(Some(TIME_MAX)).unwrap();
    let echo = thread::spawn(move || send_back(far));
    let mut room = [0; MESSAGE.len()];
    let time = median(|| {
        near.write_all(&MESSAGE).unwrap();
        near.read_exact(&mut room).unwrap();
    });
    drop(near);
    echo.join().unwrap();
    time
}

/// The median time of an echo over TLS, by the device that serves 9P at `socket`.
pub(crate) fn ninep(socket: &Path, order: Order) -> f64 {
    let runtime = Runtime::new().unwrap();
    let (near, far) = keys::tcp_pair();
    let peer = thread::spawn(move || Peer::begin(far).echo());
    let address = Address::Unix(socket.to_owned());
    let end: End = runtime.block_on(async {
        let tree = Client::dial(&address).await.unwrap().attach("", "").await.unwrap();
        End::begin(&Way::NineP(tree), near, Side::Client).await.opened().await
    });
    let mut client = NineP::dial(socket);
    let fid = Fid(1);
    client.open(fid, &format!("{}/data", end.dir));
    let read = Tmsg::Read { fid, offset: 0, count: 1 << 16 };
    let write = Tmsg::Write { fid, offset: 0, data: Bytes::from_static(&MESSAGE) };
    let time = median(|| match order {
        Order::OneByOne => {
            client.call(Tag(1), &write);
            client.call(Tag(2), &read);
        }
        Order::ReadFirst => {
            client.send(Tag(2), &read);
            client.send(Tag(1), &write);
            client.wait(Tag(2));
            client.wait(Tag(1));
        }
    });
    drop((client, end));
    runtime.shutdown_timeout(TIME_MAX);
    peer.join().unwrap();
    time
}

fn send_back(mut far: TcpStream) {
    let mut room = [0; MESSAGE.len()];
    while far.read_exact(&mut room).is_ok() && far.write_all(&room).is_ok() {}
}

/// The median of what `echo` takes, in microseconds.
fn median(mut echo: impl FnMut()) -> f64 {
    let mut times: Vec<Duration> = (0..COUNT)
        .map(|_| {
            let begun = Instant::now();
            echo();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(COUNT / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
}

const MESSAGE: [u8; 64] = [b'e'; 64];
/// Echoes of one measurement.
const COUNT: usize = 4000;
const TIME_MAX: Duration = Duration::from_secs(20);
