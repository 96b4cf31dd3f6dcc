//! A small file system in memory whose reads and writes can wait, to test the engine with.
//!
//! | file | what it does |
//! |---|---|
//! | `hello` | reads as a fixed text |
//! | `pipe` | a write is a message, a read waits for one |
//! | `gate` | a write waits until a write to `go` lets it through; then its data is appended to `log` |
//! | `together` | the same for writes that are done together, which stand in `[]` there; one of them may `fail` |
//! | `log` | reads as what passed |
//! | `clone` | opening it makes a new file `conn` of the fid, as a clone file does |
//! | `open` | reads as the number of files that are open |
//! | `waiting` | reads as the number of reads of `pipe` and writes to `gate` that wait |
//! | `zero` | reads as zeros, swallows writes |
//! | `fds` | reads as the number of descriptors that came with the last write to it |
//! | `long` | returns more than was asked for |
//! | `tmp` | may be removed; takes any name, and goes by `new` as well |
//! | `dir/a` .. | a directory of files |

use std::collections::VecDeque;
use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use ninep::errstr::{self, Error};
use ninep::{Answer, Caller, Claim, Fs, Mode, OpenMode, Opened, Qid, Stat};

use bytes::Bytes;

#[derive(Default)]
pub(crate) struct Toy {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Bytes>,
    passes: usize,
    log: Vec<u8>,
    open_count: usize,
    waiting_count: usize,
    descriptor_count: usize,
    conn_count: u64,
    removed_count: usize,
    zero_count: usize,
    wakers: Vec<Waker>,
}

/// What a fid stands for: the file's place in the table, or a connection's number after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node(u64);

pub(crate) struct File {
    node: Node,
    state: Arc<Mutex<State>>,
}

/// Counts something for as long as it lives.
struct Counted {
    state: Arc<Mutex<State>>,
}

const ROOT: Node = Node(1);
const DIR: Node = Node(2);
const FIRST: u64 = 3;
const FILES: [&str; 13] = [
    "hello", "pipe", "gate", "log", "clone", "open", "waiting", "zero", "fds", "long", "tmp", "go",
    "together",
];
/// How many of them the root lists.
const LISTED_COUNT: u64 = 12;
const FIRST_IN_DIR: u64 = 0x40;
const IN_DIR: [&str; 3] = ["a", "b", "c"];
const FIRST_CONN: u64 = 0x100;

/// The number of the user who owns everything.
const TOY: u32 = 1000;
/// The number of a user who may not attach.
const UNWANTED: u32 = 13;
/// What time it always is.
const NOW: u32 = 1_000_000_000;

impl Toy {
    pub(crate) fn open_count(&self) -> usize {
        self.state.lock().unwrap().open_count
    }

    pub(crate) fn waiting_count(&self) -> usize {
        self.state.lock().unwrap().waiting_count
    }

    pub(crate) fn removed_count(&self) -> usize {
        self.state.lock().unwrap().removed_count
    }

    /// How many reads of `zero` there were.
    pub(crate) fn zero_count(&self) -> usize {
        self.state.lock().unwrap().zero_count
    }

    pub(crate) fn send(&self, message: &'static str) {
        let mut state = self.state.lock().unwrap();
        state.messages.push_back(Bytes::from_static(message.as_bytes()));
        state.wake();
    }

    /// Waits for the gate and writes to the log.
    fn logged_after_gate(&self, text: Bytes) -> impl Future<Output = ()> + Send + use<> {
        let state = Arc::clone(&self.state);
        let counted = Counted::new(&state);
        async move {
            let pass = poll_fn(|cx| {
                let mut state = state.lock().unwrap();
                if state.passes == 0 {
                    state.wakers.push(cx.waker().clone());
                    return Poll::Pending;
                }
                state.passes -= 1;
                state.log.extend_from_slice(&text);
                Poll::Ready(())
            });
            pass.await;
            drop(counted);
        }
    }

