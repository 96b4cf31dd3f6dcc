//! The client: a few files of a device elsewhere, for machines with neither FUSE nor plan9port (devtls(4)).
//!
//! It is for people and scripts; programs have `ninep`.

use std::ffi::OsString;
use std::io::{self, BufRead, Read, Write};

use bytes::Bytes;
use lexopt::{Arg, Parser};
use ninep::client::{Client as Connection, File, Tree};
use ninep::io::Address;
use ninep::{OpenMode, Stat};

use crate::args::Wrong;
use crate::exit::{Fatal, SYSTEM};

/// What is to be done, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    verb: Verb,
    address: String,
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verb {
    /// Names of a directory, with more about each if asked for.
    Ls { is_long: bool },
    /// A file's bytes, on standard output.
    Cat,
    /// These words as one write, or standard input as it comes.
    Write { words: Vec<String> },
    /// One open file: what it says, and a line of standard input as one write, in turns.
    Rdwr,
}

impl Client {
    /// Reads the arguments, without the program's name, if their first word is a verb.
    ///
    /// # Errors
    /// A flag that the verb has not, an operand too few or too many.
    pub(crate) fn parse(args: &[OsString]) -> Option<Result<Client, Wrong>> {
        let (first, rest) = args.split_first()?;
        let verb = match first.to_str()? {
            "ls" => Verb::Ls { is_long: false },
            "cat" => Verb::Cat,
            "write" => Verb::Write { words: Vec::new() },
            "rdwr" => Verb::Rdwr,
            _ => return None,
        };
        Some(Client::operands(verb, rest))
    }

