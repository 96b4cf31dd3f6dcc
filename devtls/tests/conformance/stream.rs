//! `stream`: readers of `data` who need no record boundaries.

use ninep::OpenMode;
use tokio::io::AsyncWriteExt;

use crate::rig::{Rig, told, unhex};
use crate::world::{File, World};

/// Three records of data.
const RECORDS: &str = "17 0303 0003 616263  17 0303 0001 64  17 0303 0002 6566";

const WORLDS: [World; 2] = [World::Memory, World::Socket];

async fn stream(world: World) -> Rig {
    let rig = Rig::est(world, 0x303).await;
    rig.ctl("stream").await.expect("anybody may say so");
    rig
}

#[tokio::test]
async fn a_read_gives_what_is_here_of_several_records() {
    for world in WORLDS {
        let mut rig = stream(world).await;
        rig.peer_sends(RECORDS).await;
        assert_eq!(rig.read_data(100).await, Ok(b"abcdef".to_vec()));
        assert!(rig.gives_up(rig.read_data(100)).await);
    }
}

#[tokio::test]
async fn without_the_word_a_read_gives_one_record() {
    for world in WORLDS {
        let mut rig = Rig::est(world, 0x303).await;
        rig.peer_sends(RECORDS).await;
        for record in [&b"abc"[..], b"d", b"ef"] {
            assert_eq!(rig.read_data(100).await, Ok(record.to_vec()));
        }
    }
}

#[tokio::test]
async fn a_short_read_leaves_the_rest_and_no_record_is_opened_that_it_has_no_room_for() {
    let mut rig = stream(World::Memory).await;
    rig.peer_sends(RECORDS).await;
    for (count, part) in [(2, &b"ab"[..]), (1, b"c"), (2, b"d"), (9, b"ef")] {
        assert_eq!(rig.read_data(count).await, Ok(part.to_vec()));
    }
}

#[tokio::test]
async fn what_ends_the_data_comes_behind_it() {
    for (end, state, after) in [
        ("15 0303 0002 0100", "RemoteClosed", Ok(Vec::new())),
        ("15 0303 0002 0228", "Errored", told("tls error")),
        ("18 0303 0001 00", "Errored", told("tls error")),
        ("17 0303 ffff", "Errored", told("tls error")),
    ] {
        let mut rig = stream(World::Memory).await;
        rig.peer_sends(&format!("{RECORDS} {end}")).await;
        assert_eq!(rig.read_data(100).await, Ok(b"abcdef".to_vec()), "{end}");
        assert_eq!(rig.read_data(100).await, after, "{end}");
        assert!(rig.state().await.contains(state), "{end}: {}", rig.state().await);
    }
}

#[tokio::test]
async fn a_handshake_message_between_goes_to_hand() {
    let mut rig = stream(World::Memory).await;
    rig.peer_sends(&format!("{RECORDS} 16 0303 0004 00000000 {RECORDS}")).await;
    assert_eq!(rig.read_data(100).await, Ok(b"abcdef".to_vec()));
    assert_eq!(rig.read_data(100).await, Ok(b"abcdef".to_vec()));
    assert_eq!(rig.read_hand(100).await, Ok(vec![0; 4]));
}

#[tokio::test]
async fn much_data_arrives_in_order_and_whole() {
    for world in WORLDS {
        let mut rig = stream(world).await;
        let data: Vec<u8> = (0..900_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        let Rig { peer, data: file, .. } = &mut rig;
        let file = file.as_ref().expect("data is open");
        let send = async {
            for piece in data.chunks(10_000) {
                let head = unhex(&format!("17 0303 {:04x}", piece.len()));
                peer.write_all(&[&head, piece].concat()).await.expect("the channel takes it");
            }
        };
        let receive = async {
            let mut got = Vec::new();
            while got.len() < data.len() {
                got.extend(file.read(0, 1 << 20).await.expect("there is some"));
            }
            got
        };
        let ((), got) = tokio::join!(send, receive);
        assert!(got == data);
        let counted = rig.text("stats").await;
        assert!(counted.contains("DataIn: 900000\n"), "{counted}");
    }
}

#[tokio::test]
async fn data_that_is_opened_after_the_word_tells_of_longer_transfers() {
    let rig = stream(World::Socket).await;
    let later = rig.door.open(&format!("{}/data", rig.dir), OpenMode::RDWR).await.expect("it opens");
    let iounit = |file: &File| match file {
        File::Remote(file) => file.iounit(),
        File::Memory(_) => panic!("this device is elsewhere"),
    };
    assert_eq!(iounit(&later), 1 << 20);
    assert_eq!(rig.data.as_ref().map(iounit), Some(65536));
}

#[tokio::test]
async fn the_word_stands_alone() {
    let rig = Rig::fresh(World::Memory).await;
    assert_eq!(rig.ctl("stream on").await, told("usage: stream"));
    assert_eq!(rig.ctl("stream").await, Ok(()));
}