    fn stat_of(node: Node) -> Stat {
        let mode = if node.is_dir() { Mode::DIR | Mode(0o555) } else { Mode(0o666) };
        Stat::new(node.name(), node.qid(), mode, "toy", "toy").numbered(TOY, TOY)
    }
}

impl State {
    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

impl Node {
    fn is_dir(self) -> bool {
        self == ROOT || self == DIR
    }

    fn qid(self) -> Qid {
        if self.is_dir() { Qid::dir(self.0) } else { Qid::file(self.0) }
    }

    fn name(self) -> &'static str {
        match self.0 {
            1 => "/",
            2 => "dir",
            n if n >= FIRST_CONN => "conn",
            n if n >= FIRST_IN_DIR => IN_DIR[usize::try_from(n - FIRST_IN_DIR).unwrap()],
            n => FILES[usize::try_from(n - FIRST).unwrap()],
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.state.lock().unwrap().open_count -= 1;
    }
}

impl Counted {
    fn new(state: &Arc<Mutex<State>>) -> Self {
        state.lock().unwrap().waiting_count += 1;
        Self { state: Arc::clone(state) }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.state.lock().unwrap().waiting_count -= 1;
    }
}

impl Fs for Toy {
    type Node = Node;
    type File = File;

    fn attach(&self, caller: &Caller, claim: &Claim<'_>, aname: &str) -> Result<Node, Error> {
        let is_somebody_else = !caller.user.is_empty() && caller.user != claim.uname;
        if is_somebody_else || claim.n_uname == Some(UNWANTED) {
            return Err(errstr::PERMISSION_DENIED);
        }
        match aname {
            "" | "/" => Ok(ROOT),
            "dir" => Ok(DIR),
            _ => Err(errstr::DOES_NOT_EXIST),
        }
    }

    fn qid(&self, node: &Node) -> Qid {
        node.qid()
    }

    fn walk(&self, node: &Node, name: &str) -> Result<Node, Error> {
        let place = |names: &[&str]| names.iter().position(|known| *known == name).map(|n| n as u64);
        match (*node, name) {
            (_, "..") => Ok(ROOT),
            (ROOT, "dir") => Ok(DIR),
            (ROOT, "new") => self.walk(node, "tmp"),
            (ROOT, _) => place(&FILES).map(|n| Node(FIRST + n)).ok_or(errstr::DOES_NOT_EXIST),
            _ => place(&IN_DIR).map(|n| Node(FIRST_IN_DIR + n)).ok_or(errstr::DOES_NOT_EXIST),
        }
    }

    fn stat(&self, node: &Node) -> Result<Stat, Error> {
        Ok(Self::stat_of(*node))
    }

    fn wstat(&self, node: &Node, stat: &Stat) -> Result<(), Error> {
        let is_cut = stat.new_length() == Some(0);
        let is_touched = stat.mtime == NOW || stat.mtime == u32::MAX;
        let mut rest = stat.clone();
        (rest.length, rest.mtime) = (u64::MAX, u32::MAX);
        let is_renamed = node.name() == "tmp" && rest.renames();
        if is_renamed {
            rest.name.clear();
        }
        if (is_cut || is_renamed) && is_touched && rest == Stat::leave() {
            Ok(())
        } else {
            Err(errstr::PERMISSION_DENIED)
        }
    }

    fn now(&self) -> u32 {
        NOW
    }

    fn open(&self, node: &Node, mode: OpenMode) -> Result<Opened<File, Node>, Error> {
        if node.is_dir() && mode != OpenMode::READ {
            return Err(errstr::PERMISSION_DENIED);
        }
        let mut state = self.state.lock().unwrap();
        state.open_count += 1;
        let node = if node.name() == "clone" {
            state.conn_count += 1;
            Node(FIRST_CONN + state.conn_count - 1)
        } else {
            *node
        };
        let file = Arc::new(File { node, state: Arc::clone(&self.state) });
        Ok(Opened {
            file,
            node,
            qid: node.qid(),
            iounit: if node.name() == "zero" { 1 << 20 } else { 0 },
            joins_writes: node.name() == "together",
        })
    }

