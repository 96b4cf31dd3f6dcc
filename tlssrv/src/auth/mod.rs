//! Plan 9 authentication, before TLS: who the peer is, and the secret that both sides then use as a pre-shared key.
//!
//! The protocol is factotum's affair, our crate or the program: here bytes go between it and the peer, and not one more than
//! it asks for is read, because what follows is the ClientHello.

mod keys;
mod socket;

use std::fmt;
use std::io;
use std::sync::Arc;

use factotum::p9any::{self, AuthInfo, Client, Key, Random, Server, Step};
use factotum::rpc::{self, Proxy, ProxyStep};
use ninep::io::Address;
use tlshand::Psk;
use tlshand::program::factotum::Factotum;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

pub use keys::{Protos, load};
pub use socket::{Duplex, stream};

/// Who does the authentication.
pub enum Auth {
    /// We, with keys from a file.
    Keys(Arc<[Key]>),
    /// A factotum; the words say which of its keys.
    Factotum(Factotum, String),
}

/// Why the peer is not authenticated.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The two did not come together.
    P9any(p9any::Error),
    /// Factotum was of no use.
    Rpc(rpc::Error),
    /// Factotum cannot be reached.
    NoFactotum(String),
    /// The peer, or the way to it, broke off.
    Io(io::Error),
}

impl Auth {
    /// Authenticates the client at the other end of `peer`.
    ///
    /// # Errors
    /// It is not who it says, or the conversation broke off.
    pub async fn serve(&self, peer: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<AuthInfo, Failure> {
        match self {
            Auth::Keys(keys) => {
                let mut server = Server::new(Arc::clone(keys), random()?);
                loop {
                    match server.step()? {
                        Step::Send(bytes) => peer.write_all(&bytes).await?,
                        Step::Read(len) => server.recv(&read(peer, len).await?)?,
                        Step::Done(info) => return Ok(info),
                        Step::Ask(_) | Step::ReadAnswer(_) => return Err(p9any::Error::OutOfTurn.into()),
                    }
                }
            }
            Auth::Factotum(factotum, words) => proxy(factotum, &template("server", words), peer).await,
        }
    }

    /// Authenticates us to the server at the other end of `peer`; `auth_server` is who gives tickets, if there is one.
    ///
    /// # Errors
    /// The server does not believe us, is not who it says, or the conversation broke off.
    pub async fn call(
        &self,
        peer: &mut (impl AsyncRead + AsyncWrite + Unpin),
        auth_server: Option<&Address>,
    ) -> Result<AuthInfo, Failure> {
        match self {
            Auth::Keys(keys) => call(Client::new(Arc::clone(keys), random()?), peer, auth_server).await,
            Auth::Factotum(factotum, words) => proxy(factotum, &template("client", words), peer).await,
        }
    }
}

async fn call(
    mut client: Client,
    peer: &mut (impl AsyncRead + AsyncWrite + Unpin),
    auth_server: Option<&Address>,
) -> Result<AuthInfo, Failure> {
    let mut tickets = None;
    loop {
        match client.step()? {
            Step::Send(bytes) => peer.write_all(&bytes).await?,
            Step::Read(len) => client.recv(&read(peer, len).await?)?,
            Step::Ask(bytes) => {
                if tickets.is_none()
                    && let Some(address) = auth_server
                {
                    tickets = crate::client::dial(address).await.and_then(|fd| stream(&fd)).ok();
                }
                match &mut tickets {
                    Some(stream) => stream.write_all(&bytes).await?,
                    None => client.no_auth_server()?,
                }
            }
            Step::ReadAnswer(len) => match &mut tickets {
                Some(stream) => client.recv(&read(stream, len).await?)?,
                None => return Err(p9any::Error::OutOfTurn.into()),
            },
            Step::Done(info) => return Ok(info),
        }
    }
}

/// What factotum is asked for: the words of `-k` behind one space, if there are any.
fn template(role: &str, words: &str) -> String {
    format!("proto=p9any role={role} {words}").trim_end().to_owned()
}

/// Goes between factotum and the peer.
async fn proxy(
    factotum: &Factotum,
    template: &str,
    peer: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> Result<AuthInfo, Failure> {
    let mut conversation = factotum.converse().await.map_err(Failure::NoFactotum)?;
    let mut proxy = Proxy::new(template);
    loop {
        match proxy.step()? {
            ProxyStep::Rpc(request) => {
                let reply = conversation.rpc(&request).await.map_err(Failure::NoFactotum)?;
                proxy.replied(&reply)?;
            }
            ProxyStep::Send(bytes) => peer.write_all(&bytes).await?,
            ProxyStep::ReadSome(len) => {
                let mut bytes = vec![0; len];
                let read_len = peer.read(&mut bytes).await?;
                bytes.truncate(read_len);
                proxy.recv(&bytes)?;
            }
            ProxyStep::Done(info) => return Ok(info),
        }
    }
}

/// The key that both sides have after an authentication.
#[must_use]
pub fn psk(info: &AuthInfo) -> Psk {
    psk_of(&info.secret)
}

/// A secret under the name that Plan 9 gives it in TLS.
#[must_use]
pub(crate) fn psk_of(secret: &[u8]) -> Psk {
    Psk::new(IDENTITY.to_vec(), secret)
}

async fn read(stream: &mut (impl AsyncRead + Unpin), len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

fn random() -> io::Result<Random> {
    Random::draw(|bytes| getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string())))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::P9any(error) => error.fmt(f),
            Failure::Rpc(error) => error.fmt(f),
            Failure::NoFactotum(why) => f.write_str(why),
            Failure::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the peer has gone")
            }
            Failure::Io(error) => f.write_str(&crate::exit::plain(error)),
        }
    }
}

