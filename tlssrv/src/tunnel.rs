//! The programs `tlssrvtunnel` and `tlsclienttunnel`: TLS put between two addresses, for servers and clients that know nothing of it.
//!
//! Both are made of others: the one is `tlssrv --listen` with a command that dials, the other starts a `tlsclient` for each
//! connection. No TLS is spoken here.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;

use bytes::{Bytes, BytesMut};
use ninep::io::{Address, AddressError};
use tlshand::program::say::line;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::auth::{Duplex, stream};
use crate::client::dial;
use crate::exit::{Exit, Fatal, plain};
use crate::listen::{Listener, Stop};
use crate::relay::stdio::{Stdin, Stdout};
use crate::relay::{CHUNK_LEN_MIN, Ended, Sink, Source, copy};
use crate::server::on;

/// Does what `args`, without the program's name, ask of `tlssrvtunnel`.
pub fn server(args: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = args.into_iter().collect();
    match words.as_slice() {
        [word, plain] if word == CONNECT => ended(SERVER, address(plain).and_then(|plain| connect(&plain))),
        [plain, crypt, cert] if are_operands(&words) => match address(plain) {
            Ok(_) => {
                let flags: [OsString; 5] =
                    ["--listen".into(), crypt.clone(), "-c".into(), cert.clone(), "--".into()];
                let command = [beside(SERVER).into_os_string(), CONNECT.into(), plain.clone()];
                crate::server::main(flags.into_iter().chain(command))
            }
            wrong => ended(SERVER, wrong.map(|_| Exit::Done)),
        },
        _ => {
            line("usage: tlssrvtunnel plainaddr cryptaddr cert.pem");
            Exit::Usage
        }
    }
}

/// Does what `args`, without the program's name, ask of `tlsclienttunnel`.
pub fn client(args: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = args.into_iter().collect();
    match words.as_slice() {
        [crypt, plain, thumbs] if are_operands(&words) => {
            let addresses = address(crypt).and_then(|_| address(plain));
            ended(CLIENT, addresses.and_then(|plain| carry(&plain, crypt, thumbs)))
        }
        _ => {
            line("usage: tlsclienttunnel cryptaddr plainaddr cert.thumb");
            Exit::Usage
        }
    }
}

/// Goes between our standard input and output and `server`, for one connection of `tlssrvtunnel`.
fn connect(server: &Address) -> Result<Exit, Fatal> {
    on(async {
        let failed = |error: io::Error| Fatal::system(format!("dial {server}"), &error);
        let stream = stream(&dial(server).await.map_err(failed)?).map_err(failed)?;
        let (from_server, to_server) = tokio::io::split(stream);
        let start = |error: io::Error| Fatal::system("can't start", &error);
        let (input, output) = (Stdin::start().map_err(start)?, Stdout::start().map_err(start)?);
        let from_server = From { half: from_server, buf: BytesMut::new() };
        let (there, back) = tokio::join!(copy(input, To(to_server)), copy(from_server, output));
        Ok(match (there, back) {
            (Ended::Cut(_), _) | (_, Ended::Cut(_)) => Exit::System,
            _ => Exit::Done,
        })
    })
}

/// Accepts connections at `address` and gives each a `tlsclient` that goes to `crypt`, until SIGTERM or SIGINT.
fn carry(address: &Address, crypt: &OsStr, thumbs: &OsStr) -> Result<Exit, Fatal> {
    on(async {
        let listener = Listener::bind(address).await?;
        let mut stop = Stop::new().map_err(|error| Fatal::system("signals", &error))?;
        let mut clients = JoinSet::new();
        line(&format!("{CLIENT}: listening on {}", listener.address()));
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = clients.join_next() => continue,
                () = stop.called() => return Ok(Exit::Done),
            };
            match accepted.and_then(|(fd, _)| start(fd, crypt, thumbs)) {
                Ok(mut child) => drop(clients.spawn(async move { child.wait().await })),
                Err(error) => {
                    line(&format!("{CLIENT}: {}", plain(&error)));
                    tokio::time::sleep(crate::listen::SHORTAGE_TIME).await;
                }
            }
        }
    })
}

/// Starts a `tlsclient` whose standard input and output are `fd`; it ends when its connection does, or with us.
fn start(fd: OwnedFd, crypt: &OsStr, thumbs: &OsStr) -> io::Result<Child> {
    // It reads and writes as if it were alone with them.
    rustix::io::ioctl_fionbio(&fd, false)?;
    let mut command = Command::new(beside("tlsclient"));
    command.arg("-t").arg(thumbs).arg("--").arg(crypt).kill_on_drop(true);
    command.stdin(Stdio::from(fd.try_clone()?)).stdout(Stdio::from(fd)).spawn()
}

/// What the server sends.
struct From {
    half: ReadHalf<Box<dyn Duplex>>,
    buf: BytesMut,
}

/// What the server gets.
struct To(WriteHalf<Box<dyn Duplex>>);

impl Source for From {
    async fn next(&mut self) -> io::Result<Bytes> {
        self.buf.reserve(CHUNK_LEN_MIN);
        self.half.read_buf(&mut self.buf).await?;
        Ok(self.buf.split().freeze())
    }

    /// It learns of it when the connection goes.
    fn refuse(&mut self) {}
}

impl Sink for To {
    async fn put(&mut self, bytes: Bytes) -> io::Result<()> {
        self.0.write_all(&bytes).await
    }

    async fn end(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    async fn cut(&mut self) {
        // A server that is gone knows.
        let _ = self.0.shutdown().await;
    }
}

fn address(word: &OsStr) -> Result<Address, Fatal> {
    let text = word.to_str().ok_or_else(|| Fatal::configuration(format!("{word:?} is not UTF-8")))?;
    text.parse().map_err(|error: AddressError| Fatal::configuration(error))
}

/// A flag is no address: it is somebody's mistake.
fn are_operands(words: &[OsString]) -> bool {
    words.iter().all(|word| !word.as_encoded_bytes().starts_with(b"-"))
}

/// A program of this house, beside the one that runs.
fn beside(name: &str) -> PathBuf {
    env::current_exe().map_or_else(|_| PathBuf::from(name), |ours| ours.with_file_name(name))
}

fn ended(name: &str, done: Result<Exit, Fatal>) -> Exit {
    done.unwrap_or_else(|fatal| {
        line(&format!("{name}: {}", fatal.text));
        fatal.exit
    })
}

const SERVER: &str = "tlssrvtunnel";
const CLIENT: &str = "tlsclienttunnel";
/// The word that `tlssrvtunnel` says to itself, for each connection.
const CONNECT: &str = "--connect";
