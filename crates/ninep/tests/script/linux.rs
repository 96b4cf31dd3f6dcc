//! Lines of 9P2000.L, and those of the classic dialect said in it.

use ninep::fcall::Tmsg;
use ninep::{OpenMode, Stat};
use rs9p::fcall::{FCall, Flock, GetAttrMask, Getlock, LockFlag, LockType, SetAttr, SetAttrMask, Time};

use super::Words;

/// A request of the classic dialect as Linux asks for the same.
pub(crate) fn said(tmsg: Tmsg) -> Tmsg {
    Tmsg::Linux(match tmsg {
        Tmsg::Open { fid, mode } => FCall::TlOpen { fid: fid.0, flags: flags(mode) },
        Tmsg::Create { fid, name, perm, mode, .. } => {
            FCall::TlCreate { fid: fid.0, name, flags: flags(mode), mode: perm.permissions(), gid: 0 }
        }
        Tmsg::Stat { fid } => FCall::TGetAttr { fid: fid.0, req_mask: GetAttrMask::BASIC },
        Tmsg::Wstat { fid, stat } if stat.renames() => {
            FCall::TRename { fid: fid.0, dfid: 0, name: stat.name }
        }
        Tmsg::Wstat { fid, stat } => setattr(fid.0, &stat),
        other => return other,
    })
}

/// A mode that no flags come to becomes the one pair of them that makes no sense.
fn flags(mode: OpenMode) -> u32 {
    if !mode.is_known() {
        return 3;
    }
    let access = match mode.access() {
        OpenMode::WRITE => 1,
        OpenMode::RDWR => 2,
        _ => 0,
    };
    if mode.contains(OpenMode::TRUNC) { access | 0o1000 } else { access }
}

fn setattr(fid: u32, stat: &Stat) -> FCall {
    let mut valid = SetAttrMask::empty();
    valid.set(SetAttrMask::SIZE, stat.new_length().is_some());
    valid.set(SetAttrMask::UID, stat.new_n_uid().is_some());
    let none = Time { sec: 0, nsec: 0 };
    let to = SetAttr { mode: 0, uid: stat.n_uid, gid: 0, size: stat.length, atime: none, mtime: none };
    FCall::TSetAttr { fid, valid, stat: to }
}

/// The line of a reply of the classic dialect as it is here; `errno` is the number of its error.
pub(super) fn replied(line: &str, errno: Option<i32>) -> String {
    let mut words = line.splitn(4, ' ');
    let kind = words.next().unwrap();
    let tag = format!("{} {}", words.next().unwrap(), words.next().unwrap());
    match (kind, errno) {
        (_, Some(errno)) => format!("Rlerror {tag} ecode {errno} .."),
        ("Ropen" | "Rcreate", _) => line.replacen("Ro", "Rlo", 1).replacen("Rc", "Rlc", 1),
        ("Rstat", _) => format!("Rgetattr {tag} .."),
        ("Rwstat", _) => format!("Rsetattr {tag}"),
        _ => line.to_owned(),
    }
}

/// Reads the rest of a line.
pub(super) fn parse(kind: &str, w: &mut Words<'_>) -> Tmsg {
    Tmsg::Linux(match kind {
        "Tstatfs" => FCall::TStatFs { fid: w.number("fid") },
        "Tlopen" => FCall::TlOpen { fid: w.number("fid"), flags: w.octal("flags") },
        "Tlcreate" => FCall::TlCreate {
            fid: w.number("fid"),
            name: w.text("name"),
            flags: w.octal("flags"),
            mode: w.octal("mode"),
            gid: w.number("gid"),
        },
        "Tsymlink" => FCall::TSymlink {
            fid: w.number("fid"),
            name: w.text("name"),
            symtgt: w.text("symtgt"),
            gid: w.number("gid"),
        },
        "Tmknod" => FCall::TMkNod {
            dfid: w.number("dfid"),
            name: w.text("name"),
            mode: w.octal("mode"),
            major: w.number("major"),
            minor: w.number("minor"),
            gid: w.number("gid"),
        },
        "Trename" => FCall::TRename { fid: w.number("fid"), dfid: w.number("dfid"), name: w.text("name") },
        "Treadlink" => FCall::TReadLink { fid: w.number("fid") },
        "Tgetattr" => FCall::TGetAttr {
            fid: w.number("fid"),
            req_mask: GetAttrMask::from_bits_retain(w.hexadecimal("request_mask").into()),
        },
        "Tsetattr" => {
            let (fid, valid) = (w.number("fid"), SetAttrMask::from_bits_retain(w.hexadecimal("valid")));
            let none = Time { sec: 0, nsec: 0 };
            let mut stat = SetAttr { mode: 0, uid: 0, gid: 0, size: 0, atime: none, mtime: none };
            if valid.contains(SetAttrMask::MODE) {
                stat.mode = w.octal("mode");
            }
            if valid.contains(SetAttrMask::UID) {
                stat.uid = w.number("uid");
            }
            if valid.contains(SetAttrMask::SIZE) {
                stat.size = w.number("size");
            }
            FCall::TSetAttr { fid, valid, stat }
        }
        "Txattrwalk" => {
            FCall::TxAttrWalk { fid: w.number("fid"), newfid: w.number("newfid"), name: w.text("name") }
        }
        "Txattrcreate" => FCall::TxAttrCreate {
            fid: w.number("fid"),
            name: w.text("name"),
            attr_size: w.number("attr_size"),
            flags: w.octal("flags"),
        },
        "Treaddir" => {
            FCall::TReadDir { fid: w.number("fid"), offset: w.number("offset"), count: w.number("count") }
        }
        "Tfsync" => FCall::TFSync { fid: w.number("fid") },
        "Tlock" => {
            let (fid, typ) = (w.number("fid"), LockType::from_bits_retain(w.number("type")));
            let flags = LockFlag::from_bits_retain(w.hexadecimal("flags"));
            let Getlock { start, length, proc_id, client_id, .. } = w.lock(typ);
            FCall::TLock { fid, flock: Flock { typ, flags, start, length, proc_id, client_id } }
        }
        "Tgetlock" => {
            let (fid, typ) = (w.number("fid"), LockType::from_bits_retain(w.number("type")));
            FCall::TGetLock { fid, flock: w.lock(typ) }
        }
        "Tlink" => FCall::TLink { dfid: w.number("dfid"), fid: w.number("fid"), name: w.text("name") },
        "Tmkdir" => FCall::TMkDir {
            dfid: w.number("dfid"),
            name: w.text("name"),
            mode: w.octal("mode"),
            gid: w.number("gid"),
        },
        "Trenameat" => FCall::TRenameAt {
            olddirfid: w.number("olddirfid"),
            oldname: w.text("oldname"),
            newdirfid: w.number("newdirfid"),
            newname: w.text("newname"),
        },
        "Tunlinkat" => {
            FCall::TUnlinkAt { dirfd: w.number("dirfd"), name: w.text("name"), flags: w.hexadecimal("flags") }
        }
        other => panic!("{other} in {}", w.line),
    })
}

impl Words<'_> {
    fn octal(&mut self, key: &str) -> u32 {
        u32::from_str_radix(self.after(key), 8).unwrap()
    }

    fn hexadecimal(&mut self, key: &str) -> u32 {
        u32::from_str_radix(self.after(key).trim_start_matches("0x"), 16).unwrap()
    }

    fn lock(&mut self, typ: LockType) -> Getlock {
        Getlock {
            typ,
            start: self.number("start"),
            length: self.number("length"),
            proc_id: self.number("proc_id"),
            client_id: self.text("client_id"),
        }
    }
}
