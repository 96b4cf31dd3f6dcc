//! The extensions of a ClientHello.

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{Group, ProtocolVersion, SignatureScheme};

use crate::error::Error;
use crate::msg::ext::{
    ALPN, CERTIFICATE_AUTHORITIES, CLIENT_CERTIFICATE_URL, COOKIE, EARLY_DATA, EC_POINT_FORMATS,
    ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, Extension, KEY_SHARE, KeyShare, MAX_FRAGMENT_LENGTH,
    OfferedPsks, POST_HANDSHAKE_AUTH, PRE_SHARED_KEY, PSK_KEY_EXCHANGE_MODES, Place, RECORD_SIZE_LIMIT,
    RENEGOTIATION_INFO, SERVER_NAME, SESSION_TICKET, SIGNATURE_ALGORITHMS, SIGNATURE_ALGORITHMS_CERT,
    STATUS_REQUEST, SUPPORTED_GROUPS, SUPPORTED_VERSIONS, TRUNCATED_HMAC, TRUSTED_CA_KEYS, TrustedAuthority,
    read_authorities, read_groups, read_max_fragment, read_protocols, read_record_size_limit, read_schemes,
    share, trusted, write_authorities, write_groups, write_schemes,
};
use crate::msg::status::StatusRequest;
use crate::msg::{Fault, HandshakeType, at_least, numbers};
use crate::record_len::MaxFragment;

/// An extension of a ClientHello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientExtension {
    /// RFC 6066 §3: names by their type, each type once. What makes a good name is not checked here.
    ServerName(Vec<Name>),
    /// RFC 6066 §4.
    MaxFragmentLength(MaxFragment),
    /// RFC 6066 §5: a certificate by its address. Never agreed on: whoever says where it is makes the server go there.
    ClientCertificateUrl,
    /// RFC 6066 §6.
    TrustedCaKeys(Vec<TrustedAuthority>),
    /// RFC 6066 §7: ten bytes of each MAC. Never agreed on: that is too little against somebody who tries.
    TruncatedHmac,
    /// RFC 6066 §8.
    StatusRequest(StatusRequest),
    /// RFC 8449 §4: bytes of a record's plaintext, at least 64.
    RecordSizeLimit(u16),
    /// RFC 8422 §5.1.1.
    SupportedGroups(Vec<Group>),
    /// RFC 8422 §5.1.2.
    EcPointFormats(Vec<u8>),
    /// RFC 5246 §7.4.1.4.1.
    SignatureAlgorithms(Vec<SignatureScheme>),
    /// RFC 7301 §3.1: protocols, the preferred one first.
    Alpn(Vec<Vec<u8>>),
    /// RFC 7366 §2.
    EncryptThenMac,
    /// RFC 7627 §5.1.
    ExtendedMasterSecret,
    /// RFC 5077 §3.2: a ticket to go on with, or nothing to ask for one.
    SessionTicket(Vec<u8>),
    /// RFC 8446 §4.2.1.
    SupportedVersions(Vec<ProtocolVersion>),
    /// RFC 8446 §4.2.2: what a retry gave, back.
    Cookie(Vec<u8>),
    /// RFC 8446 §4.2.8: halves of key exchanges, the preferred one first.
    KeyShare(Vec<KeyShare>),
    /// RFC 8446 §4.2.9.
    PskKeyExchangeModes(Vec<u8>),
    /// RFC 8446 §4.2.11, which comes last.
    PreSharedKey(OfferedPsks),
    /// RFC 8446 §4.2.10.
    EarlyData,
    /// RFC 8446 §4.2.3: what may sign certificates, if not what may sign handshakes.
    SignatureAlgorithmsCert(Vec<SignatureScheme>),
    /// RFC 8446 §4.2.4.
    CertificateAuthorities(Vec<Vec<u8>>),
    /// RFC 8446 §4.2.6.
    PostHandshakeAuth,
    /// RFC 5746 §3.2: renegotiated_connection, which is always empty: another one is an error.
    RenegotiationInfo,
    /// Any other one.
    Unknown {
        /// Its type.
        typ: u16,
        /// Its body.
        body: Vec<u8>,
    },
}

/// An entry of a server name list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Its type, of which [`crate::msg::ext::HOST_NAME`] is the only one in use.
    pub(crate) typ: u8,
    /// Its bytes, at least one.
    pub(crate) bytes: Vec<u8>,
}

