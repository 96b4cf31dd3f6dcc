//! A rig: one conversation with its files open, and the far end of its channel.

use std::future::Future;
use std::os::fd::OwnedFd;

use devtls::{Compat, Embedded, Stream};
use ninep::OpenMode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::world::{Door, File, World};
pub(crate) use crate::world::{Told, waits};

/// One conversation under test.
pub(crate) struct Rig {
    pub(crate) door: Door,
    /// Each is there until it is closed.
    pub(crate) ctl: Option<File>,
    pub(crate) hand: Option<File>,
    pub(crate) data: Option<File>,
    pub(crate) dir: String,
    pub(crate) peer: Box<dyn Stream>,
}

impl Rig {
    /// Opens `clone`, `hand` and `data`, without a channel.
    pub(crate) async fn fresh(world: World) -> Rig {
        Rig::with_compat(world, Compat::default()).await
    }

    /// `fresh`, of a device with these manners.
    pub(crate) async fn with_compat(world: World, compat: Compat) -> Rig {
        Rig::at(Door::new(world, compat).await).await
    }

    /// A conversation of a device that is there already.
    pub(crate) async fn at(door: Door) -> Rig {
        let ctl = door.open("tls/clone", OpenMode::RDWR).await.expect("clone opens");
        let number = ctl.read(0, 8).await.expect("ctl is read");
        let dir = format!("tls/{}", String::from_utf8(number).expect("a number"));
        let hand = door.open(&format!("{dir}/hand"), OpenMode::RDWR).await.expect("hand opens");
        let data = door.open(&format!("{dir}/data"), OpenMode::RDWR).await.expect("data opens");
        let peer = Box::new(tokio::io::empty());
        Rig { door, ctl: Some(ctl), hand: Some(hand), data: Some(data), dir, peer }
    }

    /// `fresh`, and `fd` with `version`.
    pub(crate) async fn setup(world: World, version: i64) -> Rig {
        let mut rig = Rig::fresh(world).await;
        rig.fd(version).await.expect("a channel is taken");
        rig
    }

    /// `setup`, and `version`.
    pub(crate) async fn locked(world: World, version: i64) -> Rig {
        let rig = Rig::setup(world, version).await;
        rig.ctl(&format!("version {version:#x}")).await.expect("the version is set");
        rig
    }

    /// `locked`, then `clear` both ways, change_cipher_spec both ways, and `opened`.
    pub(crate) async fn est(world: World, version: i64) -> Rig {
        let mut rig = Rig::locked(world, version).await;
        rig.establish("secret clear clear 0 x", version).await;
        rig
    }

    /// Does the part of a handshake that comes after `version`, with keys that leave records in the clear.
    pub(crate) async fn establish(&mut self, secret: &str, version: i64) {
        let v = format!("{version:04x}");
        self.ctl(secret).await.expect("clear is staged");
        self.ctl("changecipher").await.expect("the cipher changes");
        self.sends(&format!("14{v}000101")).await;
        self.peer_sends(&format!("14{v}000101 16{v}0004 01020304")).await;
        assert_eq!(self.read_hand(100).await, Ok(vec![1, 2, 3, 4]));
        self.ctl("opened").await.expect("data may move");
    }

    /// Does `fd` with a channel of its own: in memory a pipe in memory, else a socket beside the command.
    pub(crate) async fn fd(&mut self, version: i64) -> Told<()> {
        let ctl = self.ctl.as_ref().expect("ctl is open");
        match ctl {
            File::Memory(file) => {
                let (near, far) = tokio::io::duplex(1 << 20);
                self.peer = Box::new(far);
                file.take_stream(near, "memory", version).map_err(crate::world::text)
            }
            File::Remote(_) => {
                let (near, far) = UnixStream::pair().expect("a pair of sockets");
                self.peer = Box::new(far);
                self.fd_of(&format!("fd 0 {version:#x}"), near.into_std().expect("a socket").into()).await
            }
        }
    }

    /// Does the `fd` command `line` with this descriptor.
    pub(crate) async fn fd_of(&self, line: &str, fd: OwnedFd) -> Told<()> {
        let ctl = self.ctl.as_ref().expect("ctl is open");
        ctl.write_with_fd(line, fd).await.map(|len| assert_eq!(len as usize, line.len()))
    }

