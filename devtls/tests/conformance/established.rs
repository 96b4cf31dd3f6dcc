//! Statements 79 to 88 and 92: after `opened`.

use devtls::Compat;
use ninep::OpenMode;

use crate::rig::{Rig, tohex, told, waits};
use crate::world::{World, both};

both![
    s079_a_read_never_spans_records,
    s080_a_write_is_a_record,
    s081_a_long_write_is_whole_records,
    s082_an_empty_write_is_an_empty_record_of_data_only,
    s083_a_read_of_nothing_takes_nothing,
    s084_empty_records_are_passed_over,
    s085_nobody_renegotiates,
    s086_ssl_has_no_word_for_that,
    s087_an_open_hand_gets_what_data_readers_find,
    s088_a_hand_reader_leaves_the_channel_alone,
    s092_an_unknown_record_after_opened,
    a_peer_that_brings_nothing_is_cut_off,
    data_waits_for_a_hand_reader_that_lags,
    closing_a_full_hand_frees_who_waits_for_it,
    warnings_alone_fill_the_hand_queue,
    two_changes_of_cipher_need_two_secrets,
];

async fn s079_a_read_never_spans_records(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_sends("17 0303 0005 68656c6c6f  17 0303 0003 616263").await;
    assert_eq!(rig.read_data(2).await, Ok(b"he".to_vec()));
    assert_eq!(rig.read_data(100).await, Ok(b"llo".to_vec()));
    assert_eq!(rig.read_data(100).await, Ok(b"abc".to_vec()));
}

async fn s080_a_write_is_a_record(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    assert_eq!(rig.write_data(b"hello").await, Ok(5));
    rig.sends("17 0303 0005 68656c6c6f").await;
}

async fn s081_a_long_write_is_whole_records(world: World) {
    for (len, records) in [(40000, vec![16384, 16384, 7232]), (70000, vec![16384, 16384, 16384, 16384, 4464])]
    {
        let mut rig = Rig::est(world, 0x303).await;
        let count = u32::try_from(len).expect("small");
        for (content_type, file) in [("17", rig.data.take()), ("16", rig.hand.take())] {
            let file = file.expect("it is open");
            // A socket takes less than all of it at once.
            let payload = vec![b'x'; len];
            let taking = async {
                for record in &records {
                    rig.sends(&format!("{content_type}0303{record:04x}")).await;
                    rig.sends_len(*record).await;
                }
            };
            let (written, ()) = tokio::join!(file.write(&payload), taking);
            assert_eq!(written, Ok(count));
        }
    }
}

async fn s082_an_empty_write_is_an_empty_record_of_data_only(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    assert_eq!(rig.write_data(b"").await, Ok(0));
    // deviates: the original sends an empty handshake record too.
    assert_eq!(rig.write_hand(b"").await, Ok(0));
    assert_eq!(rig.write_data(b"a").await, Ok(1));
    rig.sends("17 0303 0000  17 0303 0001 61").await;
}

async fn s083_a_read_of_nothing_takes_nothing(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(0).await, Ok(vec![]));
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    // Without data it waits as any read does.
    assert!(rig.gives_up(rig.read_data(0)).await);
}

async fn s084_empty_records_are_passed_over(world: World) {
    // Two devices under a MAC, so that a record of nothing has a body.
    let secret = |side: u8| format!("secret sha1 clear {side} {}", "A".repeat(56));
    let (mut near, mut far) = (Rig::locked(world, 0x303).await, Rig::locked(world, 0x303).await);
    near.ctl(secret(0)).await.expect("staged");
    far.ctl(secret(1)).await.expect("staged");
    for rig in [&near, &far] {
        rig.ctl("changecipher").await.expect("changed");
        rig.write_hand(b"x").await.expect("sent");
    }
    for is_near in [true, false] {
        let (from, to) = if is_near { (&mut near, &mut far) } else { (&mut far, &mut near) };
        let sent = [from.sends_len(6).await, from.sends_record().await].concat();
        to.peer_sends(&tohex(&sent)).await;
        assert_eq!(to.read_hand(9).await, Ok(b"x".to_vec()));
    }
    near.ctl("opened").await.expect("data may move");
    far.ctl("opened").await.expect("data may move");
    for payload in [&b""[..], b"", b"abc"] {
        far.write_data(payload).await.expect("sent");
        let record = tohex(&far.sends_record().await);
        near.peer_sends(&record).await;
    }
    assert_eq!(near.read_data(9).await, Ok(b"abc".to_vec()));
}

