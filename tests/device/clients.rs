//! The device as 9P clients see it that others wrote: the `ninep` crate of crates.io in 9P2000, diod's programs in 9P2000.L.
//!
//! The `plan9` crate's client is not here: it brings releases of crossbeam and others that have advisories, and a licence that asks
//! for more than a notice.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use ninep::OpenMode;
use ninep::client::{Client, Tree};
use ninep::io::Address;
use ninep_other::tokio::client::Client as Other;
use tempfile::TempDir;

use crate::support::missing;
use crate::support::process::Process;
use crate::support::programs;

/// A running `devtls`, at a unix socket and on TCP.
struct Device {
    process: Process,
    socket: PathBuf,
    port: u16,
    _dir: TempDir,
}

impl Device {
    fn start(flags: &[&str]) -> Device {
        let dir = tempfile::tempdir().expect("a directory");
        let socket = dir.path().join("tls");
        let mut devtls = Command::new(programs::path("devtls"));
        devtls.args(flags).arg("-a").arg(format!("unix!{}", socket.display()));
        devtls.args(["-a", "tcp!127.0.0.1!0"]);
        let process = Process::start(&mut devtls);
        let port = process.wait_for("its port", |seen| {
            let text = seen.stderr_text();
            let (_, rest) = text.split_once("serving tcp!127.0.0.1!")?;
            rest.split_once('\n')?.0.parse().ok()
        });
        Device { port: port.expect("devtls serves"), process, socket, _dir: dir }
    }

    /// Our own client's way in.
    async fn tree(&self) -> Tree {
        let client = Client::dial(&Address::Unix(self.socket.clone())).await.expect("the device answers");
        client.attach("", "").await.expect("the device lets us in")
    }

    /// Runs one of diod's programs on it.
    fn diod(&self, program: &str, args: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(["-t", "20", "-s", &format!("127.0.0.1:{}", self.port)]).args(args);
        command.env("LC_ALL", "C").output().expect("diod's program runs")
    }
}

/// Where Debian puts diod's programs, which a user's search path lacks.
fn diod(program: &str) -> Option<String> {
    let path = Path::new("/usr/sbin").join(program).display().to_string();
    missing::present(program, missing::find(&path, "diod", "--help")).then_some(path)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const ENCALGS: &str = "clear rc4_128 3des_ede_cbc aes_128_cbc aes_256_cbc ccpoly64_aead ccpoly96_aead aes_128_gcm_aead \
    aes_256_gcm_aead";

#[test]
fn diodls_lists_what_there_is_with_modes_and_owners() {
    let Some(diodls) = diod("diodls") else { return };
    let device = Device::start(&[]);
    let output = device.diod(&diodls, &["-a", "tls", "-l"]);
    let (listed, complaints) = (text(&output.stdout), text(&output.stderr));
    let user = user();
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    let facts: Vec<_> = lines
        .iter()
        .map(|words| (words[0].trim_end_matches('.'), words[2], words[words.len() - 1]))
        .collect();
    let expected = [
        ("dr-xr-xr-x", user.as_str(), "."),
        ("dr-xr-xr-x", &user, ".."),
        ("-r-xr-xr-x", &user, "clone"),
        ("-r--r--r--", &user, "encalgs"),
        ("-r--r--r--", &user, "hashalgs"),
    ];
    assert_eq!(facts, expected, "{listed}{complaints}");
    assert_eq!(complaints, "");
}

#[test]
fn diodcat_reads_texts_and_is_told_why_it_cannot() {
    let Some(diodcat) = diod("diodcat") else { return };
    let device = Device::start(&["-D"]);
    let output = device.diod(&diodcat, &["-a", "tls", "encalgs"]);
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), (ENCALGS, Some(0)));
    // Opening clone begins a conversation, reading it gives its number, and closing it is its end.
    assert_eq!(text(&device.diod(&diodcat, &["-a", "tls", "clone"]).stdout), "0");
    for (file, why) in [
        ("nosuch", "No such file or directory"),
        ("0/status", "No such device or address"),
        ("0", "Is a directory"),
    ] {
        let output = device.diod(&diodcat, &["-a", "tls", file]);
        assert!(text(&output.stderr).trim_end().ends_with(why), "{file}: {}", text(&output.stderr));
        assert_ne!(output.status.code(), Some(0), "{file}");
    }
    let seen = device.process.printed().stderr_text();
    for line in [
        "Tauth tag 0 afid 0",
        "Tattach tag 0 fid 0 afid NOFID",
        "Tlopen tag 0 fid 1 flags 0",
        "Rlerror tag 0 ecode 6 ",
    ] {
        assert!(seen.contains(line), "{line} is not in\n{seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn diodcat_sees_a_conversation_that_its_user_owns_and_no_other() {
    let Some(diodcat) = diod("diodcat") else { return };
    let device = Arc::new(Device::start(&[]));
    let tree = device.tree().await;
    let ctl = tree.open("tls/clone", OpenMode::RDWR).await.expect("a conversation");
    let cat = |args: &'static [&'static str]| {
        let (device, diodcat) = (Arc::clone(&device), diodcat.clone());
        tokio::task::spawn_blocking(move || device.diod(&diodcat, args))
    };
    let own = cat(&["-a", "tls", "0/status"]).await.expect("it ran");
    assert!(text(&own.stdout).starts_with("State: Closed\n"), "{}", text(&own.stderr));
    // Over TCP the number is taken as it is said: another number is another user.
    let other = cat(&["-u", "54321", "-a", "tls", "0/status"]).await.expect("it ran");
    assert!(text(&other.stderr).trim_end().ends_with("Permission denied"), "{}", text(&other.stderr));
    drop(ctl);
}

