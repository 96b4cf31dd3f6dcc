//! The state of a conversation: a figure, an enum, a table.
//!
//! ```text
//!            fd             opened              close_notify in
//!   Fresh ------> Handshaking ------> Established ------------> RemoteClosed
//!                   |     |             |     |                      |
//!          alert 0, |     |             |     | alert 0              | alert 0,
//!          hangup   |     |             |     v                      | hangup
//!                   |     |             |  LocalClosed --------------+--> Closed
//!                   v     |             v     |      close_notify in
//!                Hungup <-|---- hangup -------+
//!                         |
//!                         |  a fatal alert to send     sent, or failed to be sent
//!        any but Closed --+----------------------> Alerting ------------------> Errored
//!        any --- a fatal alert received, or the channel failed ---------------> Errored
//! ```
//!
//! This file only says which state follows which. What a state permits is in `may`; the texts are
//! in `errstr`.
//!
//! `Fresh` and `Closed` are one word in `status`, and so are `LocalClosed` and `Hungup`: the
//! original has one state for each pair. They are told apart here because `data` ends as a file
//! ends after a close by the peer but not before there is a channel, and because `alert 0` closes
//! only our half while `hangup` ends both (tls(3), differences).

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No channel yet.
    Fresh,
    /// A channel, and no `opened` yet.
    Handshaking,
    /// `opened`: application data moves.
    Established,
    /// The peer sent close_notify; we did not.
    RemoteClosed,
    /// We sent close_notify by `alert 0`; the peer did not, and may still send.
    LocalClosed,
    /// We sent close_notify by `hangup`: nothing is read any more either.
    Hungup,
    /// A fatal alert of ours is on its way out.
    Alerting,
    /// Dead; the stored error says why.
    Errored,
    /// Both sides sent close_notify.
    Closed,
}

/// What can happen to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// `fd` or `wire` took a channel.
    Fd,
    /// `opened` was accepted.
    Opened,
    /// close_notify goes out because of `alert 0`.
    LocalClose,
    /// close_notify goes out because of `hangup`.
    Hangup,
    /// close_notify came in.
    RemoteClose,
    /// A fatal alert is about to go out.
    AlertStarts,
    /// A fatal alert went out, or could not.
    AlertSent,
    /// A fatal alert came in, or the channel failed or ended early.
    Failed,
}

impl State {
    /// Gives the state that follows when `event` happens in this one; an event that means nothing
    /// in a state leaves it as it is.
    #[must_use]
    pub fn after(self, event: Event) -> State {
        use State::{
            Alerting, Closed, Errored, Established, Fresh, Handshaking, Hungup, LocalClosed, RemoteClosed,
        };
        match (event, self) {
            (Event::Fd, Fresh) => Handshaking,
            (Event::Opened, Handshaking) => Established,

            // Before `opened` there is no half to keep open: both commands hang up.
            (Event::LocalClose, Handshaking) => Hungup,
            (Event::LocalClose, Established) => LocalClosed,
            (Event::Hangup, Handshaking | Established | LocalClosed) => Hungup,
            (Event::LocalClose | Event::Hangup, RemoteClosed) => Closed,

            (Event::RemoteClose, Handshaking | Established) => RemoteClosed,
            (Event::RemoteClose, LocalClosed | Hungup) => Closed,

            (Event::AlertStarts, Handshaking | Established | RemoteClosed) => Alerting,
            (Event::AlertSent | Event::Failed, _) => Errored,

            (_, state) => state,
        }
    }

    /// Gives the word for `status` (tls(3)).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Fresh | State::Closed => "Closed",
            State::Handshaking => "Handshaking",
            State::Established => "Established",
            State::RemoteClosed => "RemoteClosed",
            State::LocalClosed | State::Hungup => "LocalClosed",
            State::Alerting => "Alerting",
            State::Errored => "Errored",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 9] = [
        State::Fresh,
        State::Handshaking,
        State::Established,
        State::RemoteClosed,
        State::LocalClosed,
        State::Hungup,
        State::Alerting,
        State::Errored,
        State::Closed,
    ];
    const EVENTS: [Event; 8] = [
        Event::Fd,
        Event::Opened,
        Event::LocalClose,
        Event::Hangup,
        Event::RemoteClose,
        Event::AlertStarts,
        Event::AlertSent,
        Event::Failed,
    ];

    /// Every state against every event; `.` is "stays".
    const TABLE: &str = "\
             Fd          Opened      LocalClose  Hangup      RemoteClose  AlertStarts AlertSent Failed
Fresh        Handshaking .           .           .           .            .           Errored   Errored
Handshaking  .           Established Hungup      Hungup      RemoteClosed Alerting    Errored   Errored
Established  .           .           LocalClosed Hungup      RemoteClosed Alerting    Errored   Errored
RemoteClosed .           .           Closed      Closed      .            Alerting    Errored   Errored
LocalClosed  .           .           .           Hungup      Closed       .           Errored   Errored
Hungup       .           .           .           .           Closed       .           Errored   Errored
Alerting     .           .           .           .           .            .           Errored   Errored
Errored      .           .           .           .           .            .           .         .
Closed       .           .           .           .           .            .           Errored   Errored";

    #[test]
    fn every_state_against_every_event() {
        let mut lines = TABLE.lines();
        let heads: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        let events: Vec<String> = EVENTS.iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(heads, events);
        for state in STATES {
            let row: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
            let mut got = vec![format!("{state:?}")];
            for event in EVENTS {
                let next = state.after(event);
                got.push(if next == state { ".".to_owned() } else { format!("{next:?}") });
            }
            assert_eq!(got, row);
        }
        assert_eq!(lines.next(), None);
    }
}
