//! OCSP responses (RFC 6960): what an authority, or whom it charged with it, says about one certificate at a time.
//!
//! Only responses that come from elsewhere are looked at, from a file or a peer: nobody is asked here, so there are no
//! requests and no nonces. The forms are read with the reader of x509-cert.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Sequence, Tag, Tagged as _};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::spki::AlgorithmIdentifierRef;

use crate::cert::{Certificate, PublicKey, Validity};
use crate::checked::Signature;
use crate::error::OcspError;

/// A response that says something of a certificate, in DER and with what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    der: Vec<u8>,
    status: Status,
    validity: Validity,
}

/// What a response says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has not been revoked.
    Good,
    /// It has.
    Revoked,
    /// The responder does not know it.
    Unknown,
}

/// Who issued a certificate, as far as its responses depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    pub(crate) key: PublicKey,
}

impl Issuer {
    /// The issuer whose certificate this is.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Issuer {
        Issuer { key: certificate.public_key().clone() }
    }
}

impl Response {
    /// Reads what `der` says of `certificate`, which must be signed by its issuer's key or by somebody with a certificate of
    /// that key for this purpose that holds at `now` (seconds since 1970); with no `issuer` the signature is not looked at, for
    /// a server whose file has only its own certificate. Whether the response itself still holds is for [`Response::holds_at`].
    ///
    /// # Errors
    /// Every [`OcspError`] but [`OcspError::NotNow`] and [`OcspError::Revoked`].
    pub fn read(
        der: &[u8],
        certificate: &Certificate,
        issuer: Option<&Issuer>,
        now: u64,
    ) -> Result<Response, OcspError> {
        let outer = OcspResponse::from_der(der)?;
        // OCSPResponseStatus: 0 is successful (RFC 6960 §4.2.1).
        if outer.status.value() != [0] || outer.status.tag() != Tag::Enumerated {
            return Err(OcspError::Refused);
        }
        let bytes = outer.bytes.ok_or(OcspError::Malformed)?;
        if bytes.typ != BASIC {
            return Err(OcspError::Malformed);
        }
        let basic = BasicOcspResponse::from_der(bytes.response.as_bytes())?;
        let data: ResponseData<'_> = basic.data.decode_as()?;
        let none_is_critical = |extensions: &Option<Extensions>| {
            extensions.iter().flatten().all(|extension| !extension.critical)
        };
        let single = data.responses.iter().find(|single| single.id.is_for(certificate, issuer));
        let single = single.ok_or(OcspError::OtherCertificate)?;
        if !none_is_critical(&data.extensions) || !none_is_critical(&single.extensions) {
            return Err(OcspError::Unsupported);
        }
        if let Some(issuer) = issuer {
            basic.check_signature(&data, issuer, certificate, now)?;
        }
        let seconds = |time: GeneralizedTime| time.to_unix_duration().as_secs();
        Ok(Response {
            der: der.to_vec(),
            status: match single.status.tag() {
                Tag::ContextSpecific { number, .. } if number.value() == 0 => Status::Good,
                Tag::ContextSpecific { number, .. } if number.value() == 1 => Status::Revoked,
                Tag::ContextSpecific { number, .. } if number.value() == 2 => Status::Unknown,
                _ => return Err(OcspError::Malformed),
            },
            validity: Validity {
                not_before: seconds(single.this_update),
                not_after: single.next_update.map(seconds).ok_or(OcspError::Endless)?,
            },
        })
    }

    /// The whole response, as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What it says.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// From when until when it says so: thisUpdate and nextUpdate (RFC 6960 §4.2.2.1).
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether it holds at `now`, in seconds since 1970.
    #[must_use]
    pub fn holds_at(&self, now: u64) -> bool {
        !self.validity.is_ahead(now) && !self.validity.is_over(now)
    }

    /// Takes a response that says now that all is well.
    ///
    /// # Errors
    /// [`OcspError::NotNow`], [`OcspError::Revoked`], [`OcspError::UnknownCertificate`].
    pub fn check_good(&self, now: u64) -> Result<(), OcspError> {
        if !self.holds_at(now) {
            return Err(OcspError::NotNow(self.validity));
        }
        match self.status {
            Status::Good => Ok(()),
            Status::Revoked => Err(OcspError::Revoked),
            Status::Unknown => Err(OcspError::UnknownCertificate),
        }
    }
}

/// RFC 6960 §4.2.1
#[derive(Sequence)]
struct OcspResponse<'a> {
    status: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes<'a>>,
}

/// RFC 6960 §4.2.1
#[derive(Sequence)]
struct ResponseBytes<'a> {
    typ: ObjectIdentifier,
    response: &'a OctetStringRef,
}

/// RFC 6960 §4.2.1
#[derive(Sequence)]
struct BasicOcspResponse<'a> {
    data: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<AnyRef<'a>>>,
}

