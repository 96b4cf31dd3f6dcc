//! Statements 132 to 139, 142, 144 and 145: how keys of TLS 1.3 move on, and what comes when they do.

use devtls::{Compat, Limits};
use tlsrec::Side;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::rig::{Rig, tohex, told};
use crate::tls13::{Far, secret, told_text};
use crate::world::{Door, World, both};

both![
    s132_keyupdate_moves_our_key,
    s133_a_key_update_moves_the_peers_key,
    s134_a_key_update_that_is_none,
    s135_answers_are_one_and_floods_end,
    s136_a_key_is_renewed_in_time,
    s137_messages_after_the_handshake,
    s138_changecipher_in_amid_handshake_bytes,
    s139_our_keys_change_between_messages,
    s142_early_data_is_skipped,
    s144_nothing_comes_amid_a_message,
    s145_status_shows_limits_and_updates,
];

/// A KeyUpdate that asks for nothing, and one that asks for ours (RFC 8446 §4.6.3).
const KEY_UPDATE: &[u8] = &[24, 0, 0, 1, 0];
const KEY_UPDATE_REQUEST: &[u8] = &[24, 0, 0, 1, 1];
const TICKET: &[u8] = &[4, 0, 0, 2, 7, 7];

/// The peer sends a record of this content.
pub(crate) async fn sends(rig: &mut Rig, far: &mut Far, content_type: u8, payload: &[u8]) {
    let record = far.seal(content_type, payload);
    rig.peer_sends_bytes(&record).await;
}

/// What the next record holds that the peer sees.
async fn sees(rig: &mut Rig, far: &mut Far) -> (u8, Vec<u8>) {
    let record = rig.sends_record().await;
    far.open(&record)
}

/// A refusal of what a peer of the opened conversation sent: the alert, and what readers are told.
async fn refuses(world: World, side: Side, payload: &[u8], alert: u8, stored: &str) {
    let (mut rig, mut far) = Rig::est_hidden(world, side).await;
    sends(&mut rig, &mut far, 22, payload).await;
    assert_eq!(rig.read_data(9).await, told("tls error"), "{payload:?}");
    assert_eq!(rig.read_hand(9).await, told(stored), "{payload:?}");
    rig.sends_alert(&mut far, alert).await;
}

async fn s132_keyupdate_moves_our_key(world: World) {
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Server).await;
    for (line, message) in [("keyupdate", KEY_UPDATE), ("keyupdate request", KEY_UPDATE_REQUEST)] {
        assert_eq!(rig.ctl(line).await, Ok(()));
        assert_eq!(sees(&mut rig, &mut far).await, (22, message.to_vec()), "under the key in use");
        far.recv.update().expect("a next key");
        rig.write_data(b"hello").await.expect("sent");
        assert_eq!(sees(&mut rig, &mut far).await, (23, b"hello".to_vec()), "under the next one");
    }
    let rig = Rig::est(world, 0x303).await;
    assert_eq!(rig.ctl("keyupdate").await, told_text("only in version 0x304"));
    let (rig, _) = Rig::hidden(world, Side::Server).await;
    assert_eq!(rig.ctl("keyupdate").await, told_text("tls improperly configured"));
    let (rig, _) = Rig::est_hidden(world, Side::Server).await;
    rig.ctl("alert 0").await.expect("closed");
    assert_eq!(rig.ctl("keyupdate").await, told_text("tls hungup"));
}

async fn s133_a_key_update_moves_the_peers_key(world: World) {
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
    for message in [KEY_UPDATE, KEY_UPDATE_REQUEST] {
        // In one record, and in as many as it has bytes.
        for len in [5, 1] {
            for piece in message.chunks(len) {
                sends(&mut rig, &mut far, 22, piece).await;
            }
            far.send.update().expect("a next key");
            sends(&mut rig, &mut far, 23, b"hello").await;
            assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()), "under the next key");
            if message == KEY_UPDATE_REQUEST {
                assert_eq!(sees(&mut rig, &mut far).await, (22, KEY_UPDATE.to_vec()));
                far.recv.update().expect("a next key");
            }
            rig.write_data(b"world").await.expect("sent");
            assert_eq!(sees(&mut rig, &mut far).await, (23, b"world".to_vec()));
        }
    }
    // Once we have closed there is nothing to be sent under any key.
    rig.ctl("alert 0").await.expect("closed");
    assert_eq!(sees(&mut rig, &mut far).await, (21, vec![1, 0]));
    sends(&mut rig, &mut far, 22, KEY_UPDATE_REQUEST).await;
    far.send.update().expect("a next key");
    sends(&mut rig, &mut far, 23, b"hello").await;
    assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()));
    rig.sends_nothing().await;
}

