//! Statements 1 to 26: the tree.
//!
//! By 9P in both worlds, over a pipe in memory and over a socket: who asks is part of it.

use ninep::client::{File, Tree};
use ninep::{Mode, OpenMode, Stat};

use crate::world::{House, Told, World, both, text};

both![
    s001_the_root_has_one_directory,
    s002_the_fixed_files,
    s003_encalgs_is_read_at_offsets,
    s004_hashalgs_is_a_text,
    s005_the_lists_are_only_read,
    s006_clone_becomes_ctl,
    s007_the_new_number_is_listed,
    s008_the_files_of_a_conversation,
    s009_the_lowest_free_number_is_taken,
    s010_a_dead_number_stays_listed,
    s011_a_number_that_never_was,
    s012_the_1025th_conversation,
    s013_nothing_is_created_or_removed,
    s014_directories_are_only_read,
    s015_status_and_stats_are_only_read,
    s016_nothing_is_executed,
    s017_hand_has_one_reader,
    s018_data_opens_twice_and_with_truncation,
    s019_iounits,
    s020_who_may_open,
    s021_the_mode_of_clone_is_kept,
    s022_one_chmod_is_for_all_files,
    s023_the_host_owner_changes_nothing,
    s024_a_conversation_is_given_away,
    s025_a_dead_conversation_cannot_be_changed,
    s026_files_outside_a_conversation_cannot_be_changed,
];

async fn open(tree: &Tree, path: &str, mode: OpenMode) -> Told<File> {
    tree.open(path, mode).await.map_err(text)
}

/// Opens `clone`, and so begins a conversation.
async fn begin(tree: &Tree) -> File {
    open(tree, "tls/clone", OpenMode::RDWR).await.expect("clone opens")
}

async fn read(file: &File, offset: u64, count: u32) -> Told<String> {
    let read = file.read(offset, count).await.map_err(text)?;
    Ok(String::from_utf8(read.to_vec()).expect("a text"))
}

async fn list(tree: &Tree, path: &str) -> Vec<Stat> {
    tree.list(path).await.expect("a directory lists")
}

async fn stat(tree: &Tree, path: &str) -> Stat {
    tree.stat(path).await.expect("it has a stat")
}

async fn chmod(tree: &Tree, path: &str, mode: u32) -> Told<()> {
    let mut stat = Stat::leave();
    stat.mode = Mode(mode);
    tree.wstat(path, &stat).await.map_err(text)
}

fn names(stats: &[Stat]) -> Vec<&str> {
    stats.iter().map(|stat| stat.name.as_str()).collect()
}

fn denied<T>() -> Told<T> {
    Err("permission denied".to_owned())
}

async fn s001_the_root_has_one_directory(world: World) {
    let tree = House::new(world).enter("eve").await;
    let entries = list(&tree, "").await;
    assert_eq!(names(&entries), ["tls"]);
    assert_eq!((entries[0].qid.path, entries[0].mode), (2, Mode::DIR | Mode(0o555)));
}

async fn s002_the_fixed_files(world: World) {
    let tree = House::new(world).enter("eve").await;
    let entries = list(&tree, "tls").await;
    assert_eq!(names(&entries), ["clone", "encalgs", "hashalgs"]);
    let facts: Vec<_> = entries.iter().map(|stat| (stat.qid.path, stat.mode, stat.length)).collect();
    assert_eq!(facts, [(3, Mode(0o555), 0), (4, Mode(0o444), 0), (5, Mode(0o444), 0)]);
    assert!(entries.iter().all(|stat| (stat.uid.as_str(), stat.gid.as_str()) == ("eve", "eve")));
}

async fn s003_encalgs_is_read_at_offsets(world: World) {
    let tree = House::new(world).enter("eve").await;
    let file = open(&tree, "tls/encalgs", OpenMode::READ).await.expect("it opens");
    let all = "clear rc4_128 3des_ede_cbc aes_128_cbc aes_256_cbc ccpoly64_aead ccpoly96_aead aes_128_gcm_aead \
               aes_256_gcm_aead";
    assert_eq!(all.len(), 112);
    assert_eq!(read(&file, 0, 8192).await.as_deref(), Ok(all));
    assert_eq!(read(&file, 112, 8192).await.as_deref(), Ok(""));
    assert_eq!(read(&file, 6, 5).await.as_deref(), Ok("rc4_1"));
}