    fn remove(&self, node: &Node) -> Result<(), Error> {
        if node.name() != "tmp" {
            return Err(errstr::PERMISSION_DENIED);
        }
        self.state.lock().unwrap().removed_count += 1;
        Ok(())
    }

    fn list(&self, file: &Arc<File>) -> Result<Vec<Stat>, Error> {
        let nodes =
            if file.node == ROOT { FIRST..FIRST + LISTED_COUNT } else { FIRST_IN_DIR..FIRST_IN_DIR + 3 };
        Ok(nodes.map(|n| Self::stat_of(Node(n))).collect())
    }

    fn read(&self, file: &Arc<File>, offset: u64, count: u32) -> Answer<Bytes> {
        let state = &self.state;
        let text = match file.node.name() {
            "hello" => "hello, world\n".to_owned(),
            "conn" => format!("{}\n", file.node.0 - FIRST_CONN),
            "open" => state.lock().unwrap().open_count.to_string(),
            "waiting" => state.lock().unwrap().waiting_count.to_string(),
            "fds" => state.lock().unwrap().descriptor_count.to_string(),
            "log" => String::from_utf8(state.lock().unwrap().log.clone()).unwrap(),
            "zero" => {
                state.lock().unwrap().zero_count += 1;
                return Ok(Bytes::from_static(&ZEROS[..count as usize])).into();
            }
            "long" => return Ok(Bytes::from(vec![b'x'; count as usize + 1])).into(),
            "pipe" => {
                let state = Arc::clone(state);
                let counted = Counted::new(&state);
                return Answer::later(async move {
                    let message = poll_fn(|cx| {
                        let mut state = state.lock().unwrap();
                        match state.messages.pop_front() {
                            Some(message) => Poll::Ready(message),
                            None => {
                                state.wakers.push(cx.waker().clone());
                                Poll::Pending
                            }
                        }
                    });
                    let mut message = message.await;
                    drop(counted);
                    message.truncate(count as usize);
                    if message == "fail" { Err(errstr::IN_USE) } else { Ok(message) }
                });
            }
            _ => String::new(),
        };
        let text = Bytes::from(text);
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
        let end = start.saturating_add(count as usize).min(text.len());
        Ok(text.slice(start..end)).into()
    }

    fn write(&self, file: &Arc<File>, _: u64, data: Bytes, descriptors: Vec<OwnedFd>) -> Answer<u32> {
        let len = u32::try_from(data.len()).unwrap();
        let mut state = self.state.lock().unwrap();
        match file.node.name() {
            "pipe" => {
                state.messages.push_back(data);
                state.wake();
            }
            "go" => {
                state.passes += 1;
                state.wake();
            }
            "fds" => state.descriptor_count = descriptors.len(),
            "gate" | "together" => {
                drop(state);
                let logged = self.logged_after_gate(data);
                return Answer::later(async move {
                    logged.await;
                    Ok(len)
                });
            }
            "zero" => {}
            _ => return Err(errstr::PERMISSION_DENIED).into(),
        }
        Ok(len).into()
    }

    fn write_each(&self, file: &Arc<File>, data: Vec<Bytes>) -> Answer<Vec<Result<u32, Error>>> {
        assert_eq!(file.node.name(), "together");
        let text = data.iter().map(|data| std::str::from_utf8(data).unwrap()).collect::<Vec<_>>().join(" ");
        let logged = self.logged_after_gate(Bytes::from(format!("[{text}]")));
        Answer::later(async move {
            logged.await;
            let result = |data: &Bytes| match &data[..] {
                b"fail" => Err(errstr::IN_USE),
                data => Ok(u32::try_from(data.len()).unwrap()),
            };
            Ok(data.iter().map(result).collect())
        })
    }
}

static ZEROS: [u8; 1 << 20] = [0; 1 << 20];
