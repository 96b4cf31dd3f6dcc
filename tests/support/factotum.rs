//! A factotum of the tests' own: a double for the real one, with the words of its file `rpc` in either dialect, over 9P at a unix
//! socket.
//!
//! It is no factotum. It knows `proto=rsa` alone, has one key, and does what a test tells it to, good or bad; the private
//! operation is OpenSSL's.

use std::fs;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use bytes::Bytes;
use ninep::errstr::{self, Error};
use ninep::io::{Address, Guests, serve_all};
use ninep::{Answer, Caller, Claim, Fs, Limits, Mode, OpenMode, Opened, Qid, Stat};

use super::certs::CertFiles;

/// A double that serves for as long as its thread runs: until the test's process ends.
pub(crate) struct Factotum {
    socket: PathBuf,
}

/// Whose words it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Numbers in hexadecimal digits; keys are shown one after the other.
    NineFront,
    /// Numbers in bytes; a key is named by its numbers.
    Plan9Port,
}

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It does what is asked.
    Honest,
    /// It has other keys.
    Keyless,
    /// It wants a key from its user.
    NeedsKey,
    /// It has the key and does not use it.
    Unwilling,
    /// Its result is wrong in one bit.
    Faulty,
    /// It answers nothing, ever.
    Silent,
}

impl Factotum {
    /// Starts one with the key of `cert`, at a socket beside it.
    pub(crate) fn start(cert: &CertFiles, dialect: Dialect, manner: Manner) -> Factotum {
        let socket = cert.key.with_extension(format!("{dialect:?}-{manner:?}"));
        let chain = x509::pem::read(&cert.chain).unwrap();
        let leaf = x509::Certificate::from_der(&chain[0].der).unwrap();
        let modulus = leaf.public_key().rsa_numbers().expect("a key of RSA").0.to_vec();
        // By then the file is gone.
        let private = fs::read_to_string(&cert.key).unwrap();
        let key = Arc::new(Key { modulus, private, dialect, manner });
        let address = Address::Unix(socket.clone());
        let (listening, listens) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = address.listen().await.unwrap();
                listening.send(()).unwrap();
                serve_all(&listener, &Arc::new(Tree(key)), &Guests::new(Limits::default())).await;
            });
        });
        listens.recv().unwrap();
        Factotum { socket }
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The value of `--factotum`.
    pub(crate) fn place(&self) -> String {
        format!("unix!{}", self.socket.display())
    }
}

struct Key {
    modulus: Vec<u8>,
    /// In PEM.
    private: String,
    dialect: Dialect,
    manner: Manner,
}

/// The root and in it `rpc`.
struct Tree(Arc<Key>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Root,
    Rpc,
}

/// One open of `rpc`.
struct Conversation {
    key: Arc<Key>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What was written and is not answered.
    request: Option<Bytes>,
    shown_count: usize,
    result: Option<Vec<u8>>,
}

impl Conversation {
    fn reply(&self, request: &[u8]) -> Vec<u8> {
        let mut state = self.state.lock().unwrap();
        let (verb, data) = request.split_at(request.iter().position(|byte| *byte == b' ').unwrap() + 1);
        match (verb, self.key.dialect, state.result.take()) {
            (b"start ", ..) => self.key.start(data),
            (b"read ", _, Some(result)) => [b"ok ".as_slice(), &self.key.written(&result)].concat(),
            (b"read ", Dialect::NineFront, None) => {
                state.shown_count += 1;
                self.key.show(state.shown_count)
            }
            (b"write ", ..) => {
                let input = self.key.read(data);
                state.result = Some(self.key.private_operation(&input));
                match self.key.manner {
                    Manner::Unwilling => b"error confirm: not this time".to_vec(),
                    Manner::Keyless => b"error rsa decrypt keylookup: no key found".to_vec(),
                    _ if input.len() < 32 => b"toosmall 32".to_vec(),
                    _ => b"ok".to_vec(),
                }
            }
            _ => b"error out of turn".to_vec(),
        }
    }
}

impl Key {
    fn start(&self, template: &[u8]) -> Vec<u8> {
        let n = format!(" n={}", hex(&self.modulus).to_lowercase());
        let template = String::from_utf8(template.to_vec()).unwrap();
        match self.dialect {
            _ if !template.starts_with("proto=rsa service=tls role=") => b"error unknown proto".to_vec(),
            Dialect::NineFront if template.ends_with("role=client") => b"ok".to_vec(),
            Dialect::Plan9Port if template.contains("role=decrypt") && template.contains(&n) => {
                b"ok".to_vec()
            }
            _ => b"error unknown role".to_vec(),
        }
    }

    fn show(&self, count: usize) -> Vec<u8> {
        match (self.manner, count) {
            (Manner::NeedsKey, _) => b"needkey proto=rsa service=tls role=client".to_vec(),
            // Somebody else's comes first.
            (_, 1) => format!("ok {} 10001", "C3".repeat(self.modulus.len())).into_bytes(),
            (Manner::Keyless, _) | (_, 3..) => {
                b"error no key matches proto=rsa service=tls role=client ".to_vec()
            }
            _ => format!("ok {} 10001", hex(&self.modulus)).into_bytes(),
        }
    }