impl Extension for ClientExtension {
    const MESSAGE: HandshakeType = HandshakeType::CLIENT_HELLO;
    const PLACE: Option<Place> = Some(Place::ClientHello);

    fn typ(&self) -> u16 {
        match self {
            ClientExtension::ServerName(_) => SERVER_NAME,
            ClientExtension::MaxFragmentLength(_) => MAX_FRAGMENT_LENGTH,
            ClientExtension::ClientCertificateUrl => CLIENT_CERTIFICATE_URL,
            ClientExtension::TrustedCaKeys(_) => TRUSTED_CA_KEYS,
            ClientExtension::TruncatedHmac => TRUNCATED_HMAC,
            ClientExtension::StatusRequest(_) => STATUS_REQUEST,
            ClientExtension::RecordSizeLimit(_) => RECORD_SIZE_LIMIT,
            ClientExtension::SupportedGroups(_) => SUPPORTED_GROUPS,
            ClientExtension::EcPointFormats(_) => EC_POINT_FORMATS,
            ClientExtension::SignatureAlgorithms(_) => SIGNATURE_ALGORITHMS,
            ClientExtension::Alpn(_) => ALPN,
            ClientExtension::EncryptThenMac => ENCRYPT_THEN_MAC,
            ClientExtension::ExtendedMasterSecret => EXTENDED_MASTER_SECRET,
            ClientExtension::SessionTicket(_) => SESSION_TICKET,
            ClientExtension::SupportedVersions(_) => SUPPORTED_VERSIONS,
            ClientExtension::Cookie(_) => COOKIE,
            ClientExtension::KeyShare(_) => KEY_SHARE,
            ClientExtension::PskKeyExchangeModes(_) => PSK_KEY_EXCHANGE_MODES,
            ClientExtension::PreSharedKey(_) => PRE_SHARED_KEY,
            ClientExtension::EarlyData => EARLY_DATA,
            ClientExtension::SignatureAlgorithmsCert(_) => SIGNATURE_ALGORITHMS_CERT,
            ClientExtension::CertificateAuthorities(_) => CERTIFICATE_AUTHORITIES,
            ClientExtension::PostHandshakeAuth => POST_HANDSHAKE_AUTH,
            ClientExtension::RenegotiationInfo => RENEGOTIATION_INFO,
            ClientExtension::Unknown { typ, .. } => *typ,
        }
    }

