//! Processes with a time limit, certificates in files, and a server that is killed when the test ends.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};

/// How long anything in these tests may take before it counts as stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// `tlssrv` with these arguments.
pub(crate) fn tlssrv(args: &[&str]) -> Command {
    program(env!("CARGO_BIN_EXE_tlssrv"), args)
}

/// `tlsclient` with these arguments.
pub(crate) fn tlsclient(args: &[&str]) -> Command {
    program(env!("CARGO_BIN_EXE_tlsclient"), args)
}

fn program(path: &str, args: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.args(args).env_remove("TLSDEV");
    command
}

/// Runs a command with `input` on its standard input and gives what it left.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = thread::spawn(move || {
        // A program that does not read its input to the end is no failure of the feeder.
        let _ = stdin.write_all(&input);
    });
    let output = finish(child);
    feeder.join().unwrap();
    output
}

/// Waits for a child and collects its output; panics when it takes too long.
pub(crate) fn finish(mut child: Child) -> Output {
    let out = collect(child.stdout.take());
    let err = collect(child.stderr.take());
    let status = wait(&mut child);
    Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

/// Waits for a child to end; panics when it takes too long.
pub(crate) fn wait(child: &mut Child) -> std::process::ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the process does not end");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut all).unwrap();
        }
        all
    })
}

/// What a program printed, as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Checks that a program ended with `code` and said exactly one line on standard error.
pub(crate) fn assert_fails(output: &Output, code: i32, line: &str) {
    assert_eq!(text(&output.stderr), format!("{line}\n"));
    assert_eq!(output.status.code(), Some(code));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
}

/// A `tlssrv --listen` on a free port.
pub(crate) struct Server {
    child: Child,
    /// `tcp!127.0.0.1!PORT`.
    pub(crate) address: String,
    lines: Receiver<String>,
}

impl Server {
    /// Starts it with `args` behind `--listen ADDRESS` and waits until it listens.
    pub(crate) fn start(args: &[&str]) -> Server {
        Server::start_as(&mut tlssrv(&[&["--listen", "tcp!127.0.0.1!0"], args].concat()))
    }

    /// Starts a command that is a `tlssrv --listen` and waits until it listens.
    pub(crate) fn start_as(command: &mut Command) -> Server {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (give, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if give.send(line).is_err() {
                    return;
                }
            }
        });
        let mut server = Server { child, address: String::new(), lines };
        let line = server.line(|line| line.contains("listening on"));
        server.address = line.rsplit(' ').next().unwrap().to_owned();
        server
    }

    /// `localhost:PORT`, under whose name the certificate of `--self-signed localhost` is good.
    pub(crate) fn localhost(&self) -> String {
        format!("tcp!localhost!{}", self.port())
    }

    /// The port that it listens at.
    pub(crate) fn port(&self) -> u16 {
        self.address.rsplit('!').next().unwrap().parse().unwrap()
    }

    /// A connection without TLS.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port())).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The next line of standard error that `is_it` likes.
    pub(crate) fn line(&self, is_it: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("the server says nothing more");
            if is_it(&line) {
                return line;
            }
        }
    }

    /// Sends SIGTERM and gives the exit code.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        self.signal();
        wait(&mut self.child).code()
    }

    /// Sends SIGTERM.
    pub(crate) fn signal(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// Resident memory in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory with certificates.
pub(crate) struct Certificates(tempfile::TempDir);

impl Certificates {
    pub(crate) fn new() -> Certificates {
        Certificates(tempfile::tempdir().unwrap())
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The directory as an argument.
    pub(crate) fn dir(&self) -> String {
        self.0.path().to_str().unwrap().to_owned()
    }

    /// Writes a certificate for `names` to FILE.crt and its key to FILE.key; gives the path of the certificate.
    pub(crate) fn add(&self, file: &str, names: &[&str]) -> String {
        let (cert, key) = make(names);
        let path = self.path(&format!("{file}.crt"));
        fs::write(&path, cert).unwrap();
        private(&path.with_extension("key"), &key);
        path.to_str().unwrap().to_owned()
    }
}

/// A self-signed certificate for `names` and its key, as PEM.
pub(crate) fn make(names: &[&str]) -> (String, String) {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let cert = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    (cert.pem(), key.serialize_pem())
}

/// Writes a file that others may not read.
pub(crate) fn private(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}
