//! Servers at work: a program of `peers`, started on a free port and ready.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::cases::World;
use super::peers::{Peer, Told};
use super::proc::Group;

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Clear,
    Tls,
}

/// A server that is ready. Dropping it ends it.
pub(crate) struct Server {
    pub(crate) group: Group,
    pub(crate) port: u16,
}

impl Server {
    /// Has `peer` serve the command `words`.
    ///
    /// # Errors
    /// It does not begin to listen.
    pub(crate) fn start(world: &World, peer: &Peer, words: &[&str]) -> Result<Server, String> {
        let port = free_port();
        let group = Group::start(&mut peer.command(&Told { world, port, words }))?;
        let mut server = Server { group, port };
        let end = Instant::now() + START_TIME_MAX;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if server.group.has_left() {
                return Err("did not start".to_owned());
            }
            if Instant::now() > end {
                return Err("does not listen".to_owned());
            }
            thread::sleep(Duration::from_millis(10));
        }
        // The connection that found it is served too.
        thread::sleep(Duration::from_millis(100));
        Ok(server)
    }
}

/// A port that nobody listens on, below those that the system gives to clients: a client's connection that lingers would be in
/// the way there.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 8000) as u16;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 4000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// How long a server may take to listen.
const START_TIME_MAX: Duration = Duration::from_secs(10);
