//! Tests of the framing, of what the codec refuses, and of what the printing hides; the rest is in `codec`.

mod codec;

use std::io::IoSlice;
use std::os::fd::OwnedFd;

use super::*;
use crate::{Dialect, Limits, errstr};
use codec::requests;

fn bytes_of_t(tmsg: &Tmsg, dialect: Dialect) -> Vec<u8> {
    let mut out = Outbox::new();
    encode_tmsg(Tag(7), tmsg, dialect, Vec::new(), &mut out);
    out.take()
}

fn bytes_of_r(rmsg: &Rmsg, dialect: Dialect) -> Vec<u8> {
    let mut out = Outbox::new();
    encode_rmsg(Tag(7), rmsg, dialect, &mut out);
    out.take()
}

/// The same bytes, cut or lengthened, with a `size[4]` that agrees.
fn resized(bytes: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(len, 0);
    bytes[..4].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
    bytes
}

#[test]
fn a_frame_is_as_long_as_it_says() {
    for (tmsg, _) in requests(Dialect::Classic) {
        let bytes = bytes_of_t(&tmsg, Dialect::Classic);
        for len in 0..7 {
            assert!(Frame::whole(&bytes[..len]).is_err());
        }
        let size = u32::try_from(bytes.len()).unwrap();
        let error = if bytes.len() == 7 { FrameError::TooShort(7) } else { FrameError::TooLong(size) };
        assert_eq!(Frame::whole(&bytes[..bytes.len() - 1]).err(), Some(error));
    }
}

#[test]
fn a_plain_line_has_no_payload() {
    let tmsg = Tmsg::Write { fid: Fid(1), offset: 0, data: Bytes::from_static(b"plaintext") };
    assert_eq!(
        format!("{}", Line::t(Tag(7), &tmsg, Dialect::Classic)),
        "Twrite tag 7 fid 1 offset 0 count 9"
    );
    let rmsg = Rmsg::Read { data: Bytes::from_static(b"plaintext") };
    assert_eq!(format!("{:?}", Line::r(Tag(7), &rmsg, Dialect::Classic)), "Rread tag 7 count 9");
}

#[test]
fn key_material_is_never_printed() {
    for line in [
        "secret sha1 rc4_128 1 QUJD",
        " secret  sha1\trc4_128 1 QUJD x",
        "'secret' sha1 rc4_128 1 QUJD",
        "''se'cre't sha1 rc4_128 1 QUJD",
    ] {
        let tmsg = Tmsg::Write { fid: Fid(1), offset: 0, data: Bytes::from_static(line.as_bytes()) };
        let printed = format!("{:#}", Line::t(Tag(7), &tmsg, Dialect::Classic));
        assert!(printed.ends_with(" sha1 rc4_128 1 .."), "{printed}");
        assert!(!printed.contains("QUJD"), "{printed}");
    }
    assert!(!is_secret(b"secretary"));
    assert!(!is_secret(b"'secret'ary"));
    assert!(!is_secret(b"secre"));
    assert!(!is_secret(b"data secret"));
    assert!(is_secret(b"secret"));
}

#[test]
fn an_error_without_a_number_is_no_success() {
    for dialect in [Dialect::Unix, Dialect::Linux] {
        for errno in [0, -5, i32::MIN] {
            let bytes = bytes_of_r(&Rmsg::Error { error: Error::new("strange", errno) }, dialect);
            assert_eq!(bytes.last_chunk(), Some(&errstr::errno::EIO.to_le_bytes()), "{dialect} {errno}");
        }
    }
    // A server that sends such a number all the same is understood by its text.
    let mut bytes = bytes_of_r(&Rmsg::Error { error: errstr::PERMISSION_DENIED }, Dialect::Unix);
    bytes.last_chunk_mut::<4>().expect("the number").fill(0);
    let told = decode_rmsg(&Frame::whole(&bytes).expect("a message"), Dialect::Unix);
    assert_eq!(told, Ok(Rmsg::Error { error: errstr::PERMISSION_DENIED }));
}

#[test]
fn a_long_payload_is_cut_in_print() {
    let rmsg = Rmsg::Read { data: Bytes::from(vec![b'a'; 300]) };
    assert_eq!(
        format!("{:#}", Line::r(Tag(7), &rmsg, Dialect::Classic)),
        format!("Rread tag 7 count 300 '{}'..", "a".repeat(256))
    );
}

