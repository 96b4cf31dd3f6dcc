//! Writes that a client sends one behind the other, before the first is answered: each is records of its own, and each is answered.

use tokio::io::AsyncReadExt;

use crate::rig::{Rig, told};
use crate::world::World;

#[tokio::test]
async fn each_is_a_record_of_its_own_and_an_empty_one_too() {
    let mut rig = Rig::est(World::Socket, 0x303).await;
    let written = tokio::join!(
        rig.write_data(b"abc"),
        rig.write_data(b"d"),
        rig.write_data(b""),
        rig.write_data(b"ef"),
        rig.write_hand(b"gh"),
    );
    assert_eq!(written, (Ok(3), Ok(1), Ok(0), Ok(2), Ok(2)));
    rig.sends("17 0303 0003 616263  17 0303 0001 64  17 0303 0000  17 0303 0002 6566  16 0303 0002 6768")
        .await;
    assert!(
        rig.text("stats").await.contains("DataOut: 6\nHandIn: 4\nHandOut: 2"),
        "{}",
        rig.text("stats").await
    );
}

#[tokio::test]
async fn long_ones_keep_their_order_and_their_boundaries() {
    let mut rig = Rig::est(World::Socket, 0x303).await;
    let long = vec![b'x'; 60 << 10];
    // Taken out of the rig, so that it is read while the writes wait for it.
    let mut peer = std::mem::replace(&mut rig.peer, Box::new(tokio::io::empty()));
    // More than are done at once.
    let all_len = 5 * ((60 << 10) + 4 * 5) + 1 + 5;
    let mut seen = vec![0; all_len];
    let written = tokio::join!(
        rig.write_data(&long),
        rig.write_data(b"y"),
        rig.write_data(&long),
        rig.write_data(&long),
        rig.write_data(&long),
        rig.write_data(&long),
        peer.read_exact(&mut seen),
    );
    let (first, second, third, fourth, fifth, sixth, _) = written;
    assert_eq!(
        [first, second, third, fourth, fifth, sixth],
        [60 << 10, 1, 60 << 10, 60 << 10, 60 << 10, 60 << 10].map(Ok)
    );
    let mut lens = Vec::new();
    let mut rest = &seen[..];
    while let Some((header, after)) = rest.split_first_chunk::<5>() {
        let len = usize::from(u16::from_be_bytes([header[3], header[4]]));
        let (payload, after) = after.split_at(len);
        assert!(payload.iter().all(|byte| *byte == if len == 1 { b'y' } else { b'x' }), "{len}");
        lens.push(len);
        rest = after;
    }
    let long = [16 << 10, 16 << 10, 16 << 10, 12 << 10];
    assert_eq!(lens, [&long[..], &[1], &long, &long, &long, &long].concat());
}

#[tokio::test]
async fn where_the_channel_is_gone_each_is_told() {
    let mut rig = Rig::est(World::Socket, 0x303).await;
    rig.peer_goes();
    let (first, second, third) =
        tokio::join!(rig.write_data(b"a"), rig.write_data(b"b"), rig.write_data(b"c"));
    let hungup = told("i/o on hungup channel");
    assert_eq!(first, hungup);
    for later in [second, third] {
        assert!(later == hungup || later == told("tls error"), "{later:?}");
    }
}
