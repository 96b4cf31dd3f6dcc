//! The bytes of the device's `secret` command dealt out to both directions.
//!
//! The order is that of a TLS key block (RFC 5246 §6.3), each pair first for what the client sends:
//!
//! ```text
//! 0        H        2H       2H+K     2H+2K    2H+2K+V  2H+2K+2V
//! | MAC >  | MAC <  | key >  | key <  | IV >   | IV <   |          > client to server, < server to client
//! ```
//!
//! In TLS 1.3 it is the two traffic secrets, from which keys and IVs are made here (RFC 8446 §7.3):
//!
//! ```text
//! 0         H         2H
//! | secret > | secret < |
//! ```

use crate::{
    Cipher, Encalg, Hashalg, SecretError,
    protect::{Backend, Parts},
    traffic::TrafficSecret,
};
use rand_core::CryptoRng;
use tlswire::{
    ProtocolVersion,
    codec::{CodecError, Reader},
};

/// Which end of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We speak first.
    Client,
    /// We answer.
    Server,
}

/// What the MAC of a block cipher's record is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacOrder {
    /// The plaintext: the MAC is encrypted with it.
    MacThenEncrypt,
    /// The ciphertext (RFC 7366): only for a block cipher with a MAC, and not in SSL 3.0.
    EncryptThenMac,
}

/// Makes the incoming and the outgoing cipher, in this order, from key material.
///
/// `secret` stays the caller's to wipe; bytes beyond [`secret_len`] are not looked at. `rng` gives each
/// cipher the start of its explicit nonces, where it has such.
///
/// # Errors
/// [`SecretError::HashOfAnotherVersion`], [`SecretError::EncOfAnotherVersion`], [`SecretError::NotEnough`] for too few
/// bytes, then [`SecretError::Sha256WithSsl3`].
pub fn deal(
    version: ProtocolVersion,
    hash: &'static Hashalg,
    enc: &'static Encalg,
    side: Side,
    secret: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<(Cipher, Cipher), SecretError> {
    deal_from(Backend::FASTEST, version, (hash, enc, MacOrder::MacThenEncrypt), side, secret, rng)
}

/// As [`deal`], with the MAC over what was encrypted (RFC 7366): only for a block cipher with a MAC, from TLS 1.0 to 1.2.
///
/// # Errors
/// As [`deal`], and before that [`SecretError::NoEncryptThenMac`].
pub fn deal_encrypt_then_mac(
    version: ProtocolVersion,
    hash: &'static Hashalg,
    enc: &'static Encalg,
    side: Side,
    secret: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<(Cipher, Cipher), SecretError> {
    let has_it = ProtocolVersion::TLS10..=ProtocolVersion::TLS12;
    if !enc.is_block || hash.mac_len == 0 || !has_it.contains(&version) {
        return Err(SecretError::NoEncryptThenMac);
    }
    deal_from(Backend::FASTEST, version, (hash, enc, MacOrder::EncryptThenMac), side, secret, rng)
}

/// As [`deal`], with RustCrypto's algorithms alone, whatever features the crate was built with.
///
/// What it seals and opens is the same; it is what tests and benches compare with.
///
/// # Errors
/// As [`deal`].
pub fn deal_portable(
    version: ProtocolVersion,
    hash: &'static Hashalg,
    enc: &'static Encalg,
    side: Side,
    secret: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<(Cipher, Cipher), SecretError> {
    deal_from(Backend::RustCrypto, version, (hash, enc, MacOrder::MacThenEncrypt), side, secret, rng)
}

/// The number of bytes that a pair of algorithms takes from a secret, for both directions.
pub fn secret_len(version: ProtocolVersion, hash: &Hashalg, enc: &Encalg) -> usize {
    if version == ProtocolVersion::TLS13 {
        2 * hash.mac_len
    } else {
        2 * (hash.mac_len + enc.key_len + enc.iv_len)
    }
}

fn deal_from(
    backend: Backend,
    version: ProtocolVersion,
    (hash, enc, order): (&'static Hashalg, &'static Encalg, MacOrder),
    side: Side,
    secret: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<(Cipher, Cipher), SecretError> {
    if version == ProtocolVersion::TLS13 {
        return deal_traffic(backend, hash, enc, side, secret);
    }
    if !hash.has_mac() {
        return Err(SecretError::HashOfAnotherVersion);
    }
    let [to_server, to_client] = split(hash, enc, secret).map_err(|_| SecretError::NotEnough)?;
    let (incoming, outgoing) = match side {
        Side::Client => (to_client, to_server),
        Side::Server => (to_server, to_client),
    };
    let mut make = |keys: &Keys<'_>| {
        let mac = hash.keyed(version, keys.mac)?;
        let parts = Parts { version, key: keys.key, iv: keys.iv, mac, order, backend };
        let protect = (enc.make)(parts, rng).ok_or(SecretError::Internal)?;
        Ok(Cipher::new(enc, hash, protect))
    };
    Ok((make(&incoming)?, make(&outgoing)?))
}

/// Makes both ciphers of TLS 1.3.
fn deal_traffic(
    backend: Backend,
    hash: &'static Hashalg,
    enc: &'static Encalg,
    side: Side,
    secret: &[u8],
) -> Result<(Cipher, Cipher), SecretError> {
    if hash.expand.is_none() {
        return Err(SecretError::HashOfAnotherVersion);
    }
    if enc.make_hidden.is_none() {
        return Err(SecretError::EncOfAnotherVersion);
    }
    let mut r = Reader::new(secret);
    let mut take = || r.take(hash.mac_len).map_err(|_| SecretError::NotEnough);
    let (of_client, of_server) = (take()?, take()?);
    let (incoming, outgoing) = match side {
        Side::Client => (of_server, of_client),
        Side::Server => (of_client, of_server),
    };
    let make = |secret| {
        let traffic = TrafficSecret::new(secret, backend).ok_or(SecretError::Internal)?;
        traffic.cipher(hash, enc)
    };
    Ok((make(incoming)?, make(outgoing)?))
}

/// One direction's share.
struct Keys<'a> {
    mac: &'a [u8],
    key: &'a [u8],
    iv: &'a [u8],
}

fn split<'a>(hash: &Hashalg, enc: &Encalg, secret: &'a [u8]) -> Result<[Keys<'a>; 2], CodecError> {
    let mut r = Reader::new(secret);
    let mut pair = |n| Ok([r.take(n)?, r.take(n)?]);
    let [mac1, mac2] = pair(hash.mac_len)?;
    let [key1, key2] = pair(enc.key_len)?;
    let [iv1, iv2] = pair(enc.iv_len)?;
    Ok([Keys { mac: mac1, key: key1, iv: iv1 }, Keys { mac: mac2, key: key2, iv: iv2 }])
}
