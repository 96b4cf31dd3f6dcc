//! The user whom a peer proved to be, as one of this system: found by name, and become before the command starts
//! (auth(2), `auth_chuid`).
//!
//! Changing users changes a whole process. So where a command is to run as somebody else, this very program is started in its
//! place, changes, and becomes the command.

use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, initgroups, setgid, setuid};
use rustix::process::{geteuid, getuid};
use tlshand::program::say::line;

use crate::exit::{Exit, Fatal, plain};

/// A user whom a command can run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    name: String,
    uid: u32,
    gid: u32,
    home: PathBuf,
    shell: PathBuf,
}

impl User {
    /// Finds the user `name`, whom a peer proved to be.
    ///
    /// # Errors
    /// There is none of that name, it is root, or we may not become it.
    pub fn find(name: &str) -> Result<User, Fatal> {
        let cannot = |why: &str| Fatal::refused(format!("can't become {}: {why}", name.escape_debug()));
        let found = nix::unistd::User::from_name(name).map_err(|errno| cannot(&plain(&errno.into())))?;
        let found = found.ok_or_else(|| cannot("no such user on this system"))?;
        if found.uid.is_root() {
            // Whoever guards one password less well than root's must not thereby be root.
            return Err(cannot("nobody becomes root"));
        }
        let us = geteuid();
        if !us.is_root() && us.as_raw() != found.uid.as_raw() {
            return Err(cannot("only root changes users (-A runs the command as we are)"));
        }
        Ok(User {
            name: found.name,
            uid: found.uid.as_raw(),
            gid: found.gid.as_raw(),
            home: found.dir,
            shell: found.shell,
        })
    }

    /// Makes what starts `path` with `arg0` as its name, as this user: in its home, with its environment.
    pub(crate) fn command(&self, path: &Path, arg0: &OsStr) -> Command {
        let mut command = if geteuid().as_raw() == self.uid {
            let mut command = Command::new(path);
            command.arg0(arg0);
            command
        } else {
            let mut command = Command::new(OURSELVES);
            command.arg(BECOME).args([self.uid.to_string(), self.gid.to_string(), self.name.clone()]);
            command.arg(&self.home).arg(path).arg(arg0);
            command
        };
        command
            .env("USER", &self.name)
            .env("LOGNAME", &self.name)
            .env("HOME", &self.home)
            .env("SHELL", &self.shell);
        command
    }
}

/// Does what [`User::command`] started this program for, if that is what `args`, without the program's name, say: changes
/// users and becomes the command. Gives why it could not.
#[must_use]
pub fn become_user(args: &[OsString]) -> Option<Exit> {
    let (first, words) = args.split_first()?;
    if first != BECOME {
        return None;
    }
    let [uid, gid, name, home, path, arg0, rest @ ..] = words else {
        return Some(Exit::Usage);
    };
    let error = match change(uid, gid, name) {
        Ok(()) => {
            // A home that is not there keeps nobody out.
            if env::set_current_dir(home).is_err() {
                let _ = env::set_current_dir("/");
            }
            Command::new(path).arg0(arg0).args(rest).exec()
        }
        Err(error) => error,
    };
    line(&format!("tlssrv: can't exec {} as {}: {}", path.display(), name.display(), plain(&error)));
    Some(Exit::System)
}

/// Changes to a user, with all the groups that it is in; the order is the only one that works. Where somebody made this program one
/// that runs with its owner's rights, whoever starts it could become anybody: then it changes to nobody.
fn change(uid: &OsStr, gid: &OsStr, name: &OsStr) -> io::Result<()> {
    let number =
        |text: &OsStr| text.to_str().and_then(|text| text.parse().ok()).ok_or(io::ErrorKind::InvalidInput);
    let (uid, gid): (u32, u32) = (number(uid)?, number(gid)?);
    if uid == 0 || getuid() != geteuid() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let name = CString::new(name.as_encoded_bytes())?;
    initgroups(&name, Gid::from_raw(gid))?;
    setgid(Gid::from_raw(gid))?;
    setuid(Uid::from_raw(uid))?;
    Ok(())
}

/// This program, whatever it was called and wherever it has been moved to.
const OURSELVES: &str = "/proc/self/exe";

/// The word that only we say to ourselves.
const BECOME: &str = "--become";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_strangers_are_refused() {
        let refused = |name: &str| User::find(name).map(|user| user.name).map_err(|fatal| fatal.text);
        assert_eq!(refused("root"), Err("can't become root: nobody becomes root".to_owned()));
        let stranger = "can't become no\\nbody: no such user on this system";
        assert_eq!(refused("no\nbody"), Err(stranger.to_owned()));
    }

    #[test]
    fn nobody_is_asked_to_become_root() {
        let words = ["--become", "0", "0", "root", "/", "/bin/true", "true"];
        assert_eq!(become_user(&words.map(OsString::from)), Some(Exit::System));
        assert_eq!(become_user(&["--become", "1"].map(OsString::from)), Some(Exit::Usage));
        assert_eq!(become_user(&["-c", "cert"].map(OsString::from)), None);
    }

    #[test]
    fn a_command_runs_as_its_user_in_all_its_groups() {
        if !geteuid().is_root() {
            eprintln!("SKIPPED: only root changes users");
            return;
        }
        let user = User::find("nobody").unwrap();
        let command = user.command(Path::new("/usr/bin/id"), OsStr::new("id"));
        // Started by hand: the test's own program is not the one that it starts.
        let words: Vec<_> = command.get_args().map(OsStr::to_owned).collect();
        assert_eq!(words.first().map(OsString::as_os_str), Some(OsStr::new(BECOME)));
        assert_eq!(words.get(5).map(OsString::as_os_str), Some(OsStr::new("/usr/bin/id")));
        let home = command.get_envs().find(|(name, _)| *name == OsStr::new("HOME"));
        assert!(home.is_some_and(|(_, value)| value.is_some()));
    }
}