async fn s085_nobody_renegotiates(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.hand = None;
    rig.peer_sends("16 0303 0004 00000000  17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    rig.sends("15 0303 0002 0164").await;
    assert_eq!(rig.close().await, "15030300020100", "exactly one warning");
}

async fn s086_ssl_has_no_word_for_that(world: World) {
    let mut rig = Rig::est(world, 0x300).await;
    rig.hand = None;
    rig.peer_sends("16 0300 0004 00000000  17 0300 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    assert_eq!(rig.close().await, "15030000020100");
}

async fn s087_an_open_hand_gets_what_data_readers_find(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_sends("16 0303 0004 00000000  15 0303 0002 0164  17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    assert_eq!(rig.read_hand(9).await, Ok(vec![0; 4]));
    assert_eq!(rig.read_hand(9).await, told("no renegotiation"));
}

async fn s088_a_hand_reader_leaves_the_channel_alone(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_sends("17 0303 0001 61").await;
    assert!(rig.gives_up(rig.read_hand(9)).await);
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
}

async fn s092_an_unknown_record_after_opened(world: World) {
    // deviates: the original answers with alert 47.
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_sends("18 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.read_hand(9).await, told("unexpected message"));
    rig.sends("15 0303 0002 020a").await;
}

async fn a_peer_that_brings_nothing_is_cut_off(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_sends(&"15 0303 0002 0170".repeat(32)).await;
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()), "32 in a row are borne");
    rig.peer_sends(&"15 0303 0002 0170".repeat(33)).await;
    assert_eq!(rig.read_data(9).await, told("tls error"));
    rig.sends("15 0303 0002 020a").await;
}

/// A conversation whose hand queue is full and whose next record is `a` of application data.
async fn lagging(world: World) -> Rig {
    let mut rig = Rig::est(world, 0x303).await;
    let block = format!("16 0303 4000 {}", "00".repeat(16384));
    rig.peer_sends(&block.repeat(3)).await;
    rig.peer_sends("17 0303 0001 61").await;
    // However often a read is tried and given up, no record passes.
    for _ in 0..3 {
        assert!(rig.gives_up(rig.read_data(9)).await);
    }
    rig
}

async fn data_waits_for_a_hand_reader_that_lags(world: World) {
    let rig = lagging(world).await;
    assert_eq!(rig.read_hand(16384).await, Ok(vec![0; 16384]));
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
}

async fn closing_a_full_hand_frees_who_waits_for_it(world: World) {
    let mut rig = lagging(world).await;
    let (data, hand) = (rig.data.take().expect("open"), rig.hand.take().expect("open"));
    let closed = async {
        tokio::task::yield_now().await;
        drop(hand);
    };
    assert_eq!(tokio::join!(data.read(0, 9), closed).0, Ok(b"a".to_vec()));
    let again = rig.door.open(&format!("{}/hand", rig.dir), OpenMode::RDWR).await.expect("hand opens again");
    assert!(waits(again.read(0, 9)).await, "what was not read is gone");
}

async fn warnings_alone_fill_the_hand_queue(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    // Each warning is a notice; the data between them is progress.
    rig.peer_sends(&"15 0303 0002 0164  17 0303 0001 61".repeat(600)).await;
    let mut read_count = 0;
    while !rig.gives_up(rig.read_data(9)).await {
        read_count += 1;
    }
    assert!((500..600).contains(&read_count), "{read_count}");
    assert_eq!(rig.read_hand(9).await, told("no renegotiation"));
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
}

async fn two_changes_of_cipher_need_two_secrets(world: World) {
    let mut rig = Rig::locked(world, 0x303).await;
    rig.ctl("secret clear clear 0 x").await.expect("staged");
    let again = rig.door.open(&format!("{}/ctl", rig.dir), OpenMode::WRITE).await.expect("ctl opens");
    let both = tokio::join!(rig.ctl("changecipher"), again.write(b"changecipher"));
    // Whichever came first; over a socket the second finds nothing staged before it is its turn.
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    rig.sends("14 0303 0001 01").await;
    rig.sends_nothing().await;
}

#[tokio::test]
async fn data_under_old_cbc_begins_with_a_record_of_one_byte() {
    for (version, compat, bodies) in [
        (0x301, Compat::Standards, vec![32, 16 * 66]),
        (0x300, Compat::Standards, vec![32, 16 * 66]),
        (0x301, Compat::NineFront, vec![16 * 66]),
        (0x302, Compat::Standards, vec![16 * 67]),
    ] {
        // One device writes what another reads.
        let secret = |side: u8| format!("secret sha1 aes_128_cbc {side} {}", "A".repeat(139));
        let (mut near, mut far) = (
            Rig::with_compat(World::Memory, compat).await,
            Rig::with_compat(World::Memory, Compat::Standards).await,
        );
        for (rig, side) in [(&mut near, 0), (&mut far, 1)] {
            rig.fd(version).await.expect("a channel is taken");
            rig.ctl(format!("version {version}")).await.expect("the version is set");
            rig.ctl(secret(side)).await.expect("staged");
            rig.ctl("changecipher").await.expect("changed");
            rig.write_hand(b"x").await.expect("sent");
        }
        for is_near in [true, false] {
            let (from, to) = if is_near { (&mut near, &mut far) } else { (&mut far, &mut near) };
            let sent = [from.sends_len(6).await, from.sends_record().await].concat();
            to.peer_sends(&tohex(&sent)).await;
            assert_eq!(to.read_hand(9).await, Ok(b"x".to_vec()));
            to.ctl("opened").await.expect("data may move");
        }
        let payload: Vec<u8> = (0..1030_u16).map(|n| n.to_le_bytes()[0]).collect();
        assert_eq!(near.write_data(&payload).await, Ok(1030));
        let mut got = Vec::new();
        for body_len in &bodies {
            let record = near.sends_record().await;
            assert_eq!(record.len(), 5 + body_len, "{version:#x}");
            far.peer_sends(&tohex(&record)).await;
            got.extend(far.read_data(2000).await.expect("it is opened"));
        }
        assert_eq!(got, payload);
        // Handshake is no secret that anybody could guess at.
        assert_eq!(near.write_hand(&payload).await, Ok(1030));
        assert_eq!(near.sends_record().await.len(), 5 + bodies[bodies.len() - 1]);
    }
}
