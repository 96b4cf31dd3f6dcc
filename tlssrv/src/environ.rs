//! The environment of a command: what it is told about its connection.
//!
//! Names are those of mod_ssl and of UCSPI, as other programs of this kind export them. Each is set or taken away: none is
//! inherited from whoever started us, except the addresses of a connection that we were given and that has none itself.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::SocketAddr;

use x509::Certificate;

use crate::conn::Opened;
use crate::device::Device;
use crate::endpoint::Ends;

/// What there is to say about a connection; none where there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `SSL_PROTOCOL`: the version, `TLSv1.2`.
    pub protocol: String,
    /// `SSL_CIPHER`: the suite, by OpenSSL's name.
    pub cipher: String,
    /// `SSL_GROUP`: the group of the key exchange.
    pub group: Option<String>,
    /// `SSL_ALPN`: the protocol agreed on.
    pub alpn: Option<String>,
    /// `SSL_TLS_SNI_SERVERNAME`: the name that the client asked for.
    pub server_name: Option<String>,
    /// `SSL_PEER_CERT_HASH` and `SSL_PEER_CERT_SUBJECT`.
    pub peer: Option<Peer>,
    /// `SSL_CLIENT_VERIFY`: what became of the client's certificate; none in a client.
    pub client_verify: Option<&'static str>,
    /// `TLSDEV` and `TLSDIR`: the device that is not embedded, and the connection's directory in it.
    pub device: Option<(String, String)>,
    /// `TCPLOCALIP` and its three relatives.
    pub ends: Addresses,
}

/// The peer's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// SHA-256 of the whole certificate.
    pub sha256: [u8; 32],
    /// The subject for people.
    pub subject: String,
}

/// Whence the addresses of a connection are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    /// From the socket.
    Known(Ends),
    /// Not from the socket: whoever started us (tcpserver through another program, say) may have told.
    Inherited,
    /// There are none.
    #[default]
    None,
}

impl Facts {
    /// What a server's command is told.
    #[must_use]
    pub fn of_client(opened: &Opened, device: &Device, ends: Addresses) -> Facts {
        // No certificate is asked for, so that is the whole truth about it (as mod_ssl says it).
        Facts { client_verify: Some("NONE"), ..Facts::of_server(opened, device, ends) }
    }

    /// What a client's command is told.
    #[must_use]
    pub fn of_server(opened: &Opened, device: &Device, ends: Addresses) -> Facts {
        let outcome = &opened.outcome;
        let peer = outcome.peer_chain.first().and_then(|der| Certificate::from_der(der).ok());
        Facts {
            protocol: outcome.version.name().to_owned(),
            cipher: outcome.suite.openssl_name().unwrap_or_default().to_owned(),
            group: outcome.group.map(|group| group.name().to_owned()),
            alpn: outcome.alpn.clone(),
            server_name: outcome.server_name.clone(),
            peer: peer.map(|peer| Peer { sha256: peer.sha256(), subject: peer.subject_text() }),
            client_verify: None,
            device: device.address().map(|address| (address, opened.dir.clone())),
            ends,
        }
    }

    /// Every variable with its value, or none if it must not be there. Variables that are inherited are not in the list.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, Option<OsString>)> {
        let text = |text: &str| Some(OsString::from(text));
        let hash = |peer: &Peer| {
            let mut hex = String::from("SHA256:");
            for byte in peer.sha256 {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
            }
            hex
        };
        let mut all = vec![
            ("PROTO", text("SSL")),
            ("SSL_PROTOCOL", text(&self.protocol)),
            ("SSL_CIPHER", text(&self.cipher)),
            ("SSL_GROUP", self.group.as_deref().and_then(text)),
            ("SSL_ALPN", self.alpn.as_deref().and_then(text)),
            ("SSL_TLS_SNI_SERVERNAME", self.server_name.as_deref().and_then(text)),
            ("SSL_PEER_CERT_HASH", self.peer.as_ref().and_then(|peer| text(&hash(peer)))),
            ("SSL_PEER_CERT_SUBJECT", self.peer.as_ref().and_then(|peer| text(&peer.subject))),
            ("SSL_CLIENT_VERIFY", self.client_verify.and_then(text)),
            ("TLSDEV", self.device.as_ref().and_then(|(address, _)| text(address))),
            ("TLSDIR", self.device.as_ref().and_then(|(_, dir)| text(dir))),
        ];
        let ends = match self.ends {
            Addresses::Known(ends) => ends,
            Addresses::None => Ends::default(),
            Addresses::Inherited => return printable(all),
        };
        let ip = |addr: Option<SocketAddr>| addr.map(|addr| addr.ip().to_string().into());
        let port = |addr: Option<SocketAddr>| addr.map(|addr| addr.port().to_string().into());
        all.extend([
            ("TCPREMOTEIP", ip(ends.remote)),
            ("TCPREMOTEPORT", port(ends.remote)),
            ("TCPLOCALIP", ip(ends.local)),
            ("TCPLOCALPORT", port(ends.local)),
        ]);
        printable(all)
    }
}