async fn s134_a_key_update_that_is_none(world: World) {
    for side in [Side::Client, Side::Server] {
        refuses(world, side, &[24, 0, 0, 0], 50, "error decoding message").await;
        refuses(world, side, &[24, 0, 0, 2, 0, 0], 50, "error decoding message").await;
        refuses(world, side, &[24, 0xff, 0xff, 0xff], 50, "error decoding message").await;
        refuses(world, side, &[24, 0, 0, 1, 2], 47, "illegal parameter").await;
        refuses(world, side, &[24, 0, 0, 1, 255], 47, "illegal parameter").await;
        let two = [KEY_UPDATE, KEY_UPDATE].concat();
        for len in 6..=two.len() {
            refuses(world, side, &two[..len], 10, "unexpected message").await;
        }
    }
}

async fn s135_answers_are_one_and_floods_end(world: World) {
    // A writer is busy with a peer that takes nothing, and the peer asks again and again.
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
    let mut peer = std::mem::replace(&mut rig.peer, Box::new(tokio::io::empty()));
    let much = vec![7; 4 << 20];
    let asking = async {
        for _ in 0..100 {
            let update = far.seal(22, KEY_UPDATE_REQUEST);
            far.send.update().expect("a next key");
            let data = far.seal(23, b"hello");
            peer.write_all(&[update, data].concat()).await.expect("the channel takes it");
            assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()));
        }
        let (mut data_len, mut answer_count) = (0, 0);
        while data_len < much.len() {
            match far.open(&record_of(&mut peer).await) {
                (23, data) => data_len += data.len(),
                (22, message) => {
                    assert_eq!(message, KEY_UPDATE);
                    far.recv.update().expect("a next key");
                    answer_count += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        answer_count
    };
    let (written, answer_count) = tokio::join!(rig.write_data(&much), asking);
    assert_eq!(written, Ok(4 << 20));
    assert!((1..20).contains(&answer_count), "{answer_count} answers to 100");

    // What we asked for, and what comes while we send, may come as often as it likes.
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
    for round in 0..100 {
        if round < 50 {
            rig.ctl("keyupdate request").await.expect("sent");
            assert_eq!(sees(&mut rig, &mut far).await, (22, KEY_UPDATE_REQUEST.to_vec()));
            far.recv.update().expect("a next key");
        } else {
            rig.write_data(b"x").await.expect("sent");
            assert_eq!(sees(&mut rig, &mut far).await, (23, b"x".to_vec()));
        }
        sends(&mut rig, &mut far, 22, KEY_UPDATE).await;
        far.send.update().expect("a next key");
        assert!(rig.gives_up(rig.read_data(9)).await);
    }

    for message in [KEY_UPDATE, KEY_UPDATE_REQUEST] {
        let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
        for _ in 0..33 {
            sends(&mut rig, &mut far, 22, message).await;
            far.send.update().expect("a next key");
        }
        assert_eq!(rig.read_data(9).await, told("tls error"));
        assert_eq!(rig.read_hand(9).await, told("unexpected message"));
        let mut last = sees(&mut rig, &mut far).await;
        while last == (22, KEY_UPDATE.to_vec()) {
            far.recv.update().expect("a next key");
            last = sees(&mut rig, &mut far).await;
        }
        assert_eq!(last, (21, vec![2, 10]));
    }
}

/// Reads a record from the far end of a channel.
pub(crate) async fn record_of(peer: &mut Box<dyn devtls::Stream>) -> Vec<u8> {
    let mut record = vec![0; 5];
    peer.read_exact(&mut record).await.expect("a header");
    record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
    peer.read_exact(&mut record[5..]).await.expect("a body");
    record
}

async fn s136_a_key_is_renewed_in_time(world: World) {
    for records_per_key in [2, 5, 100] {
        let limits = Limits { records_per_key, ..Limits::default() };
        let rig = Rig::at(Door::limited(world, limits, Compat::default()).await).await;
        let (mut rig, mut far) = rig.hide(Side::Server).await;
        rig.ctl("opened").await.expect("data may move");
        let mut updates = 0;
        for len in [1, 1, 40_000, 100_000, 1] {
            let payload = vec![7; len];
            assert_eq!(rig.write_data(&payload).await.map(|len| len as usize), Ok(len));
            let mut lens = Vec::new();
            while lens.iter().sum::<usize>() < len {
                match sees(&mut rig, &mut far).await {
                    (23, data) => lens.push(data.len()),
                    (22, message) => {
                        assert_eq!(message, KEY_UPDATE);
                        assert_eq!(
                            far.recv.seq(),
                            records_per_key,
                            "every record of the key was used, and no more"
                        );
                        far.recv.update().expect("a next key");
                        updates += 1;
                    }
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(lens.len(), len.div_ceil(16384), "all records but the last are whole");
        }
        assert_eq!(updates, 12 / (records_per_key - 1), "one for each {records_per_key} records");
    }
}

async fn s137_messages_after_the_handshake(world: World) {
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
    let request = &[13, 0, 0, 3, 0, 0, 0][..];
    let all = [TICKET, request, TICKET, KEY_UPDATE].concat();
    sends(&mut rig, &mut far, 22, &all).await;
    far.send.update().expect("a next key");
    sends(&mut rig, &mut far, 23, b"hello").await;
    assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()));
    for message in [TICKET, request, TICKET] {
        assert_eq!(rig.read_hand(100).await, Ok(message.to_vec()));
    }
    // Cut anywhere, a message is the same message, and the keys move on behind it.
    let all = [TICKET, KEY_UPDATE].concat();
    for at in 1..all.len() {
        sends(&mut rig, &mut far, 22, &all[..at]).await;
        sends(&mut rig, &mut far, 22, &all[at..]).await;
        far.send.update().expect("a next key");
        sends(&mut rig, &mut far, 23, b"hello").await;
        assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()), "{at}");
        let mut got = Vec::new();
        while got.len() < TICKET.len() {
            got.extend(rig.read_hand(100).await.expect("a piece"));
        }
        assert_eq!(got, TICKET, "{at}");
    }

    // What came before the peer's close is there for who comes later.
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
    sends(&mut rig, &mut far, 22, TICKET).await;
    sends(&mut rig, &mut far, 21, &[1, 0]).await;
    assert_eq!(rig.read_data(9).await, Ok(Vec::new()));
    assert_eq!(rig.read_hand(4).await, Ok(TICKET[..4].to_vec()));
    assert_eq!(rig.read_hand(100).await, Ok(TICKET[4..].to_vec()));

    let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
    rig.hand = None;
    sends(&mut rig, &mut far, 22, TICKET).await;
    sends(&mut rig, &mut far, 23, b"hello").await;
    assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()));
    sends(&mut rig, &mut far, 22, request).await;
    assert_eq!(rig.read_data(9).await, told("tls error"));
    rig.sends_alert(&mut far, 10).await;

    for message_type in [0, 1, 2, 5, 8, 11, 14, 15, 20, 23, 254] {
        refuses(world, Side::Client, &[message_type, 0, 0, 1, 0], 10, "unexpected message").await;
    }
    for message_type in [0, 1, 2, 4, 5, 8, 13, 14, 23, 254] {
        refuses(world, Side::Server, &[message_type, 0, 0, 1, 0], 10, "unexpected message").await;
    }
    // Longer than every field of a ticket at its longest.
    refuses(world, Side::Client, &[4, 2, 1, 10], 50, "error decoding message").await;
}

