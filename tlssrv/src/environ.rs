//! The environment of a command: what it is told about its connection.
//!
//! Names are those of mod_ssl and of UCSPI, as other programs of this kind export them. Each is set or taken away: none is
//! inherited from whoever started us, except the addresses of a connection that we were given and that has none itself.

use std::ffi::OsString;
use std::net::SocketAddr;

use crate::conn::Opened;
use crate::device::Device;
use crate::endpoint::Ends;

/// What there is to say about a connection; none where there is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What the handshake agreed on, `SSL_PROTOCOL` and others.
    pub agreed: Vec<(&'static str, Option<String>)>,
    /// `SSL_CLIENT_VERIFY`: what became of the client's certificate; none in a client.
    pub client_verify: Option<&'static str>,
    /// `TLSDEV` and `TLSDIR`: the device that is not embedded, and the connection's directory in it.
    pub device: Option<(String, String)>,
    /// `TCPLOCALIP` and its three relatives.
    pub ends: Addresses,
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
        // A bad certificate ends the handshake, so that is the whole truth about it (as mod_ssl says it).
        let client_verify = if opened.outcome.peer_chain.is_empty() { "NONE" } else { "SUCCESS" };
        Facts { client_verify: Some(client_verify), ..Facts::of_server(opened, device, ends) }
    }

    /// What a client's command is told.
    #[must_use]
    pub fn of_server(opened: &Opened, device: &Device, ends: Addresses) -> Facts {
        Facts {
            agreed: opened.outcome.variables(),
            client_verify: None,
            device: device.address().map(|address| (address, opened.place.dir())),
            ends,
        }
    }

    /// Every variable with its value, or none if it must not be there. Variables that are inherited are not in the list.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, Option<OsString>)> {
        let text = |text: &str| Some(OsString::from(text));
        let mut all = vec![("PROTO", text("SSL"))];
        all.extend(self.agreed.iter().map(|(name, value)| (*name, value.as_deref().and_then(text))));
        all.extend([
            ("SSL_CLIENT_VERIFY", self.client_verify.and_then(text)),
            ("TLSDEV", self.device.as_ref().and_then(|(address, _)| text(address))),
            ("TLSDIR", self.device.as_ref().and_then(|(_, dir)| text(dir))),
        ]);
        let ends = match self.ends {
            Addresses::Known(ends) => ends,
            Addresses::None => Ends::default(),
            Addresses::Inherited => return all,
        };
        let ip = |addr: Option<SocketAddr>| addr.map(|addr| addr.ip().to_string().into());
        let port = |addr: Option<SocketAddr>| addr.map(|addr| addr.port().to_string().into());
        all.extend([
            ("TCPREMOTEIP", ip(ends.remote)),
            ("TCPREMOTEPORT", port(ends.remote)),
            ("TCPLOCALIP", ip(ends.local)),
            ("TCPLOCALPORT", port(ends.local)),
        ]);
        all
    }
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
            agreed: vec![("SSL_PROTOCOL", Some("TLSv1.2".to_owned())), ("SSL_ALPN", None)],
            client_verify: Some("NONE"),
            device: Some(("unix!/d".to_owned(), "/tls/3".to_owned())),
            ends: Addresses::Known(Ends {
                local: Some("192.0.2.1:443".parse().unwrap()),
                remote: Some("[2001:db8::1]:99".parse().unwrap()),
            }),
        };
        let map = map(&facts);
        let expected = [
            ("PROTO", "SSL"),
            ("SSL_PROTOCOL", "TLSv1.2"),
            ("SSL_CLIENT_VERIFY", "NONE"),
            ("TLSDEV", "unix!/d"),
            ("TLSDIR", "/tls/3"),
            ("TCPREMOTEIP", "2001:db8::1"),
            ("TCPREMOTEPORT", "99"),
            ("TCPLOCALIP", "192.0.2.1"),
            ("TCPLOCALPORT", "443"),
        ];
        let mut expected: BTreeMap<_, _> =
            expected.iter().map(|(k, v)| (*k, Some((*v).to_owned()))).collect();
        // Whoever started us may have had one.
        expected.insert("SSL_ALPN", None);
        assert_eq!(map, expected);
    }

    #[test]
    fn what_is_not_known_is_taken_away_not_left_empty() {
        let map = map(&Facts::default());
        assert_eq!(map.len(), 8);
        assert_eq!(map.iter().filter(|(_, v)| v.is_some()).map(|(k, _)| *k).collect::<Vec<_>>(), ["PROTO"]);
    }

    #[test]
    fn inherited_addresses_are_left_alone() {
        let facts = Facts { ends: Addresses::Inherited, ..Facts::default() };
        assert!(map(&facts).keys().all(|name| !name.starts_with("TCP")));
    }
}
