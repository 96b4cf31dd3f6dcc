//! What is signed: by a server its half of the key exchange, by a client all that was said.
//!
//! The signing itself is the key's work, see `factotum`.

use tlswire::SignatureScheme;

use crate::sec::master::MasterSecret;
use crate::sec::prf::{Prf, md5_sha1, ssl3_nested};
use crate::sec::transcript::Transcript;

/// The bytes under a server's signature: both randoms, then the parameters as they stand in the message (RFC 8422 §5.4), in the
/// form that `scheme` wants.
pub(crate) fn signed_params(
    scheme: SignatureScheme,
    client_random: &[u8; 32],
    server_random: &[u8; 32],
    params: &[u8],
) -> Vec<u8> {
    in_form(scheme, &[client_random.as_slice(), server_random.as_slice(), params].concat())
}

/// The bytes under a client's CertificateVerify (RFC 5246 §7.4.8, RFC 6101 §5.6.8), in the form that `scheme` wants.
pub(crate) fn signed_messages(
    scheme: SignatureScheme,
    master_secret: &MasterSecret,
    transcript: &Transcript,
) -> Vec<u8> {
    if master_secret.prf() == Prf::Ssl3 {
        return ssl3_nested(master_secret.bytes(), &[transcript.bytes()]).to_vec();
    }
    in_form(scheme, transcript.bytes())
}

/// As a key takes what it is to sign: the older form is of two hashes that no key makes by itself.
fn in_form(scheme: SignatureScheme, message: &[u8]) -> Vec<u8> {
    match scheme {
        SignatureScheme::RSA_PKCS1_MD5_SHA1 => md5_sha1(message).to_vec(),
        _ => message.to_vec(),
    }
}
