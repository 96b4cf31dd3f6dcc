//! Our flight: a certificate if the server wants one, our half of the key exchange, the proof that the certificate is ours, and
//! Finished under the new keys, with which the keys go to the device.

use std::fmt::Display;

use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use tlswire::ProtocolVersion;
use x509::{Certificate as Leaf, PublicKey, VerifyError};

use crate::agreed::Agreed;
use crate::allow::Compat;
use crate::client::certs::Wish;
use crate::client::tls12::finish::{ExpectFinished, Tickets};
use crate::client::tls12::{Means, State};
use crate::effects::{Effects, Premaster, SignRequest};
use crate::error::Error;
use crate::msg::Body;
use crate::msg::cert::{Certificate, CertificateVerify};
use crate::msg::finished::Finished;
use crate::msg::kx::{ClientKeyExchange, Exchange, Params, Signed};
use crate::sec::finished::verify_data;
use crate::sec::keyblock::secret_line;
use crate::sec::kx::Ephemeral;
use crate::sec::master::{MasterSecret, PreMasterSecret};
use crate::sec::sign::signed_messages;
use crate::sec::transcript::Transcript;
use crate::sec::{Side, dh};
use crate::suites::Kx;

/// All of the flight is ready but the proof that the certificate is ours.
#[derive(Debug)]
pub(in crate::client) struct AwaitSignature {
    flight: Flight,
    scheme: tlswire::SignatureScheme,
}

/// The flight as far as it is made, and the keys.
#[derive(Debug)]
struct Flight {
    agreed: Agreed,
    master_secret: MasterSecret,
    tickets: Tickets,
    bytes: Bytes,
    /// The subject of the server's certificate, for people.
    peer: String,
}

/// Messages of ours, each counted in the transcript as it is made.
#[derive(Debug)]
struct Bytes {
    unsent: Vec<u8>,
    transcript: Transcript,
}

impl Bytes {
    fn put(&mut self, message: &(impl Body + Display), effects: &mut Effects) -> Result<(), Error> {
        let bytes = message.encode()?;
        effects.sent(message);
        self.transcript.add_bytes(&bytes);
        self.unsent.extend(bytes);
        Ok(())
    }

    fn send(&mut self, effects: &mut Effects) {
        effects.write_hand(std::mem::take(&mut self.unsent));
    }
}

/// Makes the flight, up to the proof.
pub(super) fn begin<'a>(
    mut means: Means<'a>,
    leaf: Option<Leaf>,
    params: Option<Params>,
    wish: Wish,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let transcript = std::mem::take(&mut means.transcript);
    let mut bytes = Bytes { unsent: Vec::new(), transcript };
    match &wish {
        Wish::Nothing => {}
        // RFC 5246 §7.4.6.
        Wish::Empty => bytes.put(&Certificate { chain: Vec::new() }, effects)?,
        Wish::Proof(cert, _) => bytes.put(&Certificate { chain: cert.chain().to_vec() }, effects)?,
    }
    let (exchange, pre_master_secret) = exchange(&mut means, leaf.as_ref(), params)?;
    let identity = match (means.agreed.suite.kx.has_psk(), &means.conf.psk) {
        (true, Some(psk)) => Some(psk.identity.clone()),
        _ => None,
    };
    means.agreed.outcome.psk_identity.clone_from(&identity);
    bytes.put(&ClientKeyExchange { identity, exchange }, effects)?;

    let Means { conf, mut agreed, tickets, .. } = means;
    let prf = agreed.prf();
    let master_secret = if agreed.outcome.extended_master_secret {
        // The ClientKeyExchange is the last message that counts (RFC 7627 §3).
        MasterSecret::extended(prf, &pre_master_secret, &bytes.transcript.hash(prf))?
    } else {
        MasterSecret::plain(prf, &pre_master_secret, &agreed.client_random, &agreed.server_random)?
    };
    conf.wishes().master(&mut agreed, &master_secret, effects)?;
    let peer = leaf.map(|leaf| leaf.subject_text()).unwrap_or_default();
    let flight = Flight { agreed, master_secret, tickets, bytes, peer };
    let Wish::Proof(key, scheme) = wish else { return flight.send(effects) };
    let message = signed_messages(scheme, &flight.master_secret, &flight.bytes.transcript);
    effects.sign(SignRequest { key, scheme, message });
    Ok(State::AwaitSignature(AwaitSignature { flight, scheme }))
}

