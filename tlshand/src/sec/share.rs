//! A share of TLS 1.3's key exchange, for either role: of a curve, or of a curve together with ML-KEM, so that what is recorded
//! today stays closed to those who break curves one day (draft-ietf-tls-ecdhe-mlkem).
//!
//! With ML-KEM the two roles differ: a client gives a key to encapsulate for, a server a ciphertext. Its randomness is the
//! library's own.

use std::fmt;

use aws_lc_rs::kem::{Algorithm, Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768, ML_KEM_1024};
use tlswire::Group;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::sec::kx::Ephemeral;
use crate::sec::master::PreMasterSecret;
use crate::sec::random::Random;

/// A client's half, until the server's comes.
pub(crate) struct ClientShare {
    group: Group,
    public: Vec<u8>,
    curve: Ephemeral,
    kem: Option<(&'static Hybrid, DecapsulationKey)>,
}

impl ClientShare {
    /// Makes one of `group`, the curve's part from `random`.
    ///
    /// # Errors
    /// [`Error::Internal`], also for a group that is not in [`GROUPS`].
    pub(crate) fn new(group: Group, random: &mut Random) -> Result<ClientShare, Error> {
        let Some(hybrid) = hybrid(group) else {
            let curve = Ephemeral::new(group, random)?;
            return Ok(ClientShare { group, public: curve.public().to_vec(), curve, kem: None });
        };
        let failed = |_| Error::Internal("can't make a key of ML-KEM");
        let curve = Ephemeral::new(hybrid.curve, random)?;
        let key = DecapsulationKey::generate(hybrid.kem).map_err(failed)?;
        let encapsulation_key =
            key.encapsulation_key().and_then(|key| Ok(key.key_bytes()?.as_ref().to_vec()));
        let public = hybrid.join(&encapsulation_key.map_err(failed)?, curve.public());
        Ok(ClientShare { group, public, curve, kem: Some((hybrid, key)) })
    }

    /// Its group.
    pub(crate) fn group(&self) -> Group {
        self.group
    }

    /// What goes into the ClientHello.
    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    /// The secret that we share with the server whose share is `peer`. The keys are gone afterwards.
    ///
    /// # Errors
    /// [`Error::BadKeyShare`] if `peer` is none of this group.
    pub(crate) fn agree(self, peer: &[u8]) -> Result<PreMasterSecret, Error> {
        let Some((hybrid, key)) = self.kem else { return self.curve.agree(peer) };
        let (ciphertext, public) = hybrid.cut(hybrid.ciphertext_len, peer)?;
        // A ciphertext of the right length always decapsulates: a wrong one to another secret (FIPS 203 of NIST).
        let from_kem = key.decapsulate(Ciphertext::from(ciphertext)).map_err(|_| BAD)?;
        let from_curve = self.curve.agree(public)?;
        Ok(hybrid.secret(from_kem.as_ref(), &from_curve))
    }
}

impl fmt::Debug for ClientShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientShare").field("group", &self.group).finish_non_exhaustive()
    }
}

/// A server's half for the client's, which is `peer`, and the secret that both make; the curve's part is from `random`.
///
/// # Errors
/// [`Error::BadKeyShare`] if `peer` is no client's share of `group`; [`Error::Internal`], also for a group that is not in
/// [`GROUPS`].
pub(crate) fn answer(
    group: Group,
    peer: &[u8],
    random: &mut Random,
) -> Result<(Vec<u8>, PreMasterSecret), Error> {
    let Some(hybrid) = hybrid(group) else {
        let curve = Ephemeral::new(group, random)?;
        return Ok((curve.public().to_vec(), curve.agree(peer)?));
    };
    let (key, public) = hybrid.cut(hybrid.encapsulation_key_len, peer)?;
    // The library looks whether its numbers are below the modulus (FIPS 203 of NIST), when it takes them or when it uses them.
    let key = EncapsulationKey::new(hybrid.kem, key).map_err(|_| BAD)?;
    let (ciphertext, from_kem) = key.encapsulate().map_err(|_| BAD)?;
    let curve = Ephemeral::new(hybrid.curve, random)?;
    let share = hybrid.join(ciphertext.as_ref(), curve.public());
    Ok((share, hybrid.secret(from_kem.as_ref(), &curve.agree(public)?)))
}

