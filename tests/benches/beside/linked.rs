//! Programs that have a TLS library linked in and send bytes from one end to the other: rustls in this one, OpenSSL in another; and a
//! pair of stunnels between two ends that know nothing of TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, ServerConnection, StreamOwned};

use super::cases::World;
use super::client::Ask;
use super::keys::tcp_pair;
use super::library;
use super::proc::Group;
use super::servers::free_port;

/// The rate of TCP alone, in 1e6 bytes a second.
pub(crate) fn tcp(len: usize) -> f64 {
    let (near, far) = tcp_pair();
    rate(near, far, len)
}

/// The rate of two rustls with aws-lc-rs.
pub(crate) fn rustls(world: &World, ask: Ask, len: usize) -> f64 {
    let (near, far) = tcp_pair();
    let server = ServerConnection::new(library::conf(&world.server.chain, &world.server.key)).unwrap();
    let mut far = StreamOwned::new(server, far);
    let client = ClientConnection::new(ask.full(world), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut near = StreamOwned::new(client, near);
    let handshake = thread::spawn(move || {
        far.conn.complete_io(&mut far.sock).unwrap();
        far
    });
    near.conn.complete_io(&mut near.sock).unwrap();
    let far = handshake.join().unwrap();
    rate(near, far, len)
}

/// The rate of two OpenSSLs.
///
/// # Errors
/// There is no Python, or it has no OpenSSL.
pub(crate) fn openssl(world: &World, version: &str, len: usize) -> Result<f64, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/beside/linked.py");
    let mut command = Command::new("python3");
    command.arg(script).args([&world.server.chain, &world.server.key]).args([&len.to_string(), version]);
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// The rate of a pair of stunnels.
///
/// # Errors
/// They do not start.
pub(crate) fn stunnels(world: &World, len: usize) -> Result<f64, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    let end = listener.local_addr().map_err(|error| error.to_string())?.port();
    let (middle, begin) = (free_port(), free_port());
    let server = format!(
        "cert = {}\nkey = {}\naccept = 127.0.0.1:{middle}\nconnect = 127.0.0.1:{end}\n",
        world.server.chain.display(),
        world.server.key.display()
    );
    let client = format!(
        "client = yes\naccept = 127.0.0.1:{begin}\nconnect = 127.0.0.1:{middle}\n\
         sslVersion = TLSv1.2\nciphers = ECDHE-RSA-AES128-GCM-SHA256\n"
    );
    let mut groups = Vec::new();
    for (name, text) in [("server", server), ("client", client)] {
        let conf = world.dir().join(format!("pair-{name}.conf"));
        let text = format!("foreground = yes\nsyslog = no\ndebug = err\npid =\n[{name}]\n{text}");
        fs::write(&conf, text).map_err(|error| error.to_string())?;
        groups.push(Group::start(Command::new("stunnel4").arg(conf).stderr(Stdio::null()))?);
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    let near = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, begin)) {
            Ok(near) => break near,
            Err(_) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(error.to_string()),
        }
    };
    let (far, _) = listener.accept().map_err(|error| error.to_string())?;
    Ok(rate(near, far, len))
}

/// Sends `len` bytes from `near` to `far`, a thread for each; gives 1e6 bytes in a second.
fn rate(mut near: impl Write + Send + 'static, mut far: impl Read, len: usize) -> f64 {
    let begun = Instant::now();
    let feed = thread::spawn(move || {
        let piece = vec![b'x'; PIECE_LEN];
        for _ in 0..len / PIECE_LEN {
            near.write_all(&piece).unwrap();
        }
        near.flush().unwrap();
        near
    });
    let mut room = vec![0; PIECE_LEN];
    let mut left = len;
    while left > 0 {
        let read = far.read(&mut room).unwrap();
        assert_ne!(read, 0, "it ended");
        left = left.saturating_sub(read);
    }
    let time = begun.elapsed();
    drop(feed.join().unwrap());
    len as f64 / 1e6 / time.as_secs_f64()
}

/// Bytes of one write, and of one read at most.
const PIECE_LEN: usize = 1 << 20;
