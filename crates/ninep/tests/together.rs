//! Writes that came one behind the other and are done together: their order, their replies, and what a flush does to them.

use std::sync::Arc;
use std::task::{Context, Waker};

use ninep::fcall::{Inbox, Outbox};
use ninep::server::Session;
use ninep::{Caller, Limits};

use super::script::Tongue;
use super::toy::Toy;

/// A client whose fid 1 is `together`, 2 is `go` and 3 is `log`.
struct Client {
    toy: Arc<Toy>,
    session: Session<Toy>,
    tongue: Tongue,
}

impl Client {
    fn new() -> Client {
        let toy = Arc::new(Toy::default());
        let session = Session::new(Arc::clone(&toy), Caller::default(), Limits::default());
        let mut client = Client { toy, session, tongue: Tongue::default() };
        client.said(&[
            "Tversion tag NOTAG msize 8192 version '9P2000'",
            "Tattach tag 1 fid 0 afid NOFID uname 'u' aname ''",
            "Twalk tag 1 fid 0 newfid 1 nwname 1 'together'",
            "Twalk tag 1 fid 0 newfid 2 nwname 1 'go'",
            "Twalk tag 1 fid 0 newfid 3 nwname 1 'log'",
            "Topen tag 1 fid 1 mode 0x01",
            "Topen tag 1 fid 2 mode 0x01",
            "Topen tag 1 fid 3 mode 0x00",
        ]);
        client
    }

    /// Sends lines so that they come in one piece, and gives the replies.
    fn said(&mut self, lines: &[&str]) -> Vec<String> {
        let sent: Vec<u8> = lines.iter().flat_map(|line| self.tongue.bytes(line)).collect();
        let mut inbox = Inbox::new(8192);
        inbox.space()[..sent.len()].copy_from_slice(&sent);
        inbox.received(sent.len(), None);
        let mut out = Outbox::new();
        while let Some((frame, descriptors)) = inbox.cut().unwrap() {
            self.session.recv(&frame, descriptors, &mut out);
            self.session.go_on(&mut out);
        }
        self.session.poll(&Context::from_waker(Waker::noop()), &mut out);
        let replies = out.take();
        let mut replied = Inbox::new(8192);
        replied.space()[..replies.len()].copy_from_slice(&replies);
        replied.received(replies.len(), None);
        let mut said = Vec::new();
        while let Some((frame, _)) = replied.cut().unwrap() {
            said.push(self.tongue.line(frame.bytes()));
        }
        said
    }
}

/// A write of one byte to `together` by tag `tag`, or more of them.
const WRITES: [&str; 3] = [
    "Twrite tag 11 fid 1 offset 0 count 1 'a'",
    "Twrite tag 12 fid 1 offset 0 count 1 'b'",
    "Twrite tag 13 fid 1 offset 0 count 1 'c'",
];
const GO: &str = "Twrite tag 2 fid 2 offset 0 count 1 'x'";
const GONE: &str = "Rwrite tag 2 count 1";
const LOG: &str = "Tread tag 3 fid 3 offset 0 count 100";

#[test]
fn writes_that_come_together_are_done_together_and_answered_each() {
    let mut client = Client::new();
    assert!(client.said(&WRITES).is_empty());
    assert_eq!(client.toy.waiting_count(), 1);
    assert_eq!(
        client.said(&[GO]),
        [GONE, "Rwrite tag 11 count 1", "Rwrite tag 12 count 1", "Rwrite tag 13 count 1"]
    );
    assert_eq!(client.said(&[LOG]), ["Rread tag 3 count 7 '[a b c]'"]);
    assert_eq!(client.session.waiting_count(), 0);
}

#[test]
fn a_write_alone_is_a_write_and_those_behind_it_wait_together() {
    let mut client = Client::new();
    assert!(client.said(&WRITES[..1]).is_empty());
    assert!(client.said(&WRITES[1..]).is_empty());
    assert_eq!(client.toy.waiting_count(), 1);
    assert_eq!(client.said(&[GO]), [GONE, "Rwrite tag 11 count 1"]);
    assert_eq!(client.said(&[GO]), [GONE, "Rwrite tag 12 count 1", "Rwrite tag 13 count 1"]);
    assert_eq!(client.said(&[LOG]), ["Rread tag 3 count 6 'a[b c]'"]);
}

#[test]
fn whatever_comes_between_finds_the_writes_before_it_begun() {
    let mut client = Client::new();
    let [a, b, c] = WRITES;
    // The gate is open before they come, so that what is begun is done.
    assert_eq!(
        client.said(&[GO, a, b, LOG, c]),
        [GONE, "Rwrite tag 11 count 1", "Rwrite tag 12 count 1", "Rread tag 3 count 5 '[a b]'"]
    );
    assert_eq!(client.said(&[GO]), [GONE, "Rwrite tag 13 count 1"]);
}

#[test]
fn one_of_them_may_fail() {
    let mut client = Client::new();
    let [a, _, c] = WRITES;
    assert!(client.said(&[a, "Twrite tag 12 fid 1 offset 0 count 4 'fail'", c]).is_empty());
    let replies = client.said(&[GO]);
    assert_eq!(replies[..2], [GONE, "Rwrite tag 11 count 1"]);
    assert!(replies[2].starts_with("Rerror tag 12 "), "{replies:?}");
    assert_eq!(replies[3..], ["Rwrite tag 13 count 1"]);
}

#[test]
fn a_flushed_one_is_not_answered_and_its_tag_is_free_at_once() {
    let mut client = Client::new();
    assert!(client.said(&WRITES).is_empty());
    assert_eq!(client.said(&["Tflush tag 4 oldtag 12"]), ["Rflush tag 4"]);
    // Its tag stands for something else by now.
    assert!(client.said(&["Twrite tag 12 fid 1 offset 0 count 1 'd'"]).is_empty());
    assert_eq!(client.said(&[GO]), [GONE, "Rwrite tag 11 count 1", "Rwrite tag 13 count 1"]);
    assert_eq!(client.said(&[GO]), [GONE, "Rwrite tag 12 count 1"]);
}

#[test]
fn when_all_are_flushed_nothing_is_written_and_the_next_may_go() {
    let mut client = Client::new();
    assert!(client.said(&WRITES).is_empty());
    for (tag, old) in [(4, 11), (5, 13), (6, 12)] {
        assert_eq!(client.said(&[&format!("Tflush tag {tag} oldtag {old}")]), [format!("Rflush tag {tag}")]);
    }
    assert_eq!((client.toy.waiting_count(), client.session.waiting_count()), (0, 0));
    assert_eq!(
        client.said(&[GO, "Twrite tag 14 fid 1 offset 0 count 1 'e'"]),
        [GONE, "Rwrite tag 14 count 1"]
    );
    assert_eq!(client.said(&[LOG]), ["Rread tag 3 count 1 'e'"]);
}

#[test]
fn a_clunk_waits_for_them() {
    let mut client = Client::new();
    let [a, b, _] = WRITES;
    assert!(client.said(&[a, b, "Tclunk tag 5 fid 1"]).is_empty());
    assert_eq!(client.said(&[GO]), [GONE, "Rwrite tag 11 count 1", "Rwrite tag 12 count 1", "Rclunk tag 5"]);
}