    /// What `status` calls the channel that [`Rig::fd`] takes.
    pub(crate) fn channel_name(&self) -> &'static str {
        match self.door {
            Door::Memory(_) => "memory",
            Door::Socket { .. } => "unix!",
        }
    }

    /// Writes a command.
    pub(crate) async fn ctl(&self, line: impl AsRef<[u8]>) -> Told<()> {
        let line = line.as_ref();
        let ctl = self.ctl.as_ref().expect("ctl is open");
        ctl.write(line).await.map(|len| assert_eq!(len as usize, line.len()))
    }

    /// Reads `data`.
    pub(crate) async fn read_data(&self, count: u32) -> Told<Vec<u8>> {
        self.data.as_ref().expect("data is open").read(0, count).await
    }

    /// Writes `data`.
    pub(crate) async fn write_data(&self, bytes: &[u8]) -> Told<u32> {
        self.data.as_ref().expect("data is open").write(bytes).await
    }

    /// Reads `hand`.
    pub(crate) async fn read_hand(&self, count: u32) -> Told<Vec<u8>> {
        self.hand.as_ref().expect("hand is open").read(0, count).await
    }

    /// Writes `hand`.
    pub(crate) async fn write_hand(&self, bytes: &[u8]) -> Told<u32> {
        self.hand.as_ref().expect("hand is open").write(bytes).await
    }

    /// Reads a text of the conversation's directory.
    pub(crate) async fn text(&self, name: &str) -> String {
        let path = format!("{}/{name}", self.dir);
        let file = self.door.open(&path, OpenMode::READ).await.expect("it opens");
        String::from_utf8(file.read(0, 8192).await.expect("it is read")).expect("a text")
    }

    /// Gives the state's name from `status`.
    pub(crate) async fn state(&self) -> String {
        let status = self.text("status").await;
        status.lines().next().and_then(|line| line.strip_prefix("State: ")).expect("a state").to_owned()
    }

    /// The peer sends these bytes.
    pub(crate) async fn peer_sends(&mut self, hex: &str) {
        self.peer.write_all(&unhex(hex)).await.expect("the channel takes it");
    }

    /// The peer sees exactly these bytes next.
    pub(crate) async fn sends(&mut self, hex: &str) {
        let want = unhex(hex);
        assert_eq!(tohex(&self.sends_len(want.len()).await), tohex(&want));
    }

    /// The peer sees `len` bytes next, whatever they are.
    pub(crate) async fn sends_len(&mut self, len: usize) -> Vec<u8> {
        let mut got = vec![0; len];
        self.peer.read_exact(&mut got).await.expect("as many bytes");
        got
    }

    /// The peer sees a record next, and gives it.
    pub(crate) async fn sends_record(&mut self) -> Vec<u8> {
        let mut record = self.sends_len(5).await;
        let len = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.extend(self.sends_len(len).await);
        record
    }

    /// Tells whether an operation waits, and gives it up: as after a Tflush whose reply has come. Before
    /// that reply the operation may still be done.
    pub(crate) async fn gives_up<T>(&self, operation: impl Future<Output = T>) -> bool {
        let is_waiting = waits(operation).await;
        // Another request after the flush is answered after it.
        self.text("stats").await;
        is_waiting
    }

    /// Nothing more has been sent.
    pub(crate) async fn sends_nothing(&mut self) {
        let mut byte = [0];
        assert!(waits(self.peer.read_exact(&mut byte)).await, "a byte: {byte:?}");
    }

    /// The peer closes its sending half.
    pub(crate) async fn peer_ends(&mut self) {
        self.peer.shutdown().await.expect("a pipe can be shut");
    }

    /// The peer is gone.
    pub(crate) fn peer_goes(&mut self) {
        self.peer = Box::new(tokio::io::empty());
    }

    /// Closes every file; gives what the peer sees until the end of the channel.
    pub(crate) async fn close(self) -> String {
        let Rig { door, ctl, hand, data, mut peer, .. } = self;
        drop((ctl, hand, data));
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).await.expect("the channel ends");
        drop(peer);
        door.settled().await;
        tohex(&rest)
    }

    /// The embedded device, in memory.
    pub(crate) fn embedded(&self) -> &Embedded {
        match &self.door {
            Door::Memory(device) => device,
            Door::Socket { .. } => panic!("this device is elsewhere"),
        }
    }
}

/// Reads hexadecimal digits, blanks between them allowed.
pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|digit| u8::try_from(digit).expect("a digit"))
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Writes bytes as hexadecimal digits.
pub(crate) fn tohex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The error with this text.
pub(crate) fn told<T>(text: &str) -> Told<T> {
    Err(text.to_owned())
}