#[test]
fn a_walk_of_seventeen_names_is_refused() {
    let names = vec!["x".to_owned(); 17];
    let bytes = bytes_of_t(&Tmsg::Walk { fid: Fid(0), newfid: Fid(1), names }, Dialect::Classic);
    assert_eq!(decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Classic), Err(DecodeError::TooManyNames));
}

#[test]
fn a_text_with_nul_or_without_utf8_is_refused() {
    for bad in [0, 0xff] {
        let mut bytes =
            bytes_of_t(&Tmsg::Version { msize: 8192, version: "9P2000".into() }, Dialect::Classic);
        let last = bytes.len() - 1;
        bytes[last] = bad;
        assert_eq!(decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Classic), Err(DecodeError::BadText));
    }
}

#[test]
fn a_stat_must_be_as_long_as_it_says() {
    let bytes = bytes_of_t(&Tmsg::Wstat { fid: Fid(1), stat: Stat::leave() }, Dialect::Classic);
    for (place, change) in [(11, 1_i16), (11, -1), (13, 1), (13, -1)] {
        let mut bytes = bytes.clone();
        bytes[place] = bytes[place].wrapping_add_signed(i8::try_from(change).unwrap());
        assert!(decode_tmsg(&Frame::whole(&bytes).unwrap(), Dialect::Classic).is_err());
    }
}

#[test]
fn a_long_error_text_is_cut_at_a_character() {
    let text = format!("{}é", "a".repeat(126));
    let bytes =
        bytes_of_r(&Rmsg::Error { error: Error::from_text(text, errstr::errno::EIO) }, Dialect::Classic);
    let Ok(Rmsg::Error { error }) = decode_rmsg(&Frame::whole(&bytes).unwrap(), Dialect::Classic) else {
        panic!("not an error")
    };
    assert_eq!(error.text, "a".repeat(126));
}

#[test]
fn directory_entries_are_read_back() {
    let stats = vec![
        Stat::new("clone", Qid::file(1), Mode(0o666), "root", "root"),
        Stat::new("0", Qid::dir(2), Mode::DIR | Mode(0o555), "glenda", "root"),
    ];
    for dialect in Dialect::ALL {
        let mut bytes = Vec::new();
        for stat in &stats {
            encode_stat(stat, dialect, &mut bytes);
        }
        assert_eq!(decode_stats(&bytes, dialect), Ok(stats.clone()));
        assert_eq!(decode_stats(&bytes[..bytes.len() - 1], dialect), Err(DecodeError::BadStat));
    }
}

/// Puts bytes into an inbox in pieces, and collects the messages.
fn cut_up(stream: &[u8], piece_len: usize, inbox: &mut Inbox) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let space = inbox.space();
        assert!(!space.is_empty());
        let len = rest.len().min(piece_len).min(space.len());
        space[..len].copy_from_slice(&rest[..len]);
        rest = &rest[len..];
        inbox.received(len, None);
        while let Some((frame, _)) = inbox.cut().unwrap() {
            messages.push(frame.bytes().to_vec());
        }
    }
    messages
}

#[test]
fn a_stream_is_cut_into_the_same_messages_whatever_its_pieces() {
    let mut messages: Vec<_> =
        requests(Dialect::Classic).iter().map(|(tmsg, _)| bytes_of_t(tmsg, Dialect::Classic)).collect();
    for len in [5000_u32, 300_000, 20_000] {
        let data = Bytes::from((0..len).map(|n| n.to_le_bytes()[0]).collect::<Vec<_>>());
        messages.push(bytes_of_t(&Tmsg::Write { fid: Fid(1), offset: 0, data }, Dialect::Classic));
        messages
            .extend(requests(Dialect::Classic).iter().map(|(tmsg, _)| bytes_of_t(tmsg, Dialect::Classic)));
    }
    let stream = messages.concat();
    for piece_len in [1, 7, 16384, usize::MAX] {
        let mut inbox = Inbox::new(Limits::MSIZE_MAX);
        assert_eq!(cut_up(&stream, piece_len, &mut inbox), messages, "pieces of {piece_len}");
        assert!(!inbox.is_amid_message());
    }
}

