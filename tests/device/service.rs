//! `devtls` as a service: where it listens, what it prints, how it is limited, how it ends.

use std::fs;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ninep::OpenMode;
use ninep::client::{Client, File, Tree};
use ninep::io::Address;

use crate::support::process::Process;
use crate::support::programs;

/// A command that becomes devtls, with `dir` for its namespace.
fn devtls(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(programs::path("devtls"));
    command.args(args).env("NAMESPACE", dir.join("ns"));
    for name in
        ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
    {
        command.env_remove(name);
    }
    command
}

/// Starts it, and waits until it serves at `count` places.
fn started(command: &mut Command, count: usize) -> Process {
    let process = Process::start(command);
    let is_serving =
        |text: &str| text.lines().filter(|line| line.starts_with("devtls: serving ")).count() == count;
    process
        .wait_for("the lines that say where it serves", |printed| {
            is_serving(&printed.stderr_text()).then_some(())
        })
        .expect("devtls serves");
    process
}

/// Where it says that it serves, in order.
fn addresses(process: &Process) -> Vec<Address> {
    let text = process.printed().stderr_text();
    let places = text.lines().filter_map(|line| line.strip_prefix("devtls: serving "));
    places.map(|place| Address::parse(place).expect("an address")).collect()
}

/// What it printed, and its exit code, when it ended by itself.
fn refused(command: &mut Command) -> (Option<i32>, String) {
    let output = command.stdin(Stdio::null()).output().expect("devtls starts");
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

async fn attached(address: &Address) -> Tree {
    Client::dial(address).await.expect("it answers").attach("", "tls").await.expect("it lets us in")
}

/// Tells it to end, and waits until it has.
fn ended(process: &mut Process) {
    process.terminate();
    let status = process.wait_exit().expect("it ends when told");
    assert_eq!(status.code(), Some(0), "{}", process.printed().text());
}

/// An established conversation without keys, the `ctl` and `data` that keep it, and its peer.
async fn established(tree: &Tree) -> (File, File, UnixStream) {
    let ctl = tree.open("clone", OpenMode::RDWR).await.expect("clone opens");
    let number = String::from_utf8(ctl.read(0, 8).await.expect("ctl is read").to_vec()).expect("a number");
    let (near, mut peer) = UnixStream::pair().expect("a socketpair");
    ctl.write_with_fd(0, b"fd 0 0x303", near.as_fd()).await.expect("a channel is taken");
    drop(near);
    for line in ["version 0x303", "secret clear clear 0 x", "changecipher"] {
        ctl.write(0, line.as_bytes()).await.expect("as the handshake does");
    }
    let mut change = [0; 6];
    peer.read_exact(&mut change).expect("change_cipher_spec");
    std::io::Write::write_all(&mut peer, &[20, 3, 3, 0, 1, 1, 22, 3, 3, 0, 1, 97]).expect("it is taken");
    let hand = tree.open(&format!("{number}/hand"), OpenMode::RDWR).await.expect("hand opens");
    assert_eq!(hand.read(0, 8).await.expect("hand is read"), "a");
    ctl.write(0, b"opened").await.expect("data may move");
    let data = tree.open(&format!("{number}/data"), OpenMode::RDWR).await.expect("data opens");
    (ctl, data, peer)
}

#[tokio::test]
async fn every_place_is_served_and_sockets_go_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket");
    let unix = format!("unix!{}", socket.display());
    let args = ["-s", "one", "-s", "two", "-a", &unix, "-a", "tcp!127.0.0.1!0"];
    let mut process = started(&mut devtls(dir.path(), &args), 4);
    let ns = dir.path().join("ns");
    assert_eq!(fs::metadata(&ns).unwrap().mode() & 0o7777, 0o700);
    for address in addresses(&process) {
        assert_eq!(
            attached(&address).await.stat("clone").await.expect("it is there").mode.0,
            0o555,
            "{address}"
        );
    }
    for path in [&socket, &ns.join("one"), &ns.join("two")] {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o777, 0o600, "{}", path.display());
    }
    ended(&mut process);
    assert!(!socket.exists() && fs::read_dir(&ns).unwrap().next().is_none());
}

