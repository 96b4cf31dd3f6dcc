//! The Linux kernel's own 9P client, v9fs, on a device of ours: a guest mounts it over TCP, once in each dialect, and does in a
//! shell what a user would (`checks.sh`). What it printed is compared with `expected.txt`.
//!
//! `fd` is refused over TCP. So the conversations whose far end is a socket of the host are opened there, through the unix socket of
//! the same device, and go on in the guest; others have their channel in the guest, through `wire`. At last the guest runs a device of
//! its own and mounts that at its unix socket.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use ninep::OpenMode;
use ninep::client::{Client, File, Tree};
use ninep::io::Address;
use rustix::process::{getgid, getuid};

use crate::support::guest::{self, Guest};
use crate::support::missing::present;
use crate::support::process::{PATIENCE, Process};
use crate::support::programs;

/// The dialects, by the names of mount's option `version`. The first one has no numbers, of errors or of users.
const DIALECTS: [&str; 3] = [CLASSIC, "9p2000.u", "9p2000.L"];
const CLASSIC: &str = "9p2000";

/// How many conversations there are at one time besides those of the host: both ends of `wire`.
const GUEST_CONVERSATION_COUNT: usize = 2;

/// How often a check ends a program that waits for the device for sure, in each dialect.
const KILLED_COUNT: usize = 2;

/// What the far ends of a dialect's two conversations see: the type of each record, its version, its text.
const SEEN: [&[&str]; 2] = [
    &[
        "20 3.3 \\x01",
        "23 3.3 hello\\n",
        "23 3.3 one\\n",
        "23 3.3 two\\n",
        "23 3.3 one\\n",
        "23 3.3 hello\\n",
        "23 3.3 hello\\n",
        "23 3.3 hello\\n",
        "23 3.3 hello\\n",
        "23 3.3 quit",
        "21 3.3 \\x01\\x00",
    ],
    &["20 3.3 \\x01", "23 3.3 two\\n", "23 3.3 drop"],
];

#[tokio::test(flavor = "multi_thread")]
async fn the_kernel_of_linux_uses_a_device_that_it_mounted() {
    if !present("v9fs", Guest::available()) {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let socket = dir.path().join("tls");
    let (device, port) = devtls(&socket);
    let client = Client::dial(&Address::Unix(socket)).await.expect("the device answers");
    let tree = client.attach("", "").await.expect("the device lets us in");

    let mut conversations = Vec::new();
    for _ in 0..DIALECTS.len() * 2 + GUEST_CONVERSATION_COUNT {
        conversations.push(Conversation::open(&tree).await);
    }
    let listed_count = conversations.len();
    // What was a conversation once is listed for ever: each dialect is to see the same.
    conversations.truncate(DIALECTS.len() * 2);

    let mut script = format!("host={} port={port}\n{}", guest::HOST, user(&tree, &conversations[0]).await);
    script += &beside("checks.sh");
    let mut expected = String::new();
    for (dialect, pair) in DIALECTS.into_iter().zip(conversations.chunks(2)) {
        let [a, b] = [0, 1].map(|n: usize| pair[n].number.as_str());
        script += &format!("dialect {dialect} {a} {b}\n");
        expected += &format!("== {dialect}\n{}", expected_of(dialect, a, b, listed_count));
    }

    script += "at_unix_socket\n";
    expected += &beside("expected-at-unix-socket.txt");

    let ours = ["devtls", "tlssrv", "tlsclient"].map(programs::path);
    let mut programs = vec![Path::new("/bin/dd"), Path::new("/usr/bin/setpriv")];
    programs.extend(ours.iter().map(PathBuf::as_path));
    let mut guest = Guest::boot(&script, &programs);
    for dialect in DIALECTS {
        guest.wait_for(&format!("== {dialect}")).unwrap_or_else(|error| panic!("{error}"));
    }
    let printed = guest.wait_off().unwrap_or_else(|error| panic!("{error}"));
    assert!(printed == expected, "{}{}", differences(&expected, &printed), guest.log());

    for (conversation, expected) in conversations.into_iter().zip(SEEN.into_iter().cycle()) {
        assert_eq!(conversation.end(), expected);
    }
    // The kernel takes back what a killed program waited for, and goes on when it is told that nothing will come.
    let trace = device.printed().stderr_text();
    let [asked, told] = ["<- Tflush ", "-> Rflush "].map(|message| trace.matches(message).count());
    assert!(
        asked >= KILLED_COUNT * DIALECTS.len() && asked == told,
        "{asked} times asked, {told} times told"
    );
}

/// A conversation that the host opened, and what the far end of its channel has seen when that ends.
struct Conversation {
    number: String,
    ctl: File,
    seen: Receiver<Vec<String>>,
}

impl Conversation {
    /// Opens one whose channel is a socket.
    async fn open(tree: &Tree) -> Conversation {
        let (near, far) = UnixStream::pair().expect("a pair");
        let (tell, seen) = mpsc::channel();
        thread::spawn(move || tell.send(answer(far)));
        let ctl = tree.open("tls/clone", OpenMode::RDWR).await.expect("clone opens");
        ctl.write_with_fd(0, b"fd 0 0x303", near.as_fd()).await.expect("the channel is taken");
        let number = ctl.read(0, 8).await.expect("ctl is read");
        Conversation { number: String::from_utf8(number.to_vec()).expect("a number"), ctl, seen }
    }

    /// Closes it; gives what its far end has seen, for which nobody else may have it open.
    fn end(self) -> Vec<String> {
        drop(self.ctl);
        self.seen.recv_timeout(PATIENCE).expect("the channel ends with the conversation")
    }
}

/// The far end of a channel, until that ends: answers data with the same in capitals, and does what the texts `quit` and `drop` say.
/// Gives what came, a text for each record.
fn answer(mut channel: UnixStream) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        let mut header = [0; 5];
        if channel.read_exact(&mut header).is_err() {
            return seen;
        }
        let [kind, major, minor, len @ ..] = header;
        let mut body = vec![0; usize::from(u16::from_be_bytes(len))];
        channel.read_exact(&mut body).expect("a record is whole");
        seen.push(format!("{kind} {major}.{minor} {}", body.escape_ascii()));
        let answer = match (kind, body.as_slice()) {
            // The same from this side, and a message that makes somebody read it.
            (CHANGE_CIPHER_SPEC, _) => b"\x14\x03\x03\0\x01\x01\x16\x03\x03\0\x04DONE".to_vec(),
            (DATA, b"quit") => b"\x15\x03\x03\0\x02\x01\0".to_vec(),
            (DATA, b"drop") => return seen,
            (DATA, text) => [header.as_slice(), &text.to_ascii_uppercase()].concat(),
            _ => continue,
        };
        channel.write_all(&answer).expect("the channel takes it");
    }
}

