//! Connections whose keys are known: both ends of one, by the device's files or by the record layer itself, without a handshake.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use getrandom::SysRng;
use rand_core::UnwrapErr;
use tlsrec::{Encalg, HEADER_LEN, Hashalg, Header, OneWay, Opened, Side, deal};
use tlswire::{ContentType, ProtocolVersion};

/// The lines that give a device's end its keys, before it is `opened`.
pub(crate) fn lines(side: Side) -> [String; 3] {
    let is_client = usize::from(side == Side::Client);
    let secret = format!("secret clear {ENC} {is_client} {}", "A".repeat(SECRET_LEN / 3 * 4));
    ["version 0x303".to_owned(), secret, "changecipher".to_owned()]
}

/// Two ends of a TCP connection within this machine.
pub(crate) fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (other, _) = listener.accept().unwrap();
    for end in [&one, &other] {
        end.set_nodelay(true).unwrap();
    }
    (one, other)
}

/// The server's end of such a connection, by blocking calls and the record layer alone: as short a way as there is.
pub(crate) struct Peer {
    tcp: TcpStream,
    incoming: OneWay,
    outgoing: OneWay,
    /// What was received.
    room: Vec<u8>,
    out: Vec<u8>,
}

impl Peer {
    /// Sends what the device's end waits for before it can be `opened`.
    pub(crate) fn begin(tcp: TcpStream) -> Peer {
        let (hash, enc) = (Hashalg::by_name("clear").unwrap(), Encalg::by_name(ENC).unwrap());
        let mut random = UnwrapErr(SysRng);
        let secret = [0; SECRET_LEN];
        let secrets = deal(ProtocolVersion::TLS12, hash, enc, Side::Server, &secret, &mut random).unwrap();
        let (incoming, outgoing) = (OneWay::new(), OneWay::new());
        let mut peer = Peer { tcp, incoming, outgoing, room: Vec::new(), out: Vec::new() };
        peer.incoming.stage(secrets.0);
        peer.outgoing.stage(secrets.1);
        peer.send(ContentType::CHANGE_CIPHER_SPEC, &[1]);
        peer.outgoing.change_cipher().unwrap();
        peer.send(ContentType::HANDSHAKE, &HAND);
        peer
    }

    /// Sends back what comes, until the end.
    pub(crate) fn echo(mut self) {
        let mut body = Vec::new();
        while let Some(header) = self.receive(&mut body) {
            let Ok(Opened { content_type, plain }) = self.incoming.open(header, &mut body) else { return };
            match content_type {
                ContentType::CHANGE_CIPHER_SPEC => self.incoming.change_cipher().unwrap(),
                ContentType::APPLICATION_DATA => {
                    let data = body.get(plain).unwrap().to_vec();
                    self.send(ContentType::APPLICATION_DATA, &data);
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, content_type: ContentType, payload: &[u8]) {
        self.out.clear();
        let random = &mut UnwrapErr(SysRng);
        self.outgoing.seal(content_type, ProtocolVersion::TLS12, payload, &mut self.out, random).unwrap();
        // Whoever is gone hears nothing.
        let _ = self.tcp.write_all(&self.out);
    }

    /// Receives a record, by one call where it comes whole.
    fn receive(&mut self, body: &mut Vec<u8>) -> Option<Header> {
        loop {
            let header = self.room.first_chunk::<HEADER_LEN>().map(|head| Header::parse(*head));
            if let Some(header) = header
                && let Some(sealed) = self.room.get(HEADER_LEN..HEADER_LEN + header.len)
            {
                body.clear();
                body.extend_from_slice(sealed);
                self.room.drain(..HEADER_LEN + header.len);
                return Some(header);
            }
            let mut piece = [0; 4096];
            let len = self.tcp.read(&mut piece).ok().filter(|len| *len > 0)?;
            self.room.extend_from_slice(piece.get(..len)?);
        }
    }
}

/// What each end says to the other by `hand`, so that the other has seen its change_cipher_spec.
pub(crate) const HAND: [u8; 2] = [7, 8];
const ENC: &str = "aes_128_gcm_aead";
/// Bytes of key material, as many as fit four characters for three, of which the last are not used.
const SECRET_LEN: usize = 42;