    /// A number as it came.
    fn read(&self, data: &[u8]) -> Vec<u8> {
        match self.dialect {
            Dialect::Plan9Port => data.to_vec(),
            Dialect::NineFront => {
                let digits = format!("{:0>2$}{}", "", str::from_utf8(data).unwrap(), data.len() % 2);
                (0..digits.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                    .collect()
            }
        }
    }

    /// A number as it goes, without leading zeros.
    fn written(&self, number: &[u8]) -> Vec<u8> {
        match self.dialect {
            Dialect::Plan9Port => number.iter().copied().skip_while(|byte| *byte == 0).collect(),
            Dialect::NineFront => hex(number).trim_start_matches('0').as_bytes().to_vec(),
        }
    }

    fn private_operation(&self, number: &[u8]) -> Vec<u8> {
        let mut key = tempfile::NamedTempFile::new().unwrap();
        key.write_all(self.private.as_bytes()).unwrap();
        let mut command = Command::new("openssl");
        command.args(["pkeyutl", "-decrypt", "-pkeyopt", "rsa_padding_mode:none", "-inkey"]).arg(key.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let padded = [vec![0; self.modulus.len().saturating_sub(number.len())], number.to_vec()].concat();
        child.stdin.take().unwrap().write_all(&padded).unwrap();
        let mut result = child.wait_with_output().unwrap().stdout;
        if let (Manner::Faulty, Some(last)) = (self.manner, result.last_mut()) {
            *last ^= 1;
        }
        result
    }
}

/// As 9front writes numbers.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

impl Node {
    fn qid(self) -> Qid {
        match self {
            Node::Root => Qid::dir(0),
            Node::Rpc => Qid::file(1),
        }
    }

    fn stat(self) -> Stat {
        let (name, mode) = match self {
            Node::Root => ("/", Mode::DIR | Mode(0o555)),
            Node::Rpc => ("rpc", Mode(0o666)),
        };
        Stat::new(name, self.qid(), mode, "factotum", "factotum")
    }
}

impl Fs for Tree {
    type Node = Node;
    type File = Conversation;

    fn attach(&self, _: &Caller, _: &Claim<'_>, _: &str) -> Result<Node, Error> {
        Ok(Node::Root)
    }

    fn qid(&self, node: &Node) -> Qid {
        node.qid()
    }

    fn walk(&self, _: &Node, name: &str) -> Result<Node, Error> {
        match name {
            "rpc" => Ok(Node::Rpc),
            ".." => Ok(Node::Root),
            _ => Err(errstr::DOES_NOT_EXIST),
        }
    }

    fn stat(&self, node: &Node) -> Result<Stat, Error> {
        Ok(node.stat())
    }

    fn wstat(&self, _: &Node, _: &Stat) -> Result<(), Error> {
        Err(errstr::PERMISSION_DENIED)
    }

    fn now(&self) -> u32 {
        0
    }

    fn open(&self, node: &Node, _: OpenMode) -> Result<Opened<Conversation, Node>, Error> {
        let file = Arc::new(Conversation { key: Arc::clone(&self.0), state: Mutex::default() });
        Ok(Opened { file, node: *node, qid: node.qid(), iounit: 0, joins_writes: false })
    }

    fn list(&self, _: &Arc<Conversation>) -> Result<Vec<Stat>, Error> {
        Ok(vec![Node::Rpc.stat()])
    }

    fn read(&self, file: &Arc<Conversation>, _: u64, _: u32) -> Answer<Bytes> {
        if self.0.manner == Manner::Silent {
            return Answer::later(std::future::pending());
        }
        let request = file.state.lock().unwrap().request.take();
        match request {
            Some(request) => Answer::Now(Ok(file.reply(&request).into())),
            None => Answer::Now(Err(errstr::PERMISSION_DENIED)),
        }
    }

    fn write(&self, file: &Arc<Conversation>, _: u64, data: Bytes, _: Vec<OwnedFd>) -> Answer<u32> {
        let count = u32::try_from(data.len()).unwrap();
        file.state.lock().unwrap().request = Some(data);
        Answer::Now(Ok(count))
    }
}

/// Makes a certificate of which no file has the key any more, a factotum only.
pub(crate) fn without_key(cert: &CertFiles, dialect: Dialect, manner: Manner) -> Factotum {
    let factotum = Factotum::start(cert, dialect, manner);
    for file in [&cert.key, &cert.both] {
        let _ = fs::remove_file(file);
    }
    factotum
}

/// Whether `needle` is anywhere in the memory of a process of ours.
pub(crate) fn is_in_memory(process: u32, needle: &[u8]) -> bool {
    use std::os::unix::fs::FileExt;
    let dir = Path::new("/proc").join(process.to_string());
    let memory = fs::File::open(dir.join("mem")).unwrap();
    let maps = fs::read_to_string(dir.join("maps")).unwrap();
    maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with('r'))).any(|line| {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // Some mappings are no memory.
        let len = memory.read_at(&mut bytes, from).unwrap_or(0);
        bytes[..len].windows(needle.len()).any(|window| window == needle)
    })
}