impl std::error::Error for Failure {}

impl From<p9any::Error> for Failure {
    fn from(error: p9any::Error) -> Failure {
        Failure::P9any(error)
    }
}

impl From<rpc::Error> for Failure {
    fn from(error: rpc::Error) -> Failure {
        Failure::Rpc(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

/// The name under which Plan 9's programs share a secret in TLS.
const IDENTITY: &[u8] = b"p9secret";

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(line: &str) -> Auth {
        Auth::Keys(p9any::keys(line).unwrap().into())
    }

    #[test]
    fn the_words_of_k_follow_the_template_after_one_space() {
        assert_eq!(template("server", "dom=x user=y"), "proto=p9any role=server dom=x user=y");
        assert_eq!(template("client", ""), "proto=p9any role=client");
    }

    #[tokio::test]
    async fn two_ends_of_a_stream_come_to_one_secret_and_the_next_byte_is_left() {
        let (mut ours, mut theirs) = tokio::io::duplex(4096);
        let server = keys("key proto=dp9ik dom=example.com user=glenda !password='a password'");
        let client = keys("key proto=dp9ik dom=example.com user=glenda !password='a password'");
        let (served, called) = tokio::join!(server.serve(&mut ours), async {
            let called = client.call(&mut theirs, None).await;
            theirs.write_all(b"\x16\x03\x01").await.unwrap();
            called
        });
        let (served, called) = (served.unwrap(), called.unwrap());
        assert_eq!(*served.secret, *called.secret);
        assert_eq!((served.suid.as_str(), served.secret.len()), ("glenda", 256));
        assert_eq!(read(&mut ours, 3).await.unwrap(), b"\x16\x03\x01");
    }

    #[tokio::test]
    async fn a_peer_that_hangs_up_is_gone() {
        let (mut ours, theirs) = tokio::io::duplex(4096);
        drop(theirs);
        let server = keys("key proto=dp9ik dom=example.com user=glenda !password=x");
        let failure = server.serve(&mut ours).await.err().unwrap();
        assert!(["the peer has gone", "broken pipe"].contains(&failure.to_string().as_str()), "{failure}");
    }

    #[tokio::test]
    async fn a_factotum_that_is_not_there_is_named() {
        let (mut ours, _theirs) = tokio::io::duplex(4096);
        let dir = tempfile::tempdir().unwrap();
        let factotum = Factotum::at(&dir.path().join("factotum").display().to_string()).unwrap();
        let failure = Auth::Factotum(factotum, String::new()).serve(&mut ours).await.err().unwrap();
        assert!(failure.to_string().starts_with("no factotum at "), "{failure}");
    }
}
