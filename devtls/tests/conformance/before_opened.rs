//! Statements 51 to 78: reads and writes before and during the handshake.

use crate::rig::{Rig, Told, told, unhex};

/// What happens when the peer sends something that cannot stand.
struct Refused<'a> {
    sent: &'a str,
    told: &'a str,
    alert: u8,
    stored: &'a str,
}

impl Refused<'_> {
    async fn show(&self, mut rig: Rig) {
        rig.peer_sends(self.sent).await;
        assert_eq!(rig.read_hand(100).await, told(self.told));
        let version = if rig.text("status").await.contains("0x301") { "0301" } else { "0303" };
        rig.sends(&format!("15{version}000202{:02x}", self.alert)).await;
        assert_eq!(rig.read_hand(100).await, told(self.stored));
        assert_eq!(rig.write_hand(b"x").await, told(self.stored));
        assert_eq!(rig.read_data(100).await, told("tls error"));
        assert_eq!(rig.write_data(b"x").await, told("tls error"));
        assert_eq!(rig.state().await, "Errored");
        assert_eq!(rig.close().await, "", "nothing follows the alert");
    }
}

#[tokio::test]
async fn s051_nothing_moves_before_fd() {
    let (rig, _near) = Rig::fresh().await;
    assert_eq!(rig.read_hand(9).await, told("tls hungup"));
    assert_eq!(rig.write_hand(b"x").await, told("tls hungup"));
    assert_eq!(rig.read_data(9).await, told("tls hungup"));
    assert_eq!(rig.write_data(b"x").await, told("tls hungup"));
}

#[tokio::test]
async fn s052_data_waits_for_opened() {
    let rig = Rig::setup(0x303).await;
    assert_eq!(rig.read_data(9).await, told("tls improperly configured"));
    assert_eq!(rig.write_data(b"x").await, told("tls improperly configured"));
}

#[tokio::test]
async fn s053_any_record_version_until_one_is_set() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("16 0301 0005 0100000161").await;
    assert_eq!(rig.read_hand(4).await, Ok(unhex("01000001")));
    assert_eq!(rig.read_hand(100).await, Ok(unhex("61")));
}

#[tokio::test]
async fn s054_exactly_the_version_that_was_set() {
    Refused {
        sent: "16 0301 0005 0100000161",
        told: "devtls expected ver=303/set, saw (len=5) type=16 ver=301 '\\x16\\x03\\x01'",
        alert: 70,
        stored: "protocol version not supported",
    }
    .show(Rig::locked(0x303).await)
    .await;
}

#[tokio::test]
async fn s055_plain_http_is_no_record() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("474554202f20485454502f312e310d0a").await;
    let text: Told<Vec<u8>> = rig.read_hand(100).await;
    assert_eq!(text, told("devtls expected ver=303, saw (len=8239) type=47 ver=4554 'GET /'"));
    rig.sends("15 0303 0002 0246").await;
}

#[tokio::test]
async fn s056_to_s062_what_is_refused_and_how() {
    for (sent, told, alert, stored) in [
        ("18 0303 0005 0000000000", "invalid record message 0x18", 10, "unexpected message"),
        ("16 0303 0000", "bad record message length 0", 22, "record too long"),
        ("16 0303 4801", "bad record message length 18433", 22, "record too long"),
        ("14 0303 0001 01", "unexpected change cipher spec", 10, "unexpected message"),
        ("14 0303 0001 02", "invalid change cipher spec", 10, "unexpected message"),
        ("14 0303 0002 0101", "invalid change cipher spec", 10, "unexpected message"),
        ("15 0303 0001 01", "invalid alert", 50, "error decoding message"),
        ("15 0303 0004 01000100", "invalid alert", 50, "error decoding message"),
        ("15 0303 0002 0300", "invalid alert fatal code", 47, "illegal parameter"),
        (
            "17 0303 0002 6869",
            "application message received before handshake completed",
            10,
            "unexpected message",
        ),
    ] {
        Refused { sent, told, alert, stored }.show(Rig::setup(0x303).await).await;
    }
}

#[tokio::test]
async fn s063_to_s065_warnings_that_are_no_end() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("15 0303 0002 0164  15 0303 0002 015a  15 0303 0002 0170  16 0303 0001 61").await;
    assert_eq!(rig.read_hand(9).await, told("no renegotiation"));
    assert_eq!(rig.read_hand(9).await, told("handshake canceled by user"));
    assert_eq!(rig.state().await, "Handshaking");
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
}

