//! The program `tlsclient`: from flags to an exit code.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use factotum::{CertifiedKey, Keyless, Warning};
use ninep::io::{Address, AddressError};
use tlshand::program::clock::seconds;
use tlshand::program::factotum::{Factotum, Rpc};
use tlshand::program::flags::Asked;
use tlshand::program::keylog::KeyLog;
use tlshand::program::policy::Policy;
use tlshand::program::say;
use tlshand::{ClientConf, Ocsp, Verify};
use tokio::net::{TcpStream, UnixStream};
use x509::{CertificateDer, Roots, ServerName};

use crate::args::ClientArgs;
use crate::auth::{self, Auth};
use crate::behind::{self, Process};
use crate::command::{Command, Stderr};
use crate::conn::{Conn, Failure, Opened};
use crate::device::{self, Device};
use crate::endpoint::{Ends, prepare};
use crate::environ::{Addresses, Facts};
use crate::exit::{Exit, Fatal, plain};
use crate::relay::stdio::{Stdin, Stdout};
use crate::relay::{Ended, copy, data};
use crate::report::{Detail, Report, Reporter};
use crate::server::{GOODBYE_TIME_MAX, on};
use crate::sessions::{self, Keeping, SessionFile};

/// Does what `args`, without the program's name, ask for.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let typed = match ClientArgs::parse(args, device::from_environment()) {
        Ok(Asked::Run(typed)) => typed,
        Ok(Asked::Help) => {
            say::answer(&format!("{}\n\n{}\n", ClientArgs::USAGE, ClientArgs::HELP));
            return Exit::Done;
        }
        Ok(Asked::Version) => {
            say::answer(concat!("tlsclient ", env!("CARGO_PKG_VERSION"), "\n"));
            return Exit::Done;
        }
        Err(wrong) => {
            say::line(&format!("{NAME}: {wrong}"));
            say::line(ClientArgs::USAGE);
            return Exit::Usage;
        }
    };
    let detail = if typed.is_debug { Detail::Trace } else { Detail::Events };
    let reporter = Reporter::stderr(NAME, detail);
    let report = reporter.about(&typed.address);
    start(typed, &report).unwrap_or_else(|fatal| {
        reporter.fatal(&fatal.text);
        fatal.exit
    })
}

/// What a connection needs, made from the flags.
struct Client {
    address: Address,
    conf: ClientConf,
    /// Who proves to the server who we are, before TLS.
    auth: Option<Auth>,
    /// Who gives tickets for that.
    auth_server: Option<Address>,
    /// Who has the key of our certificate if it is in no file.
    factotum: Option<Factotum>,
    /// Who is told the secrets.
    key_log: Option<KeyLog>,
    device: Device,
    timeout: Option<Duration>,
    /// Where the server's certificate is written.
    dump: Option<PathBuf>,
    /// Where sessions are kept.
    sessions: Option<SessionFile>,
}

fn start(typed: ClientArgs, report: &Report) -> Result<Exit, Fatal> {
    let address: Address =
        typed.address.parse().map_err(|error: AddressError| Fatal::configuration(error))?;
    let command = match typed.command.is_empty() {
        true => None,
        false => Some(Command::find(typed.command)?),
    };
    let auth = typed.auth.authenticator(typed.old.allows_p9sk1)?;
    let auth_server = match &typed.auth_server {
        Some(text) => Some(
            text.parse()
                .map_err(|error: AddressError| Fatal::configuration(format!("--auth-server: {error}")))?,
        ),
        None => None,
    };
    let policy = Policy::new(typed.old)?;
    let pins = policy.pins(typed.trusted.as_deref(), typed.excluded.as_deref())?;
    // Who has the secret needs no other proof, and who knows the certificate no root, unless that is asked for too.
    let is_proved = typed.is_insecure || policy.has_psk() || auth.is_some();
    let verify = match (is_proved || pins.is_some() && typed.ca.is_none(), &typed.ca) {
        (true, _) => Verify::Insecure,
        (false, ca) => {
            Verify::Roots { roots: Arc::new(roots(ca.as_deref())?), now: seconds(SystemTime::now()) }
        }
    };
    let name = server_name(typed.name.as_deref(), &address, &verify)?;
    // Nobody else's word about a certificate's status could be believed.
    let usual = if matches!(verify, Verify::Roots { .. }) { Ocsp::Ask } else { Ocsp::Never };
    let mut conf = ClientConf::new(name, verify);
    conf.ocsp = typed.ocsp.unwrap_or(usual);
    conf.max_fragment = typed.max_fragment;
    conf.record_len_max = typed.record_size;
    conf.alpn = typed.alpn;
    conf.pins = pins;
    let factotum = Factotum::of_certificates(typed.auth.factotum.as_deref())?;
    let keyless = Factotum::keyless(factotum.as_ref());
    let certs = typed.certs.iter().map(|file| client_cert(file, keyless, report));
    conf.certs = certs.collect::<Result<_, _>>()?;
    policy.apply_to_client(&mut conf);
    conf.exports = typed.exports;
    let key_log = KeyLog::from_environment()?;
    if let Some(key_log) = &key_log {
        report.say(&key_log.to_string());
    }
    conf.logs_keys = key_log.is_some();
    conf.check().map_err(Fatal::configuration)?;
    let sessions = typed.session.map(SessionFile::new);
    if let Some(file) = &sessions {
        conf.sessions = Some(file.take(&conf)?);
    }
    let device = Device::new(typed.device.as_deref(), 1, device::records(policy.compat()))?;
    let client = Client {
        address,
        conf,
        auth,
        auth_server,
        factotum,
        key_log,
        device,
        timeout: typed.timeout,
        dump: typed.dump,
        sessions,
    };
    on(async {
        let exit = client.run(command, report).await;
        client.device.settled(GOODBYE_TIME_MAX).await;
        exit
    })
}