#[test]
fn data_that_is_kept_does_not_change_under_its_keeper() {
    let mut inbox = Inbox::new(Limits::MSIZE_MAX);
    let mut kept = Vec::new();
    for byte in 0..20_u8 {
        let data = Bytes::from(vec![byte; 100_000]);
        let stream = bytes_of_t(&Tmsg::Write { fid: Fid(1), offset: 0, data }, Dialect::Classic);
        let mut rest = &stream[..];
        while !rest.is_empty() {
            let space = inbox.space();
            let len = rest.len().min(space.len());
            space[..len].copy_from_slice(&rest[..len]);
            rest = &rest[len..];
            inbox.received(len, None);
        }
        let (frame, _) = inbox.cut().unwrap().unwrap();
        let Ok(Tmsg::Write { data, .. }) = decode_tmsg(&frame, Dialect::Classic) else {
            panic!("not a write")
        };
        kept.push(data);
    }
    for (byte, data) in (0..20_u8).zip(kept) {
        assert_eq!(data, vec![byte; 100_000]);
    }
}

#[test]
fn a_message_longer_than_msize_or_shorter_than_its_header_breaks_the_stream() {
    for (size, error) in [(8193_u32, FrameError::TooLong(8193)), (6, FrameError::TooShort(6))] {
        let mut inbox = Inbox::new(8192);
        inbox.space()[..4].copy_from_slice(&size.to_le_bytes());
        inbox.received(4, None);
        assert_eq!(inbox.cut().err(), Some(error));
        assert_eq!(inbox.cut().err(), Some(error));
    }
}

#[test]
fn descriptors_belong_to_the_message_with_the_last_byte_they_came_with() {
    let mut inbox = Inbox::new(8192);
    let clunk = bytes_of_t(&Tmsg::Clunk { fid: Fid(1) }, Dialect::Classic);
    // One receive: a whole message and the first five bytes of the next, with two descriptors; then the rest.
    let stream = [clunk.clone(), clunk.clone(), clunk.clone()].concat();
    let cut = clunk.len() + 5;
    inbox.space()[..cut].copy_from_slice(&stream[..cut]);
    let descriptors: Vec<OwnedFd> =
        std::io::pipe().map(|(reader, writer)| vec![reader.into(), writer.into()]).unwrap();
    inbox.received(cut, descriptors);
    let rest = &stream[cut..];
    inbox.space()[..rest.len()].copy_from_slice(rest);
    inbox.received(rest.len(), None);
    let counts: Vec<usize> =
        std::iter::from_fn(|| inbox.cut().unwrap().map(|(_, descriptors)| descriptors.len())).collect();
    assert_eq!(counts, [0, 2, 0]);
}

#[test]
fn descriptors_past_the_limit_are_closed() {
    let mut inbox = Inbox::new(8192);
    let clunk = bytes_of_t(&Tmsg::Clunk { fid: Fid(1) }, Dialect::Classic);
    inbox.space()[..clunk.len()].copy_from_slice(&clunk);
    let (reader, writer) = std::io::pipe().unwrap();
    let mut descriptors = vec![OwnedFd::from(reader)];
    descriptors.extend((0..Limits::DESCRIPTORS_MAX).map(|_| OwnedFd::from(writer.try_clone().unwrap())));
    inbox.received(clunk.len(), descriptors);
    let (_, descriptors) = inbox.cut().unwrap().unwrap();
    assert_eq!(descriptors.len(), Limits::DESCRIPTORS_MAX);
}

#[test]
fn descriptors_of_a_message_that_does_not_end_are_bounded() {
    let mut inbox = Inbox::new(8192);
    let clunk = bytes_of_t(&Tmsg::Clunk { fid: Fid(1) }, Dialect::Classic);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let (kept, _other_end) = std::io::pipe().unwrap();
    for (number, byte) in clunk.iter().take(10).enumerate() {
        inbox.space()[0] = *byte;
        let is_kept = number < Limits::DESCRIPTORS_MAX;
        let descriptor: OwnedFd =
            if is_kept { kept.try_clone().unwrap().into() } else { writer.try_clone().unwrap().into() };
        inbox.received(1, [descriptor]);
        inbox.received(0, None);
    }
    drop(writer);
    assert_eq!(std::io::Read::read(&mut reader, &mut [0]).unwrap(), 0, "those past the limit are closed");
    inbox.space()[0] = clunk[10];
    inbox.received(1, None);
    let (_, descriptors) = inbox.cut().unwrap().unwrap();
    assert_eq!(descriptors.len(), Limits::DESCRIPTORS_MAX);
}

