//! Many connections: the accept loop of `tlssrv --listen`.
//!
//! **Invariants**
//! - What happens to one connection is felt by no other one.
//! - A shortage (of descriptors, of memory) delays accepting and never ends it.
//! - When the loop has ended, every peer was told so or had its time.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use ninep::io::{Address, Workers};
use rustix::io::Errno;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::command::Stderr;
use crate::endpoint::{Ends, prepare};
use crate::environ::Addresses;
use crate::exit::{Fatal, plain};
use crate::report::Reporter;
use crate::serve::Server;

/// Where connections come from.
pub enum Listener {
    /// TCP. Ours, since who connected is to be told even where the socket has forgotten it.
    Tcp(TcpListener),
    /// A unix socket, as the device makes its own: for its owner alone, and its file goes when the listener does.
    Unix(ninep::io::Listener),
}

impl Listener {
    /// Listens at `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is in use, or not ours.
    pub async fn bind(address: &Address) -> Result<Listener, Fatal> {
        let failed = |error: io::Error| {
            let why = plain(&error);
            // The engine's own errors have the address in front.
            let why = why.strip_prefix(&format!("{address}: ")).unwrap_or(&why);
            Fatal::refused(format!("can't listen on {address}: {why}"))
        };
        match address {
            Address::Tcp { host, port } => {
                let bound = match host.as_str() {
                    // Both IP versions at one socket; a machine without IPv6 has the other one alone.
                    "*" => match TcpListener::bind(("::", *port)).await {
                        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                            TcpListener::bind(("0.0.0.0", *port)).await
                        }
                        bound => bound,
                    },
                    host => TcpListener::bind((host, *port)).await,
                };
                Ok(Listener::Tcp(bound.map_err(failed)?))
            }
            Address::Unix(_) => Ok(Listener::Unix(address.listen().await.map_err(failed)?)),
        }
    }

    /// The address, with the port that the system chose.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Listener::Tcp(listener) => match listener.local_addr() {
                Ok(addr) => format!("tcp!{}!{}", addr.ip(), addr.port()),
                Err(_) => "tcp".to_owned(),
            },
            Listener::Unix(listener) => listener.address().to_string(),
        }
    }

    /// The next connection, and who it was that connected: a socket that was reset meanwhile does not know any more.
    pub(crate) async fn accept(&self) -> io::Result<(OwnedFd, Ends)> {
        let (fd, remote): (OwnedFd, _) = match self {
            Listener::Tcp(listener) => {
                let (stream, remote) = listener.accept().await?;
                (stream.into_std()?.into(), Some(remote))
            }
            Listener::Unix(listener) => (listener.accept().await?.0.into(), None),
        };
        let ends = Ends::of(&fd).or_remote(remote);
        Ok((fd, ends))
    }
}

/// The signals that end the loop.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Listens to them.
    ///
    /// # Errors
    /// The system gives none.
    pub(crate) fn new() -> io::Result<Stop> {
        Ok(Stop { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub(crate) async fn called(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Accepts connections and has each served by one of `workers`, `connections_max` at once, until SIGTERM or SIGINT. Then the
/// connections are hung up.
///
/// # Errors
/// The system gives no signals.
pub async fn run(
    listener: Listener,
    server: Arc<Server>,
    connections_max: usize,
    workers: &Workers,
    reporter: &Reporter,
) -> Result<(), Fatal> {
    let mut stop = Stop::new().map_err(|error| Fatal::system("signals", &error))?;
    let slots = Arc::new(Semaphore::new(connections_max));
    // Nothing is ever sent: its end is the message.
    let (hangup, hung_up) = watch::channel(());
    let mut tasks = JoinSet::new();
    let mut is_short = false;
    reporter.say(&format!("listening on {}", listener.address()));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (listener.accept().await, slot)
        };
        let (accepted, slot) = tokio::select! {
            next = next => next,
            () = stop.called() => break,
        };
        // The ends of those that are done, so that they do not pile up.
        while tasks.try_join_next().is_some() {}
        match accepted {
            Ok((fd, ends)) => {
                is_short = false;
                let served = one(Arc::clone(&server), fd, ends, reporter.clone());
                let mut hung_up = hung_up.clone();
                let seat = workers.seat();
                let runtime = seat.runtime().clone();
                let served = async move {
                    let _places = (slot, seat);
                    tokio::select! {
                        () = served => {}
                        // The sender has gone: dropping the connection is its end.
                        _ = hung_up.changed() => {}
                    }
                };
                tasks.spawn_on(served, &runtime);
            }
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                if !std::mem::replace(&mut is_short, true) {
                    reporter.say(&format!("accept: {}; trying again", plain(&error)));
                }
                tokio::select! {
                    () = tokio::time::sleep(SHORTAGE_TIME) => {}
                    () = stop.called() => break,
                }
            }
        }
    }
    drop((listener, hangup));
    let _ =
        tokio::time::timeout(GOODBYE_TIME_MAX, async { while tasks.join_next().await.is_some() {} }).await;
    Ok(())
}

async fn one(server: Arc<Server>, fd: OwnedFd, ends: Ends, reporter: Reporter) {
    prepare(&fd);
    let report = reporter.about(&ends.remote_text());
    let conf = server.conf_now(&report);
    server.serve(conf, fd, Addresses::Known(ends), Stderr::Inherited, &report).await;
}

/// Whether an error of accept is about the connection that was to be accepted, which has gone (accept(2)).
fn is_of_one(error: &io::Error) -> bool {
    let one = [
        Errno::CONNABORTED,
        Errno::CONNRESET,
        Errno::INTR,
        Errno::PROTO,
        Errno::PERM,
        Errno::NETDOWN,
        Errno::NOPROTOOPT,
        Errno::HOSTDOWN,
        Errno::NONET,
        Errno::HOSTUNREACH,
        Errno::OPNOTSUPP,
        Errno::NETUNREACH,
    ];
    Errno::from_io_error(error).is_some_and(|errno| one.contains(&errno))
}

/// How long to wait for whoever holds what there is too little of.
pub(crate) const SHORTAGE_TIME: Duration = Duration::from_millis(100);
/// How long connections have to end after the signal.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(5);
