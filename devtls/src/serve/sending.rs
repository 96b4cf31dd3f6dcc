//! The sending half of a conversation: sealed records, and the channel that takes them.
//!
//! An [`Outlet`] is shared by everybody who may write: who wants to waits for a [`Sending`], which is
//! the outlet in one writer's hands. What may be sent and what a failure means for the conversation
//! is decided elsewhere.
//!
//! **Invariants**
//! - Half a record is never the last thing on the channel: what a writer leaves behind, a task sends.

use std::sync::Arc;
use std::time::Duration;

use getrandom::SysRng;
use rand_core::UnwrapErr;
use tlsrec::{Fragments, OneWay};
use tlswire::{ContentType, ProtocolVersion};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use super::chan::{ChanOut, Follows};
use crate::conv::Output;
use crate::errstr::Error;
use crate::spares::Spares;

/// The outgoing half: only its holder writes the channel.
pub(super) struct Outlet {
    output: Output,
    chan: Option<ChanOut>,
    /// Tells whoever carries on with the rest of a write that the conversation is over.
    over: watch::Receiver<bool>,
}

/// The outgoing half in the hands of a writer.
///
/// When the writer goes away before its records did, a task takes them to their end: half a record on
/// the channel would be the end of the conversation.
pub(super) struct Sending {
    /// There until the drop.
    outlet: Option<OwnedMutexGuard<Outlet>>,
}

impl Outlet {
    /// Makes the outlet of a conversation without a channel; `over` becomes true when the conversation ends.
    pub(super) fn new(spares: Arc<Spares>, over: watch::Receiver<bool>) -> Outlet {
        Outlet { output: Output::new(spares), chan: None, over }
    }

    /// Gives the records a channel to go out by.
    pub(super) fn attach(&mut self, chan: ChanOut) {
        self.chan = Some(chan);
    }

    /// Takes the channel away: nothing more goes out.
    pub(super) fn detach(&mut self) -> Option<ChanOut> {
        self.chan.take()
    }

    /// Sends what waits. Dropping the future keeps what was not sent.
    async fn drain(&mut self, follows: Follows) -> std::io::Result<()> {
        let Some(chan) = &mut self.chan else {
            self.output.discard();
            return Err(std::io::ErrorKind::NotConnected.into());
        };
        while !self.output.unsent().is_empty() {
            match chan.write(self.output.unsent(), follows).await {
                Ok(len) => self.output.sent(len),
                Err(error) => {
                    self.output.discard();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl Sending {
    /// Waits for the outlet.
    pub(super) async fn wait(outlet: &Arc<Mutex<Outlet>>) -> Sending {
        Sending { outlet: Some(Arc::clone(outlet).lock_owned().await) }
    }

    /// Takes the outlet if no writer has it.
    pub(super) fn at_once(outlet: &Arc<Mutex<Outlet>>) -> Option<Sending> {
        let outlet = Arc::clone(outlet).try_lock_owned().ok()?;
        Some(Sending { outlet: Some(outlet) })
    }

    /// Seals `payloads` as records that [`Sending::drain`] sends.
    pub(super) fn seal(
        &mut self,
        way: &mut OneWay,
        content_type: ContentType,
        version: ProtocolVersion,
        payloads: Fragments<'_>,
    ) -> Result<(), Error> {
        let Some(outlet) = &mut self.outlet else {
            return Ok(());
        };
        outlet.output.seal(way, content_type, version, payloads, &mut UnwrapErr(SysRng))
    }

    /// Sends what was sealed. Dropping the future keeps what was not sent.
    pub(super) async fn drain(&mut self) -> std::io::Result<()> {
        self.drain_before(Follows::Nothing).await
    }

    /// The same, where it is known what follows.
    pub(super) async fn drain_before(&mut self, follows: Follows) -> std::io::Result<()> {
        match &mut self.outlet {
            Some(outlet) => outlet.drain(follows).await,
            None => Ok(()),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let Some(mut outlet) = self.outlet.take() else {
            return;
        };
        if outlet.output.unsent().is_empty() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let mut over = outlet.over.clone();
            let late = async move {
                // A sender that is gone said as much.
                let _ = over.wait_for(|is_over| *is_over).await;
                tokio::time::sleep(CARRY_TIME_MAX).await;
            };
            runtime.spawn(async move {
                // Whoever writes next waits for this, and finds out if the channel fails.
                let is_late = tokio::select! {
                    _ = outlet.drain(Follows::Nothing) => false,
                    () = late => true,
                };
                if is_late {
                    outlet.detach();
                }
            });
        }
    }
}

/// How long the rest of a write that was given up may wait for the peer after the conversation has ended.
const CARRY_TIME_MAX: Duration = Duration::from_secs(30);
