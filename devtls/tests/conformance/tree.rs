//! Statements 1 to 26: the tree, as the engine asks for it.

use bytes::Bytes;
use devtls::{Device, Limits, Node};
use ninep::{Answer, Caller, Claim, Error, Fs, Mode, OpenMode, Opened, Stat, User};

use crate::rig::{Told, told};

/// A device whose host owner is `eve`, and its root as `user` sees it.
fn device() -> Device {
    Device::new(User { name: "eve".to_owned(), uid: Some(500), gid: Some(501) }, Limits::default())
}

fn root(device: &Device, user: &str) -> Node {
    let caller = Caller { uid: Some(1000), gid: Some(1000), pid: None, user: user.to_owned() };
    device.attach(&caller, &Claim::named(user), "").expect("a user under its own name")
}

fn walk(device: &Device, user: &str, path: &str) -> Told<Node> {
    let names = path.split('/').filter(|name| !name.is_empty());
    names
        .into_iter()
        .try_fold(root(device, user), |node, name| device.walk(&node, name))
        .map_err(|error| error.text.into_owned())
}

fn open(device: &Device, user: &str, path: &str, mode: OpenMode) -> Told<Opened<devtls::File, Node>> {
    let node = walk(device, user, path)?;
    device.open(&node, mode).map_err(|error| error.text.into_owned())
}

fn list(device: &Device, path: &str) -> Vec<Stat> {
    let opened = open(device, "eve", path, OpenMode::READ).expect("a directory opens");
    device.list(&opened.file).expect("a directory lists")
}

fn stat(device: &Device, path: &str) -> Stat {
    device.stat(&walk(device, "eve", path).expect("it is there")).expect("it has a stat")
}

fn chmod(device: &Device, user: &str, path: &str, mode: u32) -> Told<()> {
    let mut stat = Stat::leave();
    stat.mode = Mode(mode);
    device.wstat(&walk(device, user, path)?, &stat).map_err(|error| error.text.into_owned())
}

fn read(
    device: &Device,
    opened: &Opened<devtls::File, Node>,
    offset: u64,
    count: u32,
) -> Result<Bytes, Error> {
    match device.read(&opened.file, offset, count) {
        Answer::Now(result) => result,
        Answer::Later(_) => panic!("a text never waits"),
    }
}

fn names(stats: &[Stat]) -> Vec<&str> {
    stats.iter().map(|stat| stat.name.as_str()).collect()
}

#[tokio::test]
async fn s001_s002_the_fixed_files() {
    let device = device();
    let entries = list(&device, "");
    assert_eq!(names(&entries), ["tls"]);
    assert_eq!((entries[0].qid.path, entries[0].mode), (2, Mode::DIR | Mode(0o555)));
    let entries = list(&device, "tls");
    assert_eq!(names(&entries), ["clone", "encalgs", "hashalgs"]);
    let facts: Vec<_> = entries.iter().map(|stat| (stat.qid.path, stat.mode, stat.length)).collect();
    assert_eq!(facts, [(3, Mode(0o555), 0), (4, Mode(0o444), 0), (5, Mode(0o444), 0)]);
}

#[tokio::test]
async fn s003_s004_the_lists_are_read_at_offsets() {
    let device = device();
    let opened = open(&device, "eve", "tls/encalgs", OpenMode::READ).expect("it opens");
    assert_eq!(read(&device, &opened, 0, 8192).expect("read").len(), 112);
    assert_eq!(read(&device, &opened, 112, 8192).expect("read").len(), 0);
    assert_eq!(read(&device, &opened, 6, 5).expect("read"), "rc4_1");
    let opened = open(&device, "eve", "tls/hashalgs", OpenMode::READ).expect("it opens");
    assert_eq!(read(&device, &opened, 0, 8192).expect("read"), "clear md5 sha1 sha256");
}

#[tokio::test]
async fn s005_s014_s015_texts_and_directories_are_only_read() {
    let device = device();
    let _ctl = open(&device, "eve", "tls/clone", OpenMode::RDWR).expect("clone opens");
    let modes = [
        OpenMode::WRITE,
        OpenMode::RDWR,
        OpenMode::EXEC,
        OpenMode::READ | OpenMode::TRUNC,
        OpenMode::READ | OpenMode::RCLOSE,
    ];
    for path in ["", "tls", "tls/0", "tls/encalgs", "tls/hashalgs", "tls/0/status", "tls/0/stats"] {
        for mode in modes {
            assert_eq!(
                open(&device, "eve", path, mode).map(drop),
                told("permission denied"),
                "{path} {mode:?}"
            );
        }
        assert!(open(&device, "eve", path, OpenMode::READ | OpenMode::CEXEC).is_ok(), "{path}");
    }
}

