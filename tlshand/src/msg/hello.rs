//! ClientHello and ServerHello (RFC 5246 §7.4.1, RFC 8446 §4.1), which all versions share.

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, ProtocolVersion, SignatureScheme, Suite};

use crate::error::Error;
use crate::msg::ext::{
    ClientExtension, Extension as _, KeyShare, Name, OfferedPsks, Place, ServerExtension, TrustedAuthority,
    check, read_all, write_all,
};
use crate::msg::status::StatusRequest;
use crate::msg::{Body, Fault, HandshakeType, at_least, numbers};
use crate::record_len::MaxFragment;

/// What a client wants and can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientHello {
    /// The highest version that it speaks, or 1.2 if supported_versions says more.
    pub(crate) version: ProtocolVersion,
    /// client_random
    pub(crate) random: [u8; 32],
    /// A session to resume, or anything; at most 32 bytes.
    pub(crate) session_id: Vec<u8>,
    /// Suites, the preferred one first, with signalling values among them.
    pub(crate) suites: Vec<Suite>,
    /// Compression methods.
    pub(crate) compressions: Vec<u8>,
    /// Extensions in the order of the message, no type twice.
    pub(crate) extensions: Vec<ClientExtension>,
}

/// What a server chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerHello {
    /// The version of the connection up to TLS 1.2, which newer ones say instead of their own.
    pub(crate) version: ProtocolVersion,
    /// server_random
    pub(crate) random: [u8; 32],
    /// At most 32 bytes.
    pub(crate) session_id: Vec<u8>,
    /// The suite.
    pub(crate) suite: Suite,
    /// The compression method.
    pub(crate) compression: u8,
    /// Extensions in the order of the message, no type twice.
    pub(crate) extensions: Vec<ServerExtension>,
}

impl Body for ClientHello {
    const TYPE: HandshakeType = HandshakeType::CLIENT_HELLO;
    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<ClientHello, Fault> {
        let hello = ClientHello {
            version: ProtocolVersion(from.u16()?),
            random: from.array()?,
            session_id: read_session_id(from)?,
            suites: numbers(from.vec_u16()?)?.into_iter().map(Suite).collect(),
            compressions: at_least(1, from.opaque_u8()?)?.to_vec(),
            extensions: read_all(from)?,
        };
        let is_last = matches!(hello.extensions.last(), Some(ClientExtension::PreSharedKey(_)));
        if hello.psks().is_some() && !is_last {
            // RFC 8446 §4.2.11: what follows it would be outside of what the binders cover.
            return Err(Error::BadPskOffer("not the last extension").into());
        }
        Ok(hello)
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u16(self.version.0);
        to.bytes(&self.random);
        to.opaque_u8(&self.session_id)?;
        to.vec_u16(|list| {
            self.suites.iter().for_each(|suite| list.u16(suite.0));
            Ok(())
        })?;
        to.opaque_u8(&self.compressions)?;
        write_all(&self.extensions, to)
    }
}

