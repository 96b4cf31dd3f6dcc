//! The shell: 9P over real streams. The only part of this crate that knows sockets and tokio, beside the client's driver.

mod address;
mod guests;
mod listen;
mod namespace;
mod peer;
mod serve;
mod socket;
mod stream;
mod unix;
mod workers;

pub use address::{Address, AddressError};
pub use guests::Guests;
pub use listen::Listener;
pub use namespace::namespace;
pub use peer::{caller, user, user_named, user_numbered};
pub use serve::{serve, serve_all};
pub use socket::Socket;
pub use stream::{Duplex, Stream};
pub use workers::{Seat, Workers};