/// A curve together with ML-KEM.
struct Hybrid {
    group: Group,
    curve: Group,
    kem: &'static Algorithm,
    /// Bytes of ML-KEM's part of a client's share.
    encapsulation_key_len: usize,
    /// Bytes of ML-KEM's part of a server's.
    ciphertext_len: usize,
    /// Whose part comes first, in shares and in the secret.
    first: First,
}

#[derive(Clone, Copy)]
enum First {
    Kem,
    Curve,
}

impl Hybrid {
    fn join(&self, kem: &[u8], curve: &[u8]) -> Vec<u8> {
        match self.first {
            First::Kem => [kem, curve].concat(),
            First::Curve => [curve, kem].concat(),
        }
    }

    /// ML-KEM's part of a share, of `kem_len` bytes, and the curve's, which is looked at by the curve.
    fn cut<'a>(&self, kem_len: usize, share: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), Error> {
        let (kem, curve) = match self.first {
            First::Kem => share.split_at_checked(kem_len).ok_or(BAD)?,
            First::Curve => {
                let curve_len = share.len().checked_sub(kem_len).ok_or(BAD)?;
                let (curve, kem) = share.split_at_checked(curve_len).ok_or(BAD)?;
                (kem, curve)
            }
        };
        if curve.is_empty() { Err(BAD) } else { Ok((kem, curve)) }
    }

    fn secret(&self, kem: &[u8], curve: &PreMasterSecret) -> PreMasterSecret {
        PreMasterSecret::new(&Zeroizing::new(self.join(kem, curve.bytes())))
    }
}

/// Whether `group` is of a curve and of ML-KEM.
pub(crate) fn is_hybrid(group: Group) -> bool {
    hybrid(group).is_some()
}

fn hybrid(group: Group) -> Option<&'static Hybrid> {
    HYBRIDS.iter().find(|hybrid| hybrid.group == group)
}

/// The groups that we can do in TLS 1.3.
pub const GROUPS: [Group; 6] = [
    Group::X25519_MLKEM768,
    Group::X25519,
    Group::SECP256R1,
    Group::SECP384R1,
    Group::SECP256R1_MLKEM768,
    Group::SECP384R1_MLKEM1024,
];
/// Those that are offered and taken unless somebody says otherwise, the preferred one first.
pub(crate) const DEFAULT_GROUPS: [Group; 4] =
    [Group::X25519_MLKEM768, Group::X25519, Group::SECP256R1, Group::SECP384R1];

static HYBRIDS: [Hybrid; 3] = [
    Hybrid {
        group: Group::X25519_MLKEM768,
        curve: Group::X25519,
        kem: &ML_KEM_768,
        encapsulation_key_len: 1184,
        ciphertext_len: 1088,
        // The exception, which came first (draft-ietf-tls-ecdhe-mlkem).
        first: First::Kem,
    },
    Hybrid {
        group: Group::SECP256R1_MLKEM768,
        curve: Group::SECP256R1,
        kem: &ML_KEM_768,
        encapsulation_key_len: 1184,
        ciphertext_len: 1088,
        first: First::Curve,
    },
    Hybrid {
        group: Group::SECP384R1_MLKEM1024,
        curve: Group::SECP384R1,
        kem: &ML_KEM_1024,
        encapsulation_key_len: 1568,
        ciphertext_len: 1568,
        first: First::Curve,
    },
];
const BAD: Error = Error::BadKeyShare("bad public key");

#[cfg(test)]
mod tests;
