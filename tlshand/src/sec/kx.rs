//! Ephemeral elliptic curve Diffie-Hellman: X25519, P-256 and P-384.
//!
//! A public value is checked whole before it is used: its form, and by aws-lc that it is a point of the curve. Points in
//! compressed form are refused although the library would take them (RFC 8422 §5.1.2).

use std::fmt;

use aws_lc_rs::agreement::{self, Algorithm, PrivateKey, UnparsedPublicKey};
use tlswire::Group;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::sec::master::PreMasterSecret;
use crate::sec::random::Random;

/// Our key pair for one handshake.
pub(crate) struct Ephemeral {
    curve: &'static Curve,
    private: PrivateKey,
    public: Vec<u8>,
}

impl Ephemeral {
    /// Makes a key pair of `group` from `random`.
    ///
    /// # Errors
    /// [`Error::Internal`], also for a group that is not in [`GROUPS`].
    pub(crate) fn new(group: Group, random: &mut Random) -> Result<Ephemeral, Error> {
        let failed = "can't make a key pair";
        let curve = curve(group).ok_or(Error::Internal(failed))?;
        let private = curve.private_key(random)?;
        let public = private.compute_public_key().map_err(|_| Error::Internal(failed))?.as_ref().to_vec();
        Ok(Ephemeral { curve, private, public })
    }

    /// Our public value, as it goes into a message.
    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    /// The secret that we share with the owner of `peer`; of the NIST curves the x coordinate, as long as the field
    /// (RFC 8422 §5.10). The key pair is gone afterwards.
    ///
    /// # Errors
    /// [`Error::BadKeyShare`] if `peer` is no public value of this group, or leads to a secret of zeros (RFC 7748 §6.1).
    pub(crate) fn agree(self, peer: &[u8]) -> Result<PreMasterSecret, Error> {
        if peer.is_empty() {
            return Err(Error::BadKeyShare("no public key"));
        }
        if peer.len() != self.curve.public_len
            || self.curve.lead.is_some_and(|lead| peer.first() != Some(&lead))
        {
            return Err(Error::BadKeyShare("bad public key"));
        }
        // What remains to fail for a whole X25519 value is the secret of zeros.
        let unlucky = if self.curve.lead.is_none() { "unlucky shared key" } else { "bad public key" };
        agreement::agree(
            &self.private,
            UnparsedPublicKey::new(self.curve.algorithm, peer),
            Error::BadKeyShare(unlucky),
            |secret| Ok(PreMasterSecret::new(secret)),
        )
    }
}

impl fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ephemeral").field("group", &self.curve.group).finish_non_exhaustive()
    }
}

/// What there is to know of a group.
struct Curve {
    group: Group,
    algorithm: &'static Algorithm,
    /// Bytes of a public value.
    public_len: usize,
    /// Its first byte, where the form has one.
    lead: Option<u8>,
}

impl Curve {
    fn private_key(&self, random: &mut Random) -> Result<PrivateKey, Error> {
        // Bytes that are no scalar of the group are drawn anew; for P-256, where it happens most, one time in 2^32.
        for _ in 0..DRAWS_MAX {
            let key = if self.public_len == P384_PUBLIC_LEN {
                PrivateKey::from_private_key(self.algorithm, &*Zeroizing::new(random.take::<48>()?))
            } else {
                PrivateKey::from_private_key(self.algorithm, &*Zeroizing::new(random.take::<32>()?))
            };
            if let Ok(key) = key {
                return Ok(key);
            }
        }
        Err(Error::Internal("no private key in the randomness"))
    }
}

fn curve(group: Group) -> Option<&'static Curve> {
    CURVES.iter().find(|curve| curve.group == group)
}

/// The groups that we can do, the preferred one first.
pub(crate) const GROUPS: [Group; 3] = [Group::X25519, Group::SECP256R1, Group::SECP384R1];

static CURVES: [Curve; 3] = [
    Curve { group: Group::X25519, algorithm: &agreement::X25519, public_len: 32, lead: None },
    Curve { group: Group::SECP256R1, algorithm: &agreement::ECDH_P256, public_len: 65, lead: Some(0x04) },
    Curve {
        group: Group::SECP384R1,
        algorithm: &agreement::ECDH_P384,
        public_len: P384_PUBLIC_LEN,
        lead: Some(0x04),
    },
];
/// A byte 4 and two coordinates of 48 bytes.
const P384_PUBLIC_LEN: usize = 97;
/// Tries for a private key.
const DRAWS_MAX: usize = 4;

#[cfg(test)]
mod tests;
