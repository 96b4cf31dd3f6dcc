//! Address: dial strings, as dial(2) has them: `tcp!host!port` and `unix!/path`, and `host:port` as a courtesy.
//!
//! It resolves no name until it is dialled or listened on.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use tokio::net::{TcpStream, UnixStream};

use super::Stream;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A host, by name or number, and a port. The host `*` is every one of this machine's addresses, to listen on.
    Tcp {
        /// The name or number; an IPv6 number without brackets.
        host: String,
        /// The port.
        port: u16,
    },
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// It has another form.
    Form(String),
    /// The network in front of the first `!` is none that is known.
    Network(String),
    /// The port is no number, and no service that is known by name.
    Port(String),
}

impl Address {
    /// Reads a dial string.
    ///
    /// # Errors
    /// It has another form, or names a network or port that is not known.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let form = || AddressError::Form(text.to_owned());
        if let Some((network, rest)) = text.split_once('!') {
            return match network {
                "unix" if !rest.is_empty() => Ok(Self::Unix(PathBuf::from(rest))),
                "unix" => Err(form()),
                "tcp" | "net" => {
                    let (host, port) = rest.split_once('!').ok_or_else(form)?;
                    Self::tcp(host, port).ok_or_else(form)?
                }
                other => Err(AddressError::Network(other.to_owned())),
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(form)?;
        // An IPv6 number has colons of its own, so it must stand in brackets here.
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']').ok_or_else(form)?,
            None if host.contains(':') => return Err(form()),
            None => host,
        };
        Self::tcp(host, port).ok_or_else(form)?
    }

    /// Connects.
    ///
    /// # Errors
    /// What the system says, with this address in front.
    pub async fn dial(&self) -> io::Result<Stream> {
        let stream = match self {
            Self::Unix(path) => UnixStream::connect(path).await.map(Stream::from),
            Self::Tcp { host, port } => match TcpStream::connect((host.as_str(), *port)).await {
                Ok(tcp) => tcp.set_nodelay(true).map(|()| Stream::from(tcp)),
                Err(error) => Err(error),
            },
        };
        stream.map_err(|error| self.explain(&error))
    }

    /// Whether only this machine can reach it: a unix socket, or a loopback number or `localhost`.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } => {
                host == "localhost" || host.parse().is_ok_and(|number: IpAddr| number.is_loopback())
            }
        }
    }

    /// The same error with this address in front.
    pub(super) fn explain(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{self}: {error}"))
    }

    /// `None` if the form is wrong; an error if only the port is.
    fn tcp(host: &str, port: &str) -> Option<Result<Self, AddressError>> {
        if host.is_empty() || host.contains('!') || port.is_empty() || port.contains('!') {
            return None;
        }
        let number = port
            .parse()
            .ok()
            .or_else(|| SERVICES.iter().find(|(name, _)| *name == port).map(|(_, number)| *number));
        let Some(port) = number else { return Some(Err(AddressError::Port(port.to_owned()))) };
        Some(Ok(Self::Tcp { host: host.to_owned(), port }))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix!{}", path.display()),
            Self::Tcp { host, port } => write!(f, "tcp!{host}!{port}"),
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(text) => write!(f, "'{text}' is not tcp!host!port, unix!/path or host:port"),
            Self::Network(network) => write!(f, "unknown network '{network}': tcp and unix are known"),
            Self::Port(port) => write!(f, "unknown port '{port}'"),
        }
    }
}

impl std::error::Error for AddressError {}

/// The ports that people call by name in front of TLS and 9P. Not a whole services(5): small machines have none.
const SERVICES: [(&str, u16); 13] = [
    ("http", 80),
    ("pop3", 110),
    ("imap", 143),
    ("https", 443),
    ("smtps", 465),
    ("9fs", 564),
    ("9pfs", 564),
    ("ldaps", 636),
    ("imaps", 993),
    ("pop3s", 995),
    ("ircs", 6697),
    ("rcpu", 17019),
    ("t9fs", 17020),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_string_is_read_and_printed() {
        for (text, printed) in [
            ("tcp!localhost!8443", "tcp!localhost!8443"),
            ("net!example.com!https", "tcp!example.com!443"),
            ("tcp!*!564", "tcp!*!564"),
            ("tcp!::1!443", "tcp!::1!443"),
            ("[::1]:443", "tcp!::1!443"),
            ("example.com:993", "tcp!example.com!993"),
            ("unix!/tmp/ns.glenda/tls", "unix!/tmp/ns.glenda/tls"),
            ("unix!a!b", "unix!a!b"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), printed);
            assert_eq!(Address::parse(printed), Ok(address));
        }
    }

    #[test]
    fn a_text_of_another_form_is_refused() {
        for text in [
            "",
            "host",
            "/path",
            "tcp!host",
            "tcp!!80",
            "tcp!host!",
            "tcp!a!b!c",
            "unix!",
            ":80",
            "::1:80",
            "[::1:80",
        ] {
            assert_eq!(Address::parse(text), Err(AddressError::Form(text.to_owned())), "{text}");
        }
        assert_eq!(Address::parse("il!host!80"), Err(AddressError::Network("il".into())));
        assert_eq!(Address::parse("host:65536"), Err(AddressError::Port("65536".into())));
        assert_eq!(Address::parse("tcp!host!nosuch"), Err(AddressError::Port("nosuch".into())));
    }

    #[test]
    fn only_loopback_and_unix_are_local() {
        for (text, is_local) in [
            ("unix!/x", true),
            ("tcp!127.0.0.2!1", true),
            ("tcp!::1!1", true),
            ("localhost:1", true),
            ("tcp!*!1", false),
            ("tcp!10.0.0.1!1", false),
            ("tcp!example.com!1", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().is_local(), is_local, "{text}");
        }
    }
}
