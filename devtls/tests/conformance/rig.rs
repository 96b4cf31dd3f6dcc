//! A rig: one conversation with its files open, and the far end of its channel.

use bytes::Bytes;
use devtls::{Embedded, EmbeddedFile, Limits};
use ninep::OpenMode;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// One conversation under test.
pub(crate) struct Rig {
    pub(crate) device: Embedded,
    pub(crate) ctl: EmbeddedFile,
    pub(crate) hand: Option<EmbeddedFile>,
    pub(crate) data: EmbeddedFile,
    pub(crate) dir: String,
    pub(crate) peer: DuplexStream,
}

/// What an operation gave: the value, or the error's text.
pub(crate) type Told<T> = Result<T, String>;

impl Rig {
    /// Opens `clone`, `hand` and `data`, without a channel.
    pub(crate) async fn fresh() -> (Rig, DuplexStream) {
        Rig::on(Embedded::new(Limits::default())).await
    }

    /// `fresh`, on this device.
    pub(crate) async fn on(device: Embedded) -> (Rig, DuplexStream) {
        let ctl = device.open("tls/clone", OpenMode::RDWR).expect("clone opens");
        let number = ctl.read(0, 8).await.expect("ctl is read");
        let dir = format!("tls/{}", String::from_utf8(number.to_vec()).expect("a number"));
        let hand = device.open(&format!("{dir}/hand"), OpenMode::RDWR).expect("hand opens");
        let data = device.open(&format!("{dir}/data"), OpenMode::RDWR).expect("data opens");
        let (near, peer) = tokio::io::duplex(1 << 20);
        (Rig { device, ctl, hand: Some(hand), data, dir, peer }, near)
    }

    /// `fresh`, and `fd` with `version`.
    pub(crate) async fn setup(version: i64) -> Rig {
        let (rig, near) = Rig::fresh().await;
        rig.ctl.take_stream(near, "memory", version).expect("a channel is taken");
        rig
    }

    /// `setup`, and `version`.
    pub(crate) async fn locked(version: i64) -> Rig {
        let rig = Rig::setup(version).await;
        rig.ctl(&format!("version {version:#x}")).await.expect("the version is set");
        rig
    }

    /// `locked`, then `clear` both ways, change_cipher_spec both ways, and `opened`.
    pub(crate) async fn est(version: i64) -> Rig {
        Rig::locked(version).await.establish(version).await
    }

    /// What `est` does after `locked`.
    pub(crate) async fn establish(mut self, version: i64) -> Rig {
        let rig = &mut self;
        let v = format!("{version:04x}");
        rig.ctl("secret clear clear 0 x").await.expect("clear is staged");
        rig.ctl("changecipher").await.expect("the cipher changes");
        rig.sends(&format!("14{v}000101")).await;
        rig.peer_sends(&format!("14{v}000101 16{v}0004 01020304")).await;
        assert_eq!(rig.read_hand(100).await, Ok(vec![1, 2, 3, 4]));
        rig.ctl("opened").await.expect("data may move");
        self
    }

    /// Writes a command.
    pub(crate) async fn ctl(&self, line: &str) -> Told<()> {
        let written = self.ctl.write(Bytes::copy_from_slice(line.as_bytes())).await;
        written.map(|len| assert_eq!(len as usize, line.len())).map_err(text)
    }

    /// Reads `data`.
    pub(crate) async fn read_data(&self, count: u32) -> Told<Vec<u8>> {
        self.data.read(0, count).await.map(|bytes| bytes.to_vec()).map_err(text)
    }

    /// Writes `data`.
    pub(crate) async fn write_data(&self, bytes: &[u8]) -> Told<u32> {
        self.data.write(Bytes::copy_from_slice(bytes)).await.map_err(text)
    }

    /// Reads `hand`.
    pub(crate) async fn read_hand(&self, count: u32) -> Told<Vec<u8>> {
        let hand = self.hand.as_ref().expect("hand is open");
        hand.read(0, count).await.map(|bytes| bytes.to_vec()).map_err(text)
    }

    /// Writes `hand`.
    pub(crate) async fn write_hand(&self, bytes: &[u8]) -> Told<u32> {
        let hand = self.hand.as_ref().expect("hand is open");
        hand.write(Bytes::copy_from_slice(bytes)).await.map_err(text)
    }

    /// Reads a text of the conversation's directory.
    pub(crate) async fn text(&self, name: &str) -> String {
        let file = self.device.open(&format!("{}/{name}", self.dir), OpenMode::READ).expect("it opens");
        String::from_utf8(file.read(0, 8192).await.expect("it is read").to_vec()).expect("a text")
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
        let mut got = vec![0; want.len()];
        self.peer.read_exact(&mut got).await.expect("as many bytes");
        assert_eq!(tohex(&got), tohex(&want));
    }

    /// The peer sees `len` bytes next, whatever they are.
    pub(crate) async fn sends_len(&mut self, len: usize) -> Vec<u8> {
        let mut got = vec![0; len];
        self.peer.read_exact(&mut got).await.expect("as many bytes");
        got
    }

    /// The peer closes its sending half.
    pub(crate) async fn peer_ends(&mut self) {
        self.peer.shutdown().await.expect("a pipe can be shut");
    }

    /// Closes every file; gives what the peer sees until the end of the channel.
    pub(crate) async fn close(self) -> String {
        let Rig { device, ctl, hand, data, mut peer, .. } = self;
        drop((ctl, hand, data));
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).await.expect("the channel ends");
        drop(peer);
        device.settled().await;
        tohex(&rest)
    }
}

fn text(error: ninep::Error) -> String {
    error.text.into_owned()
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
