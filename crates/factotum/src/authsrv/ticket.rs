//! Ticket requests, tickets and authenticators: who somebody is, in a form that only those can read who share a key with
//! the authentication server (authsrv(6)).
//!
//! There are two forms of the sealed ones: p9sk1's, encrypted by DES and as good as open, and dp9ik's ("form 1"), sealed by
//! ChaCha20-Poly1305.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use super::des::DesKey;

/// What a host that serves asks its client to bring a ticket for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRequest {
    /// [`TICKET_REQUEST`] or [`PAK_REQUEST`].
    pub kind: u8,
    /// The user that the host serves as.
    pub server_id: String,
    /// The authentication domain.
    pub domain: String,
    /// The server's challenge.
    pub challenge: [u8; CHALLENGE_LEN],
    /// The user that owns the client's host.
    pub host_id: String,
    /// The user that the client wants to be.
    pub uid: String,
}

/// A ticket: the authentication server says that a client is `cuid` and is to be served as `suid`.
pub struct Ticket {
    /// [`TICKET_SERVER`] or [`TICKET_CLIENT`]. Form 1 says it by its signature.
    pub num: u8,
    /// The server's challenge.
    pub challenge: [u8; CHALLENGE_LEN],
    /// The user on the client's side.
    pub cuid: String,
    /// The user on the server's side.
    pub suid: String,
    /// The key that both now share.
    pub key: Zeroizing<Vec<u8>>,
}

/// A proof that somebody has the key of a ticket.
pub struct Authenticator {
    /// [`AUTHENTICATOR_SERVER`] or [`AUTHENTICATOR_CLIENT`]: from whom.
    pub num: u8,
    /// The challenge that it answers.
    pub challenge: [u8; CHALLENGE_LEN],
    /// What the session's secret is mixed from; p9sk1 has none.
    pub random: [u8; RANDOM_LEN],
}

/// A key that tickets or authenticators are sealed with, and so their form.
pub enum Sealer {
    /// p9sk1's.
    Des(DesKey),
    /// dp9ik's.
    Form1(Zeroizing<[u8; 32]>),
}

impl TicketRequest {
    /// Bytes of a request.
    pub const LEN: usize = 141;

    /// Encodes the request.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![self.kind];
        put_name(&mut bytes, &self.server_id, NAME_LEN);
        put_name(&mut bytes, &self.domain, DOMAIN_LEN);
        bytes.extend_from_slice(&self.challenge);
        put_name(&mut bytes, &self.host_id, NAME_LEN);
        put_name(&mut bytes, &self.uid, NAME_LEN);
        bytes
    }

    /// Decodes a request, or nothing if the bytes are none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<TicketRequest> {
        let mut rest = bytes;
        let request = TicketRequest {
            kind: take::<1>(&mut rest)?[0],
            server_id: take_name(&mut rest, NAME_LEN)?,
            domain: take_name(&mut rest, DOMAIN_LEN)?,
            challenge: take(&mut rest)?,
            host_id: take_name(&mut rest, NAME_LEN)?,
            uid: take_name(&mut rest, NAME_LEN)?,
        };
        let is_known = matches!(request.kind, TICKET_REQUEST | PAK_REQUEST);
        (is_known && rest.is_empty()).then_some(request)
    }
}

impl Ticket {
    /// Seals the ticket. Under one key of form 1, each `counter` serves once.
    #[must_use]
    pub fn seal(&self, sealer: &Sealer, counter: u32) -> Option<Vec<u8>> {
        let mut body = Zeroizing::new(Vec::with_capacity(SEALED_LEN_MAX));
        body.extend_from_slice(&self.challenge);
        put_name(&mut body, &self.cuid, NAME_LEN);
        put_name(&mut body, &self.suid, NAME_LEN);
        body.extend_from_slice(&self.key);
        let is_whole = body.len() == sealer.ticket_len() - sealer.overhead_len();
        if is_whole { sealer.seal(self.num, body, counter) } else { None }
    }

