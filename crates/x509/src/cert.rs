//! The facts of one certificate: names, public key, validity, subject and issuer.
//!
//! Nothing here is verified: a certificate may say anything (see [`crate::verify`]).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use aws_lc_rs::digest;
use der::asn1::{ObjectIdentifier, UintRef};
use der::{DateTime, Decode, Encode, Reader, SliceReader};
use rustls_pki_types::CertificateDer;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::error::Error;
use crate::name::DnsName;
use crate::signature::SignedWith;
use crate::usage::{KeyUse, KeyUses};

/// A certificate with the facts that the handshake and the logs need.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: CertificateDer<'static>,
    dns_names: Vec<DnsName>,
    ip_addresses: Vec<IpAddr>,
    public_key: PublicKey,
    key_uses: KeyUses,
    validity: Validity,
    subject: Vec<u8>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    signed_with: SignedWith,
}

/// The key that a certificate vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    bits: Vec<u8>,
    spki: Vec<u8>,
}

/// What a public key is for; those of this house's suites by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// rsaEncryption (RFC 8017).
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
    /// A point of secp256r1 (RFC 5480).
    P256,
    /// A point of secp384r1 (RFC 5480).
    P384,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Something else, by the dotted object identifier of the algorithm or curve.
    Other(String),
}

/// The time during which a certificate claims to hold, in seconds since 1970, both ends included (RFC 5280 §4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: u64,
    /// The last second.
    pub not_after: u64,
}

impl Certificate {
    /// Decodes a certificate and copies its facts. Alternative names that are no DNS names or addresses are passed over.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the bytes are not exactly one certificate.
    pub fn from_der(der: &[u8]) -> Result<Certificate, Error> {
        let parsed = x509_cert::Certificate::from_der(der)
            .map_err(|_| Error::Malformed("not the form of RFC 5280"))?;
        let tbs = parsed.tbs_certificate();
        let encode = |name: &Name| name.to_der().map_err(|_| Error::Malformed("bad subject or issuer"));
        let alternatives = tbs
            .get_extension::<SubjectAltName>()
            .map_err(|_| Error::Malformed("bad subject alternative names"))?
            .map_or_else(Vec::new, |(_critical, names)| names.0);
        Ok(Certificate {
            der: CertificateDer::from(der.to_vec()),
            dns_names: alternatives.iter().filter_map(dns_name).collect(),
            ip_addresses: alternatives.iter().filter_map(ip_address).collect(),
            public_key: PublicKey::of(tbs.subject_public_key_info())?,
            key_uses: KeyUses::of(tbs)?,
            validity: Validity {
                not_before: tbs.validity().not_before.to_unix_duration().as_secs(),
                not_after: tbs.validity().not_after.to_unix_duration().as_secs(),
            },
            subject: encode(tbs.subject())?,
            issuer: encode(tbs.issuer())?,
            serial: tbs.serial_number().as_bytes().to_vec(),
            signed_with: SignedWith::of(parsed.signature_algorithm()),
        })
    }

    /// The whole certificate.
    #[must_use]
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// The DNS names among the subject alternative names, in order. The subject's common name is no name of a host
    /// (RFC 9525 §2).
    #[must_use]
    pub fn dns_names(&self) -> &[DnsName] {
        &self.dns_names
    }

    /// The addresses among the subject alternative names, in order.
    #[must_use]
    pub fn ip_addresses(&self) -> &[IpAddr] {
        &self.ip_addresses
    }

    /// The subject's public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Whether the key may be used so. A certificate that says nothing of it allows everything.
    #[must_use]
    pub fn allows(&self, wanted: KeyUse) -> bool {
        self.key_uses.has(wanted)
    }

    /// From when until when.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The subject in DER (RFC 5280 §4.1.2.6).
    #[must_use]
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// The issuer in DER (RFC 5280 §4.1.2.4).
    #[must_use]
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// The subject for people, in the form of RFC 4514, control characters escaped; empty if it has none. Made anew each time:
    /// few certificates are shown to anybody.
    #[must_use]
    pub fn subject_text(&self) -> String {
        // It was encoded here, so that it decodes.
        Name::from_der(&self.subject)
            .map(|name| name.to_string())
            .unwrap_or_default()
            .chars()
            .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
            .collect()
    }

    /// The number that the issuer gave it, as the bytes of an INTEGER (RFC 5280 §4.1.2.2).
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether this certificate names `issuer`'s subject as its issuer. Names alone are compared, no signature.
    #[must_use]
    pub fn names_as_issuer(&self, issuer: &Certificate) -> bool {
        self.issuer == issuer.subject
    }

    /// Whether subject and issuer are the same.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// How it is signed.
    #[must_use]
    pub fn signed_with(&self) -> SignedWith {
        self.signed_with
    }