/// Our half, and the secret that both make.
fn exchange(
    means: &mut Means<'_>,
    leaf: Option<&Leaf>,
    params: Option<Params>,
) -> Result<(Exchange, PreMasterSecret), Error> {
    let (exchange, other) = match (means.agreed.suite.kx, params) {
        (Kx::Ecdhe | Kx::EcdhePsk, Some(Params::Ecdhe(params))) => {
            let ephemeral = Ephemeral::new(params.group, &mut means.random)?;
            let exchange = Exchange::Ecdhe(ephemeral.public().to_vec());
            (exchange, Some(ephemeral.agree(&params.public)?))
        }
        (Kx::Dhe, Some(Params::Dhe(params))) => {
            let bits_min = match means.conf.compat {
                Compat::House => dh::BITS_MIN,
                Compat::NineFront => dh::BITS_MIN_9FRONT,
            };
            let ephemeral =
                dh::Ephemeral::new(&params.prime, &params.generator, bits_min, &mut means.random)?;
            means.agreed.outcome.group = dh::known(&params.prime);
            (Exchange::Dhe(ephemeral.public().to_vec()), Some(ephemeral.agree(&params.public)?))
        }
        (Kx::Rsa, None) => {
            let key = leaf.ok_or(Error::Internal("no key to encrypt for"))?.public_key();
            let mut premaster: Premaster = means.random.take()?.into();
            // What our hello said, so that nobody can have lowered it (RFC 5246 §7.4.7.1).
            let said = means.said;
            for (to, from) in premaster.iter_mut().zip(said.to_bytes()) {
                *to = from;
            }
            let encrypted = encrypt(key, &premaster)?;
            let is_bare = means.agreed.version == ProtocolVersion::SSL3;
            let exchange = if is_bare { Exchange::RsaBare(encrypted) } else { Exchange::Rsa(encrypted) };
            (exchange, Some(PreMasterSecret::new(premaster.as_slice())))
        }
        (Kx::Psk, None) => (Exchange::None, None),
        _ => return Err(Error::Internal("a key exchange without its half")),
    };
    let shared = match (means.agreed.suite.kx.has_psk(), &means.conf.psk) {
        (true, Some(psk)) => Some(PreMasterSecret::shared(psk, other.as_ref())?),
        (true, None) => return Err(Error::NoKey),
        (false, _) => other,
    };
    Ok((exchange, shared.ok_or(Error::Internal("no premaster"))?))
}

/// Encrypts a premaster for the key of a certificate (RFC 8017 §7.2.1).
fn encrypt(key: &PublicKey, premaster: &Premaster) -> Result<Vec<u8>, Error> {
    let unfit =
        |_| Error::Certificate(VerifyError::Unsupported("nothing can be encrypted for the server's key"));
    let key = PublicEncryptingKey::from_der(key.spki()).map_err(|_| unfit(aws_lc_rs::error::Unspecified))?;
    let key = Pkcs1PublicEncryptingKey::new(key).map_err(unfit)?;
    let mut encrypted = vec![0; key.ciphertext_size()];
    let len = key.encrypt(premaster.as_slice(), &mut encrypted).map_err(unfit)?.len();
    encrypted.truncate(len);
    Ok(encrypted)
}

impl AwaitSignature {
    /// Takes the proof, and sends the flight.
    pub(in crate::client) fn signed<'a>(
        mut self,
        signature: Vec<u8>,
        effects: &mut Effects,
    ) -> Result<State<'a>, Error> {
        let signed = Signed::new(self.flight.agreed.version, self.scheme, signature);
        self.flight.bytes.put(&CertificateVerify { signed }, effects)?;
        self.flight.send(effects)
    }
}

impl Flight {
    fn send<'a>(self, effects: &mut Effects) -> Result<State<'a>, Error> {
        let Flight { agreed, master_secret, tickets, mut bytes, peer } = self;
        let order = agreed.mac_order();
        let Agreed { suite, version, client_random, server_random, record_lens, outcome, .. } = agreed;
        effects.trace(format_args!("tls secrets"));
        // Before our flight: the server's change_cipher_spec answers it and must find the keys waiting.
        effects.secret(secret_line(
            suite,
            Side::Client,
            order,
            &master_secret,
            &client_random,
            &server_random,
        )?);
        bytes.send(effects);
        effects.change_cipher();
        let verify_data = verify_data(&master_secret, Side::Client, &bytes.transcript)?;
        bytes.put(&Finished { verify_data }, effects)?;
        bytes.send(effects);
        effects.read_hand();
        let transcript = bytes.transcript;
        Ok(State::ExpectFinished(ExpectFinished {
            version,
            master_secret,
            transcript,
            record_lens,
            outcome,
            tickets,
            peer,
        }))
    }
}
