//! What is signed in a ServerKeyExchange.
//!
//! The signing itself is the key's work, see `factotum`.

/// The bytes under the signature: both randoms, then the parameters as they stand in the message (RFC 8422 §5.4).
pub(crate) fn signed_params(client_random: &[u8; 32], server_random: &[u8; 32], params: &[u8]) -> Vec<u8> {
    [client_random.as_slice(), server_random.as_slice(), params].concat()
}