async fn s004_hashalgs_is_a_text(world: World) {
    let tree = House::new(world).enter("eve").await;
    let file = open(&tree, "tls/hashalgs", OpenMode::READ).await.expect("it opens");
    assert_eq!(read(&file, 0, 8192).await.as_deref(), Ok("clear md5 sha1 sha256 sha384"));
}

/// Tries everything but plain reading.
async fn is_only_read(tree: &Tree, path: &str) {
    for mode in [
        OpenMode::WRITE,
        OpenMode::RDWR,
        OpenMode::EXEC,
        OpenMode::READ | OpenMode::TRUNC,
        OpenMode::READ | OpenMode::RCLOSE,
    ] {
        assert_eq!(open(tree, path, mode).await.map(drop), denied(), "{path} {mode:?}");
    }
    assert!(open(tree, path, OpenMode::READ | OpenMode::CEXEC).await.is_ok(), "{path}");
}

async fn s005_the_lists_are_only_read(world: World) {
    let tree = House::new(world).enter("eve").await;
    is_only_read(&tree, "tls/encalgs").await;
    is_only_read(&tree, "tls/hashalgs").await;
}

async fn s006_clone_becomes_ctl(world: World) {
    let tree = House::new(world).enter("glenda").await;
    let ctl = begin(&tree).await;
    assert_eq!(ctl.qid().path, 8);
    let stat = ctl.stat().await.expect("it has a stat");
    assert_eq!((stat.name.as_str(), stat.qid.path), ("ctl", 8));
    for (offset, text) in [(0, "0"), (1, ""), (0, "0")] {
        assert_eq!(read(&ctl, offset, 8).await.as_deref(), Ok(text));
    }
}

async fn s007_the_new_number_is_listed(world: World) {
    let tree = House::new(world).enter("glenda").await;
    let _ctl = begin(&tree).await;
    let entries = list(&tree, "tls").await;
    assert_eq!(names(&entries), ["clone", "encalgs", "hashalgs", "0"]);
    let entry = &entries[3];
    assert_eq!((entry.qid.path, entry.mode), (6, Mode::DIR | Mode(0o555)));
    assert_eq!((entry.uid.as_str(), entry.muid.as_str()), ("glenda", "glenda"));
    // The directory itself is the host owner's all the same.
    assert_eq!(stat(&tree, "tls/0").await.uid, "eve");
}

async fn s008_the_files_of_a_conversation(world: World) {
    let tree = House::new(world).enter("glenda").await;
    let _ctl = begin(&tree).await;
    let entries = list(&tree, "tls/0").await;
    // `wire`, which the original lacks, stands after its files.
    assert_eq!(names(&entries), ["ctl", "data", "hand", "status", "stats", "wire"]);
    let facts: Vec<_> = entries.iter().map(|stat| (stat.qid.path, stat.mode.0)).collect();
    assert_eq!(facts[..5], [(8, 0o660), (7, 0o660), (9, 0o660), (10, 0o440), (11, 0o440)]);
    for stat in entries {
        let owners = (stat.uid.as_str(), stat.muid.as_str(), stat.gid.as_str());
        assert_eq!((owners, stat.length, stat.qid.version), (("glenda", "glenda", "eve"), 0, 0));
        assert_eq!((stat.kind, stat.dev), (u16::from(b'a'), 0));
    }
}

async fn s009_the_lowest_free_number_is_taken(world: World) {
    let tree = House::new(world).enter("eve").await;
    let mut opened = Vec::new();
    for number in ["0", "1", "2"] {
        opened.push(begin(&tree).await);
        assert_eq!(read(&opened[opened.len() - 1], 0, 8).await.as_deref(), Ok(number));
    }
    opened.remove(1).close().await.expect("clunked");
    assert_eq!(read(&begin(&tree).await, 0, 8).await.as_deref(), Ok("1"));
}

async fn s010_a_dead_number_stays_listed(world: World) {
    let tree = House::new(world).enter("eve").await;
    let (_zero, one, _two) = (begin(&tree).await, begin(&tree).await, begin(&tree).await);
    one.close().await.expect("clunked");
    assert_eq!(names(&list(&tree, "tls").await), ["clone", "encalgs", "hashalgs", "0", "1", "2"]);
    for stat in list(&tree, "tls/1").await {
        assert_eq!((stat.mode, stat.uid.as_str()), (Mode(0), "eve"), "{}", stat.name);
    }
    let opened = open(&tree, "tls/1/ctl", OpenMode::RDWR).await;
    assert_eq!(opened.map(drop), Err("must open connection using clone".to_owned()));
}