impl Client {
    async fn run(&self, command: Option<Command>, report: &Report) -> Result<Exit, Fatal> {
        let connected = self.connect(report);
        let done = match self.timeout {
            Some(limit) => tokio::time::timeout(limit, connected).await.unwrap_or(Ok(Err(Failure::Late))),
            None => connected.await,
        };
        let (mut opened, ends) = match done? {
            Ok((opened, ends)) => {
                self.dump(opened.outcome.peer_chain.first())?;
                (opened, ends)
            }
            Err(failure) => {
                if let Failure::Handshake(error) = &failure
                    && let Some(certificate) = error.peer_certificate()
                {
                    self.dump(Some(certificate))?;
                }
                report.event(&failure.to_string());
                return Ok(failure.exit());
            }
        };
        report.trace("open");
        let keeping = self.keep(&mut opened, report);
        // Who waits for tickets stays beside the command.
        let process = if keeping.is_some() { Process::Kept } else { Process::Replaced };
        let exit = match command {
            None => stdio(opened, report).await,
            Some(command) => {
                let facts = Facts::of_server(&opened, &self.device, Addresses::Known(ends));
                behind::run(opened, &command, &facts, Stderr::Inherited, process, None, report).await.map(
                    |outcome| match outcome.exit {
                        Exit::Command(0) if outcome.was_cut => Exit::Tls,
                        exit => exit,
                    },
                )
            }
        };
        if let Some(mut keeping) = keeping {
            // A server that has ended has sent its tickets; for another one nobody waits.
            let kept = tokio::time::timeout(TICKETS_TIME_MAX, &mut keeping).await;
            keeping.abort();
            if let Ok(Ok(Err(why))) = kept {
                report.say(&format!("no session kept: {why}"));
            }
        }
        exit
    }

    /// Keeps what the connection gives to come back with, if sessions are kept.
    fn keep(&self, opened: &mut Opened, report: &Report) -> Option<Keeping> {
        let (file, kept) = (self.sessions.clone()?, opened.kept.take()?);
        sessions::keep(file, kept, opened.hand.take()).unwrap_or_else(|why| {
            report.say(&format!("no session kept: {why}"));
            None
        })
    }

    /// Writes the server's certificate where `-d` wants it, or nothing if there is none. One that is refused is written too:
    /// it is what somebody looks at to know why.
    fn dump(&self, certificate: Option<&CertificateDer<'static>>) -> Result<(), Fatal> {
        let Some(file) = &self.dump else { return Ok(()) };
        let der = certificate.map(AsRef::as_ref).unwrap_or_default();
        fs::write(file, der).map_err(|error| Fatal::system(format!("create {}", file.display()), &error))
    }

    /// Dials and does the handshake: the address that cannot be reached is fatal, the rest is for a report.
    async fn connect(&self, report: &Report) -> Result<Result<(Opened, Ends), Failure>, Fatal> {
        let fd = dial(&self.address).await;
        let fd = fd.map_err(|error| Fatal::system(format!("dial {}", self.address), &error))?;
        prepare(&fd);
        let ends = Ends::of(&fd);
        let handshake = async {
            let proved = match &self.auth {
                Some(auth) => {
                    let info = auth.call(&mut auth::stream(&fd)?, self.auth_server.as_ref()).await?;
                    report.trace(&format!("authenticated as {}", info.cuid));
                    Some(ClientConf { psk: Some(auth::psk(&info)), ..self.conf.clone() })
                }
                None => None,
            };
            let conn =
                Conn::begin(&self.device, fd, Rpc::new(self.factotum.clone()), self.key_log.clone()).await?;
            let algs = conn.algs().await?;
            Ok((conn.call(&algs, proved.as_ref().unwrap_or(&self.conf), report).await?, ends))
        };
        Ok(handshake.await)
    }
}

