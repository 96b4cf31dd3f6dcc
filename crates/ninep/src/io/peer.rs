//! Who is at the other end of a unix socket, as the kernel tells it (unix(7), SO_PEERCRED), and which user that is on this machine.

use std::io;

use nix::unistd::{Uid, User as Passwd};
use tokio::net::UnixStream;

use crate::{Caller, Claim, Error, User, errstr};

/// Finds out who connected. The user's name is looked up; a number without a name is given as text.
///
/// # Errors
/// The kernel does not say.
pub fn caller(stream: &UnixStream) -> io::Result<Caller> {
    let peer = stream.peer_cred()?;
    let user = user_numbered(peer.uid()).name;
    Ok(Caller { uid: Some(peer.uid()), gid: Some(peer.gid()), pid: peer.pid(), user })
}

/// Decides as whom a caller attaches.
///
/// Where the kernel names the caller, that is who it is: what it claims must agree, by name and by number. Root may be anybody;
/// and over TCP nobody vouches for anything, so the claim is taken as it is. A claim's number counts for more than its name,
/// because Linux sends the name of the mount with every user's number.
///
/// # Errors
/// [`PERMISSION_DENIED`](errstr::PERMISSION_DENIED): the claim is somebody else.
pub fn user(caller: &Caller, claim: &Claim<'_>) -> Result<User, Error> {
    let agrees = (claim.uname.is_empty() || claim.uname == caller.user)
        && (claim.n_uname.is_none() || claim.n_uname == caller.uid);
    match caller.uid {
        Some(_) if agrees => Ok(caller.clone().into()),
        None | Some(ROOT) => Ok(match claim.n_uname {
            Some(uid) => user_numbered(uid),
            None => user_named(claim.uname),
        }),
        Some(_) => Err(errstr::PERMISSION_DENIED),
    }
}

/// The user of this name; without numbers where this machine knows none.
#[must_use]
pub fn user_named(name: &str) -> User {
    // A look-up that fails knows as little as one that finds nobody.
    let found = if name.is_empty() { None } else { Passwd::from_name(name).ok().flatten() };
    found.map_or_else(|| User::named(name), known)
}

/// The user of this number; the number as text is the name where this machine knows none.
#[must_use]
pub fn user_numbered(uid: u32) -> User {
    let unknown = || User { name: uid.to_string(), uid: Some(uid), gid: None };
    Passwd::from_uid(Uid::from_raw(uid)).ok().flatten().map_or_else(unknown, known)
}

fn known(found: Passwd) -> User {
    User { name: found.name, uid: Some(found.uid.as_raw()), gid: Some(found.gid.as_raw()) }
}

/// The user who may be anybody.
const ROOT: u32 = 0;

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(uid: Option<u32>, user: &str) -> Caller {
        Caller { uid, gid: uid, pid: None, user: user.to_owned() }
    }

    fn claim(uname: &str, n_uname: Option<u32>) -> Claim<'_> {
        Claim { uname, n_uname }
    }

    #[test]
    fn whom_the_kernel_names_is_who_it_is() {
        let glenda = caller(Some(NOBODYS), "glenda");
        let itself = User { name: "glenda".to_owned(), uid: Some(NOBODYS), gid: Some(NOBODYS) };
        for (uname, n_uname) in [("", None), ("glenda", None), ("", Some(NOBODYS)), ("glenda", Some(NOBODYS))]
        {
            assert_eq!(user(&glenda, &claim(uname, n_uname)), Ok(itself.clone()), "{uname} {n_uname:?}");
        }
        for (uname, n_uname) in [("rob", None), ("", Some(0)), ("rob", Some(NOBODYS)), ("glenda", Some(0))] {
            let refused = user(&glenda, &claim(uname, n_uname));
            assert_eq!(refused, Err(errstr::PERMISSION_DENIED), "{uname} {n_uname:?}");
        }
    }

    #[test]
    fn root_and_whoever_nobody_vouches_for_is_whom_it_claims_to_be() {
        for from in [caller(Some(0), "root"), caller(None, "")] {
            let numbered = user(&from, &claim("glenda", Some(NOBODYS)));
            let expected = User { name: NOBODYS.to_string(), uid: Some(NOBODYS), gid: None };
            assert_eq!(numbered, Ok(expected));
            assert_eq!(user(&from, &claim("no such user", None)), Ok(User::named("no such user")));
            let root = User { name: "root".to_owned(), uid: Some(0), gid: Some(0) };
            assert_eq!(user(&from, &claim("root", None)), Ok(root.clone()));
            assert_eq!(user(&from, &claim("nobody", Some(0))), Ok(root));
        }
    }

    /// A number that no machine gives to anybody.
    const NOBODYS: u32 = 0x7fff_fff0;
}
