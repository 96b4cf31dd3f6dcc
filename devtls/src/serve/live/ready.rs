//! Whether a read or a write would wait, for whoever polls: the same steps as to read or write, and nothing
//! taken or given.
//!
//! **Invariants**
//! - What a future here waited for can be lost to another reader, never the bytes themselves.

use std::pin::pin;

use super::{Live, Payload};
use crate::conv::may::Reading;

impl Live {
    /// Waits until a read of `data` would not wait: fetches a record if that is what it takes.
    pub(crate) async fn data_ready(&self) {
        if !self.conv().is_opened() {
            // Such a read fails, and at once.
            return;
        }
        let mut intake = self.intake.lock().await;
        while !intake.input.has_data() {
            let mut stirred = pin!(self.stirred.notified());
            stirred.as_mut().enable();
            let is_hand_full = {
                let conv = self.conv();
                if conv.may_read_data() != Ok(Reading::Fetch) {
                    return;
                }
                conv.hand.is_full()
            };
            if is_hand_full {
                stirred.await;
            } else if self.fetch(&mut intake, stirred).await.is_err() {
                return;
            }
        }
    }

    /// Waits until a read of `hand` would not wait.
    pub(crate) async fn hand_ready(&self) {
        loop {
            let mut stirred = pin!(self.stirred.notified());
            stirred.as_mut().enable();
            let is_opened = {
                let conv = self.conv();
                if conv.hand.is_ready() || conv.may_read_hand().is_err() {
                    return;
                }
                conv.is_opened()
            };
            if is_opened {
                stirred.await;
                continue;
            }
            let mut intake = tokio::select! {
                intake = self.intake.lock() => intake,
                () = stirred => continue,
            };
            let mut stirred = pin!(self.stirred.notified());
            stirred.as_mut().enable();
            let is_settled = {
                let conv = self.conv();
                conv.hand.is_ready() || conv.may_read_hand().is_err() || conv.is_opened()
            };
            if !is_settled && self.fetch(&mut intake, stirred).await.is_err() {
                return;
            }
        }
    }

    /// Waits until a write to `data` or `hand` would not wait before its first records are sealed.
    pub(crate) async fn outlet_ready(&self) {
        drop(self.outlet.lock().await);
    }

    /// Waits until a read of `wire` would not wait.
    pub(crate) async fn wire_has_bytes(&self) {
        loop {
            let mut stirred = pin!(self.stirred.notified());
            stirred.as_mut().enable();
            match self.conv().may_carry(self.wire.is_channel()) {
                Ok(carrying) if carrying.sends => {}
                // An end or an error.
                _ => return,
            }
            tokio::select! {
                biased;
                () = self.wire.outgoing.takeable() => return,
                () = stirred => {}
            }
        }
    }

    /// Waits until a write to `wire` would not wait.
    pub(crate) async fn wire_has_room(&self) {
        loop {
            let mut stirred = pin!(self.stirred.notified());
            stirred.as_mut().enable();
            match self.conv().may_carry(self.wire.is_channel()) {
                Ok(carrying) if carrying.reads => {}
                _ => return,
            }
            tokio::select! {
                biased;
                () = self.wire.incoming.puttable() => return,
                () = stirred => {}
            }
        }
    }

    /// Tells whether both directions of a file are over: nothing comes any more, and nothing can be sent.
    pub(crate) fn is_over(&self, payload: Payload) -> bool {
        let conv = self.conv();
        match payload {
            Payload::Data => {
                conv.is_opened()
                    && conv.may_read_data() != Ok(Reading::Fetch)
                    && conv.may_write_data().is_err()
            }
            Payload::Hand => conv.may_read_hand().is_err() && conv.may_write_hand().is_err(),
        }
    }
}