/// Sends a flight cut in two before an application's or a handshake's keys, reads the first message of it alone, and changes
/// keys: which works exactly where the cut is the message's end.
async fn amid(mut rig: Rig, mut far: Option<Far>, first: &[u8], second: &[u8], at: usize) {
    let flight = [first, second].concat();
    for piece in [&flight[..at], &flight[at..]] {
        match &mut far {
            Some(far) => sends(&mut rig, far, 22, piece).await,
            None => rig.peer_sends(&format!("16 0303 {:04x} {}", piece.len(), tohex(piece))).await,
        }
    }
    let mut got = Vec::new();
    while got.len() < first.len() {
        let left = u32::try_from(first.len() - got.len()).expect("a few bytes");
        got.extend(rig.read_hand(left).await.expect("a piece"));
    }
    assert_eq!(got, first);
    rig.ctl(secret("sha256", "aes_128_gcm_aead", Side::Client)).await.expect("staged");
    let changed = rig.ctl("changecipher in").await;
    if at == first.len() {
        assert_eq!(changed, Ok(()));
        // What follows is then under the wrong keys, or under none.
        assert!(rig.read_hand(9).await.is_err());
    } else {
        assert_eq!(changed, told_text("handshake data pending at cipher change"), "cut at {at}");
        assert_eq!(rig.read_hand(100).await, told("unexpected message"));
    }
    let alert = rig.sends_record().await;
    match &mut far {
        Some(far) => assert_eq!(far.open(&alert).0, 21),
        None => assert_eq!(tohex(&alert), "1503030002020a"),
    }
    assert_eq!(rig.state().await, "Errored");
}

