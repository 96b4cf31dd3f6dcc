//! How a conversation ends: alerts that go out, closes of ours, and the goodbye after the last file was closed.
//!
//! What an alert means for the state is `conv`'s affair; what the peer sends, the reader's.

use std::time::Duration;

use tlswire::alert::{AlertLevel, ToSend, to_send};
use tlswire::{Alert, ContentType};

use super::Live;
use crate::conv::Event;
use crate::errstr::Error;
use crate::serve::sending::Sending;

impl Live {
    /// Does the command `alert n`, all but close_notify. It succeeds whatever becomes of the alert.
    pub(crate) async fn alert(&self, number: i64) {
        let alert = {
            let mut conv = self.conv();
            let alert = to_send(number, conv.version());
            if alert.level == AlertLevel::Fatal {
                conv.owe(alert);
            }
            alert
        };
        if alert.level == AlertLevel::Fatal {
            self.stir();
            self.pay().await;
        } else {
            let mut sending = self.sending().await;
            self.send_alert(&mut sending, alert).await;
        }
    }

    /// Closes our side: `event` says whether by `alert 0` or by `hangup`.
    pub(crate) async fn close_notify(&self, event: Event) {
        let mut sending = self.sending().await;
        let alert = to_send(CLOSE_NOTIFY, self.conv().version());
        self.send_alert(&mut sending, alert).await;
        self.conv().close(event);
        self.stir();
    }

    /// Ends the conversation after its last file but `wire` was closed: says goodbye to the peer if it is
    /// still there, and lets what was sent arrive.
    pub(crate) async fn shut(&self) {
        self.over.send_replace(true);
        self.say_goodbye().await;
        self.wire.end();
    }

    async fn say_goodbye(&self) {
        let goodbye = async {
            self.pay().await;
            let mut sending = self.sending().await;
            let alert = {
                let conv = self.conv();
                if !conv.owes_goodbye() {
                    return;
                }
                to_send(CLOSE_NOTIFY, conv.version())
            };
            self.send_alert(&mut sending, alert).await;
        };
        // A peer that takes nothing more must not keep a channel for ever.
        let _ = tokio::time::timeout(GOODBYE_TIME_MAX, goodbye).await;
        let Some(mut writer) = self.outlet.lock().await.detach() else {
            return;
        };
        writer.shutdown().await;
        // A socket closed with bytes unread resets the connection, and the peer may lose our last records:
        // so its last bytes are read first, for a while (RFC 9112 §9.6 has the same trouble).
        let mut intake = self.intake.lock().await;
        if let Some(mut reader) = intake.chan.take() {
            let mut buf = Vec::new();
            let linger = async {
                while let Ok(1..) = reader.read(&mut buf, LINGER_READ_LEN).await {
                    buf.clear();
                }
            };
            let _ = tokio::time::timeout(LINGER_TIME_MAX, linger).await;
        }
    }

    /// Sends the fatal alert that is owed, if one is, and ends the conversation by it.
    pub(super) async fn pay(&self) {
        let mut sending = self.sending().await;
        let Some(alert) = self.conv().pay() else {
            return;
        };
        self.send_alert(&mut sending, alert).await;
        self.fail(Error::Alert(alert.text));
    }

    /// Sends an alert if the state still allows one; failures end the conversation and are not told.
    async fn send_alert(&self, sending: &mut Sending, alert: ToSend) {
        let version = {
            let conv = self.conv();
            if !conv.can_send_alert() {
                return;
            }
            conv.version()
        };
        let payload = payload(alert);
        let sealed = {
            let way = &mut self.outgoing();
            let record = way.fragment(&payload);
            sending.seal(way, ContentType::ALERT, version, record)
        };
        if sealed.is_ok() && sending.drain().await.is_err() {
            self.fail(Error::ChannelError);
        }
    }

    /// Tells the peer that nobody renegotiates, unless a writer is busy: then it is told another time.
    pub(super) fn warn_no_renegotiation(&self) {
        let Some(mut sending) = Sending::at_once(&self.outlet) else {
            return;
        };
        let version = {
            let conv = self.conv();
            if !conv.can_send_alert() {
                return;
            }
            conv.version()
        };
        let alert = to_send(NO_RENEGOTIATION, version);
        // Its drop sends the record without holding up the reader. A record that cannot be sealed is one warning less.
        let payload = payload(alert);
        let way = &mut self.outgoing();
        let record = way.fragment(&payload);
        let _ = sending.seal(way, ContentType::ALERT, version, record);
    }
}

/// The two bytes of an alert record.
fn payload(alert: ToSend) -> [u8; 2] {
    [alert.level.to_byte(), alert.alert.0]
}

const CLOSE_NOTIFY: i64 = Alert::CLOSE_NOTIFY.0 as i64;
const NO_RENEGOTIATION: i64 = Alert::NO_RENEGOTIATION.0 as i64;

/// How long the goodbye of a conversation may wait for a peer that takes nothing.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a closed conversation waits for the peer to close too.
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);
/// How many bytes at a time are read and dropped meanwhile.
const LINGER_READ_LEN: usize = 16 * 1024;
