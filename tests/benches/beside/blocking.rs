//! 9P by blocking calls: the quickest client that there can be, so that a round trip is the server's.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use ninep::fcall::{Frame, Outbox, Rmsg, Tmsg, decode_rmsg, encode_tmsg};
use ninep::{Dialect, Fid, Limits, OpenMode, Tag};

/// A connection to a 9P server, attached as fid 0.
pub(crate) struct NineP {
    stream: UnixStream,
    room: Vec<u8>,
    /// Replies that came before they were waited for.
    early: BTreeMap<Tag, Rmsg>,
}

impl NineP {
    /// Connects and attaches.
    pub(crate) fn dial(path: &Path) -> NineP {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut client = NineP { stream, room: Vec::new(), early: BTreeMap::new() };
        client.call(Tag::NOTAG, &Tmsg::Version { msize: Limits::MSIZE_MAX, version: "9P2000".to_owned() });
        let (uname, aname) = (String::new(), String::new());
        client.call(Tag(1), &Tmsg::Attach { fid: Fid(0), afid: Fid::NOFID, uname, aname, n_uname: None });
        client
    }

    /// Opens the file at `path` as `fid`.
    pub(crate) fn open(&mut self, fid: Fid, path: &str) {
        let names = path.split('/').map(str::to_owned).collect();
        self.call(Tag(1), &Tmsg::Walk { fid: Fid(0), newfid: fid, names });
        self.call(Tag(1), &Tmsg::Open { fid, mode: OpenMode::RDWR });
    }

    /// Sends a request and waits for its reply.
    pub(crate) fn call(&mut self, tag: Tag, tmsg: &Tmsg) -> Rmsg {
        self.send(tag, tmsg);
        self.wait(tag)
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, tag: Tag, tmsg: &Tmsg) {
        let mut out = Outbox::new();
        encode_tmsg(tag, tmsg, Dialect::Classic, Vec::new(), &mut out);
        self.stream.write_all(&out.take()).unwrap();
    }

    /// Waits for the reply to a request; an error is none.
    pub(crate) fn wait(&mut self, tag: Tag) -> Rmsg {
        loop {
            if let Some(rmsg) = self.early.remove(&tag) {
                assert!(!matches!(rmsg, Rmsg::Error { .. }), "{rmsg:?}");
                return rmsg;
            }
            let mut piece = [0; 4096];
            let len = self.stream.read(&mut piece).unwrap();
            assert_ne!(len, 0, "the server hung up");
            self.room.extend_from_slice(piece.get(..len).unwrap_or_default());
            while let Some(size) = self.room.first_chunk::<4>().map(|size| u32::from_le_bytes(*size) as usize)
                && let Some(bytes) = self.room.get(..size)
            {
                let frame = Frame::whole(bytes).unwrap();
                let rmsg = decode_rmsg(&frame, Dialect::Classic).unwrap();
                self.early.insert(frame.tag(), rmsg);
                self.room.drain(..size);
            }
        }
    }
}
