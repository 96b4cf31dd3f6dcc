//! The client: a call in, a T-message out; an R-message in, a result out.
//!
//! [`Session`] is that alone, without I/O. [`Client`] has a task beside it that moves the bytes; any number of calls may be under
//! way at once, from any number of tasks. A call that is dropped is flushed; a [`Tree`] or [`File`] that is dropped is clunked.

mod connection;
mod driver;
mod file;
mod session;
mod tree;

pub use connection::Client;
pub use file::File;
pub use session::Session;
pub use tree::Tree;