#[tokio::test]
async fn s006_s007_s008_clone_becomes_ctl() {
    let device = device();
    let opened = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    assert_eq!((opened.qid.path, device.qid(&opened.node).path), (8, 8));
    assert_eq!(read(&device, &opened, 0, 8).expect("read"), "0");
    assert_eq!(read(&device, &opened, 1, 8).expect("read"), "");
    assert_eq!(read(&device, &opened, 0, 8).expect("read"), "0");
    let entry = list(&device, "tls").pop().expect("four entries");
    assert_eq!((entry.name.as_str(), entry.qid.path, entry.mode), ("0", 6, Mode::DIR | Mode(0o555)));
    assert_eq!(entry.uid, "glenda");
    let entries = list(&device, "tls/0");
    assert_eq!(names(&entries), ["ctl", "data", "hand", "status", "stats", "wire"]);
    let facts: Vec<_> = entries.iter().map(|stat| (stat.qid.path, stat.mode.0)).collect();
    assert_eq!(facts, [(8, 0o660), (7, 0o660), (9, 0o660), (10, 0o440), (11, 0o440), (12, 0o660)]);
    for stat in entries {
        let owners = (stat.uid.as_str(), stat.muid.as_str(), stat.gid.as_str());
        assert_eq!((owners, stat.length, stat.qid.version), (("glenda", "glenda", "eve"), 0, 0));
    }
}

#[tokio::test]
async fn s009_s010_s011_numbers_are_used_again_and_stay_listed() {
    let device = device();
    let mut opened: Vec<_> =
        (0..3).map(|_| open(&device, "eve", "tls/clone", OpenMode::RDWR).expect("clone opens")).collect();
    opened.remove(1);
    assert_eq!(names(&list(&device, "tls")).len(), 6);
    assert!(list(&device, "tls/1").iter().all(|stat| stat.mode == Mode(0)));
    let why = told("must open connection using clone");
    assert_eq!(open(&device, "eve", "tls/1/ctl", OpenMode::RDWR).map(drop), why);
    let again = open(&device, "eve", "tls/clone", OpenMode::RDWR).expect("clone opens");
    assert_eq!(again.qid.path, 40);
    assert_eq!(walk(&device, "eve", "tls/7").map(drop), told("file does not exist"));
}

#[tokio::test]
async fn s012_the_1025th_conversation() {
    let device = device();
    let opened: Vec<_> =
        (0..1024).map(|_| open(&device, "eve", "tls/clone", OpenMode::RDWR).expect("clone opens")).collect();
    let one_more = open(&device, "eve", "tls/clone", OpenMode::RDWR);
    assert_eq!(one_more.map(drop), told("no free devices"));
    drop(opened);
    assert!(open(&device, "eve", "tls/clone", OpenMode::RDWR).is_ok());
}

#[tokio::test]
async fn s016_s018_modes_of_the_streams() {
    let device = device();
    let _ctl = open(&device, "eve", "tls/clone", OpenMode::RDWR).expect("clone opens");
    for name in ["ctl", "data", "hand"] {
        let opened = open(&device, "eve", &format!("tls/0/{name}"), OpenMode::EXEC);
        assert_eq!(opened.map(drop), told("permission denied"));
    }
    let one = open(&device, "eve", "tls/0/data", OpenMode::RDWR | OpenMode::TRUNC).expect("data opens");
    let two = open(&device, "eve", "tls/0/data", OpenMode::READ).expect("data opens again");
    assert_eq!((one.iounit, two.iounit), (65536, 65536));
}

#[tokio::test]
async fn s017_s019_hand_has_one_reader() {
    let device = device();
    let ctl = open(&device, "eve", "tls/clone", OpenMode::RDWR).expect("clone opens");
    let hand = open(&device, "eve", "tls/0/hand", OpenMode::RDWR).expect("hand opens");
    assert_eq!((ctl.iounit, hand.iounit), (0, 16384));
    let second = open(&device, "eve", "tls/0/hand", OpenMode::RDWR);
    assert_eq!(second.map(drop), told("device or object already in use"));
    // The refused open did not close the first one's queue.
    let third = open(&device, "eve", "tls/0/hand", OpenMode::RDWR);
    assert_eq!(third.map(drop), told("device or object already in use"));
    drop(hand);
    assert!(open(&device, "eve", "tls/0/hand", OpenMode::RDWR).is_ok());
}

