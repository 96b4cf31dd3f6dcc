//! One side of a connection in memory: a device of its own, with one conversation, as the handshake's files.

use bytes::Bytes;
use devtls::{Embedded, EmbeddedFile, Limits};
use ninep::OpenMode;
use tlshand::{Algs, FileError, Files};

/// A device, and the files of its only conversation.
pub(crate) struct Side {
    device: Embedded,
    ctl: EmbeddedFile,
    hand: EmbeddedFile,
}

impl Side {
    /// A new device, whose conversation has this channel.
    pub(crate) async fn new(channel: tokio::io::DuplexStream) -> Side {
        let device = Embedded::new(Limits::default());
        let ctl = device.open("tls/clone", OpenMode::RDWR).expect("clone opens");
        assert_eq!(ctl.read(0, 8).await.expect("ctl is read"), "0");
        let hand = device.open("tls/0/hand", OpenMode::RDWR).expect("hand opens");
        ctl.take_stream(channel, "memory", 0x303).expect("a channel is taken");
        Side { device, ctl, hand }
    }

    /// What the device can do.
    pub(crate) async fn algs(&self) -> Algs {
        let text = async |path| {
            let file = self.device.open(path, OpenMode::READ).expect("a list opens");
            String::from_utf8(file.read(0, 1023).await.expect("a list is read").to_vec()).expect("a text")
        };
        Algs::parse(&text("tls/encalgs").await, &text("tls/hashalgs").await)
    }

    /// The file `data`, opened.
    pub(crate) fn data(&self) -> EmbeddedFile {
        self.device.open("tls/0/data", OpenMode::RDWR).expect("data opens")
    }

    /// What `status` says.
    pub(crate) async fn status(&self) -> String {
        let file = self.device.open("tls/0/status", OpenMode::READ).expect("status opens");
        String::from_utf8(file.read(0, 4096).await.expect("status is read").to_vec()).expect("a text")
    }
}

impl Files for Side {
    async fn ctl(&mut self, line: &str) -> Result<(), FileError> {
        told(self.ctl.write(Bytes::copy_from_slice(line.as_bytes())).await.map(drop))
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        let count = u32::try_from(count).expect("a short read");
        told(self.hand.read(0, count).await.map(|bytes| bytes.to_vec()))
    }

    async fn write_hand(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        told(self.hand.write(Bytes::copy_from_slice(bytes)).await.map(drop))
    }
}

fn told<T>(result: Result<T, ninep::Error>) -> Result<T, FileError> {
    result.map_err(|error| FileError(error.text.into_owned()))
}
