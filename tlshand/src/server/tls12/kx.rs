//! The ClientKeyExchange: both halves are there, and make the keys.

use std::fmt;
use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, ProtocolVersion};
use x509::Certificate as Leaf;

use crate::agreed::Agreed;
use crate::conf::ServerConf;
use crate::effects::{DecryptRequest, Effects, Premaster};
use crate::error::Error;
use crate::msg::Message;
use crate::msg::kx::{ClientKeyExchange, Exchange};
use crate::psk::Psk;
use crate::sec::dh;
use crate::sec::kx::Ephemeral;
use crate::sec::master::{MasterSecret, PreMasterSecret};
use crate::sec::transcript::Transcript;
use crate::server::tickets::Promise;
use crate::server::tls12::cert::ExpectCertificateVerify;
use crate::server::tls12::{State, finish};

/// Our half of a key exchange.
pub(super) enum Half {
    /// A key pair on a curve, perhaps beside a shared secret.
    Ecdhe(Group, Ephemeral),
    /// A key pair in a finite field.
    Dhe(Group, dh::Ephemeral),
    /// The certificate's own key.
    Rsa {
        key: Arc<CertifiedKey>,
        /// What the client's hello said, which its premaster says again (RFC 5246 §7.4.7.1).
        version: ProtocolVersion,
        substitute: Premaster,
    },
    /// A shared secret alone.
    Psk,
}

impl Half {
    /// The group, if it has one.
    pub(super) fn group(&self) -> Option<Group> {
        match self {
            Half::Ecdhe(group, _) | Half::Dhe(group, _) => Some(*group),
            Half::Rsa { .. } | Half::Psk => None,
        }
    }
}

impl fmt::Debug for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Half::Ecdhe(..) => "Ecdhe(..)",
            Half::Dhe(..) => "Dhe(..)",
            Half::Rsa { .. } => "Rsa(..)",
            Half::Psk => "Psk",
        })
    }
}

/// Our flight is out, and the client's certificate here if there is to be one.
#[derive(Debug)]
pub(in crate::server) struct ExpectClientKeyExchange<'a> {
    pub(super) conf: &'a ServerConf,
    pub(super) agreed: Agreed,
    pub(super) transcript: Transcript,
    pub(super) half: Half,
    /// The ticket that the client gets at the end.
    pub(super) promise: Option<Promise<'a>>,
    /// The client's certificate: good, but not proved to be the client's.
    pub(super) client: Option<Leaf>,
}

/// The key has to find out what the client sent.
#[derive(Debug)]
pub(in crate::server) struct AwaitPremaster<'a> {
    keyless: Keyless<'a>,
}

/// Everything but the premaster.
#[derive(Debug)]
struct Keyless<'a> {
    conf: &'a ServerConf,
    agreed: Agreed,
    transcript: Transcript,
    promise: Option<Promise<'a>>,
    client: Option<Leaf>,
}

impl<'a> ExpectClientKeyExchange<'a> {
    /// Takes the client's half.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectClientKeyExchange { conf, mut agreed, mut transcript, half, promise, client } = self;
        let key_exchange: ClientKeyExchange = message.parse_in(agreed.form(), "a client key exchange")?;
        effects.received(&key_exchange);
        transcript.add(message);

        let ClientKeyExchange { identity, exchange } = key_exchange;
        let psk = match &identity {
            Some(identity) => Some(shared(conf, identity)?),
            None => None,
        };
        agreed.outcome.psk_identity = identity;
        let keyless = Keyless { conf, agreed, transcript, promise, client };
        let other = match (half, exchange) {
            (Half::Ecdhe(_, ephemeral), Exchange::Ecdhe(public)) => Some(ephemeral.agree(&public)?),
            (Half::Dhe(_, ephemeral), Exchange::Dhe(public)) => Some(ephemeral.agree(&public)?),
            (Half::Psk, Exchange::None) => None,
            (
                Half::Rsa { key, version, substitute },
                Exchange::Rsa(ciphertext) | Exchange::RsaBare(ciphertext),
            ) => {
                effects.decrypt(DecryptRequest { key, ciphertext, version, substitute });
                return Ok(State::AwaitPremaster(AwaitPremaster { keyless }));
            }
            _ => return Err(Error::Internal("two halves that do not fit")),
        };
        let pre_master_secret = match (psk, other) {
            (Some(psk), other) => PreMasterSecret::shared(psk, other.as_ref())?,
            (None, Some(other)) => other,
            (None, None) => return Err(Error::NoKey),
        };
        keyless.keyed(&pre_master_secret, effects)
    }
}

/// The secret of that name. Its name is known to everybody, so the time that looking for it takes tells nothing.
fn shared<'a>(conf: &'a ServerConf, identity: &[u8]) -> Result<&'a Psk, Error> {
    conf.psks.iter().find(|psk| psk.identity == identity).ok_or(Error::UnknownIdentity)
}

impl<'a> AwaitPremaster<'a> {
    /// Takes the premaster, or what stands for one.
    pub(super) fn decrypted(self, premaster: &Premaster, effects: &mut Effects) -> Result<State<'a>, Error> {
        self.keyless.keyed(&PreMasterSecret::new(premaster.as_slice()), effects)
    }
}

impl<'a> Keyless<'a> {
    fn keyed(self, pre_master_secret: &PreMasterSecret, effects: &mut Effects) -> Result<State<'a>, Error> {
        let Keyless { conf, mut agreed, transcript, promise, client } = self;
        let Agreed { client_random, server_random, outcome, .. } = &agreed;
        let prf = agreed.prf();
        let master_secret = if outcome.extended_master_secret {
            // This message is the last one that counts (RFC 7627 §3).
            MasterSecret::extended(prf, pre_master_secret, &transcript.hash(prf))?
        } else {
            MasterSecret::plain(prf, pre_master_secret, client_random, server_random)?
        };
        conf.wishes().master(&mut agreed, &master_secret, effects)?;
        let Some(leaf) = client else {
            return finish::arm(agreed, transcript, master_secret, promise, effects);
        };
        effects.read_hand();
        Ok(State::ExpectCertificateVerify(ExpectCertificateVerify {
            conf,
            agreed,
            transcript,
            master_secret,
            promise,
            leaf,
        }))
    }
}
