//! Scripts: 9P conversations as text, one message a line as `fcall`'s print writes them.
//!
//! A T-line is sent. An R-line is the next message that must come; one that ends with ` ..` may go on in any way. Lines that
//! start with `#` are for people.
//!
//! A script is written in the classic dialect and runs in each: its version is then the dialect's, and what the dialect says
//! otherwise is put in. One whose name ends with a dialect's runs in that one alone, as it stands.

mod linux;

pub(crate) use linux::said;

use std::path::PathBuf;

use bytes::Bytes;
use ninep::fcall::{Frame, Line, Outbox, Tmsg, decode_rmsg, encode_tmsg};
use ninep::{Dialect, Fid, Mode, OpenMode, Stat, Tag, errstr};

/// One thing to do.
pub(crate) enum Step {
    Send(String),
    Expect(String),
}

/// Lines to bytes and back, in the dialect that was last asked for.
#[derive(Default)]
pub(crate) struct Tongue(Dialect);

impl Tongue {
    pub(crate) fn bytes(&mut self, line: &str) -> Vec<u8> {
        let (tag, tmsg) = parse(line);
        if let Tmsg::Version { version, .. } = &tmsg {
            self.0 = Dialect::asked_for(version).unwrap_or_default();
        }
        let tmsg = if self.0 == Dialect::Linux { said(tmsg) } else { tmsg };
        encoded(tag, &tmsg, self.0)
    }

    pub(crate) fn line(&self, message: &[u8]) -> String {
        line_in(message, self.0)
    }
}

/// The script in `tests/data/9p`, for a dialect.
pub(crate) fn load(name: &str, dialect: Dialect) -> Vec<Step> {
    let path = data().join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines = lines.map(|line| if name.contains('.') { line.to_owned() } else { said_in(dialect, line) });
    lines.map(|line| if line.starts_with('T') { Step::Send(line) } else { Step::Expect(line) }).collect()
}

/// All scripts that run in a dialect.
pub(crate) fn names(dialect: Dialect) -> Vec<String> {
    let entries = std::fs::read_dir(data()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.split_once('.').is_none_or(|(_, version)| version == dialect.version()));
    names.sort();
    names
}

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/9p")
}

/// A line of the classic dialect as the same message is in another. An error's number stands behind its text where the text is none
/// of `errstr`'s.
fn said_in(dialect: Dialect, line: &str) -> String {
    let line = line.replace("version '9P2000'", &format!("version '{dialect}'"));
    let (line, errno) = match line.split_once(" errno ") {
        Some((line, errno)) => (line.to_owned(), Some(errno.parse().unwrap())),
        None => {
            let ename = line.split_once("ename '").map(|(_, ename)| ename.trim_end_matches('\'').to_owned());
            (line, ename.map(|ename| errstr::from_server(ename).errno))
        }
    };
    match (dialect, errno) {
        (Dialect::Classic, _) => line,
        (Dialect::Unix, Some(errno)) => format!("{line} errno {errno}"),
        // Everything about a file, and then its numbers.
        (Dialect::Unix, None) if line.starts_with("Rstat") && !line.ends_with(" ..") => format!("{line} .."),
        (Dialect::Unix, None) => line,
        (Dialect::Linux, errno) => linux::replied(&line, errno),
    }
}

/// The bytes of a request that is written as a line, in the classic dialect.
pub(crate) fn bytes(line: &str) -> Vec<u8> {
    Tongue::default().bytes(line)
}

pub(crate) fn encoded(tag: Tag, tmsg: &Tmsg, dialect: Dialect) -> Vec<u8> {
    let mut out = Outbox::new();
    encode_tmsg(tag, tmsg, dialect, Vec::new(), &mut out);
    out.take()
}

/// A reply as a line, in the classic dialect.
pub(crate) fn line(message: &[u8]) -> String {
    line_in(message, Dialect::Classic)
}

fn line_in(message: &[u8], dialect: Dialect) -> String {
    let frame = Frame::whole(message).unwrap();
    let rmsg = decode_rmsg(&frame, dialect).unwrap_or_else(|error| panic!("{error}: {message:?}"));
    format!("{:#}", Line::r(frame.tag(), &rmsg, dialect))
}

/// Whether a reply is the one that a script expects.
pub(crate) fn check(expected: &str, line: &str, script: &str) {
    match expected.strip_suffix(" ..") {
        Some(start) => assert!(line.starts_with(start), "{script}: expected {expected}\n got {line}"),
        None => assert_eq!(line, expected, "{script}"),
    }
}

