//! The program `tlssrv`: from flags to an exit code.

use std::ffi::OsString;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ninep::io::{Address, Workers};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tlshand::program::factotum::Factotum;
use tlshand::program::flags::Asked;
use tlshand::program::keylog::KeyLog;
use tlshand::program::policy::Policy;
use tlshand::program::say;
use tlshand::program::ticket_keys::KeyFile;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::OnceCell;

use crate::args::ServerArgs;
use crate::behind::Process;
use crate::certs::{Certs, Lifetime};
use crate::command::{Command, Stderr};
use crate::device::Device;
use crate::endpoint::{Ends, prepare};
use crate::environ::Addresses;
use crate::exit::{Exit, Fatal};
use crate::inherited::{self, Inherited};
use crate::listen::{self, Listener};
use crate::report::{Detail, Reporter};
use crate::serve::Server;
use crate::user::become_user;

/// Does what `args`, without the program's name, ask for.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(exit) = become_user(&args) {
        return exit;
    }
    match ServerArgs::parse(args, crate::device::from_environment()) {
        Ok(Asked::Run(typed)) => run(typed),
        Ok(Asked::Help) => {
            say::answer(&format!("{}\n\n{}\n", ServerArgs::USAGE, ServerArgs::HELP));
            Exit::Done
        }
        Ok(Asked::Version) => {
            say::answer(concat!("tlssrv ", env!("CARGO_PKG_VERSION"), "\n"));
            Exit::Done
        }
        Err(wrong) => {
            say::line(&format!("{NAME}: {wrong}"));
            say::line(ServerArgs::USAGE);
            Exit::Usage
        }
    }
}

fn run(typed: ServerArgs) -> Exit {
    // First of all, so that nothing is written where the connection's records go.
    let inherited = match typed.listen {
        None => match inherited::take() {
            Ok(inherited) => Some(inherited),
            Err(fatal) => return end(&Reporter::stderr(NAME, Detail::Events), fatal),
        },
        Some(_) => None,
    };
    let stderr = inherited.as_ref().map_or(Stderr::Inherited, |inherited| inherited.stderr);
    let reporter = reporter(&typed, stderr);
    match start(typed, inherited, &reporter) {
        Ok(exit) => exit,
        Err(fatal) => end(&reporter, fatal),
    }
}

fn end(reporter: &Reporter, fatal: Fatal) -> Exit {
    reporter.fatal(&fatal.text);
    fatal.exit
}

/// Reports go to syslog if `-l` says so, or if standard error was the connection.
fn reporter(typed: &ServerArgs, stderr: Stderr) -> Reporter {
    let detail = if typed.is_debug { Detail::Trace } else { Detail::Events };
    let name = match (&typed.log, stderr) {
        (Some(name), _) => name,
        (None, Stderr::Connection) => NAME,
        (None, Stderr::Inherited) => return Reporter::stderr(NAME, detail),
    };
    Reporter::syslog(NAME, detail, name).unwrap_or_else(|error| {
        let reporter = Reporter::stderr(NAME, detail);
        reporter.say(&format!("no syslog, reporting here: {error}"));
        reporter
    })
}