    /// Opens a ticket of the kind `num`, or nothing if it is none or is not sealed with this key.
    #[must_use]
    pub fn open(sealer: &Sealer, num: u8, bytes: &[u8]) -> Option<Ticket> {
        if bytes.len() != sealer.ticket_len() {
            return None;
        }
        let body = sealer.open(num, bytes)?;
        let mut rest = body.as_slice();
        Some(Ticket {
            num,
            challenge: take(&mut rest)?,
            cuid: take_name(&mut rest, NAME_LEN)?,
            suid: take_name(&mut rest, NAME_LEN)?,
            key: Zeroizing::new(rest.to_vec()),
        })
    }
}

impl Authenticator {
    /// Seals the authenticator. Under one key of form 1, each `counter` serves once.
    #[must_use]
    pub fn seal(&self, sealer: &Sealer, counter: u32) -> Option<Vec<u8>> {
        let mut body = Zeroizing::new(self.challenge.to_vec());
        match sealer {
            Sealer::Des(_) => body.extend_from_slice(&[0; 4]),
            Sealer::Form1(_) => body.extend_from_slice(&self.random),
        }
        sealer.seal(self.num, body, counter)
    }

    /// Opens an authenticator of the kind `num`, or nothing if it is none or is not sealed with this key.
    #[must_use]
    pub fn open(sealer: &Sealer, num: u8, bytes: &[u8]) -> Option<Authenticator> {
        if bytes.len() != sealer.authenticator_len() {
            return None;
        }
        let body = sealer.open(num, bytes)?;
        let mut rest = body.as_slice();
        let challenge = take(&mut rest)?;
        let random = take(&mut rest).unwrap_or([0; RANDOM_LEN]);
        Some(Authenticator { num, challenge, random })
    }
}

impl Sealer {
    /// Makes a sealer of a ticket's key.
    #[must_use]
    pub fn of_ticket(key: &[u8]) -> Option<Sealer> {
        if let Ok(key) = <[u8; DesKey::LEN]>::try_from(key) {
            return Some(Sealer::Des(DesKey::new(key)));
        }
        key.try_into().ok().map(|key| Sealer::Form1(Zeroizing::new(key)))
    }

    /// Bytes of a ticket of this form.
    #[must_use]
    pub fn ticket_len(&self) -> usize {
        let names_len = CHALLENGE_LEN + 2 * NAME_LEN;
        self.overhead_len() + names_len + self.key_len()
    }

    /// Bytes of a ticket's key of this form.
    #[must_use]
    pub fn key_len(&self) -> usize {
        match self {
            Sealer::Des(_) => DesKey::LEN,
            Sealer::Form1(_) => 32,
        }
    }

    /// Bytes of an authenticator of this form.
    #[must_use]
    pub fn authenticator_len(&self) -> usize {
        let proof_len = match self {
            Sealer::Des(_) => 4,
            Sealer::Form1(_) => RANDOM_LEN,
        };
        self.overhead_len() + CHALLENGE_LEN + proof_len
    }

    /// Bytes that sealing adds.
    fn overhead_len(&self) -> usize {
        match self {
            Sealer::Des(_) => 1,
            Sealer::Form1(_) => SIGNATURE_LEN + COUNTER_LEN + TAG_LEN,
        }
    }

    fn seal(&self, num: u8, mut body: Zeroizing<Vec<u8>>, counter: u32) -> Option<Vec<u8>> {
        match self {
            Sealer::Des(key) => {
                body.insert(0, num);
                key.encrypt(&mut body);
                Some(body.to_vec())
            }
            Sealer::Form1(key) => {
                let nonce = nonce(signature(num)?, counter.to_le_bytes());
                let mut sealed = body.to_vec();
                form1(key)?.seal_in_place_append_tag(nonce.1, Aad::empty(), &mut sealed).ok()?;
                sealed.splice(0..0, nonce.0);
                Some(sealed)
            }
        }
    }

