//! The shells: conversations that wait, and the channels under them.
//!
//! Only this part of the device does I/O.

mod chan;
mod live;
mod queue;
mod sending;
mod wire;
mod writer;

pub use chan::Stream;
#[cfg(feature = "fuse")]
pub(crate) use chan::register;
pub(crate) use chan::{Chan, leads_to_us};
pub(crate) use live::{Live, Payload};
pub use writer::Writer;
