//! Whether a read or a write of an open file would wait, for mounts, whose users poll.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::file::{File, What};
use crate::serve::Payload;
use crate::tree::Which;

/// A wait until something can be done at once. It holds no file open.
pub(crate) type Ready = Pin<Box<dyn Future<Output = ()> + Send>>;

impl File {
    /// Gives the wait until a read would not wait; `None` where it never does.
    pub(crate) fn readable(&self) -> Option<Ready> {
        let What::Conv { which, live, .. } = &self.what else { return None };
        let live = Arc::clone(live);
        match which {
            Which::Data => Some(Box::pin(async move { live.data_ready().await })),
            Which::Hand => Some(Box::pin(async move { live.hand_ready().await })),
            Which::Wire => Some(Box::pin(async move { live.wire_has_bytes().await })),
            Which::Ctl | Which::Status | Which::Stats => None,
        }
    }

    /// Gives the wait until a write would not wait; `None` where it never does, or only for commands.
    pub(crate) fn writable(&self) -> Option<Ready> {
        let What::Conv { which, live, .. } = &self.what else { return None };
        let live = Arc::clone(live);
        match which {
            Which::Data | Which::Hand => Some(Box::pin(async move { live.outlet_ready().await })),
            Which::Wire => Some(Box::pin(async move { live.wire_has_room().await })),
            Which::Ctl | Which::Status | Which::Stats => None,
        }
    }

    /// Tells whether there is nothing left to read or to write it for.
    pub(crate) fn is_hung_up(&self) -> bool {
        match &self.what {
            What::Conv { which: Which::Data, live, .. } => live.is_over(Payload::Data),
            What::Conv { which: Which::Hand, live, .. } => live.is_over(Payload::Hand),
            _ => false,
        }
    }
}
