//! Programs that a measurement starts: they are killed with all that they started, and asked what they used.

use std::fs;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getpid, getrlimit, kill_process, kill_process_group,
    set_child_subreaper, setrlimit, waitpgid, waitpid,
};

/// A program with all that it started, as one group. Dropping it kills the group.
pub(crate) struct Group {
    child: Child,
    /// Clock ticks of those who left before whoever started them asked, and whom we waited for.
    orphans_ticks: AtomicU64,
}

/// The groups that live, by number.
static LIVING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A process of a group.
struct Process {
    id: u32,
    parent: u64,
    /// Whether it has left, and waits for somebody to ask.
    has_left: bool,
    name: String,
    /// Clock ticks of itself and of its children that it has waited for.
    ticks: u64,
}

impl Group {
    /// Starts `command` as the first of a group of its own.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(command: &mut Command) -> Result<Group, String> {
        use std::os::unix::process::CommandExt;
        let child = command.process_group(0).spawn().map_err(|error| format!("{command:?}: {error}"))?;
        locked().push(child.id());
        Ok(Group { child, orphans_ticks: AtomicU64::new(0) })
    }

    /// The number of the group.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the first of the group has left.
    pub(crate) fn has_left(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks the first of the group to leave, and gives it some time.
    pub(crate) fn dismiss(&mut self) {
        if let Some(pid) = pid(self.child.id()) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let end = Instant::now() + SETTLE_TIME_MAX;
        while !self.has_left() && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Seconds of processor time that the group has used, with those of its members that have left.
    pub(crate) fn cpu(&self) -> f64 {
        let ticks: u64 = self.processes().iter().map(|process| process.ticks).sum();
        (ticks + self.orphans_ticks.load(Ordering::Relaxed)) as f64 / TICKS_PER_SECOND
    }

    /// Waits until the group has `count` processes.
    pub(crate) fn settle(&self, count: usize) {
        let end = Instant::now() + SETTLE_TIME_MAX;
        while self.processes().len() > count && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many processes there are.
    pub(crate) fn count(&self) -> usize {
        self.processes().len()
    }

    /// KiB of memory that are the group's, its share of what is shared counted in; without the processes called `command`.
    pub(crate) fn memory_without(&self, command: &str) -> f64 {
        let processes = self.processes();
        let kept = processes.iter().filter(|process| process.name != command);
        kept.filter_map(|process| share_len(process.id)).sum()
    }

    /// The group as it is. Whoever was left to us by a parent that did not wait, and has left too, is waited for.
    fn processes(&self) -> Vec<Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let mut processes: Vec<Process> =
            ids.filter_map(|id| Process::of_group(id, self.child.id())).collect();
        let ours = getpid().as_raw_nonzero().get();
        processes.retain(|process| {
            let is_orphan = process.parent == u64::from(ours.unsigned_abs()) && process.id != self.child.id();
            if !is_orphan || !process.has_left {
                return true;
            }
            if let Ok(Some(_)) = waitpid(pid(process.id), WaitOptions::NOHANG) {
                self.orphans_ticks.fetch_add(process.ticks, Ordering::Relaxed);
            }
            false
        });
        processes
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        kill(self.child.id());
        let _ = self.child.wait();
        // Those whom it leaves to us.
        while let Some(group) = pid(self.child.id())
            && let Ok(Some(_)) = waitpgid(group, WaitOptions::empty())
        {}
        locked().retain(|id| *id != self.child.id());
    }
}

impl Process {
    /// Reads `/proc/ID/stat` (proc(5)), if the process is of the group.
    fn of_group(id: u32, group: u32) -> Option<Process> {
        let (of, process) = Process::read(&id.to_string())?;
        (of == u64::from(group)).then_some(Process { id, ..process })
    }

    /// Reads the `stat` of the process called `id` there, and the group that it is of.
    fn read(id: &str) -> Option<(u64, Process)> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let (head, tail) = stat.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        let ticks = [11, 12, 13, 14].into_iter().filter_map(number).sum();
        let has_left = fields.first() == Some(&"Z");
        Some((number(2)?, Process { id: 0, parent: number(1)?, has_left, name: name.to_owned(), ticks }))
    }
}

/// Seconds of processor time that this process has used, with those of its children that it has waited for.
pub(crate) fn own_cpu() -> f64 {
    Process::read("self").map_or(0.0, |(_, process)| process.ticks as f64 / TICKS_PER_SECOND)
}

/// The groups that live, by number.
pub(crate) fn living() -> Vec<u32> {
    locked().clone()
}

/// Kills a group.
pub(crate) fn kill(id: u32) {
    if let Some(group) = pid(id) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Asks all groups to leave, gives them some time, and kills who is still there. A mount is taken away by whoever serves it.
pub(crate) fn dismiss_all() {
    let groups = living();
    for group in groups.iter().copied().filter_map(pid) {
        let _ = kill_process_group(group, Signal::TERM);
    }
    thread::sleep(DISMISS_TIME);
    groups.into_iter().for_each(kill);
}

/// Has processes that lose their parent become our children: not everybody waits for the commands that it starts, and what those
/// used would be counted nowhere.
pub(crate) fn adopt_orphans() {
    let _ = set_child_subreaper(Some(getpid()));
}

/// Makes room for as many descriptors as the system lets us have: a thousand connections need some.
pub(crate) fn more_descriptors() {
    let now = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

/// KiB of a process's memory, shared pages by share.
fn share_len(id: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB")?.parse().ok())
}

fn locked() -> std::sync::MutexGuard<'static, Vec<u32>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What Linux counts processor time in, on every architecture (sysconf(3), `_SC_CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;
/// How long processes may take to leave.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(2);
/// How long they have when everything is to end.
const DISMISS_TIME: Duration = Duration::from_millis(500);
