//! rustls, in this process: the only peer that no package can take away.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, CommonState, RootCertStore, ServerConfig, ServerConnection};
use rustls::{HandshakeKind, ProtocolVersion, StreamOwned, SupportedProtocolVersion};

use super::{
    Ask, Client, Feature, Group, Missing, Offer, Peer, REQUEST, Returning, Role, Running, Server, Suite,
    Told, names,
};
use crate::support::certs::CertFiles;

/// The crate `rustls` with the cryptography of aws-lc-rs.
pub(super) struct Rustls;

impl Peer for Rustls {
    fn name(&self) -> &'static str {
        "rustls"
    }

    fn available(&self) -> Result<(), Missing> {
        Ok(())
    }

    fn cannot(&self, _: Role, version: &str, suite: &Suite) -> Option<&'static str> {
        match () {
            () if !["TLSv1.2", "TLSv1.3"].contains(&version) => Some("nothing before TLS 1.2"),
            () if suite.key.is_none() => Some("no shared secrets"),
            () if version == "TLSv1.2" && !names::SUITES.contains(suite) => {
                Some("nothing but ECDHE with AEAD")
            }
            () => None,
        }
    }

    fn lacks(&self, _: Role, _: &str, feature: Feature) -> Option<&'static str> {
        feature.has_secret().then_some("no shared secrets")
    }
}

impl Client for Rustls {
    fn connect(&self, port: u16, ask: &Ask) -> Told {
        connect(&Arc::new(client_conf(ask)), port, ask).0
    }
}

impl Returning for Rustls {
    fn connect_again(&self, port: u16, ask: &Ask, count: usize) -> (Vec<String>, String) {
        // It keeps sessions with what it is configured by.
        let conf = Arc::new(client_conf(ask));
        let (mut words, mut said) = (Vec::new(), String::new());
        for _ in 0..count {
            let (told, word) = connect(&conf, port, ask);
            said.push_str(&told.text());
            if let Some(error) = told.error {
                said.push_str(&error);
                break;
            }
            words.push(word.to_owned());
        }
        (words, said)
    }
}

impl Server for Rustls {
    fn start(&self, offer: &Offer) -> Running {
        let provider = provider(offer.suite, offer.group);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions(offer.version))
            .unwrap();
        let builder = match &offer.client_ca {
            None => builder.with_no_client_auth(),
            Some(ca) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots(ca)), provider).build().unwrap(),
            ),
        };
        let (chain, key) = pair(&offer.cert);
        let mut conf = builder.with_single_cert(chain, key).unwrap();
        // Without one it gives no tickets in TLS 1.2.
        conf.ticketer = aws_lc_rs::Ticketer::new().unwrap();
        conf.alpn_protocols = offer.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let serving = Serving::start(Arc::new(conf), offer.updates_keys).unwrap();
        Running { port: serving.address.port(), process: None, _held: Box::new(serving) }
    }
}

/// A server's thread, ended when dropped.
struct Serving {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    /// Listens, and answers one connection after the other.
    fn start(conf: Arc<ServerConfig>, updates_keys: bool) -> io::Result<Serving> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let seen_over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            for tcp in listener.incoming() {
                if seen_over.load(Ordering::SeqCst) {
                    return;
                }
                // A client that fails tells so itself.
                let _ = tcp.and_then(|tcp| answer(&conf, tcp, updates_keys));
            }
        });
        Ok(Serving { address, is_over, thread: Some(thread) })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads one request up to its empty line and answers with what was negotiated, under new keys if so asked.
fn answer(conf: &Arc<ServerConfig>, tcp: TcpStream, updates_keys: bool) -> io::Result<()> {
    tcp.set_read_timeout(Some(Duration::from_secs(10)))?;
    let connection = ServerConnection::new(Arc::clone(conf)).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, tcp);
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    if updates_keys {
        stream.conn.refresh_traffic_keys().map_err(io::Error::other)?;
    }
    let told = told(&stream.conn, Vec::new(), None);
    let session = session(&stream.conn);
    write!(stream, "HTTP/1.0 200 OK\r\n\r\n{:?} {:?} {:?}", told.version, told.suite, told.group)?;
    writeln!(stream, " session {session}")?;
    stream.conn.send_close_notify();
    stream.flush()?;
    // The client's own end, so that nothing is lost to a reset.
    stream.sock.shutdown(std::net::Shutdown::Write)?;
    io::copy(&mut stream.sock, &mut io::sink()).map(drop)
}