#[tokio::test]
async fn s020_who_may_open() {
    let device = device();
    let _ctl = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    for name in ["ctl", "data", "hand", "status", "stats", "wire"] {
        let path = format!("tls/0/{name}");
        let opened = open(&device, "rob", &path, OpenMode::READ);
        assert_eq!(opened.map(drop), told("permission denied"), "{name}");
        assert!(open(&device, "eve", &path, OpenMode::READ).is_ok(), "{name}");
    }
    assert_eq!(chmod(&device, "glenda", "tls/0/ctl", 0o664), Ok(()));
    assert!(open(&device, "rob", "tls/0/ctl", OpenMode::READ).is_ok());
    assert_eq!(open(&device, "rob", "tls/0/ctl", OpenMode::RDWR).map(drop), told("permission denied"));
}

#[tokio::test]
async fn s022_to_s026_who_may_change_what() {
    let device = device();
    let ctl = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    assert_eq!(chmod(&device, "glenda", "tls/0/ctl", 0x8000_0180), Ok(()));
    assert_eq!(
        (stat(&device, "tls/0/data").mode, stat(&device, "tls/0/status").mode),
        (Mode(0o600), Mode(0o400))
    );
    assert_eq!(chmod(&device, "eve", "tls/0/ctl", 0o666), told("permission denied"));
    let mut give = Stat::leave();
    give.uid = "bob".to_owned();
    let node = walk(&device, "glenda", "tls/0").expect("it is there");
    assert_eq!(device.wstat(&node, &give), Ok(()));
    assert!(list(&device, "tls/0").iter().all(|stat| stat.uid == "bob"));
    assert_eq!(list(&device, "tls").pop().expect("four entries").uid, "bob");
    assert_eq!(chmod(&device, "glenda", "tls/0/ctl", 0o600), told("permission denied"));
    for path in ["tls", "tls/clone", "tls/encalgs"] {
        assert_eq!(chmod(&device, "bob", path, 0o600), told("permission denied"), "{path}");
    }
    drop(ctl);
    assert_eq!(chmod(&device, "bob", "tls/0/ctl", 0o600), told("inappropriate use of fd"));
}

#[tokio::test]
async fn numbers_of_owners_are_real_ones() {
    let device = device();
    let numbers = |stat: &Stat| (stat.n_uid, stat.n_muid, stat.n_gid);
    for path in ["", "tls", "tls/clone", "tls/encalgs"] {
        assert_eq!(numbers(&stat(&device, path)), (500, 500, 501), "{path}");
    }
    let _ctl = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    assert!(list(&device, "tls/0").iter().all(|stat| numbers(stat) == (1000, 1000, 501)));
    assert_eq!(numbers(&list(&device, "tls")[3]), (1000, 1000, 501));
    let node = walk(&device, "glenda", "tls/0/ctl").expect("it is there");
    // Whom this machine does not know has the host owner's number, never none.
    let mut give = Stat::leave();
    give.uid = "no such user".to_owned();
    assert_eq!(device.wstat(&node, &give), Ok(()));
    assert_eq!(numbers(&stat(&device, "tls/0/ctl")), (500, 500, 501));
}

#[tokio::test]
async fn a_conversation_is_given_away_by_number_too() {
    let device = device();
    let _ctl = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    let node = walk(&device, "glenda", "tls/0/ctl").expect("it is there");
    let mut give = Stat::leave();
    give.n_uid = 0;
    assert_eq!(device.wstat(&node, &give), Ok(()));
    let given = stat(&device, "tls/0/ctl");
    assert_eq!((given.uid.as_str(), given.n_uid), ("root", 0));
    assert_eq!(chmod(&device, "glenda", "tls/0/ctl", 0o600), told("permission denied"));
}

#[tokio::test]
async fn what_shells_and_mounts_ask_in_passing_is_granted() {
    let device = device();
    let _ctl = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    let mut cut = Stat::leave();
    cut.length = 0;
    cut.mtime = 1;
    for path in ["tls/clone", "tls/0/ctl", "tls/0/data"] {
        let node = walk(&device, "rob", path).expect("it is there");
        assert_eq!(device.wstat(&node, &cut), Ok(()), "{path}");
    }
}

#[tokio::test]
async fn an_attach_is_for_the_user_that_the_kernel_names() {
    let device = device();
    let caller = |uid, user: &str| Caller { uid, gid: None, pid: None, user: user.to_owned() };
    let attach = |caller: Caller, uname: &str| device.attach(&caller, &Claim::named(uname), "").map(drop);
    let denied = ninep::errstr::PERMISSION_DENIED;
    assert_eq!(attach(caller(Some(1000), "glenda"), "glenda"), Ok(()));
    assert_eq!(attach(caller(Some(1000), "glenda"), ""), Ok(()));
    assert_eq!(attach(caller(Some(1000), "glenda"), "rob"), Err(denied));
    assert_eq!(attach(caller(Some(0), "root"), "rob"), Ok(()));
    let tls =
        device.attach(&caller(Some(0), "root"), &Claim::named("root"), "tls").expect("the directory itself");
    assert_eq!(device.qid(&tls).path, 2);
}