async fn s011_a_number_that_never_was(world: World) {
    let tree = House::new(world).enter("eve").await;
    let _convs = (begin(&tree).await, begin(&tree).await, begin(&tree).await);
    for name in ["7", "01", "+1", "3"] {
        let found = tree.stat(&format!("tls/{name}")).await.map(drop).map_err(text);
        assert_eq!(found, Err("file does not exist".to_owned()), "{name}");
    }
}

async fn s012_the_1025th_conversation(world: World) {
    let tree = House::new(world).enter("eve").await;
    let mut opened = Vec::new();
    for _ in 0..1024 {
        opened.push(begin(&tree).await);
    }
    let one_more = open(&tree, "tls/clone", OpenMode::RDWR).await;
    assert_eq!(one_more.map(drop), Err("no free devices".to_owned()));
    opened.pop();
    assert!(open(&tree, "tls/clone", OpenMode::RDWR).await.is_ok());
}

async fn s013_nothing_is_created_or_removed(world: World) {
    let tree = House::new(world).enter("eve").await;
    let _ctl = begin(&tree).await;
    for dir in ["", "tls", "tls/0"] {
        for perm in [Mode(0o644), Mode::DIR | Mode(0o755)] {
            let created = tree.create(dir, "x", perm, OpenMode::READ).await;
            assert_eq!(created.map(drop).map_err(text), denied(), "{dir}");
        }
    }
    for path in ["", "tls", "tls/clone", "tls/encalgs", "tls/0", "tls/0/ctl", "tls/0/stats"] {
        assert_eq!(tree.remove(path).await.map_err(text), denied(), "{path}");
    }
    // Remove on close has no effect either.
    let data = open(&tree, "tls/0/data", OpenMode::RDWR | OpenMode::RCLOSE).await.expect("data opens");
    data.close().await.expect("clunked");
    assert!(open(&tree, "tls/0/data", OpenMode::RDWR).await.is_ok());
}

async fn s014_directories_are_only_read(world: World) {
    let tree = House::new(world).enter("eve").await;
    let _ctl = begin(&tree).await;
    for path in ["", "tls", "tls/0"] {
        is_only_read(&tree, path).await;
    }
}

async fn s015_status_and_stats_are_only_read(world: World) {
    let tree = House::new(world).enter("eve").await;
    let _ctl = begin(&tree).await;
    is_only_read(&tree, "tls/0/status").await;
    is_only_read(&tree, "tls/0/stats").await;
}

async fn s016_nothing_is_executed(world: World) {
    let tree = House::new(world).enter("eve").await;
    let _ctl = begin(&tree).await;
    for name in ["ctl", "data", "hand"] {
        let opened = open(&tree, &format!("tls/0/{name}"), OpenMode::EXEC).await;
        assert_eq!(opened.map(drop), denied(), "{name}");
    }
}

async fn s017_hand_has_one_reader(world: World) {
    let tree = House::new(world).enter("eve").await;
    let _ctl = begin(&tree).await;
    let hand = open(&tree, "tls/0/hand", OpenMode::RDWR).await.expect("hand opens");
    // A refused open does not close the first one's queue.
    for _ in 0..2 {
        let again = open(&tree, "tls/0/hand", OpenMode::RDWR).await;
        assert_eq!(again.map(drop), Err("device or object already in use".to_owned()));
    }
    hand.close().await.expect("clunked");
    assert!(open(&tree, "tls/0/hand", OpenMode::RDWR).await.is_ok());
}

async fn s018_data_opens_twice_and_with_truncation(world: World) {
    let tree = House::new(world).enter("eve").await;
    let _ctl = begin(&tree).await;
    let _one = open(&tree, "tls/0/data", OpenMode::RDWR | OpenMode::TRUNC).await.expect("data opens");
    let _two = open(&tree, "tls/0/data", OpenMode::READ).await.expect("data opens again");
}

async fn s019_iounits(world: World) {
    let tree = House::new(world).enter("eve").await;
    let ctl = begin(&tree).await;
    // Our client takes 0, which says nothing, for all that fits into a message.
    let nothing = (1 << 20, "0 on the wire");
    assert_eq!(ctl.iounit(), nothing.0, "{}", nothing.1);
    for (name, iounit) in
        [("data", 65536), ("hand", 16384), ("status", nothing.0), ("stats", nothing.0), ("ctl", nothing.0)]
    {
        let file = open(&tree, &format!("tls/0/{name}"), OpenMode::READ).await.expect("it opens");
        assert_eq!(file.iounit(), iounit, "{name}");
    }
}

