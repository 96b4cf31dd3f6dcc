//! A peer that keeps the handshake's rules but where a test has it break them: the handshake of tlshand, in either role, on files that are
//! no device's. Records are made and read here, so that messages can be replaced, left out or sent in the wrong keys, and records forged.
//!
//! What it writes is what a device would write, as long as nothing is asked of it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use factotum::CertifiedKey;
use rand_core::UnwrapErr;
use tlshand::{
    Algs, Allow, ClientConf, Compat, Error, FileError, Files, Outcome, ServerConf, Verify, WORDS,
    server_name, tls_client, tls_server,
};
use tlsrec::{ENCALGS, Encalg, HASHALGS, Hashalg, Header, OneWay, Side};
use tlswire::{ContentType, ProtocolVersion, Suite};

/// What becomes of a message that the handshake writes: the bytes that are sent for it, a record each.
type Twist = Box<dyn FnMut(&[u8]) -> Vec<Vec<u8>> + Send>;

/// One side of a connection, and what it has seen.
pub(crate) struct Rogue {
    stream: TcpStream,
    side: Side,
    version: ProtocolVersion,
    incoming: OneWay,
    outgoing: OneWay,
    twist: Twist,
    /// Whether `changecipher` is carried out.
    pub(crate) changes_cipher: bool,
    /// The type of the message behind which nothing more is sent.
    pub(crate) ends_after: Option<u8>,
    /// Sent in a record of its own type before the change of ciphers.
    pub(crate) before_change: Vec<(ContentType, Vec<u8>)>,
    /// The algorithms and the bytes of `secret`.
    pub(crate) keys: Option<Keys>,
    /// The end of the last record that was sent: where a chain of blocks goes on.
    pub(crate) last_sent: Vec<u8>,
    /// Handshake bytes that were read and not asked for yet.
    unread: Vec<u8>,
    /// The alerts that came, level and number.
    pub(crate) alerts: Vec<[u8; 2]>,
    /// Every message that came, in order.
    pub(crate) messages: Vec<u8>,
}

/// What `secret` said.
pub(crate) struct Keys {
    pub(crate) hash: &'static Hashalg,
    pub(crate) enc: &'static Encalg,
    pub(crate) block: Vec<u8>,
}

/// A record as it came, opened where there were keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) content_type: ContentType,
    /// Its length on the wire, in bytes.
    pub(crate) wire_len: usize,
    pub(crate) payload: Vec<u8>,
}

