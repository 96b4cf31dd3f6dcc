//! The middleman of an authentication: what factotum says goes to the peer, what the peer says to factotum (auth(2),
//! `auth_proxy`).
//!
//! It reads from the peer only what factotum asks for: what follows the authentication is not touched.

use zeroize::Zeroizing;

use super::{Error, MESSAGE_LEN_MAX, Reply, request};
use crate::p9any::AuthInfo;

/// An authentication under way.
pub struct Proxy {
    state: State,
}

/// What is to be done next.
#[must_use]
pub enum ProxyStep {
    /// Write these bytes to the `rpc` file, read its reply, and give it to [`Proxy::replied`].
    Rpc(Zeroizing<Vec<u8>>),
    /// Send these bytes to the peer, in one write.
    Send(Vec<u8>),
    /// Read once from the peer, at most so many bytes, and give them to [`Proxy::recv`].
    ReadSome(usize),
    /// It is over, and this is what came of it.
    Done(AuthInfo),
}

enum State {
    /// The conversation is to be started with this template.
    Start(String),
    Starting,
    /// Factotum is to be read.
    Read,
    Reading,
    /// This goes to the peer.
    Send(Vec<u8>),
    /// Factotum is to be given what the peer has said so far.
    Write(Vec<u8>),
    Writing(Vec<u8>),
    /// So many bytes more are wanted of the peer.
    Collect {
        said: Vec<u8>,
        want_len: usize,
    },
    /// Factotum is to be asked what came of it.
    AuthInfo,
    Finishing,
    Over(AuthInfo),
    Ended,
}

impl Proxy {
    /// Makes a proxy for the conversation that `template`, such as `proto=p9any role=server`, asks for.
    #[must_use]
    pub fn new(template: &str) -> Proxy {
        Proxy { state: State::Start(template.to_owned()) }
    }

    /// Tells what to do next.
    ///
    /// # Errors
    /// It has failed before, or the template is too long.
    pub fn step(&mut self) -> Result<ProxyStep, Error> {
        let rpc = |verb, data: &[u8]| request(verb, data).map(|bytes| ProxyStep::Rpc(Zeroizing::new(bytes)));
        let (step, state) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Start(template) => (rpc("start", template.as_bytes())?, State::Starting),
            State::Read => (rpc("read", b"")?, State::Reading),
            State::Send(bytes) => (ProxyStep::Send(bytes), State::Read),
            State::Write(said) => (rpc("write", &said)?, State::Writing(said)),
            State::Collect { said, want_len } => {
                let more_len = want_len.saturating_sub(said.len());
                (ProxyStep::ReadSome(more_len), State::Collect { said, want_len })
            }
            State::AuthInfo => (rpc("authinfo", b"")?, State::Finishing),
            State::Over(info) => (ProxyStep::Done(info), State::Ended),
            State::Starting | State::Reading | State::Writing(_) | State::Finishing | State::Ended => {
                return Err(Error::OutOfTurn);
            }
        };
        self.state = state;
        Ok(step)
    }

    /// Takes factotum's reply.
    ///
    /// # Errors
    /// Factotum says no, or nonsense.
    pub fn replied(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let state = std::mem::replace(&mut self.state, State::Ended);
        self.state = match (state, Reply::parse(bytes)?) {
            (State::Starting, Reply::Ok(_)) => State::Read,
            (State::Reading, Reply::Ok(data)) => State::Send(data.to_vec()),
            (State::Reading, Reply::Phase) => State::Write(Vec::new()),
            (State::Reading, Reply::Done) => State::AuthInfo,
            (State::Writing(_), Reply::Ok(_)) => State::Read,
            (State::Writing(said), Reply::TooSmall(want_len)) => {
                if want_len <= said.len() || want_len > PEER_LEN_MAX {
                    return Err(Error::BadLength);
                }
                State::Collect { said, want_len }
            }
            (State::Finishing, Reply::Ok(data)) => State::Over(auth_info(data).ok_or(Error::BadAuthInfo)?),
            _ => return Err(Error::OutOfTurn),
        };
        Ok(())
    }

    /// Takes what the peer said, no bytes if it has closed the connection.
    ///
    /// # Errors
    /// The peer has closed the connection, or it was not asked.
    pub fn recv(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let State::Collect { mut said, want_len } = std::mem::replace(&mut self.state, State::Ended) else {
            return Err(Error::OutOfTurn);
        };
        if bytes.is_empty() {
            return Err(Error::ShortRead);
        }
        if bytes.len() > want_len.saturating_sub(said.len()) {
            return Err(Error::OutOfTurn);
        }
        said.extend_from_slice(bytes);
        // Factotum may want fewer than it said it might: it is asked after each read.
        self.state = State::Write(said);
        Ok(())
    }
}

/// Reads four counted fields: cuid, suid, capability, secret.
fn auth_info(data: &[u8]) -> Option<AuthInfo> {
    let mut rest = data;
    let mut field = || {
        let (len, after) = rest.split_first_chunk()?;
        let (field, after) = after.split_at_checked(usize::from(u16::from_le_bytes(*len)))?;
        rest = after;
        Some(field)
    };
    let cuid = str::from_utf8(field()?).ok()?.to_owned();
    let suid = str::from_utf8(field()?).ok()?.to_owned();
    let _capability = field()?;
    let secret = Zeroizing::new(field()?.to_vec());
    Some(AuthInfo { cuid, suid, secret })
}

/// Bytes that factotum may want of the peer: it names its limit, not its want, where it waits for a line.
const PEER_LEN_MAX: usize = MESSAGE_LEN_MAX;
