//! Who is at the two ends of a connection, and the manners that a socket gets before it is used.

use std::net::SocketAddr;
use std::os::fd::AsFd;

use rustix::net::sockopt::{set_socket_keepalive, set_tcp_nodelay};
use rustix::net::{getpeername, getsockname};

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Ours, if the connection is over TCP.
    pub local: Option<SocketAddr>,
    /// The peer's, if the connection is over TCP.
    pub remote: Option<SocketAddr>,
}

impl Ends {
    /// Asks the system; none of anything that is no TCP socket.
    #[must_use]
    pub fn of(fd: impl AsFd) -> Ends {
        let local = getsockname(&fd).ok().and_then(|addr| SocketAddr::try_from(addr).ok());
        let remote = getpeername(&fd).ok().flatten().and_then(|addr| SocketAddr::try_from(addr).ok());
        Ends { local: local.map(plain), remote: remote.map(plain) }
    }

    /// The same, with `remote` as the peer if the system did not say.
    #[must_use]
    pub fn or_remote(self, remote: Option<SocketAddr>) -> Ends {
        Ends { remote: self.remote.or(remote.map(plain)), ..self }
    }

    /// The peer as reports name it, `192.0.2.1!4711`; empty if there is nothing to say.
    #[must_use]
    pub fn remote_text(&self) -> String {
        self.remote.map(|addr| format!("{}!{}", addr.ip(), addr.port())).unwrap_or_default()
    }
}

/// Prepares a TCP socket: small answers leave at once, and a peer that vanished is noticed some day. Anything else is left
/// as it is.
pub fn prepare(fd: impl AsFd) {
    // A socket of another family refuses, which is fine.
    let _ = set_tcp_nodelay(&fd, true);
    let _ = set_socket_keepalive(&fd, true);
}

/// An IPv4 peer of an IPv6 listener is an IPv4 peer.
fn plain(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_tcp_socket_names_both_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, peer) = listener.accept().unwrap();
        let ends = Ends::of(&server);
        assert_eq!(ends.local, Some(listener.local_addr().unwrap()));
        assert_eq!(ends.remote, Some(client.local_addr().unwrap()));
        assert_eq!(ends.remote_text(), format!("127.0.0.1!{}", peer.port()));
    }

    #[test]
    fn a_mapped_address_is_shown_as_what_it_is() {
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:7".parse().unwrap();
        assert_eq!(plain(mapped), "192.0.2.1:7".parse().unwrap());
    }

    #[test]
    fn a_unix_socket_names_nobody() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        assert_eq!(Ends::of(&ours), Ends::default());
        assert_eq!(Ends::of(&ours).remote_text(), "");
    }
}
