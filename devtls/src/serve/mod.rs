//! The shells: conversations that wait, and the channels under them.
//!
//! Only this part of the device does I/O.

mod chan;
mod live;
mod sending;
mod wire;

pub(crate) use chan::Chan;
pub use chan::Stream;
pub(crate) use live::{Live, Payload};