    fn open(&self, num: u8, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut body = Zeroizing::new(bytes.to_vec());
        match self {
            Sealer::Des(key) => {
                key.decrypt(&mut body);
                (body.first() == Some(&num)).then(|| Zeroizing::new(body.split_off(1)))
            }
            Sealer::Form1(key) => {
                let mut rest = bytes;
                let signed = take::<SIGNATURE_LEN>(&mut rest)?;
                let nonce = nonce(signed, take(&mut rest)?);
                if signed != signature(num)? {
                    return None;
                }
                body.drain(..SIGNATURE_LEN + COUNTER_LEN);
                let len = form1(key)?.open_in_place(nonce.1, Aad::empty(), &mut body).ok()?.len();
                body.truncate(len);
                Some(body)
            }
        }
    }
}

fn form1(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
}

/// Gives the first 12 bytes of a message of form 1, as bytes and as the nonce that they are.
fn nonce(signature: [u8; SIGNATURE_LEN], counter: [u8; COUNTER_LEN]) -> ([u8; NONCE_LEN], Nonce) {
    let mut bytes = [0; NONCE_LEN];
    for (byte, given) in bytes.iter_mut().zip(signature.into_iter().chain(counter)) {
        *byte = given;
    }
    (bytes, Nonce::assume_unique_for_key(bytes))
}

fn signature(num: u8) -> Option<[u8; SIGNATURE_LEN]> {
    Some(match num {
        TICKET_SERVER => *b"form1 Ts",
        TICKET_CLIENT => *b"form1 Tc",
        AUTHENTICATOR_SERVER => *b"form1 As",
        AUTHENTICATOR_CLIENT => *b"form1 Ac",
        _ => return None,
    })
}

/// Appends a name, cut to what has room before at least one NUL.
fn put_name(bytes: &mut Vec<u8>, name: &str, len: usize) {
    let kept = name.bytes().take(len - 1);
    let end = bytes.len() + len;
    bytes.extend(kept);
    bytes.resize(end, 0);
}

/// Takes a name of a field of `len` bytes, whose last counts as NUL (authsrv(2)); nothing if it is not UTF-8.
fn take_name(rest: &mut &[u8], len: usize) -> Option<String> {
    let (field, after) = rest.split_at_checked(len)?;
    *rest = after;
    let name = field.iter().take(len - 1).take_while(|byte| **byte != 0);
    let mut name: Vec<u8> = name.copied().collect();
    let text = str::from_utf8(&name).ok().map(str::to_owned);
    name.zeroize();
    text
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

/// A request for a ticket.
pub const TICKET_REQUEST: u8 = 1;
/// A request for the exchange of dp9ik.
pub const PAK_REQUEST: u8 = 19;
/// What the authentication server says before what was asked for.
pub const AUTH_OK: u8 = 4;
/// What it says before 64 bytes of why not.
pub const AUTH_ERR: u8 = 5;
/// A ticket for the server.
pub const TICKET_SERVER: u8 = 64;
/// A ticket for the client.
pub const TICKET_CLIENT: u8 = 65;
/// An authenticator of the server.
pub const AUTHENTICATOR_SERVER: u8 = 66;
/// An authenticator of the client.
pub const AUTHENTICATOR_CLIENT: u8 = 67;

/// Bytes of a challenge.
pub const CHALLENGE_LEN: usize = 8;
/// Bytes of a form 1 authenticator's random.
pub const RANDOM_LEN: usize = 32;
/// Bytes of a user's name in a message, a NUL at its end.
pub const NAME_LEN: usize = 28;
/// Bytes of a domain's name in a message, a NUL at its end.
pub const DOMAIN_LEN: usize = 48;

const SIGNATURE_LEN: usize = 8;
const COUNTER_LEN: usize = 4;
const NONCE_LEN: usize = SIGNATURE_LEN + COUNTER_LEN;
const TAG_LEN: usize = 16;
const SEALED_LEN_MAX: usize = 124;