/// A value that the system could not carry (NUL), or that says nothing, is no value.
fn printable(mut all: Vec<(&'static str, Option<OsString>)>) -> Vec<(&'static str, Option<OsString>)> {
    for (_, value) in &mut all {
        if value.as_ref().is_some_and(|v| v.is_empty() || v.as_encoded_bytes().contains(&0)) {
            *value = None;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn map(facts: &Facts) -> BTreeMap<&'static str, Option<String>> {
        let all = facts.variables();
        let map: BTreeMap<_, _> =
            all.iter().map(|(k, v)| (*k, v.as_ref().map(|v| v.to_string_lossy().into_owned()))).collect();
        assert_eq!(map.len(), all.len(), "a variable twice");
        map
    }

    #[test]
    fn everything_that_is_known_is_told() {
        let facts = Facts {
            protocol: "TLSv1.2".to_owned(),
            cipher: "ECDHE-RSA-AES128-GCM-SHA256".to_owned(),
            group: Some("x25519".to_owned()),
            alpn: Some("h2".to_owned()),
            server_name: Some("a.example".to_owned()),
            peer: Some(Peer { sha256: [0xab; 32], subject: "CN=me".to_owned() }),
            client_verify: Some("NONE"),
            device: Some(("unix!/d".to_owned(), "/tls/3".to_owned())),
            ends: Addresses::Known(Ends {
                local: Some("192.0.2.1:443".parse().unwrap()),
                remote: Some("[2001:db8::1]:99".parse().unwrap()),
            }),
        };
        let map = map(&facts);
        let hash = format!("SHA256:{}", "ab".repeat(32));
        let expected = [
            ("PROTO", "SSL"),
            ("SSL_PROTOCOL", "TLSv1.2"),
            ("SSL_CIPHER", "ECDHE-RSA-AES128-GCM-SHA256"),
            ("SSL_GROUP", "x25519"),
            ("SSL_ALPN", "h2"),
            ("SSL_TLS_SNI_SERVERNAME", "a.example"),
            ("SSL_PEER_CERT_HASH", &hash),
            ("SSL_PEER_CERT_SUBJECT", "CN=me"),
            ("SSL_CLIENT_VERIFY", "NONE"),
            ("TLSDEV", "unix!/d"),
            ("TLSDIR", "/tls/3"),
            ("TCPREMOTEIP", "2001:db8::1"),
            ("TCPREMOTEPORT", "99"),
            ("TCPLOCALIP", "192.0.2.1"),
            ("TCPLOCALPORT", "443"),
        ];
        assert_eq!(map, expected.iter().map(|(k, v)| (*k, Some((*v).to_owned()))).collect());
    }

    #[test]
    fn what_is_not_known_is_taken_away_not_left_empty() {
        let facts =
            Facts { protocol: "TLSv1.2".to_owned(), server_name: Some(String::new()), ..Facts::default() };
        let map = map(&facts);
        assert_eq!(map.len(), 15);
        let set: Vec<_> = map.iter().filter(|(_, v)| v.is_some()).map(|(k, _)| *k).collect();
        assert_eq!(set, ["PROTO", "SSL_PROTOCOL"]);
    }

    #[test]
    fn inherited_addresses_are_left_alone() {
        let facts = Facts { ends: Addresses::Inherited, ..Facts::default() };
        assert!(map(&facts).keys().all(|name| !name.starts_with("TCP")));
    }

    #[test]
    fn a_value_with_nul_is_no_value() {
        let facts = Facts { alpn: Some("a\0b".to_owned()), ..Facts::default() };
        assert_eq!(map(&facts)["SSL_ALPN"], None);
    }
}
