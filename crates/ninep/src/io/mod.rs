//! The shell: 9P over real streams. The only part of this crate that knows sockets and tokio, beside the client's driver.

mod address;
mod guests;
mod listen;
mod namespace;
mod peer;
mod serve;
mod stream;
mod unix;

pub use address::{Address, AddressError};
pub use guests::Guests;
pub use listen::Listener;
pub use namespace::namespace;
pub use peer::{caller, user, user_named, user_numbered};
pub use serve::{serve, serve_all};
pub use stream::{Duplex, Stream};
