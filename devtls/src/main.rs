//! `devtls`: the device as a service, by 9P (devtls(4)).
//!
//! It parses its flags, listens where they say, serves until it is told to end, and then lets every
//! conversation say goodbye. What the files do is the library's affair.

mod args;
mod namespace;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use devtls::{Device, Limits};
use ninep::User;
use ninep::io::{Address, Listener, serve_all};
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tracing_subscriber::filter::LevelFilter;

use args::{Args, Asked};

/// Why the program cannot go on, and its exit code.
struct Fatal {
    code: u8,
    text: String,
}

fn main() -> ExitCode {
    let args = match Args::parse(env::args_os().skip(1)) {
        Ok(Asked::Run(args)) => args,
        Ok(Asked::Help) => return say(&format!("{}\n\n{}", Args::USAGE, Args::HELP)),
        Ok(Asked::Version) => return say(concat!("devtls ", env!("CARGO_PKG_VERSION"))),
        Err(wrong) => {
            eprintln!("devtls: {wrong}\n{}", Args::USAGE);
            return ExitCode::from(USAGE);
        }
    };
    trace(args.is_debug);
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fatal) => {
            eprintln!("devtls: {}", fatal.text);
            ExitCode::from(fatal.code)
        }
    }
}

/// Prints what was asked for: this, and only this, is standard output.
fn say(text: &str) -> ExitCode {
    // A reader that is gone has read enough.
    let _ = writeln!(io::stdout(), "{text}");
    ExitCode::SUCCESS
}

/// Sends what the libraries trace to standard error: warnings, and with `-D` every message.
fn trace(is_debug: bool) {
    let level = if is_debug { LevelFilter::DEBUG } else { LevelFilter::WARN };
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
}

fn run(args: &Args) -> Result<(), Fatal> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| system("cannot start", &error))?;
    runtime.block_on(async {
        let user = host_owner().map_err(|error| system("cannot find out who runs this", &error))?;
        serve(addresses(args, &user.name)?, user).await
    })
}

/// Gives every address to listen at.
fn addresses(args: &Args, user: &str) -> Result<Vec<Address>, Fatal> {
    let mut addresses = Vec::new();
    if !args.names.is_empty() {
        let var = |name| env::var(name).ok();
        let dir = namespace::path(var("NAMESPACE"), var("USER").or(Some(user.to_owned())), var("DISPLAY"));
        namespace::prepare(&dir).map_err(|error| system(&dir.display().to_string(), &error))?;
        addresses.extend(args.names.iter().map(|name| Address::Unix(dir.join(name))));
    }
    for text in &args.addresses {
        let address = Address::parse(text)
            .map_err(|error| Fatal { code: CONFIGURATION, text: format!("-a {text}: {error}") })?;
        if !address.is_local() && !args.trusts_network {
            let why = "9P proves nobody's identity over a network; listen on the loopback address or at a unix socket, \
                or say --trust-network";
            return Err(Fatal { code: CONFIGURATION, text: format!("-a {text}: {why}") });
        }
        addresses.push(address);
    }
    Ok(addresses)
}

async fn serve(addresses: Vec<Address>, user: User) -> Result<(), Fatal> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| system("SIGTERM", &error))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| system("SIGINT", &error))?;
    let device = Arc::new(Device::new(user, Limits::default()));
    let mut listeners: Vec<Listener> = Vec::new();
    for address in addresses {
        listeners.push(address.listen().await.map_err(|error| system("cannot listen", &error))?);
    }
    for listener in &listeners {
        eprintln!("devtls: serving {}", listener.address());
    }
    let mut servers = JoinSet::new();
    for listener in listeners {
        let device = Arc::clone(&device);
        servers.spawn(async move { serve_all(&listener, &device, &ninep::Limits::default()).await });
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
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

fn system(what: &str, error: &io::Error) -> Fatal {
    Fatal { code: SYSTEM, text: format!("{what}: {error}") }
}

/// A flag's value cannot be used.
const CONFIGURATION: u8 = 96;
/// The flags make no sense.
const USAGE: u8 = 100;
/// The system refused something.
const SYSTEM: u8 = 111;

/// How long the conversations' goodbyes may take at the end.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(8);