async fn s138_changecipher_in_amid_handshake_bytes(world: World) {
    let (hello, extensions, finished) = (&[2, 0, 0, 2, 3, 3], &[8, 0, 0, 2, 0, 0], &[20, 0, 0, 3, 9, 9, 9]);
    for at in 1..hello.len() + extensions.len() {
        amid(Rig::locked(world, 0x304).await, None, hello, extensions, at).await;
    }
    for at in 1..finished.len() + KEY_UPDATE.len() {
        let (rig, far) = Rig::hidden(world, Side::Client).await;
        amid(rig, Some(far), finished, KEY_UPDATE, at).await;
    }
    // Bytes that were read and are no whole message.
    let rig = Rig::locked(world, 0x304).await;
    amid(rig, None, &[hello, &extensions[..5]].concat(), &extensions[5..], 6).await;
}

async fn s139_our_keys_change_between_messages(world: World) {
    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    rig.write_hand(&[8, 0, 0]).await.expect("sent");
    assert_eq!(sees(&mut rig, &mut far).await.0, 22);
    rig.ctl(secret("sha256", "aes_128_gcm_aead", Side::Server)).await.expect("staged");
    assert_eq!(rig.ctl("changecipher").await, told_text("handshake data pending at cipher change"));
    rig.write_hand(&[0]).await.expect("sent");
    assert_eq!(sees(&mut rig, &mut far).await.0, 22);
    assert_eq!(rig.ctl("changecipher").await, Ok(()));

    // A ticket in two writes, and a peer that asks between them.
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Server).await;
    rig.write_hand(&TICKET[..4]).await.expect("sent");
    assert_eq!(sees(&mut rig, &mut far).await, (22, TICKET[..4].to_vec()));
    sends(&mut rig, &mut far, 22, KEY_UPDATE_REQUEST).await;
    far.send.update().expect("a next key");
    sends(&mut rig, &mut far, 23, b"hello").await;
    assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()));
    assert_eq!(rig.ctl("keyupdate").await, told_text("handshake data pending at cipher change"));
    rig.sends_nothing().await;
    rig.write_hand(&TICKET[4..]).await.expect("sent");
    assert_eq!(sees(&mut rig, &mut far).await, (22, TICKET[4..].to_vec()));
    assert_eq!(sees(&mut rig, &mut far).await, (22, KEY_UPDATE.to_vec()));
}