fn start(typed: ServerArgs, inherited: Option<Inherited>, reporter: &Reporter) -> Result<Exit, Fatal> {
    let auth = typed.auth.authenticator(typed.old.allows_p9sk1)?;
    let policy = Policy::of_server(typed.old, typed.client_cert, &typed.clients)?;
    let factotum = Factotum::of_certificates(typed.auth.factotum.as_deref())?;
    let keyless = Factotum::keyless(factotum.as_ref());
    let has_psk = policy.has_psk() || auth.is_some();
    let lifetime = if inherited.is_some() { Lifetime::Connection } else { Lifetime::Server };
    let (certs, warnings) = Certs::load(typed.certs, lifetime, keyless, typed.self_signed, has_psk)?;
    for warning in warnings {
        reporter.say(&warning);
    }
    let key_log = KeyLog::from_environment()?;
    if let Some(key_log) = &key_log {
        reporter.say(&key_log.to_string());
    }
    let server = Arc::new(Server {
        device: Device::new(
            typed.device.as_deref(),
            typed.connections_max,
            crate::device::records(policy.compat()),
        )?,
        algs: OnceCell::new(),
        certs,
        factotum,
        alpn: typed.alpn,
        record_len_max: typed.record_size,
        is_strict_sni: typed.is_strict_sni,
        policy,
        exports: typed.exports,
        key_log,
        tickets: typed.ticket_keys.map(KeyFile::new),
        auth,
        becomes_user: typed.becomes_user,
        timeout: typed.timeout,
        idle_max: typed.idle_max,
        command: Command::find(typed.command)?,
        process: if inherited.is_some() { Process::Replaced } else { Process::Kept },
    });
    let conf = server.check()?;
    if let Some(Inherited { fd, stderr }) = inherited {
        let ends = Ends::of(&fd);
        prepare(&fd);
        let addresses = match ends.remote {
            Some(_) => Addresses::Known(ends),
            None => Addresses::Inherited,
        };
        let remote = typed.remote.unwrap_or_else(|| remote_text(&ends));
        let report = reporter.about(&remote);
        return on(async {
            let exit = server.serve(conf, fd, addresses, stderr, &report).await;
            server.device.settled(GOODBYE_TIME_MAX).await;
            Ok(exit)
        });
    }
    more_descriptors(typed.connections_max);
    let address: Result<Address, _> = typed.listen.unwrap_or_default().parse();
    let address = address.map_err(|error| Fatal::configuration(format!("--listen: {error}")))?;
    let failed = |error| Fatal::system("can't start", &error);
    let workers = Arc::new(Workers::start().map_err(failed)?);
    on(async {
        // A device that is not there is found out now, not by the first peer.
        server.device.session().await.map_err(|refusal| Fatal::refused(refusal.0))?;
        let (max, reporter, serving) = (typed.connections_max, reporter.clone(), Arc::clone(&server));
        let (first, workers) = (workers.seat().runtime().clone(), Arc::clone(&workers));
        // By one of those who serve: where connections come one by one, nobody else is woken for them.
        let accepting = first.spawn(async move {
            let listener = Listener::bind(&address).await?;
            listen::run(listener, serving, max, &workers, &reporter).await
        });
        accepting.await.map_err(|error| failed(error.into()))??;
        server.device.settled(GOODBYE_TIME_MAX).await;
        Ok(Exit::Done)
    })
}

/// Runs `work` on this thread to its end and leaves nothing behind that could hold up ours.
pub(crate) fn on<T>(work: impl Future<Output = Result<T, Fatal>>) -> Result<T, Fatal> {
    // A runtime that cannot move: without tokio's pool of threads the program needs no library of mathematics, which every process
    // for a connection would open and relocate for the pool's one call of `pow`.
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
    let runtime = runtime.map_err(|error| Fatal::system("can't start", &error))?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// The peer of a connection that we were given: from the socket, or as UCSPI tells it.
fn remote_text(ends: &Ends) -> String {
    let text = ends.remote_text();
    if text.is_empty()
        && let (Ok(ip), Ok(port)) = (std::env::var("TCPREMOTEIP"), std::env::var("TCPREMOTEPORT"))
    {
        return format!("{ip}!{port}");
    }
    text
}

/// Makes room for the descriptors of that many connections, as far as the system lets us. Commands inherit the room.
fn more_descriptors(connections_max: usize) {
    let now = getrlimit(Resource::Nofile);
    let wanted =
        u64::try_from(connections_max).unwrap_or(u64::MAX).saturating_mul(DESCRIPTORS_PER_CONNECTION);
    let wanted = now.maximum.map_or(wanted, |hard| wanted.min(hard));
    if now.current.is_some_and(|current| current < wanted) {
        // Without it, accepting waits when there are too few.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: now.maximum });
    }
}

const NAME: &str = "tlssrv";
/// The connection, the device's copy, our end of the command's socketpair, the command's process, the device's 9P
/// connection, and room for the moments when there are two of something.
const DESCRIPTORS_PER_CONNECTION: u64 = 8;
/// How long the device may take to say goodbye to the peers: somewhat more than it gives each of them.
pub(crate) const GOODBYE_TIME_MAX: Duration = Duration::from_secs(10);
