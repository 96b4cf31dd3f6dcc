//! Statements 79 to 103 and 121 to 124: after `opened`, and how a conversation ends.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::rig::{Rig, told, unhex};

#[tokio::test]
async fn s079_a_read_never_spans_records() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("17 0303 0005 68656c6c6f  17 0303 0003 616263").await;
    assert_eq!(rig.read_data(2).await, Ok(b"he".to_vec()));
    assert_eq!(rig.read_data(100).await, Ok(b"llo".to_vec()));
    assert_eq!(rig.read_data(100).await, Ok(b"abc".to_vec()));
}

#[tokio::test]
async fn s080_a_write_is_a_record() {
    let mut rig = Rig::est(0x303).await;
    assert_eq!(rig.write_data(b"hello").await, Ok(5));
    rig.sends("17 0303 0005 68656c6c6f").await;
    assert!(rig.text("stats").await.contains("DataOut: 5\n"));
}

#[tokio::test]
async fn s081_a_long_write_is_whole_records() {
    for (len, records) in [(40000, vec![16384, 16384, 7232]), (70000, vec![16384, 16384, 16384, 16384, 4464])]
    {
        let mut rig = Rig::est(0x303).await;
        assert_eq!(rig.write_data(&vec![b'x'; len]).await, Ok(u32::try_from(len).expect("small")));
        assert_eq!(rig.write_hand(&vec![b'y'; len]).await, Ok(u32::try_from(len).expect("small")));
        for content_type in ["17", "16"] {
            for record in &records {
                rig.sends(&format!("{content_type}0303{record:04x}")).await;
                rig.sends_len(*record).await;
            }
        }
    }
}

#[tokio::test]
async fn s082_an_empty_write_is_an_empty_record_of_data_only() {
    let mut rig = Rig::est(0x303).await;
    assert_eq!(rig.write_data(b"").await, Ok(0));
    assert_eq!(rig.write_hand(b"").await, Ok(0));
    assert_eq!(rig.write_data(b"a").await, Ok(1));
    rig.sends("17 0303 0000  17 0303 0001 61").await;
}

#[tokio::test]
async fn s083_a_read_of_nothing_takes_nothing() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(0).await, Ok(vec![]));
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
}

#[tokio::test]
async fn s085_s086_nobody_renegotiates() {
    for (version, v, answer) in [(0x303, "0303", "15 0303 0002 0164"), (0x300, "0300", "")] {
        let mut rig = Rig::est(version).await;
        rig.hand = None;
        rig.peer_sends(&format!("16{v}0004 00000000  17{v}0001 61")).await;
        assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
        rig.sends(answer).await;
        assert_eq!(rig.close().await, format!("15{v}00020100"));
    }
}

#[tokio::test]
async fn s087_an_open_hand_gets_what_data_readers_find() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("16 0303 0004 00000000  15 0303 0002 0164  17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    assert_eq!(rig.read_hand(9).await, Ok(vec![0; 4]));
    assert_eq!(rig.read_hand(9).await, told("no renegotiation"));
}

#[tokio::test]
async fn s088_a_hand_reader_leaves_the_channel_alone() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("17 0303 0001 61").await;
    let waited = tokio::time::timeout(Duration::from_millis(50), rig.read_hand(9)).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
}

#[tokio::test]
async fn s089_close_notify_is_the_end_of_the_file_and_leaves_our_half() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("15 0303 0002 0100").await;
    assert_eq!(rig.read_data(9).await, Ok(vec![]));
    assert_eq!(rig.read_data(9).await, Ok(vec![]));
    assert_eq!(rig.state().await, "RemoteClosed");
    assert_eq!(rig.read_hand(9).await, told("tls hungup"));
    assert_eq!(rig.write_data(b"a").await, Ok(1));
    rig.sends("17 0303 0001 61").await;
    assert_eq!(rig.close().await, "15030300020100");
}

