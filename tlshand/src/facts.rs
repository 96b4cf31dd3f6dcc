//! What an open connection tells a program, as variables of an environment.
//!
//! The names are those that mod_ssl gave them, as other programs of this kind export them.

use base16ct::lower;
use x509::Certificate;

use crate::outcome::Outcome;

impl Outcome {
    /// Gives every variable with its value, or none where there is nothing to say.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, Option<String>)> {
        let peer = self.peer_chain.first().and_then(|der| Certificate::from_der(der).ok());
        let hash = |peer: &Certificate| format!("SHA256:{}", lower::encode_string(&peer.sha256()));
        let mut all = vec![
            ("SSL_PROTOCOL", Some(self.version.name().to_owned())),
            ("SSL_CIPHER", self.suite.openssl_name().map(str::to_owned)),
            ("SSL_GROUP", self.group.map(|group| group.name().to_owned())),
            ("SSL_ALPN", self.alpn.clone()),
            ("SSL_SESSION_RESUMED", Some(if self.is_resumed { "Resumed" } else { "Initial" }.to_owned())),
            ("SSL_TLS_SNI_SERVERNAME", self.server_name.clone()),
            ("SSL_PEER_CERT_HASH", peer.as_ref().map(hash)),
            ("SSL_PEER_CERT_SUBJECT", peer.as_ref().map(Certificate::subject_text)),
            ("SSL_KEYING_MATERIAL", self.keying_material()),
        ];
        for (_, value) in &mut all {
            // An environment cannot carry NUL.
            value.take_if(|value| value.is_empty() || value.contains('\0'));
        }
        all
    }

    /// What was derived, in hexadecimal digits, with a space between one thing and the next.
    fn keying_material(&self) -> Option<String> {
        let hex = self.exported.iter().map(|exported| lower::encode_string(exported.bytes()));
        Some(hex.collect::<Vec<_>>().join(" "))
    }
}
