//! Who is at the other end of a unix socket, as the kernel tells it (unix(7), SO_PEERCRED).

use std::io;

use nix::unistd::{Uid, User};
use tokio::net::UnixStream;

use crate::Caller;

/// Finds out who connected. The user's name is looked up; a number without a name is given as text.
///
/// # Errors
/// The kernel does not say.
pub fn caller(stream: &UnixStream) -> io::Result<Caller> {
    let peer = stream.peer_cred()?;
    let user = match User::from_uid(Uid::from_raw(peer.uid())) {
        Ok(Some(user)) => user.name,
        // A look-up that fails is no reason to refuse: the number says as much.
        Ok(None) | Err(_) => peer.uid().to_string(),
    };
    Ok(Caller { uid: Some(peer.uid()), gid: Some(peer.gid()), pid: peer.pid(), user })
}
