//! Servers at work: a program of `peers`, started on a free port and ready.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::case::Sample;
use super::cases::World;
use super::peers::{Peer, Told};
use super::proc::Group;

/// What a server does with a connection: by a command, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Sends as many zeros.
    Zeros(u64),
    /// Sends back what comes.
    Echo,
}

/// A server that is ready. Dropping it ends it.
pub(crate) struct Server {
    pub(crate) group: Group,
    pub(crate) port: u16,
}

impl Work {
    /// The command that does it.
    pub(crate) fn words(self) -> Vec<String> {
        match self {
            Work::Zeros(len) => {
                ["/usr/bin/head", "-c", &len.to_string(), "/dev/zero"].map(str::to_owned).to_vec()
            }
            Work::Echo => vec!["/bin/cat".to_owned()],
        }
    }
}

impl Server {
    /// Has `peer` do `work` for whoever connects.
    ///
    /// # Errors
    /// It does not begin to listen.
    pub(crate) fn start(world: &World, peer: &Peer, work: Work) -> Result<Server, String> {
        let port = free_port();
        let group = Group::start(&mut peer.command(&Told { world, port, work }))?;
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

    /// Does `work`, and gives what it gave and the seconds of the processor's time that the server used for it.
    ///
    /// # Errors
    /// Those of `work`.
    pub(crate) fn counted<T>(&self, work: impl FnOnce() -> Result<T, String>) -> Result<(T, f64), String> {
        let (before, count) = (self.group.cpu(), self.group.count());
        let done = work()?;
        // What a command used counts once somebody has waited for it.
        self.group.settle(count);
        Ok((done, self.group.cpu() - before))
    }

    /// The rate of `work` that moves `len` bytes in the time that it gives, and the processor's time for 1e9 of them.
    ///
    /// # Errors
    /// Those of `work`.
    pub(crate) fn rate(
        &self,
        len: u64,
        work: impl FnOnce() -> Result<Duration, String>,
    ) -> Result<Sample, String> {
        let (time, cpu) = self.counted(work)?;
        let cpu = Some(cpu / (len as f64 / 1e9));
        Ok(Sample { value: len as f64 / 1e6 / time.as_secs_f64(), cpu })
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
