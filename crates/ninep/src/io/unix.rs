//! Bytes and descriptors over a unix socket (unix(7), SCM_RIGHTS).
//!
//! Always recvmsg, never read: a read throws descriptors away without a word. The kernel ends a recvmsg with the piece that
//! carried descriptors, so they belong to the message of the last byte that it returned.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll, ready};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use tokio::io::Interest;
use tokio::net::UnixStream;

use super::stream::SLICES_MAX;
use crate::Limits;
use crate::fcall::{Inbox, Outbox};

/// Receives what is there; 0 bytes are the end.
pub(super) fn poll_recv(
    stream: &UnixStream,
    cx: &mut Context<'_>,
    inbox: &mut Inbox,
) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_read_ready(cx))?;
        let space = inbox.space();
        match stream.try_io(Interest::READABLE, || recv(stream, space)) {
            Ok((len, descriptors)) => {
                inbox.received(len, descriptors);
                return Poll::Ready(Ok(len));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// Sends until nothing is left or the socket takes no more.
pub(super) fn poll_send(stream: &UnixStream, cx: &mut Context<'_>, out: &mut Outbox) -> Poll<io::Result<()>> {
    while !out.is_empty() {
        ready!(stream.poll_write_ready(cx))?;
        match stream.try_io(Interest::WRITABLE, || send(stream, out)) {
            Ok(len) => out.advance(len),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
    Poll::Ready(Ok(()))
}

fn recv(stream: &UnixStream, space: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    // What does not fit here the kernel closes.
    let mut place = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(Limits::DESCRIPTORS_MAX))];
    let mut control = RecvAncillaryBuffer::new(&mut place);
    let received = rustix::io::retry_on_intr(|| {
        recvmsg(stream, &mut [IoSliceMut::new(space)], &mut control, RecvFlags::CMSG_CLOEXEC)
    })?;
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    Ok((received.bytes, descriptors))
}

fn send(stream: &UnixStream, out: &Outbox) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
    let count = out.gather(&mut slices);
    let slices = slices.get(..count).unwrap_or_default();
    let descriptors = out.descriptors();
    let mut place = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(Limits::DESCRIPTORS_MAX))];
    let mut control = SendAncillaryBuffer::new(&mut place);
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors for one message"));
    }
    Ok(rustix::io::retry_on_intr(|| sendmsg(stream, slices, &mut control, SendFlags::NOSIGNAL))?)
}