#[test]
fn a_second_one_is_refused_and_a_dead_ones_socket_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = started(&mut devtls(dir.path(), &[]), 1);
    let socket = dir.path().join("ns/tls");
    let told = refused(&mut devtls(dir.path(), &[]));
    let text =
        format!("devtls: cannot listen: unix!{}: a server is listening there already\n", socket.display());
    assert_eq!(told, (Some(111), text));
    first.kill();
    assert!(socket.exists());
    ended(&mut started(&mut devtls(dir.path(), &[]), 1));
    fs::write(&socket, "precious").unwrap();
    let (code, text) = refused(&mut devtls(dir.path(), &[]));
    assert_eq!(code, Some(111));
    assert!(text.ends_with(": a file that is not a socket is in the way\n"), "{text}");
}

#[test]
fn places_where_nothing_can_be_served_are_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("unix!{}/{}", dir.path().display(), "x".repeat(107));
    let missing = format!("unix!{}/none/tls", dir.path().display());
    for (args, code, end) in [
        (["-a", &long], 111, ": the path of a socket may have 107 bytes at most\n"),
        (["-a", &missing], 111, ": its directory does not exist\n"),
        (["-a", "tcp!*!5640"], 96, "or say --trust-network\n"),
        (["-a", "tcp!192.0.2.1!5640"], 96, "or say --trust-network\n"),
        (["-a", "nonsense"], 96, "is not tcp!host!port, unix!/path or host:port\n"),
    ] {
        let (told, text) = refused(&mut devtls(dir.path(), &args));
        assert_eq!(told, Some(code), "{text}");
        assert!(text.starts_with("devtls: ") && text.ends_with(end) && text.lines().count() == 1, "{text}");
    }
    let ns = dir.path().join("ns");
    fs::create_dir(&ns).unwrap();
    fs::set_permissions(&ns, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let text =
        format!("devtls: {}: others may write in it: its mode is 0777 and should be 0700\n", ns.display());
    assert_eq!(refused(&mut devtls(dir.path(), &[])), (Some(111), text));
}

#[tokio::test]
async fn the_end_is_a_close_notify_to_every_peer() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = started(&mut devtls(dir.path(), &[]), 1);
    let tree = attached(&addresses(&process)[0]).await;
    let mut peers = Vec::new();
    let mut files = Vec::new();
    for _ in 0..3 {
        let (ctl, data, peer) = established(&tree).await;
        files.push((ctl, data));
        peers.push(peer);
    }
    process.terminate();
    for mut peer in peers {
        let mut last = Vec::new();
        peer.read_to_end(&mut last).expect("the channel ends");
        assert_eq!(last, [21, 3, 3, 0, 2, 1, 0]);
    }
    assert_eq!(process.wait_exit().expect("it ends").code(), Some(0));
}

#[tokio::test]
async fn peers_that_take_no_goodbye_hold_up_the_end_for_seconds_and_a_second_signal_ends_that() {
    let dir = tempfile::tempdir().unwrap();
    for (is_told_twice, least, most) in [(true, 0, 4), (false, 4, 9)] {
        let mut process = started(&mut devtls(dir.path(), &[]), 1);
        let tree = attached(&addresses(&process)[0]).await;
        let (_ctl, data, _peer) = established(&tree).await;
        // The channel is full when this has to wait.
        let long = vec![0; 1 << 20];
        assert!(tokio::time::timeout(Duration::from_millis(300), data.write(0, &long)).await.is_err());
        let start = Instant::now();
        process.terminate();
        if is_told_twice {
            tokio::time::sleep(Duration::from_millis(300)).await;
            process.terminate();
        }
        assert_eq!(process.wait_exit().expect("it ends").code(), Some(0));
        let took = start.elapsed().as_secs();
        assert!((least..=most).contains(&took), "{took} s");
    }
}

/// Starts devtls as a service manager does: with `socket` as descriptor 3, and variables that say so.
fn activated(dir: &Path, socket: OwnedFd, args: &[&str], more: &[(&str, &str)]) -> Command {
    let mut command = Command::new("sh");
    let line = "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\" 3<&0 </dev/null";
    command.args(["-c", line, "sh"]).arg(programs::path("devtls")).args(args);
    command.stdin(socket).env("NAMESPACE", dir.join("ns")).env_remove("NOTIFY_SOCKET");
    for (name, value) in more {
        command.env(name, value);
    }
    command
}

