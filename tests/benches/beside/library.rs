//! A server with a library linked in, rustls with aws-lc-rs: what TLS alone takes, in a process of its own that runs no command.
//!
//! The bench starts itself for it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::peers::Told;
use super::servers::Work;

/// The first word for a bench that is to be such a server.
pub(crate) const WORD: &str = "--serve";

/// How the bench is told to be a server.
pub(crate) fn command(told: &Told<'_>) -> Command {
    let len = if let Work::Zeros(len) = told.work { len } else { 0 };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([WORD, &told.port.to_string(), &len.to_string()]);
    command.args([&told.world.server.chain, &told.world.server.key]);
    command
}

/// Serves as [`command`] has it, until somebody kills it.
pub(crate) fn serve(words: &[String]) {
    let [port, len, chain, key]: &[String; 4] = words.try_into().unwrap();
    let (port, len): (u16, usize) = (port.parse().unwrap(), len.parse().unwrap());
    let conf = conf(Path::new(chain), Path::new(key));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    for tcp in listener.incoming().flatten() {
        let conf = Arc::clone(&conf);
        // Whoever leaves early is no failure of the server.
        thread::spawn(move || connection(tcp, conf, len));
    }
}

/// The configuration of a server that has this certificate.
pub(crate) fn conf(chain: &Path, key: &Path) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(chain).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let conf = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(conf)
}

/// Sends `len` zeros, or what comes where that is none.
fn connection(tcp: TcpStream, conf: Arc<ServerConfig>, len: usize) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let mut tls = StreamOwned::new(ServerConnection::new(conf).map_err(io::Error::other)?, tcp);
    let mut room = vec![0; ROOM_LEN];
    for _ in 0..len / ROOM_LEN {
        tls.write_all(&room)?;
    }
    if len == 0 {
        while let read @ 1.. = tls.read(&mut room)? {
            tls.write_all(room.get(..read).unwrap_or_default())?;
        }
    }
    tls.conn.send_close_notify();
    tls.flush()
}

/// Bytes of one write, and of one read at most.
const ROOM_LEN: usize = 256 << 10;
