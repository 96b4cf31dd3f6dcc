//! The pre_master_secret and the master_secret made from it.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::sec::prf::prf;
use crate::suites::PrfHash;

/// What the key exchange gave both sides.
pub(crate) struct PreMasterSecret(Zeroizing<Vec<u8>>);

impl PreMasterSecret {
    /// Copies `bytes`, which the caller wipes.
    pub(crate) fn new(bytes: &[u8]) -> PreMasterSecret {
        PreMasterSecret(Zeroizing::new(bytes.to_vec()))
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

/// The secret of a TLS 1.2 session, with the hash of the PRF that goes with it.
pub(crate) struct MasterSecret {
    hash: PrfHash,
    bytes: Zeroizing<[u8; MASTER_SECRET_LEN]>,
}

impl MasterSecret {
    /// Of this handshake's randoms (RFC 5246 §8.1). Another handshake may have the same (W12 of the weaknesses):
    /// [`MasterSecret::extended`] is better wherever the peer knows it.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn plain(
        hash: PrfHash,
        pre_master_secret: &PreMasterSecret,
        client_random: &[u8; 32],
        server_random: &[u8; 32],
    ) -> Result<MasterSecret, Error> {
        let seed = [*client_random, *server_random].concat();
        MasterSecret::derive(hash, pre_master_secret, b"master secret", &seed)
    }

    /// Of this handshake's messages, ClientHello to ClientKeyExchange, hashed (RFC 7627 §4).
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn extended(
        hash: PrfHash,
        pre_master_secret: &PreMasterSecret,
        session_hash: &[u8],
    ) -> Result<MasterSecret, Error> {
        MasterSecret::derive(hash, pre_master_secret, b"extended master secret", session_hash)
    }

    /// PRF(master_secret, `label`, `seed`) into `output`.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn expand(&self, label: &[u8], seed: &[u8], output: &mut [u8]) -> Result<(), Error> {
        prf(self.hash, self.bytes.as_slice(), label, seed, output)
    }

    fn derive(
        hash: PrfHash,
        pre_master_secret: &PreMasterSecret,
        label: &[u8],
        seed: &[u8],
    ) -> Result<MasterSecret, Error> {
        let mut bytes = Zeroizing::new([0; MASTER_SECRET_LEN]);
        prf(hash, pre_master_secret.bytes(), label, seed, bytes.as_mut_slice())?;
        Ok(MasterSecret { hash, bytes })
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8] {
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
