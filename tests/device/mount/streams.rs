//! Reading and writing on a mount: streams, waits, polls and signals.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal};

use super::{Conversation, record, stderr, stdout};
use crate::support::mount::Mounted;
use crate::support::process::Process;

/// What `file` is ready for within some time; no time means now.
fn ready(file: &File, events: PollFlags, wait: Duration) -> PollFlags {
    let mut fds = [PollFd::new(file, events)];
    poll(&mut fds, Some(&Timespec::try_from(wait).expect("a time"))).expect("polled");
    fds[0].revents()
}

const NOW: Duration = Duration::ZERO;
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_reader_that_waits_and_a_writer_share_one_open_file() {
    let Some(mounted) = Mounted::new(&["-D"]) else { return };
    let mut conv = Conversation::established(&mounted);
    let mut data = conv.data();
    let mut same = data.try_clone().expect("a second descriptor");
    let reader = thread::spawn(move || {
        let mut text = [0; 100];
        let len = same.read(&mut text).expect("read");
        text[..len].to_vec()
    });
    let waits =
        |text: &str| text.lines().any(|line| line.ends_with(" read handle 3 count 100")).then_some(());
    mounted.device.wait_for("the read", |seen| waits(&seen.stderr_text())).expect("it waits");
    data.write_all(b"question").expect("written past the reader");
    assert_eq!(conv.peer_receives(), b"question");
    conv.peer_sends(b"answer");
    assert_eq!(reader.join().expect("the reader ends"), b"answer");
}

#[test]
fn a_stream_has_no_offsets_and_a_shell_reads_its_line_alone() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let mut conv = Conversation::established(&mounted);
    let seek = conv.data().rewind().expect_err("a stream");
    assert_eq!(seek.raw_os_error(), Some(rustix::io::Errno::SPIPE.raw_os_error()));
    let data = conv.dir.join("data");
    for shell in ["dash", "bash"] {
        conv.peer_sends(b"one\ntwo\nthree");
        let script = format!("exec <{}; read -r a; read -r b; head -c 5; echo \":$a:$b\"", data.display());
        let output = mounted.run(shell, &script);
        assert_eq!(stdout(&output), "three:one:two\n", "{shell}: {}", stderr(&output));
    }
}

#[test]
fn a_mebibyte_is_one_write_and_arrives_in_order() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let mut conv = Conversation::established(&mounted);
    let sent: Vec<u8> = (0..1_u32 << 20).map(|n| (n % 251) as u8).collect();
    let (mut data, payload) = (conv.data(), sent.clone());
    let writer = thread::spawn(move || data.write(&payload).expect("written"));
    let mut received = Vec::new();
    while received.len() < sent.len() {
        received.extend(conv.peer_receives());
    }
    assert_eq!(writer.join().expect("the writer ends"), sent.len());
    assert!(received == sent, "the bytes differ");
}

#[test]
fn poll_tells_what_would_not_wait() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let mut conv = Conversation::established(&mounted);
    let mut data = conv.data();
    let both = PollFlags::IN | PollFlags::OUT;
    assert_eq!(ready(&data, both, NOW), PollFlags::OUT);
    let waiter = {
        let data = data.try_clone().expect("a second descriptor");
        thread::spawn(move || ready(&data, PollFlags::IN, PATIENCE))
    };
    conv.peer_sends(b"hello");
    assert_eq!(waiter.join().expect("told"), PollFlags::IN);
    assert_eq!(ready(&data, both, NOW), both);
    let mut text = [0; 5];
    data.read_exact(&mut text).expect("read");
    assert_eq!(ready(&data, both, NOW), PollFlags::OUT);
    // The peer's close_notify is an end, which nobody has to wait for.
    conv.peer.write_all(&[21, 3, 3, 0, 2, 1, 0]).expect("sent");
    assert_eq!(ready(&data, PollFlags::IN, PATIENCE), PollFlags::IN);
    assert_eq!(data.read(&mut text).expect("the end"), 0);
    conv.command("hangup");
    assert!(ready(&data, PollFlags::IN, NOW).contains(PollFlags::HUP));
}

