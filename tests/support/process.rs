//! A program under test or a peer, as a child process: what it printed so far, what it is told, how it ended.
//!
//! **Invariants**: every wait has a deadline, and missing it tells what was waited for and what was printed instead; a dropped
//! [`Process`] is killed by its id and reaped, whatever the test did.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// How long anything in a test may take before it counts as hung. Two cores may be shared by several test binaries.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running child process.
pub(crate) struct Process {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    seen: Arc<Seen>,
}

/// What a process printed so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Printed {
    /// Its standard output.
    pub(crate) stdout: Vec<u8>,
    /// Its standard error.
    pub(crate) stderr: Vec<u8>,
    /// How many of the two have ended.
    ends_count: usize,
}

impl Process {
    /// Starts `command` with all three standard descriptors piped.
    pub(crate) fn start(command: &mut Command) -> Process {
        Process::start_on(command.stdin(Stdio::piped()))
    }

    /// Starts `command` with its standard input as `command` says and the other two piped.
    pub(crate) fn start_on(command: &mut Command) -> Process {
        let name = format!("{command:?}");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let seen = Arc::new(Seen::default());
        seen.follow(child.stdout.take().unwrap(), |printed| &mut printed.stdout);
        seen.follow(child.stderr.take().unwrap(), |printed| &mut printed.stderr);
        let stdin = child.stdin.take();
        Process { name, child, stdin, seen }
    }

    /// Writes to its standard input. A process that has left already is no error: its output tells why.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        if let Some(stdin) = &mut self.stdin {
            let _ = stdin.write_all(bytes).and_then(|()| stdin.flush());
        }
    }

    /// Closes its standard input.
    pub(crate) fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Waits until `find` finds something in what was printed.
    ///
    /// # Errors
    ///
    /// A text saying what was waited for, when the process printed its last byte or the time ran out before `find` was content.
    pub(crate) fn wait_for<T>(
        &self,
        what: &str,
        mut find: impl FnMut(&Printed) -> Option<T>,
    ) -> Result<T, String> {
        let deadline = Instant::now() + PATIENCE;
        let mut printed = self.seen.printed.lock().unwrap();
        loop {
            if let Some(found) = find(&printed) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let why = match (printed.ends_count, left.is_zero()) {
                (2, _) => "it ended",
                (_, true) => "the time ran out",
                _ => {
                    printed = self.seen.changed.wait_timeout(printed, left).unwrap().0;
                    continue;
                }
            };
            return Err(format!("{}: waited for {what}, but {why}; {}", self.name, printed.text()));
        }
    }

    /// Waits for the process to leave by itself.
    ///
    /// # Errors
    ///
    /// A text with what it printed, when it is still there after the time allowed.
    pub(crate) fn wait_exit(&mut self) -> Result<ExitStatus, String> {
        self.wait_exit_for(PATIENCE)
    }

    /// As [`Process::wait_exit`], for as long as this.
    pub(crate) fn wait_exit_for(&mut self, patience: Duration) -> Result<ExitStatus, String> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                return Err(format!("{}: did not leave; {}", self.name, self.printed().text()));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a service manager would.
    pub(crate) fn terminate(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        rustix::process::kill_process(pid, Signal::TERM).unwrap();
    }

    /// Kills the process by its id and reaps it.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What it printed so far.
    pub(crate) fn printed(&self) -> Printed {
        self.seen.printed.lock().unwrap().clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Printed {
    /// Both streams as one text for a person to read.
    pub(crate) fn text(&self) -> String {
        format!("stdout: {}\nstderr: {}", self.stdout_text(), self.stderr_text())
    }

    /// Standard output as text.
    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub(crate) fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// What was printed, and a bell that rings when there is more.
#[derive(Default)]
struct Seen {
    printed: Mutex<Printed>,
    changed: Condvar,
}

impl Seen {
    /// Copies one stream of the child until its end, in a thread of its own.
    fn follow(self: &Arc<Self>, mut from: impl Read + Send + 'static, to: fn(&mut Printed) -> &mut Vec<u8>) {
        let seen = Arc::clone(self);
        thread::spawn(move || {
            let mut piece = [0; 16 * 1024];
            loop {
                let count = from.read(&mut piece).unwrap_or(0);
                let mut printed = seen.printed.lock().unwrap();
                match count {
                    0 => printed.ends_count += 1,
                    _ => to(&mut printed).extend_from_slice(&piece[..count]),
                }
                seen.changed.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
    }
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        Process::start(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn both_streams_and_the_exit_code_are_seen() {
        let mut process = shell("read -r line; echo \"$line\"; echo trouble >&2; exit 7");
        process.send(b"word\n");
        assert_eq!(process.wait_exit().unwrap().code(), Some(7));
        process
            .wait_for("both lines", |seen| {
                (seen.stdout == b"word\n" && seen.stderr == b"trouble\n").then_some(())
            })
            .unwrap();
    }

    #[test]
    fn waiting_for_a_line_that_never_comes_tells_what_came() {
        let process = shell("echo something else");
        let error = process.wait_for("a port", |_| None::<u16>).unwrap_err();
        assert!(error.contains("a port") && error.contains("something else"), "{error}");
    }

    #[test]
    fn the_end_of_input_reaches_the_process() {
        let mut process = shell("cat; echo end >&2");
        process.end_input();
        process.wait_for("its end", |seen| (seen.stderr == b"end\n").then_some(())).unwrap();
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let process = shell("echo $$; exec sleep 60");
        let id = process.wait_for("its id", |seen| seen.stdout_text().trim().parse::<u32>().ok()).unwrap();
        drop(process);
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
    }
}
