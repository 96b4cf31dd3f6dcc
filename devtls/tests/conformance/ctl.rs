//! Statements 27 to 50: `status`, `stats` and the commands.

use crate::rig::{Rig, told};

#[tokio::test]
async fn s027_s028_a_fresh_conversation() {
    let (rig, _near) = Rig::fresh().await;
    assert_eq!(rig.text("status").await, "State: Closed\nVersion: 0x0\n");
    assert_eq!(rig.text("stats").await, "DataIn: 0\nDataOut: 0\nHandIn: 0\nHandOut: 0\n");
}

#[tokio::test]
async fn s029_to_s031_status_follows_the_handshake() {
    let rig = Rig::setup(0x303).await;
    assert_eq!(rig.text("status").await, "State: Handshaking\nVersion: 0x303\nChan: memory\n");
    let rig = Rig::locked(0x303).await;
    rig.ctl("secret clear clear 0 x").await.expect("staged");
    assert_eq!(
        rig.text("status").await,
        "State: Handshaking\nVersion: 0x303\nNewEncIn: clear\nNewHashIn: clear\nNewEncOut: clear\nNewHashOut: clear\n\
         Chan: memory\n"
    );
    let rig = Rig::est(0x303).await;
    assert_eq!(
        rig.text("status").await,
        "State: Established\nVersion: 0x303\nEncIn: clear\nHashIn: clear\nEncOut: clear\nHashOut: clear\nChan: memory\n"
    );
}

#[tokio::test]
async fn s032_the_hash_beside_an_aead_is_shown() {
    let rig = Rig::locked(0x303).await;
    rig.ctl(&format!("secret sha1 ccpoly96_aead 1 {}", "A".repeat(172))).await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    let status = rig.text("status").await;
    assert!(
        status.contains("NewEncIn: ccpoly96_aead\nNewHashIn: sha1\nEncOut: ccpoly96_aead\nHashOut: sha1\n"),
        "{status}"
    );
}

#[tokio::test]
async fn s033_stats_count_what_was_read() {
    let mut rig = Rig::setup(0x303).await;
    rig.peer_sends("16 0303 0005 0100000161").await;
    assert_eq!(rig.read_hand(4).await.map(|bytes| bytes.len()), Ok(4));
    assert!(rig.text("stats").await.contains("HandIn: 4\n"));
}

#[tokio::test]
async fn s034_to_s037_commands_out_of_turn() {
    let (rig, _near) = Rig::fresh().await;
    for (line, why) in [
        ("", "short control request"),
        ("\n", "short control request"),
        ("bogus", "bad arg in system call"),
        ("version 0x301", "must set fd before version"),
        ("secret clear clear 0 x", "must set fd and version before secrets"),
        ("alert 0", "must set fd before sending alerts"),
        ("alert 40", "must set fd before sending alerts"),
        ("hangup", "must set fd before sending alerts"),
        ("changecipher", "cannot change cipher spec without setting secret"),
        ("opened", "cipher must be configured before enabling data messages"),
    ] {
        assert_eq!(rig.ctl(line).await, told(why), "{line:?}");
    }
}

#[tokio::test]
async fn s038_descriptors_that_cannot_be_a_channel() {
    let (rig, near) = Rig::fresh().await;
    let null = std::fs::File::open("/dev/null").expect("/dev/null");
    let number = std::os::fd::AsRawFd::as_raw_fd(&null);
    for (line, why) in [
        ("fd 0 0x200".to_owned(), "unsupported version"),
        ("fd 0 0x400".to_owned(), "unsupported version"),
        ("fd -1 0x301".to_owned(), "bad arg in system call"),
        ("fd 999999 0x301".to_owned(), "fd out of range or not open"),
        ("fd x 0x301".to_owned(), "fd out of range or not open"),
        (format!("fd {number} 0x301"), "inappropriate use of fd"),
    ] {
        assert_eq!(rig.ctl(&line).await, told(why), "{line:?}");
    }
    rig.ctl.take_stream(near, "memory", 0x301).expect("a failed fd can be tried again");
}

#[tokio::test]
async fn s038_to_s040_a_socket_of_this_process_by_its_number() {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let (rig, _near) = Rig::fresh().await;
    let number = std::os::fd::AsRawFd::as_raw_fd(&ours);
    rig.ctl(&format!("fd '{number}' 769zzz\n")).await.expect("a socket is a channel");
    assert_eq!(rig.ctl(&format!("fd {number} 0x301")).await, told("device or object already in use"));
    // The device has its own copy.
    drop(ours);
    rig.write_hand(b"hi").await.expect("sent");
    let mut got = [0; 7];
    std::io::Read::read_exact(&mut &theirs, &mut got).expect("as many bytes");
    assert_eq!(got, *b"\x16\x03\x01\x00\x02hi");
}

