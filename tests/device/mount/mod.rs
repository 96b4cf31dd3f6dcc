//! The device mounted on a directory by FUSE: what programs with nothing but files find there.

mod behind;
mod descriptors;
mod life;
mod streams;
mod tree;
mod users;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::mount::Mounted;

/// A conversation on a mount, and the peer at the other end of its channel.
struct Conversation {
    ctl: File,
    dir: PathBuf,
    peer: UnixStream,
}

impl Conversation {
    /// Opens `clone` and gives it one end of a pair of sockets.
    fn begin(mounted: &Mounted) -> Conversation {
        let mut ctl = open(&mounted.path("clone"));
        let mut number = String::new();
        ctl.read_to_string(&mut number).expect("ctl is read");
        let (end, peer) = UnixStream::pair().expect("a pair");
        ctl.write_all(format!("fd {} 0x303", end.as_raw_fd()).as_bytes()).expect("the descriptor is taken");
        Conversation { ctl, dir: mounted.path(&number), peer }
    }

    /// Makes application data move, in records that are not encrypted.
    fn established(mounted: &Mounted) -> Conversation {
        let mut conv = Conversation::begin(mounted);
        for line in ["version 0x303", "secret clear clear 0 x", "changecipher"] {
            conv.command(line);
        }
        let mut hand = open(&conv.dir.join("hand"));
        let mut record = [0; 6];
        conv.peer.read_exact(&mut record).expect("change_cipher_spec");
        assert_eq!(record, CHANGE_CIPHER_SPEC);
        conv.peer.write_all(&CHANGE_CIPHER_SPEC).expect("sent");
        conv.peer.write_all(&[22, 3, 3, 0, 2, 7, 8]).expect("sent");
        let mut message = [0; 9];
        assert_eq!(hand.read(&mut message).expect("hand is read"), 2);
        conv.command("opened");
        conv
    }

    /// Writes a command.
    fn command(&mut self, line: &str) {
        self.ctl.write_all(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"));
    }

    /// Opens `data`.
    fn data(&self) -> File {
        open(&self.dir.join("data"))
    }

    /// Sends application data as the peer, in one record.
    fn peer_sends(&mut self, text: &[u8]) {
        let len = u16::try_from(text.len()).expect("one record").to_be_bytes();
        self.peer.write_all(&[&[23, 3, 3], &len[..], text].concat()).expect("sent");
    }

    /// Receives one record of application data as the peer.
    fn peer_receives(&mut self) -> Vec<u8> {
        record(&mut self.peer).expect("a record")
    }
}

/// Reads one record of application data; `None` at the end, or where a goodbye comes instead.
fn record(peer: &mut UnixStream) -> Option<Vec<u8>> {
    let mut header = [0; 5];
    peer.read_exact(&mut header).ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    peer.read_exact(&mut body).expect("the whole record");
    (header[..3] == [23, 3, 3]).then_some(body)
}

fn open(path: &Path) -> File {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    opened.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];
