//! `ctl`: a line read as a command, and the command done.

pub mod parse;
mod run;

pub use run::Descriptors;
pub(crate) use run::run;