fn parse(line: &str) -> (Tag, Tmsg) {
    let mut words = Words { rest: line, line };
    let kind = words.word();
    let tag = match words.after("tag") {
        "NOTAG" => Tag::NOTAG,
        number => Tag(number.parse().unwrap()),
    };
    let w = &mut words;
    let tmsg = match kind {
        "Tversion" => Tmsg::Version { msize: w.number("msize"), version: w.text("version") },
        "Tauth" => Tmsg::Auth {
            afid: w.fid("afid"),
            uname: w.text("uname"),
            aname: w.text("aname"),
            n_uname: w.n_uname(),
        },
        "Tattach" => Tmsg::Attach {
            fid: w.fid("fid"),
            afid: w.fid("afid"),
            uname: w.text("uname"),
            aname: w.text("aname"),
            n_uname: w.n_uname(),
        },
        "Tflush" => Tmsg::Flush { oldtag: Tag(w.number("oldtag")) },
        "Twalk" => {
            let (fid, newfid, count) = (w.fid("fid"), w.fid("newfid"), w.number::<usize>("nwname"));
            Tmsg::Walk { fid, newfid, names: (0..count).map(|_| w.quoted()).collect() }
        }
        "Topen" => Tmsg::Open { fid: w.fid("fid"), mode: w.mode() },
        "Tcreate" => Tmsg::Create {
            fid: w.fid("fid"),
            name: w.text("name"),
            perm: w.permissions(),
            mode: w.mode(),
            extension: if w.rest.is_empty() { String::new() } else { w.text("extension") },
        },
        "Tread" => Tmsg::Read { fid: w.fid("fid"), offset: w.number("offset"), count: w.number("count") },
        "Twrite" => {
            let (fid, offset, count) = (w.fid("fid"), w.number("offset"), w.number::<usize>("count"));
            let data = Bytes::from(w.quoted());
            assert_eq!(data.len(), count, "{line}");
            Tmsg::Write { fid, offset, data }
        }
        "Tclunk" => Tmsg::Clunk { fid: w.fid("fid") },
        "Tremove" => Tmsg::Remove { fid: w.fid("fid") },
        "Tstat" => Tmsg::Stat { fid: w.fid("fid") },
        "Twstat" => Tmsg::Wstat { fid: w.fid("fid"), stat: w.stat() },
        other => linux::parse(other, w),
    };
    assert_eq!(words.rest, "", "left over in {line}");
    (tag, tmsg)
}

struct Words<'a> {
    rest: &'a str,
    line: &'a str,
}

impl<'a> Words<'a> {
    fn word(&mut self) -> &'a str {
        let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    /// The word after `key`, which must be the next.
    fn after(&mut self, key: &str) -> &'a str {
        assert_eq!(self.word(), key, "{}", self.line);
        self.word()
    }

    fn number<N: std::str::FromStr<Err: std::fmt::Debug>>(&mut self, key: &str) -> N {
        self.after(key).parse().unwrap_or_else(|error| panic!("{key} in {}: {error:?}", self.line))
    }

    fn fid(&mut self, key: &str) -> Fid {
        match self.after(key) {
            "NOFID" => Fid::NOFID,
            number => Fid(number.parse().unwrap()),
        }
    }

    fn text(&mut self, key: &str) -> String {
        assert_eq!(self.word(), key, "{}", self.line);
        self.quoted()
    }

    fn quoted(&mut self) -> String {
        let mut chars =
            self.rest.strip_prefix('\'').unwrap_or_else(|| panic!("no quote: {}", self.line)).chars();
        let mut text = String::new();
        loop {
            match chars.next().unwrap() {
                '\'' => break,
                '\\' => match chars.next().unwrap() {
                    'n' => text.push('\n'),
                    'x' => {
                        let digits: String = chars.by_ref().take(2).collect();
                        text.push(char::from(u8::from_str_radix(&digits, 16).unwrap()));
                        assert!(text.is_ascii(), "a script has bytes below 0x80 alone: {}", self.line);
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        self.rest = chars.as_str().trim_start();
        text
    }

    /// A user's number, if one is said.
    fn n_uname(&mut self) -> Option<u32> {
        if self.rest.is_empty() { None } else { Some(self.number("n_uname")) }
    }

    fn mode(&mut self) -> OpenMode {
        OpenMode(u8::from_str_radix(self.after("mode").trim_start_matches("0x"), 16).unwrap())
    }

    fn permissions(&mut self) -> Mode {
        let text = self.after("perm");
        let is_dir = text.starts_with('d');
        let low = Mode(u32::from_str_radix(text.trim_start_matches('d'), 8).unwrap());
        if is_dir { Mode::DIR | low } else { low }
    }

    /// A stat in which only the length, the texts and the owner's number may be anything but `~`. What 9P2000.u adds may be missing.
    fn stat(&mut self) -> Stat {
        let mut stat = Stat::leave();
        stat.name = self.text("stat");
        stat.uid = self.text("uid");
        stat.gid = self.text("gid");
        stat.muid = self.text("muid");
        for key in ["qid", "mode", "atime", "mtime"] {
            assert_eq!(self.after(key), "~", "{}", self.line);
        }
        let length = self.after("length");
        if length != "~" {
            stat.length = length.parse().unwrap();
        }
        for key in ["kind", "dev"] {
            assert_eq!(self.after(key), "~", "{}", self.line);
        }
        if self.rest.starts_with("extension") {
            stat.extension = self.text("extension");
        }
        if !self.rest.is_empty() {
            stat.n_uid = self.number("n_uid");
        }
        stat
    }
}
