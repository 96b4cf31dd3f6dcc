//! Scripts: 9P conversations as text, one message a line as `fcall`'s print writes them.
//!
//! A T-line is sent. An R-line is the next message that must come; one that ends with ` ..` may go on in any way. Lines that
//! start with `#` are for people.

use std::path::PathBuf;

use bytes::Bytes;
use ninep::fcall::{Frame, Line, Outbox, Tmsg, decode_rmsg, encode_tmsg};
use ninep::{Fid, Mode, OpenMode, Stat, Tag};

/// One thing to do.
pub(crate) enum Step {
    Send(Vec<u8>),
    Expect(String),
}

/// The script in `tests/data/9p`.
pub(crate) fn load(name: &str) -> Vec<Step> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/9p").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(
            |line| {
                if line.starts_with('T') { Step::Send(bytes(line)) } else { Step::Expect(line.to_owned()) }
            },
        )
        .collect()
}

/// All scripts there are.
pub(crate) fn names() -> Vec<String> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/9p");
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The bytes of a request that is written as a line.
pub(crate) fn bytes(line: &str) -> Vec<u8> {
    let (tag, tmsg) = parse(line);
    encoded(tag, &tmsg)
}

pub(crate) fn encoded(tag: Tag, tmsg: &Tmsg) -> Vec<u8> {
    let mut out = Outbox::new();
    encode_tmsg(tag, tmsg, Vec::new(), &mut out);
    out.take()
}

/// A reply as a line.
pub(crate) fn line(message: &[u8]) -> String {
    let frame = Frame::whole(message).unwrap();
    let rmsg = decode_rmsg(&frame).unwrap_or_else(|error| panic!("{error}: {message:?}"));
    format!("{:#}", Line::r(frame.tag(), &rmsg))
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
        "Tauth" => Tmsg::Auth { afid: w.fid("afid"), uname: w.text("uname"), aname: w.text("aname") },
        "Tattach" => Tmsg::Attach {
            fid: w.fid("fid"),
            afid: w.fid("afid"),
            uname: w.text("uname"),
            aname: w.text("aname"),
        },
        "Tflush" => Tmsg::Flush { oldtag: Tag(w.number("oldtag")) },
        "Twalk" => {
            let (fid, newfid, count) = (w.fid("fid"), w.fid("newfid"), w.number::<usize>("nwname"));
            Tmsg::Walk { fid, newfid, names: (0..count).map(|_| w.quoted()).collect() }
        }
        "Topen" => Tmsg::Open { fid: w.fid("fid"), mode: w.mode() },
        "Tcreate" => {
            Tmsg::Create { fid: w.fid("fid"), name: w.text("name"), perm: w.permissions(), mode: w.mode() }
        }
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
        other => panic!("{other} in {line}"),
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
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        self.rest = chars.as_str().trim_start();
        text
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

    /// A stat in which only the length and the texts may be anything but `~`.
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
        stat
    }
}
