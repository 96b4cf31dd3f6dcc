//! Statements 121 to 124: requests given up, fids that go, connections that break.

use bytes::Bytes;
use ninep::fcall::{Frame, Outbox, Rmsg, Tmsg, decode_rmsg, encode_tmsg};
use ninep::io::serve;
use ninep::{Caller, Dialect, Fid, Limits, OpenMode, Tag};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::rig::{Rig, tohex, waits};
use crate::world::{Door, House, World, both};

both![
    s121_a_data_read_that_is_given_up_loses_nothing,
    s122_a_hand_read_that_is_given_up_amid_a_header_loses_nothing,
    s123_a_clunk_ends_the_fids_own_reads,
    s124_a_connection_that_breaks_closes_its_files,
];

async fn s121_a_data_read_that_is_given_up_loses_nothing(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    for begun in ["", "17 0303", "17 0303 0002 61"] {
        rig.peer_sends(begun).await;
        assert!(rig.gives_up(rig.read_data(9)).await);
        let whole = "17 0303 0002 6162".replace(' ', "");
        rig.peer_sends(&whole[begun.replace(' ', "").len()..]).await;
        assert_eq!(rig.read_data(9).await, Ok(b"ab".to_vec()), "{begun}");
    }
}

async fn s122_a_hand_read_that_is_given_up_amid_a_header_loses_nothing(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("16 0303").await;
    assert!(rig.gives_up(rig.read_hand(9)).await);
    rig.peer_sends("0002 6162").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"ab".to_vec()));
}

/// A client that sends what it is told and reads the replies as they come.
struct Raw<S> {
    stream: S,
}

impl<S: AsyncReadExt + AsyncWriteExt + Unpin> Raw<S> {
    async fn send(&mut self, tag: u16, tmsg: &Tmsg) {
        let mut out = Outbox::new();
        encode_tmsg(Tag(tag), tmsg, Dialect::Classic, Vec::new(), &mut out);
        self.stream.write_all(&out.take()).await.expect("the device takes it");
    }

    async fn reply(&mut self) -> (u16, Rmsg) {
        let len = self.stream.read_u32_le().await.expect("a reply");
        let mut message = len.to_le_bytes().to_vec();
        message.resize(len as usize, 0);
        self.stream.read_exact(&mut message[4..]).await.expect("all of a reply");
        let frame = Frame::whole(&message).expect("a message");
        (frame.tag().0, decode_rmsg(&frame, Dialect::Classic).expect("a reply"))
    }

    async fn call(&mut self, tmsg: &Tmsg) -> Rmsg {
        self.send(1, tmsg).await;
        let (tag, rmsg) = self.reply().await;
        assert_eq!(tag, 1);
        rmsg
    }

    async fn open(&mut self, fid: u32, path: &str) {
        let names = path.split('/').map(str::to_owned).collect();
        self.call(&Tmsg::Walk { fid: Fid(0), newfid: Fid(fid), names }).await;
        let opened = self.call(&Tmsg::Open { fid: Fid(fid), mode: OpenMode::RDWR }).await;
        assert!(matches!(opened, Rmsg::Open { .. }), "{opened:?}");
    }

    /// A read of `hand` waits, and its fid is clunked.
    async fn clunks_a_waiting_hand(&mut self) {
        self.send(0xffff, &Tmsg::Version { msize: 8192, version: "9P2000".to_owned() }).await;
        self.reply().await;
        let attach = Tmsg::Attach {
            fid: Fid(0),
            afid: Fid::NOFID,
            uname: "eve".into(),
            aname: String::new(),
            n_uname: None,
        };
        assert!(matches!(self.call(&attach).await, Rmsg::Attach { .. }));
        self.open(1, "tls/clone").await;
        self.open(2, "tls/0/hand").await;
        let data = Bytes::from_static(b"wire 0x303");
        assert!(matches!(self.call(&Tmsg::Write { fid: Fid(1), offset: 0, data }).await, Rmsg::Write { .. }));
        self.send(7, &Tmsg::Read { fid: Fid(2), offset: 0, count: 9 }).await;
        assert!(waits(self.reply()).await);
        self.send(8, &Tmsg::Clunk { fid: Fid(2) }).await;
        let (read, clunk) = (self.reply().await, self.reply().await);
        assert!(matches!(read, (7, Rmsg::Error { .. })), "{read:?}");
        assert!(matches!(clunk, (8, Rmsg::Clunk)), "{clunk:?}");
        // The queue is gone with its reader: another may have it, and the conversation lives by its ctl.
        self.open(2, "tls/0/hand").await;
    }
}

async fn s123_a_clunk_ends_the_fids_own_reads(world: World) {
    let house = House::new(world);
    let caller = Caller { uid: Some(500), gid: Some(501), pid: None, user: "eve".to_owned() };
    let device = house.device;
    match world {
        World::Memory => {
            let (near, far) = tokio::io::duplex(1 << 16);
            tokio::spawn(serve(far, device, caller, Limits::default()));
            Raw { stream: near }.clunks_a_waiting_hand().await;
        }
        World::Socket => {
            let (near, far) = UnixStream::pair().expect("a pair of sockets");
            tokio::spawn(serve(far, device, caller, Limits::default()));
            Raw { stream: near }.clunks_a_waiting_hand().await;
        }
    }
}

async fn s124_a_connection_that_breaks_closes_its_files(world: World) {
    let rig = Rig::est(world, 0x303).await;
    let Rig { door, ctl, hand, data, mut peer, .. } = rig;
    let second = door.open("tls/clone", OpenMode::RDWR).await.expect("clone opens");
    let (near, mut other_peer) = UnixStream::pair().expect("a pair of sockets");
    let near = near.into_std().expect("a socket").into();
    second.write_with_fd("fd 0 0x301", near).await.expect("a channel is taken");
    match &door {
        // A device in memory has no connection: its files go with whoever has them.
        Door::Memory(_) => drop((ctl, hand, data, second)),
        Door::Socket { cut, .. } => {
            cut.shutdown(std::net::Shutdown::Both).expect("a socket can be cut");
            std::mem::forget((ctl, hand, data, second));
        }
    }
    for (peer, goodbye) in
        [(&mut peer as &mut dyn devtls::Stream, "15030300020100"), (&mut other_peer, "15030100020100")]
    {
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).await.expect("the channel ends");
        assert_eq!(tohex(&rest), goodbye);
    }
    drop((peer, other_peer));
    door.settled().await;
}
