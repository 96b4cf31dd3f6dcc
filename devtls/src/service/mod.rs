//! The device as a service: it listens, serves until it is told to end, and then lets every
//! conversation say goodbye.
//!
//! Where it listens is decided in `places`, where it is mounted in `mounts`; what a service manager gives and is told, in
//! `manager`.

mod manager;
mod mounts;
mod places;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use devtls::Device;
use ninep::User;
use ninep::io::{Guests, Listener, Workers, serve_all};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sd_notify::NotifyState;
use tokio::net::UnixStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::args::Args;
use crate::exit::Fatal;
use crate::settings::Bounds;

/// Serves as the flags say, until a signal.
pub(crate) fn run(args: &Args) -> Result<(), Fatal> {
    // Before there are threads: what it takes it takes from the environment.
    let inherited = manager::inherited()?;
    more_descriptors(&args.bounds);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fatal::system("cannot start", &error))?;
    runtime.block_on(async {
        let user = host_owner().map_err(|error| Fatal::system("cannot find out who runs this", &error))?;
        let listeners = places::listeners(args, inherited, &user.name).await?;
        let device = Device::new(user, args.bounds.device).with_compat(args.compat);
        serve(args, listeners, device).await
    })
}

async fn serve(args: &Args, listeners: Vec<Listener>, device: Device) -> Result<(), Fatal> {
    let mut signals = Signals::new()?;
    let device = Arc::new(device);
    let mounts = mounts::make(args, &device).await?;
    let served = listeners.iter().map(|listener| format!("serving {}", listener.address()));
    let mounted = mounts.iter().map(|mount| format!("mounted on {}", mount.path().display()));
    let places: Vec<String> = served.chain(mounted).collect();
    for place in &places {
        eprintln!("devtls: {place}");
    }
    let workers = Workers::start().map_err(|error| Fatal::system("cannot start", &error))?;
    let guests = Guests::served_by(workers, args.bounds.clients.clone());
    let mut servers = JoinSet::new();
    for listener in listeners {
        let (device, guests) = (Arc::clone(&device), Arc::clone(&guests));
        servers.spawn(async move { serve_all(&listener, &device, &guests).await });
    }
    for mount in mounts {
        servers.spawn(mounts::serve(mount));
    }
    manager::tell(&[NotifyState::Ready, NotifyState::Status(&places.join(", "))]);
    tokio::select! {
        () = signals.next() => {}
        // This never ends.
        () = manager::stay_alive() => {}
        // Listeners end only with us, and a mount with us or when somebody takes it away.
        () = async { while servers.join_next().await.is_some() {} } => {}
    }
    // With the servers go their connections, with those every file, and the last file's close says goodbye.
    manager::tell(&[NotifyState::Stopping, NotifyState::Status("saying goodbye to the peers")]);
    servers.shutdown().await;
    tokio::select! {
        settled = tokio::time::timeout(GOODBYE_TIME_MAX, device.settled()) => {
            if settled.is_err() {
                eprintln!("devtls: some peers took no goodbye");
            }
        }
        // Somebody who asks twice means at once.
        () = signals.next() => {}
    }
    Ok(())
}

/// The signals that end us.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Signals, Fatal> {
        let catch = |kind, name| signal(kind).map_err(|error| Fatal::system(name, &error));
        Ok(Signals {
            terminate: catch(SignalKind::terminate(), "SIGTERM")?,
            interrupt: catch(SignalKind::interrupt(), "SIGINT")?,
        })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Makes room for the descriptors of as many clients and conversations as there may be, as far as the system lets us.
fn more_descriptors(bounds: &Bounds) {
    let clients = u64::try_from(bounds.clients.connections_max).unwrap_or(u64::MAX);
    let wanted = clients.saturating_add(bounds.device.conversations.into()).saturating_add(OWN_DESCRIPTORS);
    let now = getrlimit(Resource::Nofile);
    let wanted = now.maximum.map_or(wanted, |hard| wanted.min(hard));
    if now.current.is_some_and(|current| current < wanted) {
        // Without it, accepting waits when there are too few.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: now.maximum });
    }
}

/// Gives the user that runs us, as the kernel would name us to a server.
fn host_owner() -> io::Result<User> {
    let (end, _other_end) = UnixStream::pair()?;
    Ok(ninep::io::caller(&end)?.into())
}

/// Descriptors for everything but clients and channels: listeners, four for each thread, those that are on their way.
const OWN_DESCRIPTORS: u64 = 1024;
/// How long the conversations' goodbyes may take at the end.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(8);
