//! Statements 89 to 91 and 93 to 103: how a conversation ends, and alerts.

use crate::rig::{Rig, Told, told};
use crate::world::{World, both};

both![
    s089_close_notify_is_the_end_of_the_file_and_leaves_our_half,
    s090_a_channel_that_ends_without_close_notify_is_cut,
    s091_a_fatal_alert_wakes_every_reader,
    s093_alert_0_closes_our_half_and_hangup_both,
    s094_an_alert_after_our_close_is_not_sent,
    s095_the_last_close_says_goodbye,
    s096_data_alone_keeps_the_conversation,
    s097_a_handshake_given_up_says_goodbye,
    s098_a_dead_channel_is_told_once,
    s099_an_alert_on_a_dead_channel_succeeds,
    s100_warnings_leave_the_state_and_112_is_fatal,
    s101_every_alert_of_the_table_goes_out_as_listed,
    s102_what_is_left_of_a_record_is_read_after_a_close,
    s103_a_waiting_reader_outlives_alert_0_and_not_hangup,
    a_waiting_hand_reader_gets_the_notice_of_a_close,
];

async fn s089_close_notify_is_the_end_of_the_file_and_leaves_our_half(world: World) {
    // deviates: the original's reads and writes of `data` fail.
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_sends("15 0303 0002 0100").await;
    assert_eq!(rig.read_data(9).await, Ok(vec![]));
    assert_eq!(rig.read_data(9).await, Ok(vec![]));
    assert_eq!(rig.state().await, "RemoteClosed");
    assert_eq!(rig.read_hand(9).await, told("tls hungup"));
    assert_eq!(rig.write_data(b"a").await, Ok(1));
    rig.sends("17 0303 0001 61").await;
    assert_eq!(rig.close().await, "15030300020100");
}

async fn s090_a_channel_that_ends_without_close_notify_is_cut(world: World) {
    for begun in ["", "170303", "17 0303 0005 6869"] {
        let mut rig = Rig::est(world, 0x303).await;
        rig.peer_sends(begun).await;
        rig.peer_ends().await;
        assert_eq!(rig.read_data(9).await, told("i/o on hungup channel"));
        assert_eq!(rig.read_data(9).await, told("tls error"));
        assert_eq!(rig.read_hand(9).await, told("channel error"));
        assert_eq!(rig.state().await, "Errored");
    }
}

async fn s091_a_fatal_alert_wakes_every_reader(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    let why = "could not negotiate acceptable security parameters";
    let (data, hand) = (rig.data.take().expect("open"), rig.hand.take().expect("open"));
    let sent = async {
        tokio::task::yield_now().await;
        rig.peer_sends("15 0303 0002 0228").await;
    };
    let (data_told, hand_told, ()) = tokio::join!(data.read(0, 9), hand.read(0, 9), sent);
    assert_eq!((data_told, hand_told), (told("tls error"), told(why)));
    assert_eq!(data.read(0, 9).await, told("tls error"));
    assert_eq!(hand.read(0, 9).await, told(why));
    assert_eq!(hand.write(b"x").await, told(why));
}

async fn s093_alert_0_closes_our_half_and_hangup_both(world: World) {
    // deviates: the original's `alert 0` is its `hangup`.
    for (command, read) in [("alert 0", Ok(b"a".to_vec())), ("hangup", told("tls hungup"))] {
        let mut rig = Rig::est(world, 0x303).await;
        rig.ctl(command).await.expect("a close always succeeds");
        rig.sends("15 0303 0002 0100").await;
        assert_eq!(rig.state().await, "LocalClosed");
        assert_eq!(rig.write_data(b"x").await, told("tls hungup"));
        assert_eq!(rig.read_hand(9).await, told("close notify"));
        assert!(rig.gives_up(rig.read_hand(9)).await, "once");
        assert_eq!(rig.write_hand(b"x").await, told("tls hungup"));
        rig.ctl(command).await.expect("a close always succeeds");
        rig.peer_sends("17 0303 0001 61").await;
        assert_eq!(rig.read_data(9).await, read);
        assert_eq!(rig.close().await, "", "nothing more is sent");
    }
}

async fn s094_an_alert_after_our_close_is_not_sent(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.ctl("alert 0").await.expect("a close always succeeds");
    rig.sends("15 0303 0002 0100").await;
    rig.ctl("alert 40").await.expect("an alert always succeeds");
    assert_eq!(rig.state().await, "Errored");
    assert_eq!(rig.read_hand(9).await, told("could not negotiate acceptable security parameters"));
    assert_eq!(rig.close().await, "");
}

async fn s095_the_last_close_says_goodbye(world: World) {
    assert_eq!(Rig::est(world, 0x303).await.close().await, "15030300020100");
}

async fn s096_data_alone_keeps_the_conversation(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    (rig.ctl, rig.hand) = (None, None);
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    assert_eq!(rig.write_data(b"b").await, Ok(1));
    rig.sends("17 0303 0001 62").await;
    assert_eq!(rig.close().await, "15030300020100");
}

async fn s097_a_handshake_given_up_says_goodbye(world: World) {
    assert_eq!(Rig::setup(world, 0x303).await.close().await, "15030300020100");
}

async fn s098_a_dead_channel_is_told_once(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_goes();
    assert_eq!(rig.write_data(b"x").await, told("i/o on hungup channel"));
    assert_eq!(rig.write_data(b"x").await, told("tls error"));
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.write_hand(b"x").await, told("channel error"));
    assert_eq!(rig.read_hand(9).await, told("channel error"));
}

async fn s099_an_alert_on_a_dead_channel_succeeds(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.peer_goes();
    assert_eq!(rig.ctl("alert 40").await, Ok(()));
    assert_eq!(rig.read_hand(9).await, told("channel error"));
    assert_eq!(rig.state().await, "Errored");
}