#[test]
fn who_is_told_of_changes_alone_is_told_of_every_change() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let mut conv = Conversation::established(&mounted);
    let mut data = conv.data();
    rustix::fs::fcntl_setfl(&data, OFlags::RDWR | OFlags::NONBLOCK).expect("set");
    let epoll = rustix::event::epoll::create(rustix::event::epoll::CreateFlags::CLOEXEC).expect("made");
    let event = rustix::event::epoll::EventData::new_u64(1);
    // As most runtimes ask, for both ways at once: one that is ready for ever must not hide the other.
    let both = rustix::event::epoll::EventFlags::IN | rustix::event::epoll::EventFlags::OUT;
    let flags = both | rustix::event::epoll::EventFlags::ET;
    rustix::event::epoll::add(&epoll, &data, event, flags).expect("added");
    let mut room = Vec::with_capacity(4);
    for turn in 0..5 {
        conv.peer_sends(format!("turn {turn}").as_bytes());
        let mut text = Vec::new();
        while text.len() < 6 {
            let patience = Timespec::try_from(PATIENCE).expect("a time");
            room.clear();
            let spare = rustix::buffer::spare_capacity(&mut room);
            rustix::event::epoll::wait(&epoll, spare, Some(&patience)).expect("waited");
            assert!(!room.is_empty(), "turn {turn}: nobody told");
            match data.read_to_end(&mut text) {
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                Ok(_) => panic!("turn {turn}: an end"),
            }
        }
        assert_eq!(text, format!("turn {turn}").as_bytes());
    }
}

#[test]
fn nonblock_set_later_waits_for_nothing_and_loses_nothing() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let mut conv = Conversation::established(&mounted);
    let mut data = conv.data();
    rustix::fs::fcntl_setfl(&data, OFlags::RDWR | OFlags::NONBLOCK).expect("set");
    assert_eq!(data.read(&mut [0; 9]).expect_err("nothing there").kind(), ErrorKind::WouldBlock);
    let chunk: Vec<u8> = (0..100_000_u32).map(|n| (n % 241) as u8).collect();
    let mut sent = Vec::new();
    let refused = loop {
        match data.write(&chunk) {
            Ok(len) => sent.extend_from_slice(&chunk[..len]),
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    assert_eq!(ready(&data, PollFlags::OUT, NOW), PollFlags::empty());
    let mut received = Vec::new();
    while received.len() < sent.len() {
        received.extend(conv.peer_receives());
    }
    assert!(received == sent, "{} bytes sent, {} received", sent.len(), received.len());
    assert_eq!(ready(&data, PollFlags::OUT, PATIENCE), PollFlags::OUT);
    data.write_all(b"more").expect("there is room again");
    assert_eq!(conv.peer_receives(), b"more");
}

#[test]
fn a_signal_ends_a_reader_that_waits_and_nothing_else() {
    let Some(mounted) = Mounted::new(&["-D"]) else { return };
    let mut conv = Conversation::established(&mounted);
    for signal in [Signal::INT, Signal::KILL] {
        let mut reader = Process::start(Command::new("cat").arg(conv.dir.join("data")));
        mounted.wait_for_request(reader.id(), " read handle ");
        let id = i32::try_from(reader.id()).ok().and_then(Pid::from_raw).expect("an id");
        rustix::process::kill_process(id, signal).expect("sent");
        let status = reader.wait_exit().expect("it ends");
        assert!(!status.success(), "{signal:?}: {status}");
    }
    conv.peer_sends(b"still here");
    let mut text = [0; 10];
    conv.data().read_exact(&mut text).expect("nothing was lost");
    assert_eq!(&text, b"still here");
}

#[test]
fn what_a_killed_writer_wrote_comes_in_whole_records() {
    let Some(mounted) = Mounted::new(&["-D"]) else { return };
    let mut conv = Conversation::established(&mounted);
    let mut dd = Command::new("dd");
    dd.args(["if=/dev/zero", "bs=1M", "conv=notrunc"]).arg(format!("of={}/data", conv.dir.display()));
    let mut writer = Process::start(&mut dd);
    mounted.wait_for_request(writer.id(), " write handle ");
    writer.kill();
    // What was taken goes out, in runs of 16 records (tls(3)); then another has its turn.
    let mut data = conv.data();
    let last = thread::spawn(move || data.write_all(b"last").expect("written"));
    let mut count = 0;
    loop {
        let record = record(&mut conv.peer).expect("a record");
        if record == b"last" {
            break;
        }
        assert!(record.iter().all(|byte| *byte == 0));
        count += record.len();
    }
    last.join().expect("written");
    assert_eq!(count % (256 << 10), 0, "a run was torn");
}