    fn operands(mut verb: Verb, rest: &[OsString]) -> Result<Client, Wrong> {
        let mut parser = Parser::from_args(rest);
        let (mut address, mut path) = (None, None);
        while let Some(arg) = parser.next()? {
            match (arg, &mut verb) {
                (Arg::Short('l'), Verb::Ls { is_long }) => *is_long = true,
                (Arg::Value(value), _) if address.is_none() => address = Some(text(value)?),
                (Arg::Value(value), verb) if path.is_none() => {
                    path = Some(text(value)?);
                    if let Verb::Write { words } = verb {
                        // What follows is to be written, even if it looks like a flag.
                        *words = parser.raw_args()?.map(text).collect::<Result<_, _>>()?;
                    }
                }
                (other, _) => return Err(other.unexpected().into()),
            }
        }
        let address = address.ok_or_else(|| Wrong("no address".to_owned()))?;
        match (path, &verb) {
            (Some(path), _) => Ok(Client { verb, address, path }),
            (None, Verb::Ls { .. }) => Ok(Client { verb, address, path: String::new() }),
            (None, _) => Err(Wrong("no path".to_owned())),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// The address is none, nobody answers there, the device refuses, standard output does not take it.
    pub(crate) fn run(&self) -> Result<(), Fatal> {
        let address = self.address.parse::<Address>();
        let address = address.map_err(|error| Fatal::configuration(error.to_string()))?;
        // The connection moves on a thread of its own: this one waits for standard input.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Fatal::system("can't start", &error))?;
        let done = runtime.block_on(async {
            let connection =
                Connection::dial(&address).await.map_err(|error| refused(&self.address, &error))?;
            let tree = connection.attach("", "").await.map_err(|error| refused(&self.address, &error))?;
            self.on(&tree).await
        });
        match done {
            // Who reads our output has enough.
            Err(Failure::Local(_, error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(Failure::Local(what, error)) => Err(Fatal::system(what, &error)),
            Err(Failure::Device(text)) => Err(Fatal { code: SYSTEM, text }),
            Ok(()) => Ok(()),
        }
    }

    async fn on(&self, tree: &Tree) -> Result<(), Failure> {
        let said = |error: ninep::Error| refused(&self.path, &error);
        let open = |mode| async move { tree.open(&self.path, mode).await.map_err(said) };
        match &self.verb {
            Verb::Ls { is_long } => {
                let stat = tree.stat(&self.path).await.map_err(said)?;
                let stats = match stat.qid.is_dir() {
                    true => tree.list(&self.path).await.map_err(said)?,
                    false => vec![stat],
                };
                let lines: String = stats.iter().map(|stat| line(stat, *is_long)).collect();
                print(lines.as_bytes())
            }
            Verb::Cat => cat(&open(OpenMode::READ).await?).await.map_err(|failure| failure.of(&self.path)),
            Verb::Write { words } if words.is_empty() => {
                let file = open(OpenMode::WRITE).await?;
                let mut input = io::stdin().lock();
                let mut piece = vec![0; PIECE_LEN];
                loop {
                    let len =
                        input.read(&mut piece).map_err(|error| Failure::Local("standard input", error))?;
                    let Some(bytes) = piece.get(..len).filter(|bytes| !bytes.is_empty()) else {
                        return Ok(());
                    };
                    write(&file, bytes).await.map_err(said)?;
                }
            }
            Verb::Write { words } => {
                let file = open(OpenMode::WRITE).await?;
                write(&file, words.join(" ").as_bytes()).await.map_err(said)
            }
            Verb::Rdwr => {
                let file = open(OpenMode::RDWR).await?;
                let mut lines = io::stdin().lock().lines();
                loop {
                    say(&file).await.map_err(|failure| failure.of(&self.path))?;
                    let Some(input) = lines.next() else { return Ok(()) };
                    let input = input.map_err(|error| Failure::Local("standard input", error))?;
                    write(&file, input.as_bytes()).await.map_err(said)?;
                }
            }
        }
    }
}

/// Why it could not be done.
enum Failure {
    /// The device says so.
    Device(String),
    /// Our own side of it.
    Local(&'static str, io::Error),
}

impl Failure {
    /// The same with the file's path in front of what the device says.
    fn of(self, path: &str) -> Failure {
        match self {
            Failure::Device(text) => Failure::Device(format!("{path}: {text}")),
            local @ Failure::Local(..) => local,
        }
    }
}

fn refused(what: &str, error: &ninep::Error) -> Failure {
    let text = error.to_string();
    Failure::Device(match text.starts_with(what) {
        true => text,
        false => format!("{what}: {text}"),
    })
}

/// Writes a file to standard output as it comes.
async fn cat(file: &File) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        let bytes = read(file, offset).await?;
        if bytes.is_empty() {
            return Ok(());
        }
        offset += bytes.len() as u64;
        print(&bytes)?;
    }
}

/// Writes what a file says now to standard output, as a line.
async fn say(file: &File) -> Result<(), Failure> {
    let bytes = read(file, 0).await?;
    print(&bytes)?;
    if bytes.ends_with(b"\n") { Ok(()) } else { print(b"\n") }
}

async fn read(file: &File, offset: u64) -> Result<Bytes, Failure> {
    let count = u32::try_from(PIECE_LEN).unwrap_or(u32::MAX);
    file.read(offset, count).await.map_err(|error| Failure::Device(error.to_string()))
}

async fn write(file: &File, bytes: &[u8]) -> Result<(), ninep::Error> {
    file.write(0, bytes).await.map(|_| ())
}

fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output
        .write_all(bytes)
        .and_then(|()| output.flush())
        .map_err(|error| Failure::Local("standard output", error))
}

/// An entry of a directory: its name, and if asked for its mode, owner and group before it.
fn line(stat: &Stat, is_long: bool) -> String {
    match is_long {
        true => format!("{} {} {} {}\n", stat.mode, stat.uid, stat.gid, stat.name),
        false => format!("{}\n", stat.name),
    }
}

fn text(value: OsString) -> Result<String, Wrong> {
    value.into_string().map_err(|value| Wrong(format!("{value:?} is not UTF-8")))
}

/// Bytes of one read or write.
const PIECE_LEN: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Option<Result<Client, Wrong>> {
        Client::parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_verb_comes_first() {
        for line in ["", "-D", "-a unix!/x", "serve"] {
            assert_eq!(typed(line), None, "{line}");
        }
        let client = |verb, path: &str| {
            Some(Ok(Client { verb, address: "unix!/d".to_owned(), path: path.to_owned() }))
        };
        assert_eq!(typed("ls unix!/d"), client(Verb::Ls { is_long: false }, ""));
        assert_eq!(typed("ls -l unix!/d tls"), client(Verb::Ls { is_long: true }, "tls"));
        assert_eq!(typed("cat unix!/d tls/0/status"), client(Verb::Cat, "tls/0/status"));
        let words = ["alert", "-1"].map(str::to_owned).to_vec();
        assert_eq!(typed("write unix!/d tls/0/ctl alert -1"), client(Verb::Write { words }, "tls/0/ctl"));
        assert_eq!(typed("rdwr unix!/d tls/clone"), client(Verb::Rdwr, "tls/clone"));
    }

    #[test]
    fn wrong_operands_are_refused_with_a_reason() {
        for (line, reason) in [
            ("ls", "no address"),
            ("cat unix!/d", "no path"),
            ("cat -l unix!/d x", "invalid option '-l'"),
            ("ls unix!/d a b", "unexpected argument \"b\""),
        ] {
            assert_eq!(typed(line), Some(Err(Wrong(reason.to_owned()))), "{line}");
        }
    }
}