/// Relays standard input and output until the server has ended, and standard input too unless a person sits there.
async fn stdio(opened: Opened, report: &Report) -> Result<Exit, Fatal> {
    let no_thread = |error: io::Error| Fatal::system("can't start", &error);
    // What goes with it is dropped with the function.
    let Opened { data, ctl, place, carrier: _carrier, hangup: _hangup, .. } = opened;
    let (incoming, outgoing) = data::ends(data, ctl, place);
    let to_server = copy(Stdin::start().map_err(no_thread)?, outgoing);
    let from_server = copy(incoming, Stdout::start().map_err(no_thread)?);
    tokio::pin!(to_server, from_server);
    let mut sent = None;
    let received = loop {
        tokio::select! {
            received = &mut from_server => break received,
            ended = &mut to_server, if sent.is_none() => {
                sent = Some(told(ended, report));
            }
        }
    };
    if sent == Some(Exit::System) {
        // That we cut it ourselves is no news.
        return Ok(Exit::System);
    }
    match received {
        Ended::Whole => {}
        Ended::Cut(error) => {
            report.event(&format!("connection cut without close_notify: {error}"));
            return Ok(Exit::Tls);
        }
        // Whoever read our output has enough.
        Ended::Refused(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Exit::Done),
        Ended::Refused(error) => return Err(Fatal::system("standard output", &error)),
    }
    match sent {
        Some(exit) => Ok(exit),
        // What somebody would type now has nobody to answer it.
        None if io::stdin().is_terminal() => Ok(Exit::Done),
        None => Ok(told(to_server.await, report)),
    }
}

/// What the end of standard input's direction says about ours.
fn told(ended: Ended, report: &Report) -> Exit {
    match ended {
        Ended::Whole => Exit::Done,
        Ended::Cut(error) => {
            report.say(&format!("standard input: {}", plain(&error)));
            Exit::System
        }
        // The server may end when it likes; whether it did so properly is for the other direction to say.
        Ended::Refused(error) => {
            report.trace(&format!("the server takes no more: {error}"));
            Exit::Done
        }
    }
}

/// The first certificate of a file, to show to servers.
fn client_cert(file: &Path, keyless: Keyless, report: &Report) -> Result<Arc<CertifiedKey>, Fatal> {
    let loaded = factotum::load(file, seconds(SystemTime::now()), keyless).map_err(Fatal::configuration)?;
    for warning in &loaded.warnings {
        // A client is called by nobody's name.
        if !matches!(warning, Warning::NoNames { .. }) {
            report.say(&warning.to_string());
        }
    }
    let first = loaded.keys.into_iter().next();
    first.map(Arc::new).ok_or_else(|| Fatal::configuration("no certificate to show"))
}

pub(crate) async fn dial(address: &Address) -> io::Result<OwnedFd> {
    Ok(match address {
        Address::Tcp { host, port } => TcpStream::connect((host.as_str(), *port)).await?.into_std()?.into(),
        Address::Unix(path) => UnixStream::connect(path).await?.into_std()?.into(),
    })
}

fn roots(ca: Option<&Path>) -> Result<Roots, Fatal> {
    match ca {
        Some(file) => Roots::from_file(file),
        None => Roots::system(),
    }
    .map_err(Fatal::configuration)
}

/// The name to ask for and to check: `-n`, or the address's host.
fn server_name(
    typed: Option<&str>,
    address: &Address,
    verify: &Verify,
) -> Result<Option<ServerName<'static>>, Fatal> {
    let host = match (typed, address) {
        (Some(name), _) => name,
        (None, Address::Tcp { host, .. }) => host,
        (None, Address::Unix(_)) => match verify {
            Verify::Insecure => return Ok(None),
            Verify::Roots { .. } => {
                return Err(Fatal::configuration("a unix socket has no name to verify: give -n name"));
            }
        },
    };
    match tlshand::server_name(host) {
        Ok(name) => Ok(Some(name)),
        Err(error) => Err(Fatal::configuration(format!("{host:?}: {error}: give -n name"))),
    }
}

const NAME: &str = "tlsclient";
/// How long tickets may take that are on their way when the connection has ended.
const TICKETS_TIME_MAX: Duration = Duration::from_millis(100);