/// Starts a command with the standard input that it has.
fn spawned(mut command: Command) -> std::process::Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

#[tokio::test]
async fn a_service_manager_gives_sockets_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tls.socket");
    let socket = UnixListener::bind(&path).unwrap();
    let notify_path = dir.path().join("notify");
    let notify = UnixDatagram::bind(&notify_path).unwrap();
    notify.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let told = || {
        let mut buf = [0; 4096];
        let len = notify.recv(&mut buf).expect("it tells us");
        String::from_utf8(buf[..len].to_vec()).expect("text")
    };
    let more = [
        ("NOTIFY_SOCKET", notify_path.to_str().unwrap()),
        ("LISTEN_FDNAMES", "tls"),
        ("WATCHDOG_USEC", "100000"),
    ];
    let mut child = spawned(activated(dir.path(), socket.into(), &[], &more));
    let mut first = [told(), told()];
    first.sort();
    let status = format!("READY=1\nSTATUS=serving unix!{}", path.display());
    assert_eq!(first.each_ref().map(|text| text.trim_end()), [status.as_str(), "WATCHDOG=1"]);
    assert_eq!(told().trim_end(), "WATCHDOG=1");
    let address = Address::Unix(path.clone());
    attached(&address).await.stat("clone").await.expect("it serves");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let stopping = loop {
        let text = told();
        if text.trim_end() != "WATCHDOG=1" {
            break text;
        }
    };
    assert!(stopping.starts_with("STOPPING=1\nSTATUS="), "{stopping}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // The socket is the manager's, for the next one; and nothing else was posted.
    assert!(path.exists() && !dir.path().join("ns").exists());
}

#[test]
fn sockets_that_cannot_be_served_are_refused_and_those_for_others_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let ended = |socket: OwnedFd, args: &[&str]| {
        let output =
            spawned(activated(dir.path(), socket, args, &[("LISTEN_FDNAMES", "x")])).wait_with_output();
        let output = output.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (connected, _other_end) = UnixStream::pair().unwrap();
    let text = "devtls: socket 3 (x) of the service manager: does not listen; its unit must say Accept=no\n";
    assert_eq!(ended(connected.into(), &[]), (Some(96), text.to_owned()));
    let file = fs::File::open("/dev/null").unwrap();
    let text = "devtls: socket 3 (x) of the service manager: neither a unix nor a TCP stream socket\n";
    assert_eq!(ended(file.into(), &[]), (Some(96), text.to_owned()));
    let open = std::net::TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let (code, text) = ended(open.into(), &[]);
    assert!(code == Some(96) && text.ends_with("or say --trust-network\n"), "{text}");
    // These are for another process: what is there by that number is none of ours.
    let mut process = started(devtls(dir.path(), &[]).env("LISTEN_PID", "1").env("LISTEN_FDS", "1"), 1);
    assert_eq!(addresses(&process), [Address::Unix(dir.path().join("ns/tls"))]);
    process.terminate();
    process.wait_exit().unwrap();
}

#[tokio::test]
async fn every_message_is_a_line_and_no_line_has_a_key_or_data() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = started(&mut devtls(dir.path(), &["-D"]), 1);
    let tree = attached(&addresses(&process)[0]).await;
    let (ctl, data, mut peer) = established(&tree).await;
    // Told apart wherever they turn up: the keys as they are written, and what travels as data.
    let (key, payload) = ("S0VZS0VZS0VZS0VZS0VZS0VZ", "PAYLOAD");
    let commands = [
        format!("secret clear aes_128_gcm_aead 0 {key}"),
        format!(" 'secret' {key}"),
        format!("bogus {key}"),
    ];
    for command in &commands {
        let _ = ctl.write(0, command.as_bytes()).await;
    }
    data.write(0, payload.as_bytes()).await.expect("it goes out");
    std::io::Write::write_all(&mut peer, b"\x17\x03\x03\0\x07PAYLOAD").expect("it is taken");
    assert_eq!(data.read(0, 100).await.expect("it is read"), payload);
    drop((ctl, data, tree));
    ended(&mut process);
    let text = process.printed().stderr_text();
    for secret in [key, payload, "KEYKEY"] {
        assert!(!text.contains(secret), "{text}");
    }
    let count = |begin: &str| text.lines().filter(|line| line.contains(begin)).count();
    assert_eq!((count("<- Tversion "), count("-> Rversion ")), (1, 1), "{text}");
    assert_eq!(count("<- Twrite "), 9, "{text}");
    assert_eq!(count("-> Rwrite ") + count("-> Rerror "), 9, "{text}");
    for line in text.lines() {
        assert!(line.starts_with("devtls: serving ") || line.starts_with("DEBUG "), "{line}");
    }
}