/// The `ninep` crate's client, attached to `aname` at the unix socket and over TCP.
async fn others(device: &Device, aname: &str) -> [Other; 2] {
    let unix = Other::new_unix_with_explicit_path(user(), device.socket.display().to_string(), aname).await;
    let tcp = Other::new_tcp(user(), ("127.0.0.1", device.port), aname).await;
    [unix.expect("it attaches"), tcp.expect("it attaches")]
}

#[tokio::test]
async fn the_ninep_crate_has_a_conversation_whose_files_it_reads() {
    let device = Device::start(&[]);
    for other in others(&device, "").await {
        let names = other.read_dir("/tls").await.expect("a directory").into_iter().map(|stat| stat.name);
        assert_eq!(names.take(3).collect::<Vec<_>>(), ["clone", "encalgs", "hashalgs"]);
        assert_eq!(other.read_str("/tls/encalgs").await.expect("a text"), ENCALGS);
        // Opened for writing, it has a conversation for as long as its connection.
        let refused = other.write_str("/tls/clone", 0, "version 0x303").await.expect_err("no channel yet");
        assert!(refused.to_string().contains("must set fd before version"), "{refused}");
        let status = other.read_str("/tls/0/status").await.expect("the conversation is there");
        assert!(status.starts_with("State: Closed\n"), "{status}");
        let stats = other.read_str("/tls/0/stats").await.expect("its counters are there");
        assert_eq!(stats, "DataIn: 0\nDataOut: 0\nHandIn: 0\nHandOut: 0\n");
        drop(other);
        gone(&device).await;
    }
}

#[tokio::test]
async fn the_ninep_crate_is_told_that_there_is_no_such_file() {
    let device = Device::start(&[]);
    // Of two elements it would not notice that the second is missing; so it attaches beside them.
    for other in others(&device, "tls").await {
        let missing = other.stat("/nosuch").await.expect_err("there is none");
        assert!(missing.to_string().contains("file does not exist"), "{missing}");
        assert_eq!(other.stat("/hashalgs").await.expect("there is one").name, "hashalgs");
    }
}

/// Waits until nobody has the first conversation any more.
async fn gone(device: &Device) {
    let tree = device.tree().await;
    for _ in 0..500 {
        if tree.stat("tls/0/ctl").await.expect("its number stays").mode.0 == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a client that has left still has its conversation");
}

/// The name of the user who runs this.
fn user() -> String {
    ninep::io::user_numbered(rustix::process::getuid().as_raw()).name
}
