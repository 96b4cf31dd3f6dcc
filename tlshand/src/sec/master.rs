//! The pre_master_secret and the master_secret made from it.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::psk::Psk;
use crate::sec::prf::Prf;

/// What the key exchange gave both sides.
pub(crate) struct PreMasterSecret(Zeroizing<Vec<u8>>);

impl PreMasterSecret {
    /// Copies `bytes`, which the caller wipes.
    pub(crate) fn new(bytes: &[u8]) -> PreMasterSecret {
        PreMasterSecret(Zeroizing::new(bytes.to_vec()))
    }

    /// What a shared secret makes of `other`, which is what the rest of the exchange gave: without a rest, as many zeros as
    /// the secret has bytes (RFC 4279 §2, RFC 5489 §2).
    ///
    /// # Errors
    /// [`Error::Internal`] for what no length field holds.
    pub(crate) fn shared(psk: &Psk, other: Option<&PreMasterSecret>) -> Result<PreMasterSecret, Error> {
        let zeros = vec![0; psk.secret().len()];
        let other = other.map_or(zeros.as_slice(), |other| other.bytes());
        let mut bytes = Zeroizing::new(Vec::with_capacity(other.len() + psk.secret().len() + 4));
        for part in [other, psk.secret()] {
            let len = u16::try_from(part.len()).map_err(|_| Error::Internal("a long premaster"))?;
            bytes.extend_from_slice(&len.to_be_bytes());
            bytes.extend_from_slice(part);
        }
        Ok(PreMasterSecret(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PreMasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreMasterSecret(..)")
    }
}

/// The secret of a session, with the PRF that goes with it.
pub(crate) struct MasterSecret {
    prf: Prf,
    bytes: Zeroizing<[u8; MASTER_SECRET_LEN]>,
}

impl MasterSecret {
    /// Of this handshake's randoms (RFC 5246 §8.1). Another handshake may have the same (W12 of the weaknesses):
    /// [`MasterSecret::extended`] is better wherever the peer knows it.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn plain(
        prf: Prf,
        pre_master_secret: &PreMasterSecret,
        client_random: &[u8; 32],
        server_random: &[u8; 32],
    ) -> Result<MasterSecret, Error> {
        let seed = [*client_random, *server_random].concat();
        MasterSecret::derive(prf, pre_master_secret, b"master secret", &seed)
    }

    /// Of this handshake's messages, ClientHello to ClientKeyExchange, hashed (RFC 7627 §4).
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn extended(
        prf: Prf,
        pre_master_secret: &PreMasterSecret,
        session_hash: &[u8],
    ) -> Result<MasterSecret, Error> {
        MasterSecret::derive(prf, pre_master_secret, b"extended master secret", session_hash)
    }

    /// That of a session that is gone on with; copies `bytes`, which the caller wipes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another number of bytes than a master_secret has.
    pub(crate) fn resumed(prf: Prf, bytes: &[u8]) -> Result<MasterSecret, Error> {
        let bytes = bytes.try_into().map_err(|_| Error::Internal("a session's secret of another length"))?;
        Ok(MasterSecret { prf, bytes: Zeroizing::new(bytes) })
    }

    /// PRF(master_secret, `label`, `seed`) into `output`.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn expand(&self, label: &[u8], seed: &[u8], output: &mut [u8]) -> Result<(), Error> {
        self.prf.derive(self.bytes.as_slice(), label, seed, output)
    }

    fn derive(
        prf: Prf,
        pre_master_secret: &PreMasterSecret,
        label: &[u8],
        seed: &[u8],
    ) -> Result<MasterSecret, Error> {
        let mut bytes = Zeroizing::new([0; MASTER_SECRET_LEN]);
        prf.derive(pre_master_secret.bytes(), label, seed, bytes.as_mut_slice())?;
        Ok(MasterSecret { prf, bytes })
    }

    /// Its PRF.
    pub(super) fn prf(&self) -> Prf {
        self.prf
    }

    /// Its bytes, for what SSL 3.0 does with them, and for a session.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(..)")
    }
}

/// Bytes, whatever the suite (RFC 5246 §8.1).
const MASTER_SECRET_LEN: usize = 48;