#[tokio::test]
async fn s090_a_channel_that_ends_without_close_notify_is_cut() {
    for begun in ["", "170303", "17 0303 0005 6869"] {
        let mut rig = Rig::est(0x303).await;
        rig.peer_sends(begun).await;
        rig.peer_ends().await;
        assert_eq!(rig.read_data(9).await, told("i/o on hungup channel"));
        assert_eq!(rig.read_data(9).await, told("tls error"));
        assert_eq!(rig.read_hand(9).await, told("channel error"));
        assert_eq!(rig.state().await, "Errored");
    }
}

#[tokio::test]
async fn s091_a_fatal_alert_wakes_every_reader() {
    let mut rig = Rig::est(0x303).await;
    let why = "could not negotiate acceptable security parameters";
    let Rig { data, hand, peer, .. } = &mut rig;
    let alert = unhex("15 0303 0002 0228");
    let (data, hand, sent) =
        tokio::join!(data.read(0, 9), hand.as_ref().expect("open").read(0, 9), peer.write_all(&alert));
    sent.expect("the channel takes it");
    assert_eq!(data.map_err(|error| error.text), Err("tls error".into()));
    assert_eq!(hand.map_err(|error| error.text), Err(why.into()));
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.read_hand(9).await, told(why));
    assert_eq!(rig.write_hand(b"x").await, told(why));
}

#[tokio::test]
async fn s092_an_unknown_record_after_opened() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("18 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.read_hand(9).await, told("unexpected message"));
    rig.sends("15 0303 0002 020a").await;
}

#[tokio::test]
async fn s093_alert_0_closes_our_half_and_hangup_both() {
    for (command, read) in [("alert 0", Ok(b"a".to_vec())), ("hangup", told("tls hungup"))] {
        let mut rig = Rig::est(0x303).await;
        rig.ctl(command).await.expect("a close always succeeds");
        rig.sends("15 0303 0002 0100").await;
        assert_eq!(rig.state().await, "LocalClosed");
        assert_eq!(rig.write_data(b"x").await, told("tls hungup"));
        assert_eq!(rig.read_hand(9).await, told("close notify"));
        assert_eq!(rig.write_hand(b"x").await, told("tls hungup"));
        rig.ctl(command).await.expect("a close always succeeds");
        rig.peer_sends("17 0303 0001 61").await;
        assert_eq!(rig.read_data(9).await, read);
        assert_eq!(rig.close().await, "", "nothing more is sent");
    }
}

#[tokio::test]
async fn s094_an_alert_after_our_close_is_not_sent() {
    let mut rig = Rig::est(0x303).await;
    rig.ctl("alert 0").await.expect("a close always succeeds");
    rig.sends("15 0303 0002 0100").await;
    rig.ctl("alert 40").await.expect("an alert always succeeds");
    assert_eq!(rig.state().await, "Errored");
    assert_eq!(rig.read_hand(9).await, told("could not negotiate acceptable security parameters"));
    assert_eq!(rig.close().await, "");
}

#[tokio::test]
async fn s095_s097_the_last_close_says_goodbye() {
    assert_eq!(Rig::est(0x303).await.close().await, "15030300020100");
    assert_eq!(Rig::setup(0x303).await.close().await, "15030300020100");
}

#[tokio::test]
async fn s096_data_alone_keeps_the_conversation() {
    let mut rig = Rig::est(0x303).await;
    rig.hand = None;
    // The rig needs its ctl later: another open of it is closed in its place.
    drop(rig.device.open(&format!("{}/ctl", rig.dir), ninep::OpenMode::RDWR).expect("ctl opens again"));
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    assert_eq!(rig.write_data(b"b").await, Ok(1));
    rig.sends("17 0303 0001 62").await;
}

