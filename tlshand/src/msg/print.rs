//! A message as one line of text, for traces.
//!
//! Whatever the peer chose freely is escaped or in hexadecimal, and long lists are cut: a trace is a terminal's food.
//! What is printed here went over the wire in clear or proves nothing to others; keys never do.

use std::fmt::{self, Display, Formatter};

use crate::msg::cert::{Certificate, CertificateRequest};
use crate::msg::ext::{ClientExtension, HOST_NAME, ServerExtension};
use crate::msg::finished::Finished;
use crate::msg::hello::{ClientHello, ServerHello};
use crate::msg::kx::{ClientKeyExchange, ServerHelloDone, ServerKeyExchange};

impl Display for ClientHello {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ClientHello version {:04x} random {}", self.version.0, Hex(&self.random))?;
        write!(f, " session_id {}", Hex(&self.session_id))?;
        write!(f, " suites {}", Numbers(self.suites.iter().map(|suite| suite.0)))?;
        write!(f, " compressions {}", Hex(&self.compressions))?;
        list(f, &self.extensions)
    }
}

impl Display for ServerHello {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ServerHello version {:04x} random {}", self.version.0, Hex(&self.random))?;
        write!(f, " session_id {} suite {:04x}", Hex(&self.session_id), self.suite.0)?;
        write!(f, " compression {:02x}", self.compression)?;
        list(f, &self.extensions)
    }
}

impl Display for Certificate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate lengths [")?;
        self.chain.iter().try_for_each(|der| write!(f, " {}", der.len()))?;
        f.write_str(" ]")
    }
}

impl Display for CertificateRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest types {}", Hex(&self.types))?;
        write!(f, " schemes {}", Numbers(self.schemes.iter().map(|scheme| scheme.0)))?;
        write!(f, " authorities {}", self.authorities.len())
    }
}

impl Display for ServerKeyExchange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ServerKeyExchange group {:04x}", self.params.group.0)?;
        write!(f, " public {}", Hex(&self.params.public))?;
        write!(f, " scheme {:04x} signature {}", self.scheme.0, Hex(&self.signature))
    }
}

impl Display for ServerHelloDone {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("ServerHelloDone")
    }
}

impl Display for ClientKeyExchange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ClientKeyExchange public {}", Hex(&self.public))
    }
}

impl Display for Finished {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Finished verify_data {}", Hex(&self.verify_data))
    }
}

impl Display for ClientExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ClientExtension::ServerName(names) => {
                f.write_str("server_name")?;
                names.iter().take(LIST_MAX).try_for_each(|name| match name.typ {
                    HOST_NAME => write!(f, " {}", Text(&name.bytes)),
                    typ => write!(f, " type {typ} {}", Hex(&name.bytes)),
                })
            }
            ClientExtension::SupportedGroups(groups) => {
                write!(f, "supported_groups {}", Numbers(groups.iter().map(|group| group.0)))
            }
            ClientExtension::EcPointFormats(formats) => write!(f, "ec_point_formats {}", Hex(formats)),
            ClientExtension::SignatureAlgorithms(schemes) => {
                write!(f, "signature_algorithms {}", Numbers(schemes.iter().map(|scheme| scheme.0)))
            }
            ClientExtension::Alpn(protocols) => {
                f.write_str("alpn")?;
                protocols.iter().take(LIST_MAX).try_for_each(|protocol| write!(f, " {}", Text(protocol)))
            }
            ClientExtension::ExtendedMasterSecret => f.write_str("extended_master_secret"),
            ClientExtension::SupportedVersions(versions) => {
                write!(f, "supported_versions {}", Numbers(versions.iter().map(|version| version.0)))
            }
            ClientExtension::RenegotiationInfo => f.write_str("renegotiation_info"),
            ClientExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for ServerExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ServerExtension::ServerName => f.write_str("server_name"),
            ServerExtension::EcPointFormats(formats) => write!(f, "ec_point_formats {}", Hex(formats)),
            ServerExtension::Alpn(protocol) => write!(f, "alpn {}", Text(protocol)),
            ServerExtension::ExtendedMasterSecret => f.write_str("extended_master_secret"),
            ServerExtension::RenegotiationInfo => f.write_str("renegotiation_info"),
            ServerExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

fn list<E: Display>(f: &mut Formatter<'_>, extensions: &[E]) -> fmt::Result {
    if extensions.is_empty() {
        return Ok(());
    }
    f.write_str(" extensions [")?;
    for (place, extension) in extensions.iter().enumerate() {
        write!(f, "{} {extension}", if place == 0 { "" } else { "," })?;
    }
    f.write_str(" ]")
}

/// Bytes in hexadecimal, `nil` for none.
struct Hex<'a>(&'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nil");
        }
        self.0.iter().take(BYTES_MAX).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        if self.0.len() > BYTES_MAX { write!(f, "... ({} bytes)", self.0.len()) } else { Ok(()) }
    }
}

/// Bytes that are probably ASCII, in quotes, the others escaped.
struct Text<'a>(&'a [u8]);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..BYTES_MAX).unwrap_or(self.0);
        write!(f, "\"{}\"", shown.escape_ascii())?;
        if self.0.len() > BYTES_MAX { write!(f, "... ({} bytes)", self.0.len()) } else { Ok(()) }
    }
}

/// Numbers in hexadecimal and brackets.
struct Numbers<I>(I);

impl<I: Iterator<Item = u16> + Clone> Display for Numbers<I> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        self.0.clone().take(LIST_MAX).try_for_each(|number| write!(f, " {number:04x}"))?;
        f.write_str(if self.0.clone().count() > LIST_MAX { " ... ]" } else { " ]" })
    }
}

/// Elements of a list that are printed.
const LIST_MAX: usize = 64;
/// Bytes of a string that are printed.
const BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use tlswire::{ProtocolVersion, Suite};

    use super::*;
    use crate::msg::ext::Name;

    fn hello(extensions: Vec<ClientExtension>) -> ClientHello {
        ClientHello {
            version: ProtocolVersion::TLS12,
            random: [0xab; 32],
            session_id: Vec::new(),
            suites: vec![Suite(0xcca8), Suite(0x00ff)],
            compressions: vec![0],
            extensions,
        }
    }

    #[test]
    fn a_hello_is_one_line() {
        let name = Name { typ: HOST_NAME, bytes: b"a\x1b[2J\n\".example".to_vec() };
        let hello =
            hello(vec![ClientExtension::ServerName(vec![name]), ClientExtension::ExtendedMasterSecret]);
        let line = hello.to_string();
        assert_eq!(
            line,
            format!(
                "ClientHello version 0303 random {} session_id nil suites [ cca8 00ff ] compressions 00 \
                 extensions [ server_name \"a\\x1b[2J\\n\\\".example\", extended_master_secret ]",
                "ab".repeat(32)
            )
        );
    }

    #[test]
    fn long_lists_and_strings_are_cut() {
        let mut hello = hello(vec![ClientExtension::Unknown { typ: 21, body: vec![0; 10_000] }]);
        hello.suites = vec![Suite(0x0a0a); 2_000];
        let line = hello.to_string();
        assert!(line.len() < 700, "{}", line.len());
        assert!(line.contains("0a0a ... ]") && line.contains("... (10000 bytes)"));
    }
}