/// What a client goes by.
fn client_conf(ask: &Ask) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(provider(ask.suite, ask.group))
        .with_protocol_versions(versions(ask.version))
        .unwrap()
        .with_root_certificates(roots(&ask.ca));
    let mut conf = match &ask.identity {
        None => builder.with_no_client_auth(),
        Some(me) => {
            let (chain, key) = pair(me);
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    conf.alpn_protocols = ask.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    conf
}

/// Asks once; also tells whether it went on with a session.
fn connect(conf: &Arc<ClientConfig>, port: u16, ask: &Ask) -> (Told, &'static str) {
    let server_name = ServerName::try_from(ask.server_name.clone()).unwrap();
    let connection = ClientConnection::new(Arc::clone(conf), server_name).unwrap();
    let mut stream = StreamOwned::new(connection, dial(port).unwrap());
    let mut output = Vec::new();
    let (head, end) = REQUEST.split_last_chunk::<2>().unwrap();
    let result = stream
        .write_all(head)
        .and_then(|()| match ask.updates_keys {
            // It asks for the other side's too.
            true => stream.conn.refresh_traffic_keys().map_err(io::Error::other),
            false => Ok(()),
        })
        .and_then(|()| stream.write_all(end))
        .and_then(|()| stream.read_to_end(&mut output));
    stream.conn.send_close_notify();
    let _ = stream.flush();
    (told(&stream.conn, output, result.err()), session(&stream.conn))
}

/// The authority that it believes.
fn roots(ca: &Path) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    roots
}

/// A chain and its key.
fn pair(files: &CertFiles) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = CertificateDer::pem_file_iter(&files.chain).unwrap().map(Result::unwrap).collect();
    (chain, PrivateKeyDer::from_pem_slice(&fs::read(&files.key).unwrap()).unwrap())
}

/// Whether a connection went on with a session, in mod_ssl's words.
fn session(connection: &CommonState) -> &'static str {
    match connection.handshake_kind() {
        Some(HandshakeKind::Resumed) => "Resumed",
        _ => "Initial",
    }
}

/// A connection whose reads end.
fn dial(port: u16) -> io::Result<TcpStream> {
    // A server may say that it is ready a moment before it listens.
    let deadline = Instant::now() + Duration::from_secs(10);
    let tcp = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(20));
            }
            tcp => break tcp?,
        }
    };
    tcp.set_read_timeout(Some(Duration::from_secs(20)))?;
    Ok(tcp)
}

/// What a connection has to tell. An end without close_notify is an error here, as rustls has it.
fn told(connection: &CommonState, output: Vec<u8>, error: Option<io::Error>) -> Told {
    Told {
        output,
        version: connection.protocol_version().map(|version| match version {
            ProtocolVersion::TLSv1_2 => "TLSv1.2".into(),
            ProtocolVersion::TLSv1_3 => "TLSv1.3".into(),
            other => format!("{other:?}"),
        }),
        suite: connection
            .negotiated_cipher_suite()
            .and_then(|suite| names::suite_by_code(suite.suite().into())),
        group: connection
            .negotiated_key_exchange_group()
            .and_then(|group| names::group_by_code(group.name().into())),
        alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        error: error.map(|error| match error.kind() {
            ErrorKind::WouldBlock => "the time ran out".into(),
            _ => error.to_string(),
        }),
    }
}

/// The cryptography, with one suite and one group where asked for.
fn provider(suite: Option<&Suite>, group: Option<&Group>) -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    if let Some(suite) = suite {
        provider.cipher_suites.retain(|known| u16::from(known.suite()) == suite.code);
    }
    if let Some(group) = group {
        provider.kx_groups.retain(|known| u16::from(known.name()) == group.code);
    }
    Arc::new(provider)
}

/// One version, or both.
fn versions(version: Option<&str>) -> &'static [&'static SupportedProtocolVersion] {
    match version {
        Some("TLSv1.2") => TLS12_ONLY,
        Some(_) => TLS13_ONLY,
        None => rustls::ALL_VERSIONS,
    }
}

static TLS12_ONLY: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
static TLS13_ONLY: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