#[test]
fn an_outbox_sends_in_order_whatever_the_pieces() {
    for piece_len in [1, 7, 5000, usize::MAX] {
        let mut out = Outbox::new();
        let mut whole = Vec::new();
        for len in [10, 4096, 4097, 0, 6000, 3] {
            let tmsg = Tmsg::Write { fid: Fid(1), offset: 0, data: Bytes::from(vec![b'a'; len]) };
            encode_tmsg(Tag(7), &tmsg, Dialect::Classic, Vec::new(), &mut out);
            whole.extend(bytes_of_t(&tmsg, Dialect::Classic));
            let tmsg = Tmsg::Write { fid: Fid(1), offset: 0, data: Bytes::from_static(b"secret x y 1 zzz") };
            encode_tmsg(Tag(7), &tmsg, Dialect::Classic, Vec::new(), &mut out);
            whole.extend(bytes_of_t(&tmsg, Dialect::Classic));
        }
        let mut sent = Vec::new();
        while !out.is_empty() {
            let mut slices = [IoSlice::new(&[]); 3];
            let count = out.gather(&mut slices);
            let bytes: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
            let len = bytes.len().min(piece_len);
            sent.extend_from_slice(&bytes[..len]);
            out.advance(len);
        }
        assert_eq!(sent, whole);
    }
}

#[test]
fn a_message_with_descriptors_is_sent_alone_and_they_go_once() {
    let mut out = Outbox::new();
    let clunk = Tmsg::Clunk { fid: Fid(1) };
    let write = Tmsg::Write { fid: Fid(1), offset: 0, data: Bytes::from_static(b"fd 3") };
    let (reader, _writer) = std::io::pipe().unwrap();
    encode_tmsg(Tag(7), &clunk, Dialect::Classic, Vec::new(), &mut out);
    encode_tmsg(Tag(7), &write, Dialect::Classic, vec![reader.into()], &mut out);
    encode_tmsg(Tag(7), &clunk, Dialect::Classic, Vec::new(), &mut out);
    let mut calls = Vec::new();
    while !out.is_empty() {
        let descriptors = out.descriptors().len();
        let mut slices = [IoSlice::new(&[]); 8];
        let count = out.gather(&mut slices);
        let len: usize = slices[..count].iter().map(|slice| slice.len()).sum();
        calls.push((len, descriptors));
        // The kernel may take part of a message; the descriptors go with that part.
        out.advance(len.min(20));
    }
    assert_eq!(calls, [(11, 0), (27, 1), (7, 0), (11, 0)]);
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut decoded = 0;
    for turn in 0..100_000 {
        let dialect = Dialect::ALL[turn % Dialect::ALL.len()];
        let len = 7 + usize::try_from(next() % 90).unwrap();
        let mut bytes: Vec<u8> =
            (0..len).map(|_| next().to_le_bytes()[0] & if next() % 2 == 0 { 3 } else { 255 }).collect();
        bytes[..4].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
        bytes[4] = 6 + u8::try_from(next() % 124).unwrap();
        let frame = Frame::whole(&bytes).unwrap();
        if let Ok(tmsg) = decode_tmsg(&frame, dialect) {
            decoded += 1;
            let mut out = Outbox::new();
            encode_tmsg(frame.tag(), &tmsg, dialect, Vec::new(), &mut out);
            let again = out.take();
            // Bits that Linux may have some day are dropped.
            assert!(again == bytes || (dialect == Dialect::Linux && !again.is_empty()));
        }
        if let Ok(rmsg) = decode_rmsg(&frame, dialect) {
            decoded += 1;
            let mut out = Outbox::new();
            encode_rmsg(frame.tag(), &rmsg, dialect, &mut out);
            assert!(!out.take().is_empty());
        }
    }
    assert!(decoded > 100, "the bytes are too arbitrary to test anything: {decoded}");
}
