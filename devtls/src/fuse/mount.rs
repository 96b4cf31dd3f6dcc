//! Mount: the device on a directory, made and taken away; by mount(2) as root, through fusermount3 otherwise.

use std::ffi::CString;
use std::io::{self, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, UnmountFlags};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
use tokio::sync::oneshot;

use super::kernel::Kernel;
use super::mountpoint::{self, KIND, MountError};
use super::session::Session;
use crate::device::Device;

/// What may be asked for of a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Users other than the one who mounts may use it, each as themselves.
    pub allow_other: bool,
}

/// The device on a directory. Dropping it takes the mount away and closes every file in it.
pub struct Mount {
    point: Point,
    session: Session,
}

/// The mount itself, taken away by its drop.
struct Point {
    path: PathBuf,
    is_gone: bool,
}

impl Mount {
    /// Puts `device` on the directory `dir`, in the place of a mount that a killed run left there.
    ///
    /// # Errors
    /// The directory will not do, or the system does not let us.
    pub async fn new(dir: &Path, device: Arc<Device>, options: Options) -> Result<Mount, MountError> {
        let (sender, receiver) = oneshot::channel();
        let dir = dir.to_owned();
        // A directory may be on a server that does not answer: that must hold up neither us nor our end, so
        // the thread is nobody's.
        thread::spawn(move || sender.send(make(&dir, options)));
        let made = tokio::time::timeout(ANSWER_TIME_MAX, receiver).await;
        let (point, fd) = made.ok().and_then(Result::ok).unwrap_or(Err(MountError::NoAnswer))?;
        let kernel = Kernel::new(fd).map_err(|error| MountError::System { what: DEV_FUSE, error })?;
        Ok(Mount { point, session: Session::new(kernel, device) })
    }

    /// Gives the directory's whole path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.point.path
    }

    /// Serves until somebody takes the mount away.
    ///
    /// # Errors
    /// The channel to the kernel failed.
    pub async fn serve(&mut self) -> io::Result<()> {
        let ended = self.session.run().await;
        self.point.is_gone = ended.is_ok();
        ended
    }
}

impl Drop for Point {
    fn drop(&mut self) {
        if !self.is_gone
            && let Err(error) = take_away(&self.path)
        {
            tracing::warn!("{}: {error}", self.path.display());
        }
    }
}

/// Judges the directory and mounts; gives the mount and the channel to the kernel.
fn make(dir: &Path, options: Options) -> Result<(Point, OwnedFd), MountError> {
    let path = clear(dir)?;
    let fd = if rustix::process::geteuid().is_root() {
        by_root(&path, options)
    } else {
        by_fusermount(&path, options)
    }?;
    Ok((Point { path, is_gone: false }, fd))
}

/// Judges the directory and takes dead mounts of ours away; gives its whole path.
fn clear(dir: &Path) -> Result<PathBuf, MountError> {
    // One may lie upon another.
    for _ in 0..DEAD_MOUNTS_MAX {
        match mountpoint::judge(dir)? {
            mountpoint::Point::Free(path) => return Ok(path),
            mountpoint::Point::Dead(path) => take_away(&path)?,
        }
    }
    Err(MountError::Mounted(KIND.to_owned()))
}

fn by_root(path: &Path, options: Options) -> Result<OwnedFd, MountError> {
    let system = |what| move |errno: rustix::io::Errno| MountError::System { what, error: errno.into() };
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = rustix::fs::open(DEV_FUSE, flags, Mode::empty()).map_err(system(DEV_FUSE))?;
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    let (fd_number, uid, gid) = (fd.as_raw_fd(), uid.as_raw(), gid.as_raw());
    let others = if options.allow_other { ",allow_other" } else { "" };
    let words = format!("fd={fd_number},rootmode=40000,user_id={uid},group_id={gid}{others}");
    // Numbers and words of ours have no NUL.
    let words = CString::new(words).unwrap_or_default();
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    rustix::mount::mount(SOURCE, path, KIND, flags, words.as_c_str()).map_err(system("mount"))?;
    Ok(fd)
}

/// Mounts through fusermount3, which is root for a moment, and gets the channel from it (fusermount3(1)).
fn by_fusermount(path: &Path, options: Options) -> Result<OwnedFd, MountError> {
    let system = |error| MountError::System { what: FUSERMOUNT, error };
    let (ours, theirs) = UnixStream::pair().map_err(system)?;
    let others = if options.allow_other { ",allow_other" } else { "" };
    let mut command = Command::new(FUSERMOUNT);
    command.arg("-o").arg(format!("fsname={SOURCE},subtype={SOURCE},nosuid,nodev,noexec{others}"));
    // It is told the number of a socket to pass the channel over: its standard input's.
    command.arg("--").arg(path).env("_FUSE_COMMFD", "0").stdin(Stdio::from(OwnedFd::from(theirs)));
    let mut child = match command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(MountError::NoFusermount),
        child => child.map_err(system)?,
    };
    // The command keeps a copy of the other end, which would keep us waiting.
    drop(command);
    let fd = recv_descriptor(&ours).map_err(system)?;
    let mut said = String::new();
    if let Some(stderr) = &mut child.stderr {
        stderr.read_to_string(&mut said).map_err(system)?;
    }
    child.wait().map_err(system)?;
    fd.ok_or_else(|| MountError::Fusermount(said.lines().next().unwrap_or(FUSERMOUNT).to_owned()))
}

/// Receives a descriptor; `None` where the other end leaves without one.
fn recv_descriptor(socket: &UnixStream) -> io::Result<Option<OwnedFd>> {
    let mut place = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut place);
    let mut byte = [0];
    rustix::io::retry_on_intr(|| {
        let room = &mut [IoSliceMut::new(&mut byte)];
        rustix::net::recvmsg(socket, room, &mut control, RecvFlags::CMSG_CLOEXEC)
    })?;
    let rights = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut rights) => rights.next(),
        _ => None,
    });
    Ok(rights)
}

/// Takes the topmost mount on `path` away, though somebody may be in it: they are left with errors.
fn take_away(path: &Path) -> Result<(), MountError> {
    if rustix::process::geteuid().is_root() {
        let flags = UnmountFlags::DETACH | UnmountFlags::NOFOLLOW;
        let unmounted = rustix::mount::unmount(path, flags);
        return unmounted.map_err(|errno| MountError::System { what: "unmount", error: errno.into() });
    }
    let mut command = Command::new(FUSERMOUNT);
    command.args(["-u", "-z", "--"]).arg(path).stdin(Stdio::null());
    let output = command.output().map_err(|error| MountError::System { what: FUSERMOUNT, error })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(MountError::Fusermount(said.lines().next().unwrap_or(FUSERMOUNT).to_owned()))
}

const DEV_FUSE: &str = "/dev/fuse";
const FUSERMOUNT: &str = "fusermount3";
/// What mount(8) shows as the source of the mount.
const SOURCE: &str = "devtls";
/// How long a directory may take to be looked at and mounted on.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Dead mounts of ours on one directory that are taken away.
const DEAD_MOUNTS_MAX: usize = 8;