#[tokio::test]
async fn s066_unknown_warnings_are_passed_over_a_few_times() {
    let mut rig = Rig::setup(0x303).await;
    for _ in 0..4 {
        rig.peer_sends("15 0303 0002 0129").await;
    }
    rig.peer_sends("16 0303 0001 61").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
    for _ in 0..5 {
        rig.peer_sends("15 0303 0002 0129").await;
    }
    assert_eq!(rig.read_hand(9).await, told("invalid alert code"));
    rig.sends("15 0303 0002 020a").await;
}

#[tokio::test]
async fn s067_a_fatal_alert_is_the_end() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("15 0303 0002 0228").await;
    let why = "could not negotiate acceptable security parameters";
    assert_eq!(rig.read_hand(9).await, told(why));
    assert_eq!(rig.read_hand(9).await, told(why));
    assert_eq!(rig.write_hand(b"x").await, told(why));
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.close().await, "");
}

#[tokio::test]
async fn s068_fatal_alerts_without_a_name() {
    for (code, text) in [("78", "unknown error"), ("00", "close notify")] {
        let mut rig = Rig::setup(0x303).await;
        rig.peer_sends(&format!("15 0303 0002 02{code}")).await;
        assert_eq!(rig.read_hand(9).await, told(text));
        assert_eq!(rig.state().await, "Errored");
    }
}

#[tokio::test]
async fn s069_close_notify_before_opened() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("15 0303 0002 0100").await;
    assert_eq!(rig.read_hand(9).await, told("close notify"));
    assert_eq!(rig.read_hand(9).await, told("tls hungup"));
    assert_eq!(rig.read_data(9).await, told("tls hungup"));
    assert_eq!(rig.state().await, "RemoteClosed");
}

#[tokio::test]
async fn s071_the_channel_ends_before_opened() {
    for begun in ["", "160303"] {
        let mut rig = Rig::setup(0x303).await;
        rig.peer_sends(begun).await;
        rig.peer_ends().await;
        assert_eq!(rig.read_hand(9).await, told("i/o on hungup channel"));
        assert_eq!(rig.read_hand(9).await, told("channel error"));
        assert_eq!(rig.read_data(9).await, told("tls error"));
        assert_eq!(rig.close().await, "");
    }
}

#[tokio::test]
async fn s072_an_ssl2_hello_becomes_a_message_of_type_9() {
    let mut rig = Rig::setup(0x303).await;
    let rest = "00120000 0010".to_owned() + &"ab".repeat(34);
    rig.peer_sends(&format!("802b 01 0301 {rest}")).await;
    assert_eq!(rig.read_hand(100).await, Ok(unhex(&format!("0900002b 01 0301 {rest}"))));
}

#[tokio::test]
async fn s073_s074_an_ssl2_hello_that_cannot_be_one() {
    for (sent, why) in [
        ("8018 01 0301", "invalid initial SSL2-like message"),
        ("802b 02 0301", "invalid initial SSL2-like message"),
        ("802b 01 0002", "devtls expected ver=303, saw (len=40) type=1 ver=2 '\\x80+\\x01'"),
    ] {
        let mut rig = Rig::setup(0x303).await;
        rig.peer_sends(sent).await;
        assert_eq!(rig.read_hand(9).await, told(why));
        rig.sends("15 0303 0002 0246").await;
    }
}

#[tokio::test]
async fn s075_only_the_first_record_can_be_ssl2() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("16 0303 0001 61  802b 01 0301").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
    let why = "devtls expected ver=303, saw (len=769) type=80 ver=2b01 '\\x80+\\x01\\x03\\x01'";
    assert_eq!(rig.read_hand(9).await, told(why));
}

#[tokio::test]
async fn s076_a_framed_type_1_is_no_ssl2_hello() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("01 0303 0005 0100000161").await;
    assert_eq!(rig.read_hand(9).await, told("invalid record message 0x1"));
}

#[tokio::test]
async fn s077_s078_hand_bytes_are_records_both_ways() {
    let mut rig = Rig::setup(0x301).await;
    assert_eq!(rig.write_hand(b"hello").await, Ok(5));
    rig.sends("16 0301 0005 68656c6c6f").await;
    rig.peer_sends("16 0301 0002 6162  16 0301 0001 63").await;
    assert_eq!(rig.read_hand(100).await, Ok(b"ab".to_vec()));
    assert_eq!(rig.read_hand(100).await, Ok(b"c".to_vec()));
}