#[tokio::test]
async fn s100_warnings_leave_the_state_and_112_is_fatal() {
    let mut rig = Rig::est(0x303).await;
    rig.ctl("alert 90").await.expect("an alert always succeeds");
    rig.ctl("alert 100").await.expect("an alert always succeeds");
    rig.sends("15 0303 0002 015a  15 0303 0002 0164").await;
    assert_eq!(rig.state().await, "Established");
    rig.ctl("alert 112").await.expect("an alert always succeeds");
    rig.sends("15 0303 0002 0270").await;
    assert_eq!(rig.state().await, "Errored");
    assert_eq!(rig.read_hand(9).await, told("tls unknown alert"));
}

#[tokio::test]
async fn s102_what_is_left_of_a_record_is_read_after_a_close() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("17 0303 0002 6162").await;
    assert_eq!(rig.read_data(1).await, Ok(b"a".to_vec()));
    rig.ctl("hangup").await.expect("a close always succeeds");
    assert_eq!(rig.read_data(1).await, Ok(b"b".to_vec()));
    assert_eq!(rig.read_data(1).await, told("tls hungup"));
}

#[tokio::test]
async fn s103_a_waiting_reader_outlives_alert_0_and_not_hangup() {
    let mut rig = Rig::est(0x303).await;
    let (read, closed) = tokio::join!(
        async { tokio::time::timeout(Duration::from_millis(50), rig.read_data(9)).await },
        rig.ctl("alert 0")
    );
    assert_eq!(closed, Ok(()));
    assert!(read.is_err(), "{read:?}");
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));

    let rig = Rig::est(0x303).await;
    let (read, closed) = tokio::join!(rig.read_data(9), rig.ctl("hangup"));
    assert_eq!((read, closed), (told("tls hungup"), Ok(())));
}

#[tokio::test]
async fn s109_a_ccs_resets_its_own_direction_only() {
    // Two records each way under a MAC; then keys again. Both directions count for themselves.
    let secret: String =
        "secret sha1 clear 0 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw==".to_owned();
    let mut rig = Rig::locked(0x303).await;
    rig.ctl(&secret).await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    rig.sends("14 0303 0001 01").await;
    rig.write_hand(b"hello").await.expect("sent");
    let first = rig.sends_len(5 + 5 + 20).await;
    assert_eq!(crate::rig::tohex(&first), "160303001968656c6c6fdde7b009d6aafafc085987b807105f921affdf92");
    rig.ctl(&secret).await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    rig.sends_len(5 + 1 + 20).await;
    rig.write_hand(b"hello").await.expect("sent");
    assert_eq!(rig.sends_len(5 + 5 + 20).await, first);
}

#[tokio::test]
async fn s121_s122_a_read_that_is_given_up_loses_nothing() {
    let mut rig = Rig::est(0x303).await;
    rig.peer_sends("17 0303").await;
    let waited = tokio::time::timeout(Duration::from_millis(50), rig.read_data(9)).await;
    assert!(waited.is_err(), "{waited:?}");
    rig.peer_sends("0002 6162").await;
    assert_eq!(rig.read_data(9).await, Ok(b"ab".to_vec()));
}

#[tokio::test]
async fn a_peer_that_brings_nothing_is_cut_off() {
    let mut rig = Rig::est(0x303).await;
    // `clear` is a cipher, but an empty body is refused before it: so the idle records are warnings here.
    for _ in 0..33 {
        rig.peer_sends("15 0303 0002 0170").await;
    }
    assert_eq!(rig.read_data(9).await, told("tls error"));
    rig.sends("15 0303 0002 020a").await;
}

#[tokio::test]
async fn data_waits_for_a_hand_reader_that_lags_and_closing_hand_frees_it() {
    let mut rig = Rig::est(0x303).await;
    let block = format!("16 0303 4000 {}", "00".repeat(16384));
    for _ in 0..3 {
        rig.peer_sends(&block).await;
    }
    rig.peer_sends("17 0303 0001 61").await;
    let waited = tokio::time::timeout(Duration::from_millis(50), rig.read_data(9)).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(rig.read_hand(20000).await, Ok(vec![0; 16384]));
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
}