async fn s142_early_data_is_skipped(world: World) {
    let early = format!("17 0303 0028 {}", "5a".repeat(40));
    let finished = &[20, 0, 0, 1, 9];
    // Data under keys that we do not have, then the flight under those that we have.
    for (skipped, is_enough) in [(200, true), (80, true), (79, false), (0, false)] {
        let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
        rig.ctl(format!("skipearly {skipped}")).await.expect("armed");
        rig.peer_sends(&format!("{early}14 0303 0001 01{early}")).await;
        sends(&mut rig, &mut far, 22, finished).await;
        if is_enough {
            assert_eq!(rig.read_hand(9).await, Ok(finished.to_vec()));
            // It is over then, whatever is left.
            rig.peer_sends(&early).await;
        }
        assert_eq!(rig.read_hand(9).await, told("record mac mismatch"));
        rig.sends_alert(&mut far, 20).await;
    }
    // After a HelloRetryRequest there are no keys at all.
    for is_armed in [true, false] {
        let mut rig = Rig::setup(world, 0x303).await;
        rig.peer_sends("16 0301 0004 01000000").await;
        assert_eq!(rig.read_hand(9).await, Ok(vec![1, 0, 0, 0]));
        rig.write_hand(&[2, 0, 0, 0]).await.expect("sent");
        rig.sends("16 0303 0004 02000000").await;
        if is_armed {
            rig.ctl("skipearly 1000").await.expect("armed");
        }
        rig.peer_sends(&format!("{early}{early}16 0303 0004 01000000")).await;
        let early_told = "application message received before handshake completed";
        let got = rig.read_hand(9).await;
        assert_eq!(got, if is_armed { Ok(vec![1, 0, 0, 0]) } else { told(early_told) });
    }
    // In the end it may be another version.
    let mut rig = Rig::setup(world, 0x303).await;
    rig.ctl("skipearly 1000").await.expect("armed");
    rig.ctl("version 0x303").await.expect("TLS 1.2");
    rig.establish("secret clear clear 0 x", 0x303).await;
    rig.peer_sends("17 0303 0001 61").await;
    assert_eq!(rig.read_data(9).await, Ok(b"a".to_vec()));
    let rig = Rig::locked(world, 0x303).await;
    assert_eq!(rig.ctl("skipearly 1").await, told_text("only in version 0x304"));
    let (rig, _) = Rig::est_hidden(world, Side::Server).await;
    assert_eq!(rig.ctl("skipearly 1").await, told_text("cannot skip early data"));
    assert_eq!(rig.ctl("skipearly -1").await, told_text("bad arg in system call"));
}

async fn s144_nothing_comes_amid_a_message(world: World) {
    for at in 1..TICKET.len() {
        let (mut rig, mut far) = Rig::est_hidden(world, Side::Client).await;
        sends(&mut rig, &mut far, 22, &TICKET[..at]).await;
        sends(&mut rig, &mut far, 23, b"hello").await;
        assert_eq!(rig.read_data(9).await, told("tls error"));
        rig.sends_alert(&mut far, 10).await;
    }
}

async fn s145_status_shows_limits_and_updates(world: World) {
    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    assert!(!rig.text("status").await.contains("Updates"));
    rig.ctl("opened").await.expect("data may move");
    rig.ctl("note sni example.com").await.expect("noted");
    rig.ctl("keyupdate").await.expect("sent");
    sees(&mut rig, &mut far).await;
    rig.write_data(b"hello").await.expect("sent");
    for _ in 0..2 {
        sends(&mut rig, &mut far, 22, KEY_UPDATE).await;
        far.send.update().expect("a next key");
    }
    sends(&mut rig, &mut far, 23, b"hello").await;
    assert_eq!(rig.read_data(9).await, Ok(b"hello".to_vec()));
    let left = (1 << 24) - 1 - 1;
    let end = format!("\nSni: example.com\nUpdatesIn: 2\nUpdatesOut: 1\nRecordsLeft: {left}\n");
    let status = rig.text("status").await;
    assert!(status.ends_with(&end), "{status}");
    rig.ctl("maxrec 1000").await.expect("limited");
    rig.ctl("pad 64").await.expect("padded");
    let status = rig.text("status").await;
    assert!(status.contains("\nSni: example.com\nMaxRec: 1000 16384\nPad: 64\nUpdatesIn: 2\n"), "{status}");
}
