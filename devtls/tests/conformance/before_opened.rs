//! Statements 51 to 78: reads and writes before and during the handshake.

use devtls::Compat;

use crate::rig::{Rig, told, unhex};
use crate::world::{World, both};

both![
    s051_nothing_moves_before_fd,
    s052_data_waits_for_opened,
    s053_any_record_version_until_one_is_set,
    s054_exactly_the_version_that_was_set,
    s055_plain_http_is_no_record,
    s056_an_unknown_record_type,
    s057_a_record_of_nothing,
    s058_a_record_too_long_is_known_by_its_header,
    s059_a_change_cipher_spec_without_keys,
    s060_a_change_cipher_spec_that_is_none,
    s061_an_alert_is_two_bytes,
    s062_an_alert_of_no_level,
    s063_no_renegotiation_is_a_notice,
    s064_a_cancelled_handshake_is_a_notice,
    s065_an_unrecognized_name_is_passed_over,
    s066_unknown_warnings_are_passed_over_a_few_times,
    s067_a_fatal_alert_is_the_end,
    s068_fatal_alerts_without_a_name,
    s069_close_notify_before_opened,
    s070_data_before_opened,
    s071_the_channel_ends_before_opened,
    s072_an_ssl2_hello_becomes_a_message_of_type_9,
    a_message_of_type_9_is_ours_alone,
    s073_an_ssl2_hello_has_25_bytes,
    s074_an_ssl2_hello_of_ssl2_itself,
    s075_only_the_first_record_can_be_ssl2,
    s076_a_framed_type_1_is_no_ssl2_hello,
    s077_a_write_to_hand_is_a_record,
    s078_a_read_of_hand_never_spans_records,
    an_ssl2_hello_needs_a_reader_and_no_version,
    the_original_answers_unknown_types_and_warnings_at_once,
];

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

/// What the peer may not send after `fd`.
async fn refuses(world: World, sent: &str, told: &str, alert: u8, stored: &str) {
    Refused { sent, told, alert, stored }.show(Rig::setup(world, 0x303).await).await;
}

async fn s051_nothing_moves_before_fd(world: World) {
    let rig = Rig::fresh(world).await;
    assert_eq!(rig.read_hand(9).await, told("tls hungup"));
    assert_eq!(rig.write_hand(b"x").await, told("tls hungup"));
    assert_eq!(rig.read_data(9).await, told("tls hungup"));
    assert_eq!(rig.write_data(b"x").await, told("tls hungup"));
}

async fn s052_data_waits_for_opened(world: World) {
    let rig = Rig::setup(world, 0x303).await;
    assert_eq!(rig.read_data(9).await, told("tls improperly configured"));
    assert_eq!(rig.write_data(b"x").await, told("tls improperly configured"));
    // It does not wait for a reader of `hand` to be told so.
    let hand = rig.read_hand(9);
    let data = async {
        tokio::task::yield_now().await;
        rig.read_data(9).await
    };
    tokio::select! {
        read = hand => panic!("{read:?}"),
        read = data => assert_eq!(read, told("tls improperly configured")),
    }
}

async fn s053_any_record_version_until_one_is_set(world: World) {
    for version in ["0300", "0301", "03ff"] {
        let mut rig = Rig::setup(world, 0x303).await;
        rig.peer_sends(&format!("16 {version} 0005 0100000161")).await;
        assert_eq!(rig.read_hand(4).await, Ok(unhex("01000001")));
        assert_eq!(rig.read_hand(100).await, Ok(unhex("61")));
    }
}

async fn s054_exactly_the_version_that_was_set(world: World) {
    Refused {
        sent: "16 0301 0005 0100000161",
        told: "devtls expected ver=303/set, saw (len=5) type=16 ver=301 '\\x16\\x03\\x01'",
        alert: 70,
        stored: "protocol version not supported",
    }
    .show(Rig::locked(world, 0x303).await)
    .await;
}

async fn s055_plain_http_is_no_record(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("474554202f20485454502f312e310d0a").await;
    let why = "devtls expected ver=303, saw (len=8239) type=47 ver=4554 'GET /'";
    assert_eq!(rig.read_hand(100).await, told(why));
    rig.sends("15 0303 0002 0246").await;
}

async fn s056_an_unknown_record_type(world: World) {
    // deviates: the original answers with alert 47.
    refuses(world, "18 0303 0005 0000000000", "invalid record message 0x18", 10, "unexpected message").await;
}

