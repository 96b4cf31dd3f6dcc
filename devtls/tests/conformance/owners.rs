//! Whose files are: what the list of statements leaves to dialects, shells and kernels. As the engine asks for it.

use devtls::{Device, Limits, Node};
use ninep::{Caller, Claim, Fs, Mode, OpenMode, Opened, Stat, User};

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
async fn nobody_sees_into_a_conversation_of_somebody_else() {
    let device = device();
    let ctl = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    let seen_by = |user: &str| {
        let listed = open(&device, user, "tls/0", OpenMode::READ).map(drop);
        let node = walk(&device, user, "tls/0/status").expect("names are no secret");
        let described = device.stat(&node).map(drop).map_err(|error| error.text.into_owned());
        assert_eq!(listed, described, "{user}");
        listed
    };
    // That there is one, and whose, everybody sees.
    assert_eq!(list(&device, "tls").pop().expect("four entries").uid, "glenda");
    let node = walk(&device, "rob", "tls/0").expect("it is there");
    assert_eq!(device.stat(&node).expect("it has a stat").name, "0");
    assert!(device.walk(&node, "..").is_ok());
    assert_eq!((seen_by("glenda"), seen_by("eve")), (Ok(()), Ok(())));
    assert_eq!(seen_by("rob"), told("permission denied"));
    // Who may open its files may look for them; the owner and the host owner always.
    for (mode, rob) in [(0o664, Ok(())), (0, told("permission denied"))] {
        assert_eq!(chmod(&device, "glenda", "tls/0", mode), Ok(()));
        assert_eq!((seen_by("glenda"), seen_by("eve"), seen_by("rob")), (Ok(()), Ok(()), rob));
    }
    // A number that is nobody's is as empty for all.
    drop(ctl);
    assert_eq!(seen_by("rob"), Ok(()));
}

#[tokio::test]
async fn what_shells_and_mounts_ask_in_passing_is_granted() {
    let device = device();
    let _ctl = open(&device, "glenda", "tls/clone", OpenMode::RDWR).expect("clone opens");
    let mut cut = Stat::leave();
    cut.length = 0;
    cut.mtime = 1;
    for path in ["tls/clone", "tls/0/ctl", "tls/0/data"] {
        let user = if path == "tls/clone" { "rob" } else { "glenda" };
        let node = walk(&device, user, path).expect("it is there");
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
