//! A socket's descriptor as a stream, for as long as the authentication takes.

use std::io;
use std::net;
use std::os::fd::OwnedFd;
use std::os::unix;

use rustix::net::{AddressFamily, getsockname};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Makes a stream of a copy of `fd`: dropping it leaves the connection as it is.
///
/// # Errors
/// It is no connection over TCP or a unix socket.
pub fn stream(fd: &OwnedFd) -> io::Result<Box<dyn Duplex>> {
    let copy = fd.try_clone()?;
    match getsockname(fd)?.address_family() {
        AddressFamily::INET | AddressFamily::INET6 => {
            let socket = net::TcpStream::from(copy);
            socket.set_nonblocking(true)?;
            Ok(Box::new(TcpStream::from_std(socket)?))
        }
        AddressFamily::UNIX => {
            let socket = unix::net::UnixStream::from(copy);
            socket.set_nonblocking(true)?;
            Ok(Box::new(UnixStream::from_std(socket)?))
        }
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}
