//! trusted_ca_keys: authorities that a client believes (RFC 6066 §6).

use tlswire::codec::{CodecError, Reader, Writer};

use crate::msg::{Fault, at_least};

/// An authority, as a client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TrustedAuthority {
    /// Whichever both have agreed on elsewhere.
    PreAgreed,
    /// By SHA-1 of its key.
    KeySha1([u8; SHA1_LEN]),
    /// By its name in DER.
    Name(Vec<u8>),
    /// By SHA-1 of its certificate.
    CertSha1([u8; SHA1_LEN]),
}

/// None at all is a list too.
pub(super) fn read_list(from: &mut Reader<'_>) -> Result<Vec<TrustedAuthority>, Fault> {
    let (mut list, mut authorities) = (from.vec_u16()?, Vec::new());
    while !list.is_empty() {
        authorities.push(match list.u8()? {
            PRE_AGREED => TrustedAuthority::PreAgreed,
            KEY_SHA1_HASH => TrustedAuthority::KeySha1(list.array()?),
            X509_NAME => TrustedAuthority::Name(at_least(1, list.opaque_u16()?)?.to_vec()),
            CERT_SHA1_HASH => TrustedAuthority::CertSha1(list.array()?),
            // Nobody knows where it ends.
            _ => return Err(Fault::Length),
        });
    }
    Ok(authorities)
}

pub(super) fn write_list(authorities: &[TrustedAuthority], to: &mut Writer) -> Result<(), CodecError> {
    to.vec_u16(|list| {
        authorities.iter().try_for_each(|authority| {
            match authority {
                TrustedAuthority::PreAgreed => list.u8(PRE_AGREED),
                TrustedAuthority::KeySha1(hash) => {
                    list.u8(KEY_SHA1_HASH);
                    list.bytes(hash);
                }
                TrustedAuthority::Name(name) => {
                    list.u8(X509_NAME);
                    list.opaque_u16(name)?;
                }
                TrustedAuthority::CertSha1(hash) => {
                    list.u8(CERT_SHA1_HASH);
                    list.bytes(hash);
                }
            }
            Ok(())
        })
    })
}

/// Bytes.
const SHA1_LEN: usize = 20;
/// `pre_agreed`
const PRE_AGREED: u8 = 0;
/// `key_sha1_hash`
const KEY_SHA1_HASH: u8 = 1;
/// `x509_name`
const X509_NAME: u8 = 2;
/// `cert_sha1_hash`
const CERT_SHA1_HASH: u8 = 3;
