//! The programs on a mounted device: a command has the connection itself, and nothing is left between; what fails is told in
//! words; and a carrier that knows no TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::certs::{By, Certs, Key};
use crate::support::device::Device;
use crate::support::missing::{find, present};
use crate::support::mount::Mounted;
use crate::support::process::{Printed, Process};
use crate::support::programs;
use crate::support::server::Server;

/// Tells who the command is: its process, its parent, what its descriptors 0 and 1 are; and the connection's own words.
const WHO: &str = r#"printf 'HTTP/1.0 200 OK\r\n\r\n%s %s %s %s %s\n' $$ $PPID \
    "$(readlink /proc/$$/fd/0)" "$(readlink /proc/$$/fd/1)" "$TLSDIR"; sed -n 1p "$TLSDIR/status""#;

/// Checks what [`WHO`] said, and gives the process and its parent.
fn check(answer: &str, mounted: &Mounted) -> (u32, u32) {
    let words: Vec<&str> = answer.split_whitespace().collect();
    let [process, parent, input, output, dir, _, state] = words[..] else { panic!("{answer}") };
    assert!(Path::new(dir).starts_with(mounted.path("")), "{answer}");
    let data = format!("{dir}/data");
    assert_eq!((input, output, state), (data.as_str(), data.as_str(), "Established"), "{answer}");
    (process.parse().expect("a number"), parent.parse().expect("a number"))
}

#[test]
fn a_single_connection_s_tlssrv_becomes_the_command() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let certs = Certs::new();
    let cert = certs.localhost(Key::P256).both;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut client = Command::new(programs::path("tlsclient"));
    client.arg("--ca").arg(certs.ca()).arg("--device").arg(&mounted.point);
    client.arg(format!("tcp!localhost!{}", listener.local_addr().expect("bound").port()));
    let mut client = Process::start(&mut client);
    let (stream, _) = listener.accept().expect("tlsclient calls");
    let mut tlssrv = Command::new(programs::path("tlssrv"));
    tlssrv.arg("--device").arg(&mounted.point).arg("-c").arg(cert).args(["--", "sh", "-c"]);
    tlssrv.arg(format!("{WHO}; read line; echo \"$line\"; exit 7"));
    let mut server = Process::start_on(tlssrv.stdin(Stdio::from(OwnedFd::from(stream))));
    client.send(b"hello\n");
    assert_eq!(server.wait_exit().expect("the command ends").code(), Some(7), "{}", server.printed().text());
    client.end_input();
    assert!(client.wait_exit().expect("tlsclient ends").success(), "{}", client.printed().text());
    let told = |seen: &Printed| seen.stdout_text().strip_suffix("\nhello\n").map(ToOwned::to_owned);
    let text = client.wait_for("the answer", told).expect("it comes");
    let (process, parent) = check(text.trim_start_matches("HTTP/1.0 200 OK\r\n\r\n"), &mounted);
    assert_eq!((process, parent), (server.id(), std::process::id()));
}

#[test]
fn a_single_connection_s_tlsclient_becomes_the_command() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let certs = Certs::new();
    let cert = certs.localhost(Key::P256).both.display().to_string();
    let server = Server::start(&["-c", &cert], &["cat"]);
    let mut client = Command::new(programs::path("tlsclient"));
    client.arg("--ca").arg(certs.ca()).arg("--device").arg(&mounted.point);
    client.arg(format!("tcp!localhost!{}", server.port()));
    client.args(["sh", "-c", "echo there and back; read line; echo $$ \"$line\" >&2; exit 3"]);
    let mut client = Process::start(&mut client);
    assert_eq!(client.wait_exit().expect("it ends").code(), Some(3), "{}", client.printed().text());
    let said = format!("{} there and back\n", client.id());
    client.wait_for("its words", |seen| (seen.stderr_text() == said).then_some(())).expect("they come");
}

#[test]
fn what_fails_on_a_mount_is_told_in_the_device_s_words() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let certs = Certs::new();
    let cert = certs.make("cert", Key::P256, &["localhost"], By::Root).both.display().to_string();
    let place = mounted.point.display().to_string();
    let mut server = Server::start(&["--device", &place, "-c", &cert], &["cat"]);
    let mut client = Command::new("openssl");
    client.args(["s_client", "-verify_return_error", "-verify_hostname", "localhost", "-connect"]);
    client.arg(format!("127.0.0.1:{}", server.port()));
    let mut client = Process::start(&mut client);
    assert!(!client.wait_exit().expect("it ends").success());
    let said = "tls reports failed: unknown certificate authority\n";
    let reported = |seen: &Printed| seen.stderr_text().contains(said).then_some(());
    server.process().wait_for("the peer's alert", reported).expect("it is reported");
    // Nobody is waited for who says nothing. Who has something to say may need its time, so this one is asked nothing else.
    let mut impatient = Server::start(&["--device", &place, "-c", &cert, "-T", "500"], &["cat"]);
    let silent = TcpStream::connect(("127.0.0.1", impatient.port())).expect("it listens");
    let late = |seen: &Printed| seen.stderr_text().contains("failed: handshake timed out\n").then_some(());
    impatient.process().wait_for("the end of the time", late).expect("it is reported");
    mounted.wait_until_nobody_is_there();
    drop(silent);
}