async fn s020_who_may_open(world: World) {
    let house = House::new(world);
    let (glenda, eve, rob) =
        (house.enter("glenda").await, house.enter("eve").await, house.enter("rob").await);
    let _ctl = begin(&glenda).await;
    for name in ["ctl", "data", "hand", "status", "stats"] {
        let path = format!("tls/0/{name}");
        assert_eq!(open(&rob, &path, OpenMode::READ).await.map(drop), denied(), "{name}");
        assert!(open(&eve, &path, OpenMode::READ).await.is_ok(), "{name}");
    }
    assert_eq!(chmod(&glenda, "tls/0/ctl", 0o664).await, Ok(()));
    assert!(open(&rob, "tls/0/ctl", OpenMode::READ).await.is_ok());
    assert_eq!(open(&rob, "tls/0/ctl", OpenMode::RDWR).await.map(drop), denied());
}

async fn s021_the_mode_of_clone_is_kept(world: World) {
    let tree = House::new(world).enter("eve").await;
    let why = Err("inappropriate use of fd".to_owned());
    let read_only = open(&tree, "tls/clone", OpenMode::READ).await.expect("clone opens");
    assert_eq!(read_only.write(0, b"debug off").await.map_err(text), why);
    let write_only = open(&tree, "tls/clone", OpenMode::WRITE).await.expect("clone opens");
    assert_eq!(read(&write_only, 0, 8).await.map(drop), why.map(drop));
    assert_eq!(write_only.write(0, b"debug off").await, Ok(9));
}

async fn s022_one_chmod_is_for_all_files(world: World) {
    let tree = House::new(world).enter("glenda").await;
    let _ctl = begin(&tree).await;
    // deviates: the original keeps the bits that are no permissions.
    assert_eq!(chmod(&tree, "tls/0/ctl", 0x8000_0180).await, Ok(()));
    let modes: Vec<u32> = list(&tree, "tls/0").await.iter().map(|stat| stat.mode.0).collect();
    assert_eq!(modes[..5], [0o600, 0o600, 0o600, 0o400, 0o400]);
}

async fn s023_the_host_owner_changes_nothing(world: World) {
    let house = House::new(world);
    let (glenda, eve) = (house.enter("glenda").await, house.enter("eve").await);
    let _ctl = begin(&glenda).await;
    assert_eq!(chmod(&eve, "tls/0/ctl", 0o666).await, denied());
    assert_eq!(stat(&eve, "tls/0/ctl").await.mode, Mode(0o660));
}

async fn s024_a_conversation_is_given_away(world: World) {
    let house = House::new(world);
    let (glenda, bob) = (house.enter("glenda").await, house.enter("bob").await);
    let _ctl = begin(&glenda).await;
    let mut give = Stat::leave();
    give.uid = "bob".to_owned();
    assert_eq!(glenda.wstat("tls/0", &give).await, Ok(()));
    assert!(list(&bob, "tls/0").await.iter().all(|stat| stat.uid == "bob"));
    assert_eq!(list(&glenda, "tls").await[3].uid, "bob");
    assert_eq!(chmod(&glenda, "tls/0/ctl", 0o600).await, denied());
    assert_eq!(chmod(&bob, "tls/0/ctl", 0o600).await, Ok(()));
}

async fn s025_a_dead_conversation_cannot_be_changed(world: World) {
    let tree = House::new(world).enter("glenda").await;
    begin(&tree).await.close().await.expect("clunked");
    for path in ["tls/0", "tls/0/ctl"] {
        assert_eq!(chmod(&tree, path, 0o600).await, Err("inappropriate use of fd".to_owned()), "{path}");
    }
}

async fn s026_files_outside_a_conversation_cannot_be_changed(world: World) {
    let tree = House::new(world).enter("glenda").await;
    let _ctl = begin(&tree).await;
    for path in ["", "tls", "tls/clone", "tls/encalgs", "tls/hashalgs"] {
        assert_eq!(chmod(&tree, path, 0o600).await, denied(), "{path}");
    }
    assert_eq!(stat(&tree, "tls/0/ctl").await.mode, Mode(0o660), "conversation 0 is as it was");
}