#[tokio::test]
async fn limits_that_are_set_are_reached() {
    let dir = tempfile::tempdir().unwrap();
    let clone = async |tree: &Tree| tree.open("clone", OpenMode::RDWR).await.map_err(|error| error.text);
    for (limit, told) in [
        ("conversations=1", "no free devices"),
        ("conversations-per-user=1", "too many connections for this user"),
        // The root, and one open file.
        ("fids=2", "too many fids"),
    ] {
        let mut process = started(&mut devtls(dir.path(), &["--limit", limit]), 1);
        let tree = attached(&addresses(&process)[0]).await;
        let _first = clone(&tree).await.expect("the first one");
        assert_eq!(clone(&tree).await.map(drop).unwrap_err(), told, "{limit}");
        ended(&mut process);
    }
    for (limit, told) in
        [("clients=1", "too many clients"), ("clients-per-user=1", "too many clients of this user")]
    {
        let mut process = started(&mut devtls(dir.path(), &["--limit", limit]), 1);
        let address = addresses(&process).remove(0);
        let _first = attached(&address).await;
        let second = Client::dial(&address).await.map(drop);
        assert_eq!(second.map_err(|error| error.text).unwrap_err(), told, "{limit}");
        ended(&mut process);
    }
    let mut process = started(&mut devtls(dir.path(), &["--limit", "requests=1"]), 1);
    let tree = attached(&addresses(&process)[0]).await;
    let (_ctl, data, _peer) = established(&tree).await;
    let (first, second) = (data.read(0, 1), data.read(0, 1));
    let second = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        second.await
    };
    tokio::select! {
        biased;
        _ = first => panic!("there is nothing to read"),
        second = second => assert_eq!(second.map_err(|error| error.text).unwrap_err(), "too many requests waiting"),
    }
    ended(&mut process);
}

#[tokio::test]
async fn silent_clients_cost_little_and_where_descriptors_run_out_serving_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let resident = |process: &Process| {
        let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let mut process = started(&mut devtls(dir.path(), &[]), 1);
    let address = addresses(&process).remove(0);
    attached(&address).await;
    let before = resident(&process);
    let silent: Vec<UnixStream> =
        (0..400).map(|_| UnixStream::connect(dir.path().join("ns/tls")).unwrap()).collect();
    // It is let in after all of them.
    attached(&address).await;
    let each = (resident(&process) - before) / 400;
    assert!(each < 32, "{each} KiB for each");
    drop(silent);
    ended(&mut process);

    // Each thread that serves has four of its own.
    let limit = 32 + 4 * std::thread::available_parallelism().unwrap().get();
    let mut few = Command::new("sh");
    few.args(["-c", &format!("ulimit -n {limit}; exec \"$0\"")])
        .arg(programs::path("devtls"))
        .env("NAMESPACE", dir.path().join("ns"));
    let mut process = started(&mut few, 1);
    let silent: Vec<UnixStream> =
        (0..60).map(|_| UnixStream::connect(dir.path().join("ns/tls")).unwrap()).collect();
    process
        .wait_for("the line that says so", |printed| {
            printed.stderr_text().contains("accept: Too many open files").then_some(())
        })
        .expect("descriptors run out");
    drop(silent);
    attached(&address).await.stat("clone").await.expect("it serves again");
    let told = process.printed().stderr_text().matches("Too many open files").count();
    assert!(told < 5, "told {told} times");
    ended(&mut process);
}