impl Rogue {
    /// A peer that breaks no rule yet.
    pub(crate) fn new(stream: TcpStream, side: Side) -> Rogue {
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
        Rogue {
            stream,
            side,
            version: ProtocolVersion::TLS10,
            incoming: OneWay::new(),
            outgoing: OneWay::new(),
            twist: Box::new(|message| vec![message.to_vec()]),
            changes_cipher: true,
            ends_after: None,
            before_change: Vec::new(),
            keys: None,
            last_sent: Vec::new(),
            unread: Vec::new(),
            alerts: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// A client of the server at `port`.
    pub(crate) fn client(port: u16) -> Rogue {
        Rogue::new(TcpStream::connect(("127.0.0.1", port)).expect("it listens"), Side::Client)
    }

    /// The same, but that each message it writes becomes what `twist` says, a record each.
    pub(crate) fn twisting(mut self, twist: impl FnMut(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Rogue {
        self.twist = Box::new(twist);
        self
    }

    /// The same, but that messages of type `typ` are this one.
    pub(crate) fn saying(self, typ: u8, instead: Vec<u8>) -> Rogue {
        self.twisting(move |message| vec![if message[0] == typ { instead.clone() } else { message.to_vec() }])
    }

    /// Does a client's handshake.
    pub(crate) fn connect(&mut self, conf: &ClientConf) -> Result<Outcome, Error> {
        now(tls_client(self, &algs(), conf, None))
    }

    /// Does a server's handshake.
    pub(crate) fn serve(&mut self, conf: &ServerConf) -> Result<Outcome, Error> {
        now(tls_server(self, &algs(), conf, None))
    }

    /// Sends a record under the keys in use, if any.
    pub(crate) fn send(&mut self, content_type: ContentType, payload: &[u8]) {
        let mut bytes = Vec::new();
        let mut rng = UnwrapErr(getrandom::SysRng);
        self.outgoing.seal(content_type, self.version, payload, &mut bytes, &mut rng).expect("it is sealed");
        self.send_bytes(&bytes);
    }

    /// Sends bytes as they are. That nobody takes them is seen when the answer is read.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
        self.last_sent = bytes[bytes.len().saturating_sub(16)..].to_vec();
    }

    /// Reads a record; none at the end, which may be a reset where the peer left bytes of ours unread.
    pub(crate) fn record(&mut self) -> Option<Record> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).ok()?;
        let header = Header::parse(head);
        let mut body = vec![0; header.len];
        self.stream.read_exact(&mut body).ok()?;
        let is_tls13 = self.version == ProtocolVersion::TLS13;
        let content_type = ContentType(header.content_type);
        if is_tls13 && content_type == ContentType::CHANGE_CIPHER_SPEC {
            // It means nothing (RFC 8446 §5).
            return self.record();
        }
        if is_tls13 && content_type == ContentType::ALERT {
            // In the clear, from who has no keys yet.
            return Some(Record { content_type, wire_len: 5 + header.len, payload: body });
        }
        let opened = self.incoming.open(header, &mut body).expect("the peer's records are good");
        Some(Record {
            content_type: opened.content_type,
            wire_len: 5 + header.len,
            payload: body[opened.plain].to_vec(),
        })
    }

    /// Every record until the end, and whether the end was one: nothing that waits for more is an answer.
    pub(crate) fn answer(&mut self) -> Vec<Record> {
        let records = std::iter::from_fn(|| self.record()).collect();
        let mut byte = [0];
        let end = self.stream.read(&mut byte);
        assert!(
            !matches!(&end, Err(error) if error.kind() == io::ErrorKind::WouldBlock),
            "it waits for more"
        );
        records
    }

    /// The version of the records.
    pub(crate) fn version(&self) -> ProtocolVersion {
        self.version
    }
}

impl Files for Rogue {
    async fn ctl(&mut self, line: &str) -> Result<(), FileError> {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["version", number] => {
                let number = u16::from_str_radix(number.trim_start_matches("0x"), 16);
                self.version = ProtocolVersion(number.expect("a number"));
            }
            ["secret", hash, enc, _, text] => {
                let hash = HASHALGS.iter().find(|row| row.name == hash).expect("a hash");
                let enc = ENCALGS.iter().find(|row| row.name == enc).expect("a cipher");
                let block = Base64::decode_vec(text).expect("base64");
                let mut rng = UnwrapErr(getrandom::SysRng);
                let (incoming, outgoing) =
                    tlsrec::deal(self.version, hash, enc, self.side, &block, &mut rng).expect("keys");
                self.incoming.stage(incoming);
                self.outgoing.stage(outgoing);
                self.keys = Some(Keys { hash, enc, block });
            }
            ["changecipher", "in"] => self.incoming.change_cipher().expect("staged"),
            ["changecipher"] if self.version == ProtocolVersion::TLS13 => {
                self.outgoing.change_cipher().expect("staged");
            }
            ["changecipher"] => {
                for (content_type, payload) in std::mem::take(&mut self.before_change) {
                    self.send(content_type, &payload);
                }
                if self.changes_cipher {
                    self.send(ContentType::CHANGE_CIPHER_SPEC, &[1]);
                    self.outgoing.change_cipher().expect("staged");
                }
            }
            ["alert", number] => {
                let number: u8 = number.parse().expect("a number");
                self.send(ContentType::ALERT, &[2, number]);
            }
            ["opened"] => {}
            _ => return Err(FileError("unknown".to_owned())),
        }
        Ok(())
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        while self.unread.is_empty() {
            let Some(record) = self.record() else { return Ok(Vec::new()) };
            match (record.content_type, &record.payload[..]) {
                (ContentType::CHANGE_CIPHER_SPEC, _) => self.incoming.change_cipher().expect("staged"),
                (ContentType::ALERT, &[level, number]) => {
                    self.alerts.push([level, number]);
                    return Err(FileError(format!("alert {number}")));
                }
                (ContentType::HANDSHAKE, bytes) => {
                    self.messages.extend_from_slice(bytes);
                    self.unread.extend_from_slice(bytes);
                }
                _ => return Err(FileError(format!("{record:?}"))),
            }
        }
        Ok(self.unread.drain(..count.min(self.unread.len())).collect())
    }

    async fn write_hand(&mut self, mut bytes: &[u8]) -> Result<(), FileError> {
        while let [_, high, middle, low, ..] = *bytes {
            let len = u32::from_be_bytes([0, high, middle, low]);
            let (message, rest) = bytes.split_at(4 + usize::try_from(len).expect("short"));
            for sent in (self.twist)(message) {
                for piece in sent.chunks(16384) {
                    self.send(ContentType::HANDSHAKE, piece);
                }
            }
            if self.ends_after == Some(message[0]) {
                // That the peer is gone already is seen when its answer is read.
                let _ = self.stream.shutdown(Shutdown::Write);
            }
            bytes = rest;
        }
        Ok(())
    }
}

/// A client that takes any server, with this suite and version alone and 9front's manners: no extension changes what is sent.
pub(crate) fn client_conf(version: ProtocolVersion, suite: Suite) -> ClientConf {
    let mut conf = ClientConf::new(Some(server_name("localhost").expect("a name")), Verify::Insecure);
    (conf.versions, conf.suites) = (vec![version], vec![suite]);
    (conf.allow, conf.compat) = (everything(), Compat::NineFront);
    conf
}

/// A server with these certificates, this version and suite.
pub(crate) fn server_conf(
    certs: Vec<Arc<CertifiedKey>>,
    version: ProtocolVersion,
    suite: Suite,
) -> ServerConf {
    let mut conf = ServerConf::new(certs);
    (conf.versions, conf.suites, conf.allow) = (vec![version], vec![suite], everything());
    conf
}

fn everything() -> Allow {
    WORDS.iter().map(|(_, old)| *old).collect()
}

/// What the record layer here can do.
fn algs() -> Algs {
    let names = |names: Vec<&str>| names.join(" ");
    Algs::parse(
        &names(ENCALGS.iter().map(|row| row.name).collect()),
        &names(HASHALGS.iter().map(|row| row.name).collect()),
    )
}

/// Runs a future whose files block.
fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(future)
}