async fn s057_a_record_of_nothing(world: World) {
    refuses(world, "16 0303 0000", "bad record message length 0", 22, "record too long").await;
}

async fn s058_a_record_too_long_is_known_by_its_header(world: World) {
    refuses(world, "16 0303 4801", "bad record message length 18433", 22, "record too long").await;
}

async fn s059_a_change_cipher_spec_without_keys(world: World) {
    refuses(world, "14 0303 0001 01", "unexpected change cipher spec", 10, "unexpected message").await;
}

async fn s060_a_change_cipher_spec_that_is_none(world: World) {
    // deviates: the original answers with alert 50.
    for sent in ["14 0303 0001 02", "14 0303 0002 0101"] {
        refuses(world, sent, "invalid change cipher spec", 10, "unexpected message").await;
    }
}

async fn s061_an_alert_is_two_bytes(world: World) {
    for sent in ["15 0303 0001 01", "15 0303 0004 01000100"] {
        refuses(world, sent, "invalid alert", 50, "error decoding message").await;
    }
}

async fn s062_an_alert_of_no_level(world: World) {
    for sent in ["15 0303 0002 0300", "15 0303 0002 0000"] {
        refuses(world, sent, "invalid alert fatal code", 47, "illegal parameter").await;
    }
}

/// The peer sends a warning and a handshake record; `hand` gives `notice`, then the record.
async fn notices(world: World, warning: &str, notice: &str) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends(&format!("15 0303 0002 01{warning}  16 0303 0001 61")).await;
    assert_eq!(rig.read_hand(9).await, told(notice));
    assert_eq!(rig.state().await, "Handshaking");
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
}

async fn s063_no_renegotiation_is_a_notice(world: World) {
    notices(world, "64", "no renegotiation").await;
}

async fn s064_a_cancelled_handshake_is_a_notice(world: World) {
    notices(world, "5a", "handshake canceled by user").await;
}

async fn s065_an_unrecognized_name_is_passed_over(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("15 0303 0002 0170  16 0303 0001 61").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
}

async fn s066_unknown_warnings_are_passed_over_a_few_times(world: World) {
    // deviates: the original ends at the first, with alert 47.
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends(&"15 0303 0002 0129".repeat(4)).await;
    rig.peer_sends("16 0303 0001 61").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
    rig.peer_sends(&"15 0303 0002 0129".repeat(5)).await;
    assert_eq!(rig.read_hand(9).await, told("invalid alert code"));
    rig.sends("15 0303 0002 020a").await;
    assert_eq!(rig.state().await, "Errored");
}

async fn s067_a_fatal_alert_is_the_end(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("15 0303 0002 0228").await;
    let why = "could not negotiate acceptable security parameters";
    assert_eq!(rig.read_hand(9).await, told(why));
    assert_eq!(rig.read_hand(9).await, told(why));
    assert_eq!(rig.write_hand(b"x").await, told(why));
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.write_data(b"x").await, told("tls error"));
    assert_eq!(rig.close().await, "");
}

async fn s068_fatal_alerts_without_a_name(world: World) {
    for (code, text) in [("78", "unknown error"), ("00", "close notify")] {
        let mut rig = Rig::setup(world, 0x303).await;
        rig.peer_sends(&format!("15 0303 0002 02{code}")).await;
        assert_eq!(rig.read_hand(9).await, told(text));
        assert_eq!(rig.state().await, "Errored");
    }
}

async fn s069_close_notify_before_opened(world: World) {
    // deviates: the original's later reads say `channel error` and `tls error`.
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("15 0303 0002 0100").await;
    assert_eq!(rig.read_hand(9).await, told("close notify"));
    assert_eq!(rig.read_hand(9).await, told("tls hungup"));
    assert_eq!(rig.read_data(9).await, told("tls hungup"));
    assert_eq!(rig.state().await, "RemoteClosed");
    assert_eq!(rig.close().await, "15030300020100");
}

async fn s070_data_before_opened(world: World) {
    let why = "application message received before handshake completed";
    refuses(world, "17 0303 0002 6869", why, 10, "unexpected message").await;
}

async fn s071_the_channel_ends_before_opened(world: World) {
    for begun in ["", "160303", "16 0303 0005 01"] {
        let mut rig = Rig::setup(world, 0x303).await;
        rig.peer_sends(begun).await;
        rig.peer_ends().await;
        assert_eq!(rig.read_hand(9).await, told("i/o on hungup channel"));
        assert_eq!(rig.read_hand(9).await, told("channel error"));
        assert_eq!(rig.read_data(9).await, told("tls error"));
        assert_eq!(rig.close().await, "");
    }
}

