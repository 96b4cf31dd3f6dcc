//! The files that are texts.
//!
//! `ctl`, `data` and `hand` have no room here: a command's room is `ctl`, and the bytes of the other
//! two go straight between the engine and the conversation.

pub mod algs;
pub mod stats;
pub mod status;
