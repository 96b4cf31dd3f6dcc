//! The messages of TLS 1.3 as lines of text, see [`crate::msg::print`].

use std::fmt::{self, Display, Formatter};

use crate::msg::print::{Hex, Numbers, Text, list};
use crate::msg::tls13::cert::{Certificate, CertificateVerify, EntryExtension};
use crate::msg::tls13::encrypted::{EncryptedExtension, EncryptedExtensions};
use crate::msg::tls13::request::{CertificateRequest, RequestExtension};
use crate::msg::tls13::retry::{HelloRetryRequest, RetryExtension};
use crate::msg::tls13::ticket::{NewSessionTicket, TicketExtension};
use crate::msg::tls13::update::KeyUpdate;

impl Display for HelloRetryRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "HelloRetryRequest session_id {} suite {:04x}", Hex(&self.session_id), self.suite.0)?;
        list(f, &self.extensions)
    }
}

impl Display for RetryExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            RetryExtension::SupportedVersions(version) => write!(f, "supported_versions {:04x}", version.0),
            RetryExtension::KeyShare(group) => write!(f, "key_share {:04x}", group.0),
            RetryExtension::Cookie(cookie) => write!(f, "cookie {}", Hex(cookie)),
            RetryExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for EncryptedExtensions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptedExtensions")?;
        list(f, &self.extensions)
    }
}

impl Display for EncryptedExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            EncryptedExtension::ServerName => f.write_str("server_name"),
            EncryptedExtension::MaxFragmentLength(len) => {
                write!(f, "max_fragment_length {}", len.record_len())
            }
            EncryptedExtension::RecordSizeLimit(limit) => write!(f, "record_size_limit {limit}"),
            EncryptedExtension::SupportedGroups(groups) => {
                write!(f, "supported_groups {}", Numbers(groups.iter().map(|group| group.0)))
            }
            EncryptedExtension::Alpn(protocol) => write!(f, "alpn {}", Text(protocol)),
            EncryptedExtension::EarlyData => f.write_str("early_data"),
            EncryptedExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for CertificateRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest context {}", Hex(&self.context))?;
        list(f, &self.extensions)
    }
}

impl Display for RequestExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            RequestExtension::SignatureAlgorithms(schemes) => {
                write!(f, "signature_algorithms {}", Numbers(schemes.iter().map(|scheme| scheme.0)))
            }
            RequestExtension::SignatureAlgorithmsCert(schemes) => {
                write!(f, "signature_algorithms_cert {}", Numbers(schemes.iter().map(|scheme| scheme.0)))
            }
            RequestExtension::CertificateAuthorities(authorities) => {
                write!(f, "certificate_authorities {}", authorities.len())
            }
            RequestExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for Certificate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate context {} lengths [", Hex(&self.context))?;
        for entry in &self.entries {
            write!(f, " {}", entry.der.len())?;
            list(f, &entry.extensions)?;
        }
        f.write_str(" ]")
    }
}

impl Display for EntryExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            EntryExtension::StatusRequest(response) => write!(f, "status_request {} bytes", response.len()),
            EntryExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for CertificateVerify {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateVerify scheme {:04x} signature {}", self.scheme.0, Hex(&self.signature))
    }
}

impl Display for NewSessionTicket {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // Whoever has the ticket and its secret is the client; the ticket alone stays out of logs as well.
        write!(f, "NewSessionTicket lifetime {} ticket of {} bytes", self.lifetime, self.ticket.len())?;
        list(f, &self.extensions)
    }
}

impl Display for TicketExtension {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            TicketExtension::EarlyData(len) => write!(f, "early_data {len}"),
            TicketExtension::Unknown { typ, body } => write!(f, "{typ} {}", Hex(body)),
        }
    }
}

impl Display for KeyUpdate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyUpdate::NotRequested => "KeyUpdate update_not_requested",
            KeyUpdate::Requested => "KeyUpdate update_requested",
        })
    }
}
