//! A conversation's bookkeeping, and its records cut from what the channel brought.

use tlsrec::OneWay;

use super::*;

fn handshaking() -> Conv {
    let mut conv = Conv::new(Owner::named("glenda"), Limits::default());
    let version = conv.may_take_channel(0x303).expect("a fresh conversation");
    conv.take_channel("test".to_owned(), version);
    conv
}

#[test]
fn a_channel_is_taken_once_and_with_a_record_version() {
    let conv = Conv::new(Owner::named("glenda"), Limits::default());
    for version in [0x2ff, 0x400, -1, 0x10303] {
        assert_eq!(conv.may_take_channel(version), Err(Error::BadTlsVersion));
    }
    assert_eq!(handshaking().may_take_channel(0x303), Err(Error::InUse));
}

#[test]
fn the_version_is_set_once_and_after_the_channel() {
    assert_eq!(
        Conv::new(Owner::named("glenda"), Limits::default()).lock_version(0x303),
        Err(Error::FdBeforeVersion)
    );
    let mut conv = handshaking();
    assert_eq!(conv.lock_version(0x3ff), Err(Error::BadTlsVersion));
    assert_eq!(conv.version_for_secrets(), Err(Error::VersionBeforeSecret));
    assert_eq!(conv.lock_version(0x303), Ok(()));
    assert_eq!(conv.lock_version(0x303), Err(Error::VersionSet));
    assert_eq!(conv.version_for_secrets(), Ok(ProtocolVersion::TLS12));
}

#[test]
fn the_first_error_stays() {
    let mut conv = handshaking();
    conv.hand.open().expect("nobody reads hand yet");
    conv.fail(Error::Alert("bad record mac"));
    conv.fail(Error::ChannelError);
    assert_eq!(conv.may_write_hand(), Err(Error::Alert("bad record mac")));
    assert_eq!(conv.hand.take(9), Some(Err(Error::Alert("bad record mac"))));
    assert_eq!(conv.hand.take(9), None);
}

#[test]
fn opened_needs_both_ciphers_and_a_living_conversation() {
    let mut conv = handshaking();
    assert_eq!(conv.open(false), Err(Error::CipherBeforeOpened));
    assert_eq!(conv.open(true), Ok(()));
    assert_eq!(conv.open(true), Ok(()));
    conv.close(Event::LocalClose);
    assert_eq!(conv.open(true), Err(Error::CannotOpen));
}

#[test]
fn a_second_close_tells_nothing() {
    let mut conv = handshaking();
    conv.hand.open().expect("nobody reads hand yet");
    conv.close(Event::Hangup);
    conv.close(Event::Hangup);
    assert_eq!(conv.hand.take(9), Some(Err(Error::CloseNotify)));
    assert_eq!(conv.hand.take(9), None);
}

#[test]
fn the_first_error_is_told_whole_only_before_opened() {
    let mut conv = handshaking();
    assert_eq!(conv.told(Error::MacMismatch), Error::MacMismatch);
    conv.open(true).expect("handshaking");
    assert_eq!(conv.told(Error::MacMismatch), Error::Failed);
}

#[test]
fn the_end_is_the_handshake_s_first_fault_or_the_stored_error_or_a_close_before_opened() {
    let mut conv = handshaking();
    assert_eq!(conv.end(), None);
    conv.close(Event::RemoteClose);
    assert_eq!(conv.end(), Some(&Error::CloseNotify));
    let _ = conv.told(Error::MacMismatch);
    let _ = conv.told(Error::NoProgress);
    conv.fail(Error::Alert("bad record mac"));
    assert_eq!(conv.end(), Some(&Error::MacMismatch));
    let mut conv = handshaking();
    conv.fail(Error::Alert("access denied"));
    let _ = conv.told(Error::MacMismatch);
    assert_eq!(conv.end(), Some(&Error::Alert("access denied")));
    let mut conv = handshaking();
    conv.open(true).expect("handshaking");
    conv.close(Event::RemoteClose);
    assert_eq!(conv.end(), None);
    let _ = conv.told(Error::MacMismatch);
    conv.fail(Error::Alert("bad record mac"));
    assert_eq!(conv.end(), Some(&Error::Alert("bad record mac")));
}

/// A conversation whose `hand` is read, and what its channel has brought so far.
fn with_input(bytes: &[u8]) -> (Conv, Input) {
    let mut conv = handshaking();
    conv.hand.open().expect("nobody reads hand yet");
    let mut input = Input::default();
    input.room(&conv).0.extend_from_slice(bytes);
    (conv, input)
}

#[test]
fn every_strict_prefix_of_a_record_wants_more_and_changes_nothing() {
    let record = [22, 3, 3, 0, 3, 1, 2, 3];
    for len in 0..record.len() {
        let (mut conv, mut input) = with_input(&record[..len]);
        assert_eq!(input.next(&mut conv, &mut OneWay::new()), Next::Want, "{len} bytes");
        assert_eq!(conv.hand.take(9), None);
        input.room(&conv).0.extend_from_slice(&record[len..]);
        assert_eq!(input.next(&mut conv, &mut OneWay::new()), Next::Again, "{len} bytes, then the rest");
        assert_eq!(conv.hand.take(9), Some(Ok(vec![1, 2, 3])));
    }
}

#[test]
fn records_follow_each_other_and_an_impossible_length_is_known_from_the_header() {
    let (mut conv, mut input) = with_input(&[22, 3, 3, 0, 1, 7, 22, 3, 3, 0, 1, 8, 22, 3, 3, 0x48, 1]);
    let mut way = OneWay::new();
    assert_eq!(input.next(&mut conv, &mut way), Next::Again);
    assert_eq!(input.next(&mut conv, &mut way), Next::Again);
    assert_eq!((conv.hand.take(9), conv.hand.take(9)), (Some(Ok(vec![7])), Some(Ok(vec![8]))));
    let long = Next::Refuse(tlswire::Alert::RECORD_OVERFLOW, Error::BadLength(18433));
    assert_eq!(input.next(&mut conv, &mut way), long);
}

#[test]
fn a_wrong_version_is_told_before_a_wrong_length() {
    for header in [[22, 2, 3, 0, 0], [22, 4, 0, 0xff, 0xff]] {
        let (mut conv, mut input) = with_input(&header);
        let next = input.next(&mut conv, &mut OneWay::new());
        assert!(matches!(next, Next::Refuse(tlswire::Alert::PROTOCOL_VERSION, _)), "{next:?}");
    }
}