impl ClientHello {
    /// server_name, if it is there.
    pub(crate) fn server_names(&self) -> Option<&[Name]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::ServerName(names) => Some(names.as_slice()),
            _ => None,
        })
    }

    /// supported_groups, if it is there.
    pub(crate) fn groups(&self) -> Option<&[Group]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::SupportedGroups(groups) => Some(groups.as_slice()),
            _ => None,
        })
    }

    /// ec_point_formats, if it is there.
    pub(crate) fn point_formats(&self) -> Option<&[u8]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::EcPointFormats(formats) => Some(formats.as_slice()),
            _ => None,
        })
    }

    /// signature_algorithms, if it is there.
    pub(crate) fn schemes(&self) -> Option<&[SignatureScheme]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::SignatureAlgorithms(schemes) => Some(schemes.as_slice()),
            _ => None,
        })
    }

    /// The protocols of application_layer_protocol_negotiation, if it is there.
    pub(crate) fn protocols(&self) -> Option<&[Vec<u8>]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::Alpn(protocols) => Some(protocols.as_slice()),
            _ => None,
        })
    }

    /// The ticket of session_ticket, if it is there; an empty one asks for one.
    pub(crate) fn session_ticket(&self) -> Option<&[u8]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::SessionTicket(ticket) => Some(ticket.as_slice()),
            _ => None,
        })
    }

    /// supported_versions, if it is there.
    pub(crate) fn versions(&self) -> Option<&[ProtocolVersion]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::SupportedVersions(versions) => Some(versions.as_slice()),
            _ => None,
        })
    }

    /// signature_algorithms_cert, if it is there.
    pub(crate) fn cert_schemes(&self) -> Option<&[SignatureScheme]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::SignatureAlgorithmsCert(schemes) => Some(schemes.as_slice()),
            _ => None,
        })
    }

    /// The halves of key_share, if it is there.
    pub(crate) fn key_shares(&self) -> Option<&[KeyShare]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::KeyShare(shares) => Some(shares.as_slice()),
            _ => None,
        })
    }

    /// psk_key_exchange_modes, if it is there.
    pub(crate) fn psk_modes(&self) -> Option<&[u8]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::PskKeyExchangeModes(modes) => Some(modes.as_slice()),
            _ => None,
        })
    }

    /// cookie, if it is there.
    pub(crate) fn cookie(&self) -> Option<&[u8]> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::Cookie(cookie) => Some(cookie.as_slice()),
            _ => None,
        })
    }

    /// pre_shared_key, if it is there.
    pub(crate) fn psks(&self) -> Option<&OfferedPsks> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::PreSharedKey(offer) => Some(offer),
            _ => None,
        })
    }

    /// The length that max_fragment_length asks for, if it is there.
    pub(crate) fn max_fragment(&self) -> Option<MaxFragment> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::MaxFragmentLength(len) => Some(*len),
            _ => None,
        })
    }

    /// What record_size_limit says, if it is there.
    pub(crate) fn record_size_limit(&self) -> Option<u16> {
        self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::RecordSizeLimit(limit) => Some(*limit),
            _ => None,
        })
    }

    /// The authorities of trusted_ca_keys; none if it is not there.
    pub(crate) fn trusted_authorities(&self) -> &[TrustedAuthority] {
        let list = self.extensions.iter().find_map(|extension| match extension {
            ClientExtension::TrustedCaKeys(authorities) => Some(authorities.as_slice()),
            _ => None,
        });
        list.unwrap_or_default()
    }

    /// Whether an OCSP response is wanted.
    pub(crate) fn wants_status(&self) -> bool {
        let is_ocsp = |extension: &ClientExtension| {
            matches!(extension, ClientExtension::StatusRequest(StatusRequest::Ocsp { .. }))
        };
        self.extensions.iter().any(is_ocsp)
    }

    /// Whether extended_master_secret is there.
    pub(crate) fn has_extended_master_secret(&self) -> bool {
        self.extensions.contains(&ClientExtension::ExtendedMasterSecret)
    }

    /// Whether encrypt_then_mac is there.
    pub(crate) fn has_encrypt_then_mac(&self) -> bool {
        self.extensions.contains(&ClientExtension::EncryptThenMac)
    }

    /// Whether the client knows RFC 5746, by either of its signals (RFC 5746 §3.6).
    pub(crate) fn has_renegotiation_info(&self) -> bool {
        self.extensions.contains(&ClientExtension::RenegotiationInfo)
            || self.suites.contains(&Suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
    }
}

impl Body for ServerHello {
    const TYPE: HandshakeType = HandshakeType::SERVER_HELLO;
    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<ServerHello, Fault> {
        let hello = ServerHello {
            version: ProtocolVersion(from.u16()?),
            random: from.array()?,
            session_id: read_session_id(from)?,
            suite: Suite(from.u16()?),
            compression: from.u8()?,
            extensions: read_all(from)?,
        };
        if hello.selected_version() == Some(ProtocolVersion::TLS13) {
            // Until then it carried what EncryptedExtensions do since.
            hello.extensions.iter().try_for_each(|extension| check(extension.typ(), Place::ServerHello))?;
        }
        Ok(hello)
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u16(self.version.0);
        to.bytes(&self.random);
        to.opaque_u8(&self.session_id)?;
        to.u16(self.suite.0);
        to.u8(self.compression);
        write_all(&self.extensions, to)
    }
}

impl ServerHello {
    /// The version of the connection if it is TLS 1.3, which supported_versions says (RFC 8446 §4.2.1).
    pub(crate) fn selected_version(&self) -> Option<ProtocolVersion> {
        self.extensions.iter().find_map(|extension| match extension {
            ServerExtension::SupportedVersions(version) => Some(*version),
            _ => None,
        })
    }
}

pub(super) fn read_session_id(from: &mut Reader<'_>) -> Result<Vec<u8>, Fault> {
    let id = from.opaque_u8()?;
    if id.len() > SESSION_ID_LEN_MAX { Err(Fault::Length) } else { Ok(id.to_vec()) }
}

/// The compression method that changes nothing (RFC 5246 §6.1).
pub(crate) const NULL_COMPRESSION: u8 = 0;
/// Bytes (RFC 5246 §7.4.1.2).
const SESSION_ID_LEN_MAX: usize = 32;