async fn s072_an_ssl2_hello_becomes_a_message_of_type_9(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    let rest = "00120000 0010".to_owned() + &"ab".repeat(34);
    rig.peer_sends(&format!("802b 01 0301 {rest}")).await;
    assert_eq!(rig.read_hand(4).await, Ok(unhex("0900002b")));
    assert_eq!(rig.read_hand(100).await, Ok(unhex(&format!("01 0301 {rest}"))));
}

async fn a_message_of_type_9_is_ours_alone(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("16 0303 0004 09000003").await;
    assert_eq!(rig.read_hand(9).await, told("handshake type 9 in a record"));
    rig.sends("15 0303 0002 020a").await;
    // Later it is a byte like others: whose message it continues is not the device's to know.
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("16 0303 0001 01  16 0303 0001 09").await;
    assert_eq!(rig.read_hand(9).await, Ok(vec![1]));
    assert_eq!(rig.read_hand(9).await, Ok(vec![9]));
}

async fn s073_an_ssl2_hello_has_25_bytes(world: World) {
    for sent in ["8018 01 0301", "8002 01 0301", "802b 02 0301"] {
        let mut rig = Rig::setup(world, 0x303).await;
        rig.peer_sends(sent).await;
        assert_eq!(rig.read_hand(9).await, told("invalid initial SSL2-like message"));
        rig.sends("15 0303 0002 0246").await;
        assert_eq!(rig.read_hand(9).await, told("protocol version not supported"));
    }
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends(&format!("8019 01 0301 {}", "cd".repeat(22))).await;
    let message = format!("09000019 01 0301 {}", "cd".repeat(22));
    assert_eq!(rig.read_hand(100).await, Ok(unhex(&message)));
}

async fn s074_an_ssl2_hello_of_ssl2_itself(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("802b 01 0002").await;
    let why = "devtls expected ver=303, saw (len=40) type=1 ver=2 '\\x80+\\x01'";
    assert_eq!(rig.read_hand(9).await, told(why));
    rig.sends("15 0303 0002 0246").await;
}

async fn s075_only_the_first_record_can_be_ssl2(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("16 0303 0001 61  802b 01 0301").await;
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
    let why = "devtls expected ver=303, saw (len=769) type=80 ver=2b01 '\\x80+\\x01\\x03\\x01'";
    assert_eq!(rig.read_hand(9).await, told(why));
}

async fn s076_a_framed_type_1_is_no_ssl2_hello(world: World) {
    // deviates: the original delivers it as one.
    let (sent, why) = ("01 0303 0005 0100000161", "invalid record message 0x1");
    refuses(world, sent, why, 10, "unexpected message").await;
}

async fn s077_a_write_to_hand_is_a_record(world: World) {
    let mut rig = Rig::setup(world, 0x301).await;
    assert_eq!(rig.write_hand(b"hello").await, Ok(5));
    rig.sends("16 0301 0005 68656c6c6f").await;
}

async fn s078_a_read_of_hand_never_spans_records(world: World) {
    let mut rig = Rig::setup(world, 0x301).await;
    rig.peer_sends("16 0301 0002 6162  16 0301 0001 63").await;
    assert_eq!(rig.read_hand(100).await, Ok(b"ab".to_vec()));
    assert_eq!(rig.read_hand(100).await, Ok(b"c".to_vec()));
}

async fn an_ssl2_hello_needs_a_reader_and_no_version(world: World) {
    let hello = format!("802b 01 0301 {}", "cd".repeat(40));
    let mut rig = Rig::locked(world, 0x303).await;
    rig.peer_sends(&hello).await;
    let why = "devtls expected ver=303/set, saw (len=769) type=80 ver=2b01 '\\x80+\\x01\\x03\\x01'";
    assert_eq!(rig.read_hand(9).await, told(why));
}

async fn the_original_answers_unknown_types_and_warnings_at_once(world: World) {
    for (sent, why) in
        [("18 0303 0001 61", "invalid record message 0x18"), ("15 0303 0002 0129", "invalid alert code")]
    {
        let mut rig = Rig::with_compat(world, Compat::NineFront).await;
        rig.fd(0x303).await.expect("a channel is taken");
        rig.peer_sends(sent).await;
        assert_eq!(rig.read_hand(9).await, told(why));
        rig.sends("15 0303 0002 022f").await;
    }
}