    /// SHA-256 of the whole certificate.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.der)
    }
}

impl PublicKey {
    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> &KeyKind {
        &self.kind
    }

    /// The key itself without its algorithm: PKCS#1 RSAPublicKey, an uncompressed point, or the 32 bytes of Ed25519.
    #[must_use]
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// The whole SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of [`PublicKey::spki`], the usual pin.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.spki)
    }

    /// The modulus and the public exponent of an RSA key, the most significant byte first and never 0; nothing for another
    /// kind.
    #[must_use]
    pub fn rsa_numbers(&self) -> Option<(&[u8], &[u8])> {
        match self.kind {
            KeyKind::Rsa { .. } => rsa_numbers(&self.bits),
            _ => None,
        }
    }

    /// Decodes a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub(crate) fn from_spki(der: &[u8]) -> Result<PublicKey, Error> {
        let spki = SubjectPublicKeyInfoOwned::from_der(der);
        PublicKey::of(&spki.map_err(|_| Error::Malformed("bad public key"))?)
    }

    fn of(spki: &SubjectPublicKeyInfoOwned) -> Result<PublicKey, Error> {
        let bits = spki.subject_public_key.as_bytes().ok_or(Error::Malformed("public key of odd bits"))?;
        let kind = match spki.algorithm.oid {
            RSA_ENCRYPTION => {
                KeyKind::Rsa { bits: rsa_bits(bits).ok_or(Error::Malformed("bad RSA public key"))? }
            }
            ED25519 => KeyKind::Ed25519,
            EC_PUBLIC_KEY => {
                let curve = spki.algorithm.parameters.as_ref().and_then(|any| any.decode_as().ok());
                match curve.ok_or(Error::Malformed("an EC key without the name of its curve"))? {
                    SECP256R1 => KeyKind::P256,
                    SECP384R1 => KeyKind::P384,
                    curve => KeyKind::Other(ObjectIdentifier::to_string(&curve)),
                }
            }
            other => KeyKind::Other(other.to_string()),
        };
        let spki = spki.to_der().map_err(|_| Error::Malformed("bad public key"))?;
        Ok(PublicKey { kind, bits: bits.to_vec(), spki })
    }
}

impl Validity {
    /// Whether `now`, in seconds since 1970, is after the last second.
    #[must_use]
    pub fn is_over(self, now: u64) -> bool {
        now > self.not_after
    }

    /// Whether `now`, in seconds since 1970, is before the first second.
    #[must_use]
    pub fn is_ahead(self, now: u64) -> bool {
        now < self.not_before
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyKind::Rsa { bits } => write!(f, "RSA with {bits} bits"),
            KeyKind::P256 => f.write_str("ECDSA P-256"),
            KeyKind::P384 => f.write_str("ECDSA P-384"),
            KeyKind::Ed25519 => f.write_str("Ed25519"),
            KeyKind::Other(oid) => write!(f, "{oid}"),
        }
    }
}

/// A time in seconds since 1970 for people: `2031-01-02T03:04:05Z`.
#[must_use]
pub fn date_text(seconds: u64) -> String {
    DateTime::from_unix_duration(Duration::from_secs(seconds))
        .map_or_else(|_| format!("second {seconds}"), |date| date.to_string())
}

fn dns_name(name: &GeneralName) -> Option<DnsName> {
    match name {
        GeneralName::DnsName(text) => DnsName::parse(text.as_str()),
        _ => None,
    }
}

fn ip_address(name: &GeneralName) -> Option<IpAddr> {
    let GeneralName::IpAddress(octets) = name else { return None };
    let octets = octets.as_bytes();
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return Some(IpAddr::V4(Ipv4Addr::from(four)));
    }
    <[u8; 16]>::try_from(octets).ok().map(|sixteen| IpAddr::V6(Ipv6Addr::from(sixteen)))
}

/// Bits of the modulus of an RSAPublicKey (RFC 8017 §A.1.1).
fn rsa_bits(der: &[u8]) -> Option<usize> {
    let (modulus, _) = rsa_numbers(der)?;
    let first = modulus.first()?;
    let unused = usize::try_from(first.leading_zeros()).ok()?;
    (modulus.len() * 8).checked_sub(unused)
}

/// The two numbers of an RSAPublicKey (RFC 8017 §A.1.1).
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(der).ok()?;
    let numbers = reader.sequence(|inner| {
        let modulus: UintRef<'_> = inner.decode()?;
        let exponent: UintRef<'_> = inner.decode()?;
        Ok::<_, der::Error>((modulus.as_bytes(), exponent.as_bytes()))
    });
    numbers.ok()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// RFC 8017 §A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480 §2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 5480 §2.1.1.1.
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// RFC 5480 §2.1.1.1.
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// RFC 8410 §3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

#[cfg(test)]
mod tests;