/// RFC 6960 §4.2.1
#[derive(Sequence)]
struct ResponseData<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    version: Option<u8>,
    responder: AnyRef<'a>,
    produced_at: GeneralizedTime,
    responses: Vec<SingleResponse<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// RFC 6960 §4.2.1
#[derive(Sequence)]
struct SingleResponse<'a> {
    id: CertId<'a>,
    status: AnyRef<'a>,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// RFC 6960 §4.1.1
#[derive(Sequence)]
struct CertId<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    issuer_name_hash: &'a OctetStringRef,
    issuer_key_hash: &'a OctetStringRef,
    serial: AnyRef<'a>,
}

impl CertId<'_> {
    /// Whether it is `certificate` that is meant. The hashes are names here: nothing is proved by them.
    fn is_for(&self, certificate: &Certificate, issuer: Option<&Issuer>) -> bool {
        let algorithm = match self.algorithm.oid {
            ID_SHA1 => &SHA1_FOR_LEGACY_USE_ONLY,
            ID_SHA256 => &SHA256,
            ID_SHA384 => &SHA384,
            ID_SHA512 => &SHA512,
            _ => return false,
        };
        let is_hash =
            |hash: &OctetStringRef, of: &[u8]| hash.as_bytes() == digest::digest(algorithm, of).as_ref();
        self.serial.tag() == Tag::Integer
            && self.serial.value() == certificate.serial()
            && is_hash(self.issuer_name_hash, certificate.issuer())
            && issuer.is_none_or(|issuer| is_hash(self.issuer_key_hash, issuer.key.bits()))
    }
}

impl BasicOcspResponse<'_> {
    /// Looks for a key that may sign for the issuer, is the one that the response names, and has signed it.
    fn check_signature(
        &self,
        data: &ResponseData<'_>,
        issuer: &Issuer,
        certificate: &Certificate,
        now: u64,
    ) -> Result<(), OcspError> {
        let signed = self.data.to_der()?;
        let algorithm = self.algorithm.to_der()?;
        let signature = self.signature.as_bytes().ok_or(OcspError::Malformed)?;
        let has_signed =
            |key: &PublicKey| Signature::check(key, &algorithm, &signed, signature) == Signature::Good;
        if data.is_by(certificate.issuer(), &issuer.key) && has_signed(&issuer.key) {
            return Ok(());
        }
        // Authorized by the issuer itself (RFC 6960 §4.2.2.2).
        for der in self.certificates.iter().flatten().take(CERTIFICATES_MAX) {
            let der = der.to_der()?;
            let delegate = Certificate::from_der(&der).map_err(|_| OcspError::Malformed)?;
            let is_charged = delegate.issuer() == certificate.issuer()
                && Signature::of_certificate(&issuer.key, &der) == Signature::Good
                && is_for_ocsp(&der);
            if is_charged
                && !delegate.validity().is_over(now)
                && !delegate.validity().is_ahead(now)
                && data.is_by(delegate.subject(), delegate.public_key())
                && has_signed(delegate.public_key())
            {
                return Ok(());
            }
        }
        Err(OcspError::BadSignature)
    }
}

impl ResponseData<'_> {
    /// Whether the responder says that it is the one of this name or this key (RFC 6960 §4.2.1: ResponderID).
    fn is_by(&self, name: &[u8], key: &PublicKey) -> bool {
        let Tag::ContextSpecific { number, .. } = self.responder.tag() else { return false };
        let inner = self.responder.value();
        match number.value() {
            1 => inner == name,
            2 => <&OctetStringRef>::from_der(inner).is_ok_and(|hash| {
                hash.as_bytes() == digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, key.bits()).as_ref()
            }),
            _ => false,
        }
    }
}

/// Whether a certificate was made for signing responses (RFC 6960 §4.2.2.2).
fn is_for_ocsp(der: &[u8]) -> bool {
    let usage = x509_cert::Certificate::from_der(der)
        .ok()
        .and_then(|parsed| parsed.tbs_certificate().get_extension::<ExtendedKeyUsage>().ok().flatten());
    usage.is_some_and(|(_critical, usage)| usage.0.contains(&KP_OCSP_SIGNING))
}

impl From<der::Error> for OcspError {
    fn from(_: der::Error) -> OcspError {
        OcspError::Malformed
    }
}

/// RFC 6960 §4.2.1
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// RFC 6960 §4.2.2.2
const KP_OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
/// RFC 3279 §2.2.1
const ID_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
/// RFC 5754 §2.2
const ID_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// RFC 5754 §2.3
const ID_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
/// RFC 5754 §2.4
const ID_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// Certificates of a response that are looked at: each costs the checking of a signature.
const CERTIFICATES_MAX: usize = 4;
/// Bytes of a response in a file or from a peer; usual ones have 500 to 2 500.
pub const RESPONSE_LEN_MAX: usize = 16_384;

#[cfg(test)]
mod tests;