/// Starts a device at a unix socket and at a port of the loopback address; gives that port too.
fn devtls(socket: &Path) -> (Process, u16) {
    let mut devtls = Command::new(programs::path("devtls"));
    devtls.args(["-D", "-a", &format!("unix!{}", socket.display()), "-a", "tcp!127.0.0.1!0"]);
    let process = Process::start(&mut devtls);
    let port = process.wait_for("the line that says where it serves", |printed| {
        let text = printed.stderr_text();
        let (_, after) = text.split_once("serving tcp!127.0.0.1!")?;
        after.split_once('\n')?.0.parse().ok()
    });
    (process, port.expect("devtls serves"))
}

/// Who runs the device, for the script: the name, as the device has it, and the numbers.
async fn user(tree: &Tree, conversation: &Conversation) -> String {
    let stat = tree.stat(&format!("tls/{}/ctl", conversation.number)).await.expect("a stat");
    format!("user={} uid={} gid={}\n", stat.uid, getuid().as_raw(), getgid().as_raw())
}

/// What the guest is to print of a dialect, whose conversations are `a` and `b`.
fn expected_of(dialect: &str, a: &str, b: &str, listed_count: usize) -> String {
    let numbers: Vec<_> = (0..listed_count).map(|number| number.to_string()).collect();
    let new = (listed_count - GUEST_CONVERSATION_COUNT).to_string();
    let owner = format!("{} {}", getuid().as_raw(), getgid().as_raw());
    // Nobody but the user of the mount has a name in the classic dialect, so nobody else owns what they open.
    let somebody = match dialect {
        CLASSIC => format!("sh: can't create /mnt/tls/{new}/ctl: Permission denied"),
        _ => "60001".to_owned(),
    };
    let mut text = beside("expected.txt");
    let places = [
        ("A", a),
        ("B", b),
        ("NEW", &new),
        ("LS", &numbers.join(" ")),
        ("OWNER", &owner),
        ("SOMEBODY", &somebody),
    ];
    for (place, value) in places {
        text = text.replace(&format!("{{{place}}}"), value);
    }
    // What is left in braces are errors, by Linux's texts for their numbers.
    let mut told = String::new();
    for (n, part) in text.split(['{', '}']).enumerate() {
        told += if n % 2 == 1 && dialect == CLASSIC { NO_NUMBER } else { part };
    }
    told
}

/// The text of a file beside this one.
fn beside(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("v9fs").join(name))
        .expect("the file is there")
}

/// The lines that differ.
fn differences(expected: &str, printed: &str) -> String {
    let mut differences = String::new();
    let (mut expected, mut printed) = (expected.lines(), printed.lines());
    loop {
        match (expected.next(), printed.next()) {
            (None, None) => return differences,
            (expected, printed) if expected == printed => {}
            (expected, printed) => {
                differences +=
                    &format!("- {}\n+ {}\n", expected.unwrap_or_default(), printed.unwrap_or_default());
            }
        }
    }
}

/// Types of records (RFC 5246 §6.2.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
const DATA: u8 = 23;

/// What Linux makes of an error text that it does not know (ESERVERFAULT).
const NO_NUMBER: &str = "Unknown error 526";
