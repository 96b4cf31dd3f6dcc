//! The program `tlshand`: the handshake alone, on a connection directory, for scripts (tlshand(8)).
//!
//! It hands its descriptor to the device, does the handshake through the files, says what was agreed on if somebody wants to
//! know, and ends; the connection is its caller's. No record passes through it.

mod args;
mod connection;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use tlshand::program::clock::seconds;
use tlshand::program::exit::{Exit, Fatal};
use tlshand::program::factotum::Factotum;
use tlshand::program::flags::Asked;
use tlshand::program::keylog::KeyLog;
use tlshand::program::policy::Policy;
use tlshand::program::say::{self, MESSAGE_LEN_MAX, escaped};
use tlshand::program::ticket_keys::KeyFile;
use tlshand::{ClientConf, Ocsp, Outcome, ServerConf, Verify};
use x509::Roots;

use args::{Args, Role};
use connection::{Connection, Failure, Outside};

fn main() -> ExitCode {
    let exit = match Args::parse(env::args_os().skip(1)) {
        Ok(Asked::Run(args)) => run(&args).unwrap_or_else(|fatal| {
            tell(&fatal.text);
            fatal.exit
        }),
        Ok(Asked::Help) => {
            say::answer(&format!("{}\n\n{}\n", Args::USAGE, Args::HELP));
            Exit::Done
        }
        Ok(Asked::Version) => {
            say::answer(concat!("tlshand ", env!("CARGO_PKG_VERSION"), "\n"));
            Exit::Done
        }
        Err(wrong) => {
            tell(&wrong.to_string());
            say::line(Args::USAGE);
            Exit::Usage
        }
    };
    ExitCode::from(exit.code())
}

/// Both roles' configurations.
enum Conf {
    Server(ServerConf),
    Client(ClientConf),
}

fn run(args: &Args) -> Result<Exit, Fatal> {
    let factotum = Factotum::of_certificates(args.factotum.as_deref())?;
    let mut conf = conf(args, factotum.as_ref())?;
    let key_log = KeyLog::from_environment()?;
    if let Some(key_log) = &key_log {
        tell(&key_log.to_string());
    }
    match &mut conf {
        Conf::Server(conf) => (conf.exports, conf.logs_keys) = (args.exports.clone(), key_log.is_some()),
        Conf::Client(conf) => (conf.exports, conf.logs_keys) = (args.exports.clone(), key_log.is_some()),
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Fatal::system("can't start", &error))?;
    let done = runtime.block_on(shake(args, Outside { factotum, key_log }, &conf));
    // A thread may still wait for the peer.
    runtime.shutdown_background();
    match done? {
        Ok(outcome) => {
            trace(args, "open");
            if args.prints {
                say::answer(&assignments(&outcome));
            }
            Ok(Exit::Done)
        }
        Err(failure) => {
            event(args, &failure.to_string());
            Ok(failure.exit())
        }
    }
}

/// Does the handshake: a place that is no connection is fatal, the rest is for a report.
async fn shake(args: &Args, outside: Outside, conf: &Conf) -> Result<Result<Outcome, Failure>, Fatal> {
    let mut connection = Connection::open(args, outside).await?;
    let ctl = connection.ctl();
    let handshake = async {
        let algs = connection.algs().await?;
        connection.give_channel(args.fd).await?;
        let mut told = |line: &str| trace(args, line);
        let steps: Option<&mut (dyn FnMut(&str) + Send)> = if args.is_debug { Some(&mut told) } else { None };
        match conf {
            Conf::Server(conf) => tlshand::tls_server(&mut connection, &algs, conf, steps).await,
            Conf::Client(conf) => tlshand::tls_client(&mut connection, &algs, conf, steps).await,
        }
        .map_err(Failure::Handshake)
    };
    Ok(match args.timeout {
        None => handshake.await,
        Some(limit) => match tokio::time::timeout(limit, handshake).await {
            Ok(done) => done,
            Err(_) => {
                // The peer waits for nobody from now on.
                let _ = ctl.write_all("hangup".into()).await;
                Err(Failure::Late)
            }
        },
    })
}

fn conf(args: &Args, factotum: Option<&Factotum>) -> Result<Conf, Fatal> {
    let now = seconds(SystemTime::now());
    match &args.role {
        Role::Server { certs, is_strict_sni, ticket_keys, client_cert, clients } => {
            let policy = Policy::of_server(args.old.clone(), *client_cert, clients)?;
            let mut keys = Vec::new();
            let keyless = Factotum::keyless(factotum);
            for path in certs {
                let loaded = factotum::load(path, now, keyless).map_err(Fatal::configuration)?;
                for warning in &loaded.warnings {
                    tell(&warning.to_string());
                }
                keys.extend(loaded.keys.into_iter().map(Arc::new));
            }
            let mut conf = ServerConf::new(keys);
            conf.now = now;
            conf.alpn.clone_from(&args.alpn);
            conf.strict_sni = *is_strict_sni;
            policy.apply_to_server(&mut conf);
            if let Some(file) = ticket_keys {
                let tickets = KeyFile::new(file.clone()).tickets();
                conf.tickets = Some(tickets.map_err(Fatal::configuration)?);
            }
            conf.check().map_err(Fatal::configuration)?;
            Ok(Conf::Server(conf))
        }
        Role::Client { name, ca, is_insecure, trusted, excluded } => {
            let policy = Policy::new(args.old.clone())?;
            let pins = policy.pins(trusted.as_deref(), excluded.as_deref())?;
            // Who has the secret needs no other proof, and who knows the certificate no root, unless that is asked for too.
            let is_proved = *is_insecure || policy.has_psk() || pins.is_some() && ca.is_none();
            let verify = if is_proved {
                Verify::Insecure
            } else {
                let roots = ca.as_deref().map_or_else(Roots::system, Roots::from_file);
                Verify::Roots { roots: Arc::new(roots.map_err(Fatal::configuration)?), now }
            };
            let name = match name {
                Some(name) => match tlshand::server_name(name) {
                    Ok(name) => Some(name),
                    Err(error) => return Err(Fatal::configuration(format!("-n {name:?}: {error}"))),
                },
                None if is_proved => None,
                None => return Err(Fatal::configuration("no server name to verify: give -n name")),
            };
            // Nobody else's word about a certificate's status could be believed.
            let ocsp = if *is_insecure { Ocsp::Never } else { Ocsp::Ask };
            let mut conf = ClientConf::new(name, verify);
            conf.ocsp = ocsp;
            conf.alpn.clone_from(&args.alpn);
            conf.pins = pins;
            policy.apply_to_client(&mut conf);
            conf.check().map_err(Fatal::configuration)?;
            Ok(Conf::Client(conf))
        }
    }
}

/// What was agreed on, for a shell's `eval`: an assignment a line, and `unset` where there is nothing to say.
fn assignments(outcome: &Outcome) -> String {
    let line = |(name, value): (&str, Option<String>)| match value {
        Some(value) => format!("{name}='{}'\n", value.replace('\'', r"'\''")),
        None => format!("unset {name}\n"),
    };
    outcome.variables().into_iter().map(line).collect()
}

/// Says what happened to the connection.
fn event(args: &Args, what: &str) {
    tell(&format!("{} tls reports {what}", args.dir));
}

/// The same if `-D` asked for it.
fn trace(args: &Args, what: &str) {
    if args.is_debug {
        event(args, what.trim_end_matches('\n'));
    }
}

/// Says something on standard error: a line, whatever a peer put into it.
fn tell(text: &str) {
    say::line(&format!("tlshand: {}", escaped(text, MESSAGE_LEN_MAX)));
}