async fn s100_warnings_leave_the_state_and_112_is_fatal(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.ctl("alert 90").await.expect("an alert always succeeds");
    rig.ctl("alert 100").await.expect("an alert always succeeds");
    rig.sends("15 0303 0002 015a  15 0303 0002 0164").await;
    assert_eq!(rig.state().await, "Established");
    rig.ctl("alert 112").await.expect("an alert always succeeds");
    rig.sends("15 0303 0002 0270").await;
    assert_eq!(rig.state().await, "Errored");
    assert_eq!(rig.read_hand(9).await, told("tls unknown alert"));
}

/// The number in `ctl`; what travels under TLS, and under SSL 3.0; whether it is fatal; what it is called.
const ALERTS: [(&str, u8, u8, bool, &str); 32] = [
    ("0", 0, 0, false, ""),
    ("10", 10, 10, true, "unexpected message"),
    ("20", 20, 20, true, "bad record mac"),
    ("21", 21, 47, true, "decryption failed"),
    ("22", 22, 47, true, "record too long"),
    ("30", 30, 30, true, "decompression failed"),
    ("40", 40, 40, true, "could not negotiate acceptable security parameters"),
    ("0x28", 40, 40, true, "could not negotiate acceptable security parameters"),
    ("41", 46, 41, true, "no appropriate certificate available"),
    ("42", 42, 42, true, "corrupted or invalid certificate"),
    ("43", 43, 43, true, "unsupported certificate type"),
    ("44", 44, 44, true, "revoked certificate"),
    ("45", 45, 45, true, "expired certificate"),
    ("46", 46, 46, true, "unacceptable certificate"),
    ("47", 47, 47, true, "illegal parameter"),
    ("48", 48, 40, true, "unknown certificate authority"),
    ("49", 49, 40, true, "access denied"),
    ("50", 50, 47, true, "error decoding message"),
    ("51", 51, 47, true, "error decrypting message"),
    ("60", 60, 40, true, "export restriction violated"),
    ("70", 70, 47, true, "protocol version not supported"),
    ("71", 71, 40, true, "stronger security routines required"),
    ("80", 80, 40, true, "internal error"),
    ("90", 90, 0, false, ""),
    ("100", 100, 10, false, ""),
    ("109", 109, 109, true, "tls unknown alert"),
    ("116", 116, 40, true, "certificate required"),
    ("120", 120, 120, true, "tls unknown alert"),
    ("255", 255, 255, true, "tls unknown alert"),
    ("256", 0, 0, true, "tls unknown alert"),
    ("-1", 255, 255, true, "tls unknown alert"),
    ("abc", 0, 0, false, ""),
];

async fn s101_every_alert_of_the_table_goes_out_as_listed(world: World) {
    for (number, tls, ssl, is_fatal, text) in ALERTS {
        for (version, code) in [(0x303, tls), (0x300, ssl)] {
            let mut rig = Rig::setup(world, version).await;
            rig.ctl(format!("alert {number}")).await.expect("an alert always succeeds");
            let level = if is_fatal { 2 } else { 1 };
            rig.sends(&format!("15 {version:04x} 0002 {level:02x}{code:02x}")).await;
            if is_fatal {
                assert_eq!(rig.read_hand(9).await, told(text), "{number}");
            }
        }
    }
}

async fn s102_what_is_left_of_a_record_is_read_after_a_close(world: World) {
    // deviates: the original loses it.
    for command in ["alert 0", "hangup", "alert 40"] {
        let mut rig = Rig::est(world, 0x303).await;
        rig.peer_sends("17 0303 0002 6162").await;
        assert_eq!(rig.read_data(1).await, Ok(b"a".to_vec()));
        rig.ctl(command).await.expect("it always succeeds");
        assert_eq!(rig.read_data(1).await, Ok(b"b".to_vec()), "{command}");
    }
}

async fn s103_a_waiting_reader_outlives_alert_0_and_not_hangup(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    let data = rig.data.take().expect("open");
    let ended = async {
        tokio::task::yield_now().await;
        rig.ctl("alert 0").await.expect("a close always succeeds");
        rig.peer_sends("17 0303 0001 61").await;
    };
    let (read, ()) = tokio::join!(data.read(0, 9), ended);
    assert_eq!(read, Ok(b"a".to_vec()));

    let mut rig = Rig::est(world, 0x303).await;
    let data = rig.data.take().expect("open");
    let hangup = async {
        tokio::task::yield_now().await;
        rig.ctl("hangup").await
    };
    assert_eq!(tokio::join!(data.read(0, 9), hangup), (told("tls hungup"), Ok(())));
}

/// What a reader of `hand` that waits is told when `end` happens.
async fn hand_is_told(world: World, end: impl AsyncFn(&mut Rig)) -> Told<Vec<u8>> {
    let mut rig = Rig::est(world, 0x303).await;
    let hand = rig.hand.take().expect("open");
    let ended = async {
        tokio::task::yield_now().await;
        end(&mut rig).await;
    };
    tokio::join!(hand.read(0, 9), ended).0
}

async fn a_waiting_hand_reader_gets_the_notice_of_a_close(world: World) {
    let told_by_peer = hand_is_told(world, async |rig| {
        rig.peer_sends("15 0303 0002 0100").await;
        assert_eq!(rig.read_data(9).await, Ok(vec![]));
    });
    assert_eq!(told_by_peer.await, told("close notify"));
    let told_by_us = hand_is_told(world, async |rig| rig.ctl("hangup").await.expect("it always succeeds"));
    assert_eq!(told_by_us.await, told("close notify"));
}