/// What a peer may say in place of a ClientHello, and what is told of it.
const FAULTS: [(&[u8], &str); 9] = [
    (b"GET / HTTP/1.0\r\n\r\n", "devtls expected ver=303, saw (len=8239) type=47 ver=4554 'GET /'"),
    (&[21, 3, 1, 0, 2, 2, 40], "could not negotiate acceptable security parameters"),
    (&[21, 3, 1, 0, 2, 1, 0], "close notify"),
    (&[21, 3, 1, 0, 2, 1, 90], "handshake canceled by user"),
    (&[21, 3, 1, 0, 1, 1], "invalid alert"),
    (&[22, 3, 1, 0xff, 0xff], "bad record message length 65535"),
    (&[24, 3, 1, 0, 1, 7], "invalid record message 0x18"),
    (&[23, 3, 1, 0, 1, 7], "application message received before handshake completed"),
    (&[20, 3, 1, 0, 1, 1], "unexpected change cipher spec"),
];

#[test]
fn a_peer_s_fault_is_told_in_the_same_words_whatever_way_the_device_is_used() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    let device = Device::start(&[]);
    let (mount, address) = (mounted.point.display().to_string(), device.address());
    for flags in [&[][..], &["--device", &address], &["--device", &mount]] {
        let mut server = Server::echo(flags);
        let port = server.port();
        for (nth, (bytes, why)) in FAULTS.into_iter().enumerate() {
            let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
            peer.write_all(bytes).expect("sent");
            let failures = server.process().wait_for("the reason", |seen| {
                let text = seen.stderr_text();
                let failures: Vec<_> =
                    text.lines().filter_map(|line| line.split_once("tls reports ")).collect();
                failures.get(nth).map(|(_, what)| (*what).to_owned())
            });
            assert_eq!(failures.expect("it is reported"), format!("failed: {why}"), "{flags:?}");
        }
    }
}

#[test]
fn tlshand_tells_what_the_peer_did_on_a_mount_too() {
    let Some(mounted) = Mounted::new(&[]) else { return };
    for (bytes, why) in FAULTS {
        let clone =
            fs::File::options().read(true).write(true).open(mounted.path("clone")).expect("clone opens");
        let dir = mounted.path(&std::io::read_to_string(&clone).expect("a number"));
        let (end, mut peer) = UnixStream::pair().expect("a pair");
        peer.write_all(bytes).expect("sent");
        let mut tlshand = Command::new(programs::path("tlshand"));
        tlshand.args(["--insecure", "-c"]).arg(&dir).stdin(Stdio::from(OwnedFd::from(end)));
        let mut tlshand = Process::start_on(&mut tlshand);
        assert_eq!(tlshand.wait_exit().expect("it ends").code(), Some(98), "{why}");
        let line = format!("tlshand: {} tls reports failed: {why}\n", dir.display());
        let told = tlshand.wait_for("the reason", |seen| (seen.stderr_text() == line).then_some(()));
        told.expect("it is told");
    }
}

#[test]
fn a_carrier_in_python_knows_no_tls() {
    if !present("the carrier", find("python3", "python3", "--version")) {
        return;
    }
    let Some(mounted) = Mounted::new(&[]) else { return };
    let certs = Certs::new();
    let cert = certs.localhost(Key::P256).both;
    let clone = fs::File::options().read(true).write(true).open(mounted.path("clone")).expect("clone opens");
    let dir = mounted.path(&std::io::read_to_string(&clone).expect("a number"));
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/carrier.py");
    let text = fs::read_to_string(&program).expect("the program");
    assert!(text.lines().count() <= 40 && !text.contains("ssl"), "it is to be small, and to know no TLS");
    let mut carrier = Process::start(Command::new("python3").arg(program).arg(&dir).arg("0"));
    let port: u16 = carrier
        .wait_for("its port", |seen| seen.stdout_text().strip_suffix('\n')?.parse().ok())
        .expect("it listens");
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-quiet", "-verify_return_error", "-servername", "localhost", "-connect"]);
    openssl.arg(format!("127.0.0.1:{port}")).arg("-CAfile").arg(certs.ca());
    let mut openssl = Process::start(&mut openssl);
    let mut tlshand = Command::new(programs::path("tlshand"));
    tlshand.arg("-s").arg("-c").arg(cert).arg(&dir);
    let mut tlshand = Process::start(&mut tlshand);
    assert!(tlshand.wait_exit().expect("it ends").success(), "{}", tlshand.printed().text());
    let mut data = fs::File::options().read(true).write(true).open(dir.join("data")).expect("data opens");
    openssl.send(b"through python\n");
    let mut line = [0; 100];
    let len = data.read(&mut line).expect("data is read");
    assert_eq!(&line[..len], b"through python\n");
    // More than all the queues hold.
    let bulk = vec![b'x'; 3_000_000];
    data.write_all(&bulk).expect("data is written");
    drop((data, clone));
    openssl.wait_for("all of it", |seen| (seen.stdout == bulk).then_some(())).expect("it comes");
    assert!(openssl.wait_exit().expect("it sees the end").success());
    assert!(carrier.wait_exit().expect("it sees the end").success(), "{}", carrier.printed().text());
}