#[tokio::test]
async fn s041_s042_the_version() {
    let rig = Rig::setup(0x303).await;
    assert_eq!(rig.ctl("secret clear clear 0 x").await, told("must set fd and version before secrets"));
    assert_eq!(rig.ctl("version 0x200").await, told("unsupported version"));
    assert_eq!(rig.ctl("version 0x303").await, Ok(()));
    assert_eq!(rig.ctl("version 0x303").await, told("version already set"));
}

#[tokio::test]
async fn s043_to_s046_secrets() {
    let rig = Rig::locked(0x303).await;
    for (line, why) in [
        ("secret foo clear 0 x", "unsupported hash algorithm"),
        ("secret clear foo 0 x", "unsupported encryption algorithm"),
        ("secret sha1 rc4_128 0 x", "not enough secret data provided"),
    ] {
        assert_eq!(rig.ctl("secret clear clear 0 x").await, Ok(()));
        assert_eq!(rig.ctl(line).await, told(why));
        // The pair that was staged before is gone.
        assert_eq!(rig.ctl("changecipher").await, told("cannot change cipher spec without setting secret"));
    }
    let rig = Rig::locked(0x300).await;
    let line = format!("secret sha256 aes_128_cbc 0 {}", "A".repeat(172));
    assert_eq!(rig.ctl(&line).await, told("sha256 cannot be used with SSL"));
}

#[tokio::test]
async fn s047_debug_is_always_fine() {
    let (rig, _near) = Rig::fresh().await;
    for line in ["debug", "debug on", "debug off", "debug whatever", "debug a b"] {
        assert_eq!(rig.ctl(line).await, Ok(()));
    }
}

#[tokio::test]
async fn s048_opened_needs_the_peers_change_cipher_spec() {
    let mut rig = Rig::locked(0x303).await;
    rig.ctl("secret clear clear 0 x").await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    let why = "cipher must be configured before enabling data messages";
    assert_eq!(rig.ctl("opened").await, told(why));
    rig.peer_sends("14 0303 0001 01  16 0303 0001 61").await;
    // The change of keys is seen when a reader gets there, not before.
    assert_eq!(rig.ctl("opened").await, told(why));
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
    assert_eq!(rig.ctl("opened").await, Ok(()));
}

#[tokio::test]
async fn s049_opened_twice_and_too_late() {
    let rig = Rig::est(0x303).await;
    assert_eq!(rig.ctl("opened").await, Ok(()));
    rig.ctl("alert 0").await.expect("a close always succeeds");
    assert_eq!(rig.ctl("opened").await, told("cannot enable data messages"));
}

#[tokio::test]
async fn s050_each_direction_changes_for_itself() {
    let mut rig = Rig::est(0x303).await;
    rig.ctl(&format!("secret sha1 clear 0 {}", "A".repeat(56))).await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    rig.sends("14 0303 0001 01").await;
    rig.write_data(b"a").await.expect("sent");
    rig.sends("17 0303 0015 61").await;
    rig.sends_len(20).await;
    rig.peer_sends("17 0303 0001 62").await;
    assert_eq!(rig.read_data(9).await, Ok(b"b".to_vec()));
}

#[tokio::test]
async fn s101_every_alert_of_the_table_goes_out_as_listed() {
    for (version, v, rows) in [
        (0x303, "0303", "000a1415161e282e2a2b2c2d2e2f30313233 3c46475064 5a"),
        (0x300, "0300", "000a142f2f1e28292a2b2c2d2e2f2828 2f2f 282f28280a00"),
    ] {
        let numbers =
            [0, 10, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 100, 90];
        let codes = crate::rig::unhex(rows);
        for (number, code) in numbers.into_iter().zip(codes) {
            let mut rig = Rig::setup(version).await;
            rig.ctl(&format!("alert {number}")).await.expect("an alert always succeeds");
            let level = if matches!(number, 0 | 90 | 100) { 1 } else { 2 };
            rig.sends(&format!("15{v}0002{level:02x}{code:02x}")).await;
        }
    }
}

#[tokio::test]
async fn notes_are_shown_after_the_originals_lines() {
    let rig = Rig::setup(0x303).await;
    rig.ctl("note alpn h2").await.expect("a known note");
    rig.ctl("note sni example.com").await.expect("a known note");
    assert_eq!(rig.ctl("note colour red").await, told("unknown note"));
    assert_eq!(
        rig.text("status").await,
        "State: Handshaking\nVersion: 0x303\nChan: memory\nSni: example.com\nAlpn: h2\n"
    );
}
