//! The device as a service: it listens, serves until it is told to end, and then lets every
//! conversation say goodbye.
//!
//! Where it listens is decided in `places`, where it is mounted in `mounts`.

mod mounts;
mod places;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use devtls::{Device, Limits};
use ninep::User;
use ninep::io::{Address, Guests, Listener, serve_all};
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::args::Args;
use crate::exit::Fatal;

/// Serves as the flags say, until a signal.
pub(crate) fn run(args: &Args) -> Result<(), Fatal> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fatal::system("cannot start", &error))?;
    runtime.block_on(async {
        let user = host_owner().map_err(|error| Fatal::system("cannot find out who runs this", &error))?;
        let addresses = places::addresses(args, &user.name)?;
        let device = Device::new(user, Limits::default()).with_compat(args.compat);
        serve(args, addresses, device).await
    })
}

async fn serve(args: &Args, addresses: Vec<Address>, device: Device) -> Result<(), Fatal> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| Fatal::system("SIGTERM", &error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| Fatal::system("SIGINT", &error))?;
    let device = Arc::new(device);
    let mut listeners: Vec<Listener> = Vec::new();
    for address in addresses {
        listeners.push(address.listen().await.map_err(|error| Fatal::system("cannot listen", &error))?);
    }
    let mounts = mounts::make(args, &device).await?;
    for listener in &listeners {
        eprintln!("devtls: serving {}", listener.address());
    }
    for mount in &mounts {
        eprintln!("devtls: mounted on {}", mount.path().display());
    }
    let guests = Guests::new(ninep::Limits::default());
    let mut servers = JoinSet::new();
    for listener in listeners {
        let (device, guests) = (Arc::clone(&device), Arc::clone(&guests));
        servers.spawn(async move { serve_all(&listener, &device, &guests).await });
    }
    for mount in mounts {
        servers.spawn(mounts::serve(mount));
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        // Listeners end only with us, and a mount with us or when somebody takes it away.
        () = async { while servers.join_next().await.is_some() {} } => {}
    }
    // With the servers go their connections, with those every file, and the last file's close says goodbye.
    servers.shutdown().await;
    let _ = tokio::time::timeout(GOODBYE_TIME_MAX, device.settled()).await;
    Ok(())
}

/// Gives the user that runs us, as the kernel would name us to a server.
fn host_owner() -> io::Result<User> {
    let (end, _other_end) = UnixStream::pair()?;
    Ok(ninep::io::caller(&end)?.into())
}

/// How long the conversations' goodbyes may take at the end.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(8);
