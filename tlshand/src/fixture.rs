//! What tests of both roles need: certificates made on the spot, files that follow a script, and a way to run futures.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use factotum::{CertifiedKey, PrivateKey};
use rcgen::{CertificateParams, KeyPair, RsaKeySize};
use tlswire::ProtocolVersion;
use x509::CertificateDer;

use crate::allow::Allow;
use crate::files::{FileError, Files};
use crate::msg::Form;
use crate::msg::kx::{EcdheParams, Params, ServerKeyExchange, Signed};
use crate::suites::{Algs, Auth, CipherSuite, Kx, SUITES};

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// A self-signed certificate for `names`, and its key.
pub(crate) fn certified(kind: Kind, names: &[&str]) -> Arc<CertifiedKey> {
    let pair = match kind {
        Kind::Rsa => KeyPair::try_from(rsa_key()).unwrap(),
        Kind::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
        Kind::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap(),
        Kind::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap(),
    };
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    let certificate = CertificateParams::new(names).unwrap().self_signed(&pair).unwrap();
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKey::from_pkcs8(&pair.serialize_der()).unwrap();
    Arc::new(CertifiedKey::new(chain, key).unwrap())
}

/// One RSA key for all tests: making one takes its time.
fn rsa_key() -> &'static [u8] {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| {
        KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap().serialize_der()
    })
}

/// The suites with certificates that are on by default.
pub(crate) fn default_suites() -> impl Iterator<Item = &'static CipherSuite> {
    SUITES.iter().filter(|row| row.is_allowed(&Allow::default()) && row.auth != Auth::Psk)
}

/// How messages of such a suite are laid out.
pub(crate) const FORM: Form = Form { version: ProtocolVersion::TLS12, kx: Kx::Ecdhe };

/// The parameters in a message of such a suite.
pub(crate) fn ecdhe(message: &mut ServerKeyExchange) -> &mut EcdheParams {
    match &mut message.params {
        Some(Params::Ecdhe(params)) => params,
        other => panic!("{other:?}"),
    }
}

/// The signature in a message of such a suite.
pub(crate) fn signed(message: &mut ServerKeyExchange) -> &mut Signed {
    message.signed.as_mut().expect("it is signed")
}

/// What the original device says that it can do, and AES-256.
pub(crate) fn algs() -> Algs {
    Algs::parse(
        "clear rc4_128 3des_ede_cbc aes_128_cbc aes_256_cbc ccpoly64_aead ccpoly96_aead aes_128_gcm_aead \
         aes_256_gcm_aead",
        "clear md5 sha1 sha256",
    )
}

/// What a device of today says, which has TLS 1.3 too.
pub(crate) fn tls13_algs() -> Algs {
    let mut algs = algs();
    algs.hashalgs.push("sha384".to_owned());
    algs
}

/// Something on the other side of `hand`: takes what was written, gives what can be read next.
pub(crate) type Answer = Box<dyn FnMut(&[u8]) -> Vec<Vec<u8>> + Send>;

/// Files that play back what a test wants to be read, and write down what happens to them.
pub(crate) struct Script {
    /// What reads bring, in order; after the last one comes the end.
    pub(crate) reads: VecDeque<Result<Vec<u8>, FileError>>,
    /// What each write to `hand` adds to `reads`.
    pub(crate) answer: Option<Answer>,
    /// A beginning of `ctl` lines that are refused, and the text.
    pub(crate) refused: Option<(&'static str, &'static str)>,
    /// Lines of `ctl` as they are; `hand` with the types of the messages written; `read` with what was asked for.
    pub(crate) log: Vec<String>,
}

impl Script {
    pub(crate) fn new(reads: impl IntoIterator<Item = Vec<u8>>) -> Script {
        Script { reads: reads.into_iter().map(Ok).collect(), answer: None, refused: None, log: Vec::new() }
    }

    /// The numbers of the alerts written.
    pub(crate) fn alerts(&self) -> Vec<u8> {
        self.log.iter().filter_map(|line| line.strip_prefix("alert ")?.parse().ok()).collect()
    }
}

impl Files for Script {
    async fn ctl(&mut self, line: &str) -> Result<(), FileError> {
        self.log.push(line.to_owned());
        match self.refused {
            Some((start, text)) if line.starts_with(start) => Err(FileError(text.to_owned())),
            _ => Ok(()),
        }
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        self.log.push(format!("read {count}"));
        self.reads.pop_front().unwrap_or(Ok(Vec::new()))
    }

    async fn write_hand(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let types: Vec<String> = messages(bytes).iter().map(|message| message[0].to_string()).collect();
        self.log.push(format!("hand {}", types.join(" ")));
        if let Some(("hand", text)) = self.refused {
            return Err(FileError(text.to_owned()));
        }
        if let Some(answer) = &mut self.answer {
            self.reads.extend(answer(bytes).into_iter().map(Ok));
        }
        Ok(())
    }
}

/// Cuts bytes into whole messages.
pub(crate) fn messages(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while let [_, a, b, c, ..] = *bytes {
        let (message, rest) = bytes.split_at(4 + usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap());
        messages.push(message);
        bytes = rest;
    }
    assert!(bytes.is_empty());
    messages
}

/// Runs a future that never waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
