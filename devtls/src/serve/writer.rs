//! Writer: the process that wrote to a mounted `ctl`, by the numbers that the kernel gives with the request,
//! and its descriptors.
//!
//! The kernel keeps the thread waiting in its write until the mount answers, even when it is killed: while one
//! of these is in use, its number cannot have become another thread's.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::errstr::Error;

/// A thread that waits in a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Its number; 0 where it is in a pid namespace that ours cannot see.
    pub thread: u32,
    /// The user as whom it writes.
    pub uid: u32,
    /// The user who opened the file.
    pub opener: u32,
}

impl Writer {
    /// Duplicates descriptor `number` of the process.
    ///
    /// # Errors
    /// `permission denied` for another user than the one who opened the file: whoever holds the file could
    /// have made a program of somebody else's print an `fd` line into it. `this process may not be inspected
    /// for its descriptor: carry wire instead` where a debugger of that user's could not do it either: the process
    /// gained rights when it was executed, or asked for this, or a security module forbids it (ptrace(2),
    /// `/proc/sys/kernel/yama/ptrace_scope`). `fd out of range or not open` if it has no such descriptor.
    pub(crate) fn descriptor(self, number: i64) -> Result<OwnedFd, Error> {
        if self.uid != self.opener {
            return Err(Error::PermissionDenied);
        }
        let number = i32::try_from(number).map_err(|_| Error::BadFd)?;
        let process = self.process().ok_or(Error::FdHidden)?;
        // The entry belongs to root unless the process may be inspected by its user (proc(5)). We may be root,
        // whom the kernel refuses nothing: so the user's own limits are looked up.
        let entry =
            fs::metadata(format!("/proc/{}", process.as_raw_nonzero())).map_err(|_| Error::FdHidden)?;
        if entry.uid() != self.uid {
            return Err(Error::FdHidden);
        }
        let process = pidfd_open(process, PidfdFlags::empty()).map_err(|_| Error::FdHidden)?;
        pidfd_getfd(process, number, PidfdGetfdFlags::empty()).map_err(|error| match error {
            Errno::BADF => Error::BadFd,
            _ => Error::FdHidden,
        })
    }

    /// Finds the process that the thread belongs to: descriptors are the process's.
    fn process(self) -> Option<Pid> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.thread)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?;
        Pid::from_raw(line.trim().parse().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsRawFd;
    use std::process::{Child, Command, Stdio};

    use super::*;

    fn uid() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn writer(child: &Child) -> Writer {
        Writer { thread: child.id(), uid: uid(), opener: uid() }
    }

    /// A process of ours that waits for its end of input, with a pipe as descriptors 0 and 1.
    fn cat() -> Child {
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs")
    }

    #[test]
    fn a_descriptor_of_the_process_is_taken() {
        let mut child = cat();
        let mut stdout = child.stdout.take().expect("a pipe");
        let taken = writer(&child).descriptor(1).expect("its standard output");
        rustix::io::write(&taken, b"over here").expect("written");
        drop(taken);
        drop(child.stdin.take());
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("read");
        child.wait().expect("it ends");
        assert_eq!(text, "over here");
    }

    #[test]
    fn a_thread_that_does_not_lead_counts_as_its_process() {
        let file = fs::File::open("/dev/null").expect("opened");
        let here = fs::metadata("/dev/null").expect("there").ino();
        let number = i64::from(file.as_raw_fd());
        let link = fs::read_link("/proc/thread-self").expect("PID/task/THREAD");
        let name = link.file_name().and_then(|name| name.to_str()).expect("a number");
        let thread: u32 = name.parse().expect("a number");
        assert_ne!(thread, std::process::id(), "tests run in threads of their own");
        let taken = Writer { thread, uid: uid(), opener: uid() }.descriptor(number).expect("ours");
        assert_eq!(rustix::fs::fstat(&taken).expect("a file").st_ino, here);
    }

    #[test]
    fn what_is_not_there_or_not_theirs_is_refused() {
        let mut child = cat();
        let of_child = writer(&child);
        assert_eq!(of_child.descriptor(99).map(drop), Err(Error::BadFd));
        assert_eq!(of_child.descriptor(1 << 40).map(drop), Err(Error::BadFd));
        let stranger = Writer { opener: uid() + 1, ..of_child };
        assert_eq!(stranger.descriptor(0).map(drop), Err(Error::PermissionDenied));
        let not_inspectable = Writer { uid: uid() + 1, opener: uid() + 1, ..of_child };
        assert_eq!(not_inspectable.descriptor(0).map(drop), Err(Error::FdHidden));
        let unseen = Writer { thread: 0, ..of_child };
        assert_eq!(unseen.descriptor(0).map(drop), Err(Error::FdHidden));
        drop(child.stdin.take());
        child.wait().expect("it ends");
    }
}