    fn read(typ: u16, from: &mut Reader<'_>) -> Result<ClientExtension, Fault> {
        Ok(match typ {
            SERVER_NAME => ClientExtension::ServerName(read_names(from)?),
            MAX_FRAGMENT_LENGTH => ClientExtension::MaxFragmentLength(read_max_fragment(from)?),
            CLIENT_CERTIFICATE_URL => ClientExtension::ClientCertificateUrl,
            TRUSTED_CA_KEYS => ClientExtension::TrustedCaKeys(trusted::read_list(from)?),
            TRUNCATED_HMAC => ClientExtension::TruncatedHmac,
            STATUS_REQUEST => ClientExtension::StatusRequest(StatusRequest::read(from)?),
            RECORD_SIZE_LIMIT => ClientExtension::RecordSizeLimit(read_record_size_limit(from)?),
            SUPPORTED_GROUPS => ClientExtension::SupportedGroups(read_groups(from)?),
            EC_POINT_FORMATS => ClientExtension::EcPointFormats(at_least(1, from.opaque_u8()?)?.to_vec()),
            SIGNATURE_ALGORITHMS => ClientExtension::SignatureAlgorithms(read_schemes(from)?),
            ALPN => ClientExtension::Alpn(read_protocols(from)?),
            ENCRYPT_THEN_MAC => ClientExtension::EncryptThenMac,
            EXTENDED_MASTER_SECRET => ClientExtension::ExtendedMasterSecret,
            SESSION_TICKET => ClientExtension::SessionTicket(from.rest().to_vec()),
            SUPPORTED_VERSIONS => {
                let versions = numbers(from.vec_u8()?)?;
                ClientExtension::SupportedVersions(versions.into_iter().map(ProtocolVersion).collect())
            }
            COOKIE => ClientExtension::Cookie(at_least(1, from.opaque_u16()?)?.to_vec()),
            KEY_SHARE => ClientExtension::KeyShare(share::read_list(from)?),
            PSK_KEY_EXCHANGE_MODES => {
                ClientExtension::PskKeyExchangeModes(at_least(1, from.opaque_u8()?)?.to_vec())
            }
            PRE_SHARED_KEY => ClientExtension::PreSharedKey(OfferedPsks::read(from)?),
            EARLY_DATA => ClientExtension::EarlyData,
            SIGNATURE_ALGORITHMS_CERT => ClientExtension::SignatureAlgorithmsCert(read_schemes(from)?),
            CERTIFICATE_AUTHORITIES => ClientExtension::CertificateAuthorities(read_authorities(from)?),
            POST_HANDSHAKE_AUTH => ClientExtension::PostHandshakeAuth,
            RENEGOTIATION_INFO => {
                read_renegotiation_info(from)?;
                ClientExtension::RenegotiationInfo
            }
            typ => ClientExtension::Unknown { typ, body: from.rest().to_vec() },
        })
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        match self {
            ClientExtension::ServerName(names) => to.vec_u16(|list| {
                names.iter().try_for_each(|name| {
                    list.u8(name.typ);
                    list.opaque_u16(&name.bytes)
                })
            }),
            ClientExtension::MaxFragmentLength(len) => {
                to.u8(len.code());
                Ok(())
            }
            ClientExtension::TrustedCaKeys(authorities) => trusted::write_list(authorities, to),
            ClientExtension::StatusRequest(request) => request.write(to),
            ClientExtension::RecordSizeLimit(limit) => {
                to.u16(*limit);
                Ok(())
            }
            ClientExtension::SupportedGroups(groups) => write_groups(groups, to),
            ClientExtension::EcPointFormats(formats) => to.opaque_u8(formats),
            ClientExtension::SignatureAlgorithms(schemes)
            | ClientExtension::SignatureAlgorithmsCert(schemes) => write_schemes(schemes, to),
            ClientExtension::Alpn(protocols) => {
                to.vec_u16(|list| protocols.iter().try_for_each(|protocol| list.opaque_u8(protocol)))
            }
            ClientExtension::ClientCertificateUrl
            | ClientExtension::TruncatedHmac
            | ClientExtension::EncryptThenMac
            | ClientExtension::ExtendedMasterSecret
            | ClientExtension::EarlyData
            | ClientExtension::PostHandshakeAuth => Ok(()),
            ClientExtension::SupportedVersions(versions) => to.vec_u8(|list| {
                versions.iter().for_each(|version| list.u16(version.0));
                Ok(())
            }),
            ClientExtension::Cookie(cookie) => to.opaque_u16(cookie),
            ClientExtension::KeyShare(shares) => share::write_list(shares, to),
            ClientExtension::PskKeyExchangeModes(modes) => to.opaque_u8(modes),
            ClientExtension::PreSharedKey(offer) => offer.write(to),
            ClientExtension::CertificateAuthorities(authorities) => write_authorities(authorities, to),
            ClientExtension::RenegotiationInfo => to.opaque_u8(&[]),
            // Without a length of its own, whatever the RFC before it said (RFC 5077 §A).
            ClientExtension::SessionTicket(body) | ClientExtension::Unknown { body, .. } => {
                to.bytes(body);
                Ok(())
            }
        }
    }
}

/// All name types, present and future, begin with a 16-bit length (RFC 6066 §3), so unknown ones can be passed over.
fn read_names(from: &mut Reader<'_>) -> Result<Vec<Name>, Fault> {
    let mut list = from.vec_u16()?;
    at_least(1, list.peek())?;
    let mut names: Vec<Name> = Vec::new();
    while !list.is_empty() {
        let typ = list.u8()?;
        let bytes = at_least(1, list.opaque_u16()?)?;
        if names.iter().any(|earlier| earlier.typ == typ) {
            return Err(Error::BadServerName("two names of one type").into());
        }
        names.push(Name { typ, bytes: bytes.to_vec() });
    }
    Ok(names)
}

/// In a connection's first handshake there is nothing to tie it to (RFC 5746 §3.4, §3.6).
fn read_renegotiation_info(from: &mut Reader<'_>) -> Result<(), Fault> {
    if from.opaque_u8()?.is_empty() { Ok(()) } else { Err(Error::BadRenegotiationInfo.into()) }
}
