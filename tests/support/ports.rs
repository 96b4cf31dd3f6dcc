//! TCP ports for programs that cannot choose one themselves. A program that takes port 0 and says what it got never needs this.
//!
//! The port is free when it is found and may be taken by somebody else before it is used: whoever starts a program on it tries again.

use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// A TCP port of the loopback address that nobody listened on a moment ago.
pub(crate) fn free() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).unwrap().port()
}

/// Whether somebody listens on this port of the loopback address.
pub(crate) fn is_open(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_listened_on_and_is_then_open() {
        let port = free();
        assert!(!is_open(port));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(is_open(port));
        drop(listener);
    }
}
