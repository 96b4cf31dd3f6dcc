//! What a handshake is told beforehand: by whom we are, whom we trust, and what we prefer.
//!
//! A configuration may serve one connection or many; nothing here is read from files.

use std::fmt;
use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, ProtocolVersion, Suite};
use x509::{KeyUse, Pins, Roots, ServerName};

use crate::allow::{Allow, Compat, Old, VERSIONS};
use crate::error::Error;
use crate::export::Export;
use crate::psk::Psk;
use crate::record_len::{MaxFragment, RECORD_LEN_MAX, RECORD_LEN_MIN};
use crate::sec::share::{DEFAULT_GROUPS, GROUPS};
use crate::session::{Sessions, Tickets};
use crate::suites::{CipherSuite, SUITES, TLS13_SUITES, Tls13Suite, Wanted};
use crate::wishes::Wishes;

/// A server's configuration.
#[derive(Clone, Debug)]
pub struct ServerConf {
    /// Certificates with their keys; the first is shown to whoever asks for no name or an unknown one.
    pub certs: Vec<Arc<CertifiedKey>>,
    /// Secrets that clients may share with us. If there is one, there is no other way in, and no certificate is shown.
    pub psks: Vec<Psk>,
    /// Whether clients show certificates.
    pub client_auth: ClientAuth,
    /// What tickets are given and taken by, so that clients may go on with a session; without it every handshake is a full one.
    /// Where a secret is shared there are no tickets.
    pub tickets: Option<Tickets>,
    /// Application protocols, the preferred one first; none means that the client's wishes are ignored.
    pub alpn: Vec<String>,
    /// Refuses names that no certificate is for, instead of showing the first.
    pub strict_sni: bool,
    /// Versions, the best one first; of these, those that are allowed.
    pub versions: Vec<ProtocolVersion>,
    /// Cipher suites, the preferred one first; of these, those that are allowed.
    pub suites: Vec<Suite>,
    /// Groups of curves, the preferred one first.
    pub groups: Vec<Group>,
    /// Bytes of plaintext in a record that clients who can keep a limit may send us, 64 to 16384 (RFC 8449).
    pub record_len_max: u16,
    /// The time by which OCSP responses are shown, in seconds since 1970; at 0 none is.
    pub now: u64,
    /// What is old and wanted all the same.
    pub allow: Allow,
    /// Whose manners to keep.
    pub compat: Compat,
    /// Keying material that is wanted of each connection, in this order.
    pub exports: Vec<Export>,
    /// Whether [`crate::Files::key_log`] is told the secrets.
    pub logs_keys: bool,
}

/// Whether and how a server looks at its clients' certificates.
#[derive(Clone, Debug, Default)]
pub enum ClientAuth {
    /// None is asked for.
    #[default]
    Never,
    /// One is asked for; who has none is served too, who has a bad one is not.
    Request(Trust),
    /// Who has none is refused.
    Require(Trust),
}

/// Which of its clients' certificates are good to a server.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Where their chains have to lead.
    pub verify: Verify,
    /// Those that are known by their hashes: if there are any, a client's must be one of them besides.
    pub pins: Option<Arc<Pins>>,
}

impl ClientAuth {
    pub(crate) fn trust(&self) -> Option<&Trust> {
        match self {
            ClientAuth::Never => None,
            ClientAuth::Request(trust) | ClientAuth::Require(trust) => Some(trust),
        }
    }
}

impl Trust {
    /// The names of the authorities, each in DER, for clients to choose by.
    pub(crate) fn authorities(&self) -> Vec<Vec<u8>> {
        match &self.verify {
            Verify::Roots { roots, .. } => roots.subjects(),
            Verify::Insecure => Vec::new(),
        }
    }
}

impl ServerConf {
    /// The defaults, with these certificates.
    #[must_use]
    pub fn new(certs: Vec<Arc<CertifiedKey>>) -> ServerConf {
        ServerConf {
            certs,
            psks: Vec::new(),
            client_auth: ClientAuth::Never,
            tickets: None,
            alpn: Vec::new(),
            strict_sni: false,
            versions: versions().collect(),
            suites: suites(),
            groups: DEFAULT_GROUPS.to_vec(),
            record_len_max: RECORD_LEN_MAX,
            now: 0,
            allow: Allow::default(),
            compat: Compat::House,
            exports: Vec::new(),
            logs_keys: false,
        }
    }

    /// The versions that are allowed; 9front has none after TLS 1.2.
    pub(crate) fn allowed_versions(&self) -> Vec<ProtocolVersion> {
        let is_of_ours =
            |version: &ProtocolVersion| self.compat == Compat::House || *version < ProtocolVersion::TLS13;
        let versions = self.versions.iter().copied().filter(is_of_ours);
        versions.filter(|version| self.allow.has_version(*version)).collect()
    }

    pub(crate) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            suites: &self.suites,
            allow: &self.allow,
            compat: self.compat,
            has_psk: !self.psks.is_empty(),
        }
    }

    pub(crate) fn wishes(&self) -> Wishes<'_> {
        let may_be_unbound = self.allow.has(Old::LegacyExport);
        Wishes { exports: &self.exports, may_be_unbound, logs_keys: self.logs_keys }
    }

    /// Looks for what cannot work.
    ///
    /// # Errors
    /// [`Error::NoKey`] without certificates, [`Error::BadConf`].
    pub fn check(&self) -> Result<(), Error> {
        if self.certs.is_empty() && self.psks.is_empty() {
            return Err(Error::NoKey);
        }
        let is_usable = |cert: &Arc<CertifiedKey>| {
            let allows = |wanted| cert.certificate().allows(wanted);
            allows(KeyUse::Signature) || self.allow.has(Old::Rsa) && allows(KeyUse::Decryption)
        };
        if self.psks.is_empty() && !self.certs.iter().any(is_usable) {
            return Err(Error::BadConf("no certificate whose keyUsage allows signatures (digitalSignature)"));
        }
        if !self.psks.iter().all(Psk::is_fit) {
            return Err(BAD_PSK);
        }
        check_record_len(self.record_len_max)?;
        if self.allowed_versions().is_empty() {
            return Err(Error::BadConf("no version that is allowed"));
        }
        self.exports.iter().try_for_each(Export::check)?;
        check_lists(&self.alpn, &self.suites, &self.groups)
    }
}

/// A client's configuration.
#[derive(Clone, Debug)]
pub struct ClientConf {
    /// The server's name or address: what its certificate must be for, and, if a name, what server_name says.
    pub server_name: Option<ServerName<'static>>,
    /// Where its chain has to lead.
    pub verify: Verify,
    /// Certificates that are known by their hashes: if there are any, the server's must be one of them besides.
    pub pins: Option<Arc<Pins>>,
    /// What to show a server that asks for a certificate: the first that it can verify, of one of its authorities if there is one.
    pub certs: Vec<Arc<CertifiedKey>>,
    /// The secret that the server shares with us. With it no certificate of the server's is looked at, and none will do.
    pub psk: Option<Psk>,
    /// What the client comes back with, and that it wants to come back; with a shared secret it does not.
    pub sessions: Option<Sessions>,
    /// Application protocols to offer, the preferred one first.
    pub alpn: Vec<String>,
    /// Versions to offer, the best one first; of these, those that are allowed.
    pub versions: Vec<ProtocolVersion>,
    /// Cipher suites to offer, the preferred one first; of these, those that are allowed.
    pub suites: Vec<Suite>,
    /// Groups to offer, the preferred one first.
    pub groups: Vec<Group>,
    /// What to ask of the server about its certificate's status.
    pub ocsp: Ocsp,
    /// A length for the records of both sides to ask for; none, nothing is asked.
    pub max_fragment: Option<MaxFragment>,
    /// Bytes of plaintext in a record that a server who can keep a limit may send us, 64 to 16384 (RFC 8449); none, nothing is
    /// said of it.
    pub record_len_max: Option<u16>,
    /// What is old and wanted all the same.
    pub allow: Allow,
    /// Whose manners to keep.
    pub compat: Compat,
    /// Keying material that is wanted of each connection, in this order.
    pub exports: Vec<Export>,
    /// Whether [`crate::Files::key_log`] is told the secrets.
    pub logs_keys: bool,
}

/// What a client wants to know of a certificate's status (RFC 6066 §8). The answer is signed by whoever issued the certificate,
/// so that there is a question only where roots are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ocsp {
    /// Nothing.
    #[default]
    Never,
    /// What the server has; a bad answer is refused, and none is not.
    Ask,
    /// None is refused too.
    Require,
}

/// How a peer's chain is looked at.
#[derive(Clone)]
pub enum Verify {
    /// It must lead to one of these roots, and a server's be for its name.
    Roots {
        /// The roots.
        roots: Arc<Roots>,
        /// The time to judge its validity by, in seconds since 1970.
        now: u64,
    },
    /// Any will do: unless the certificate itself is known, whoever sits between is not noticed.
    Insecure,
}

impl ClientConf {
    /// The defaults, for the server called `server_name`.
    #[must_use]
    pub fn new(server_name: Option<ServerName<'static>>, verify: Verify) -> ClientConf {
        ClientConf {
            server_name,
            verify,
            pins: None,
            certs: Vec::new(),
            psk: None,
            sessions: None,
            alpn: Vec::new(),
            versions: versions().collect(),
            suites: suites(),
            groups: DEFAULT_GROUPS.to_vec(),
            ocsp: Ocsp::Never,
            max_fragment: None,
            record_len_max: None,
            allow: Allow::default(),
            compat: Compat::House,
            exports: Vec::new(),
            logs_keys: false,
        }
    }

    /// The versions that are allowed; 9front has none after TLS 1.2.
    pub(crate) fn allowed_versions(&self) -> Vec<ProtocolVersion> {
        let is_of_ours =
            |version: &ProtocolVersion| self.compat == Compat::House || *version < ProtocolVersion::TLS13;
        let versions = self.versions.iter().copied().filter(is_of_ours);
        versions.filter(|version| self.allow.has_version(*version)).collect()
    }

    pub(crate) fn wanted(&self) -> Wanted<'_> {
        Wanted { suites: &self.suites, allow: &self.allow, compat: self.compat, has_psk: self.psk.is_some() }
    }

    pub(crate) fn wishes(&self) -> Wishes<'_> {
        let may_be_unbound = self.allow.has(Old::LegacyExport);
        Wishes { exports: &self.exports, may_be_unbound, logs_keys: self.logs_keys }
    }

    /// Looks for what cannot work.
    ///
    /// # Errors
    /// [`Error::BadConf`].
    pub fn check(&self) -> Result<(), Error> {
        if !self.psk.as_ref().is_none_or(Psk::is_fit) {
            return Err(BAD_PSK);
        }
        if !self.certs.iter().all(|cert| cert.certificate().allows(KeyUse::Signature)) {
            return Err(Error::BadConf(
                "a client's certificate whose keyUsage allows no signatures (digitalSignature)",
            ));
        }
        let is_verified = self.psk.is_none() && matches!(self.verify, Verify::Roots { .. });
        if self.ocsp != Ocsp::Never && self.psk.is_none() && !is_verified {
            return Err(Error::BadConf("no roots whose OCSP responses could be believed"));
        }
        check_record_len(self.record_len_max.unwrap_or(RECORD_LEN_MAX))?;
        if self.server_name.is_none() && is_verified {
            return Err(Error::BadConf("no server name to check the certificate against"));
        }
        if self.allowed_versions().is_empty() {
            return Err(Error::BadConf("no version that is allowed"));
        }
        self.exports.iter().try_for_each(Export::check)?;
        check_lists(&self.alpn, &self.suites, &self.groups)
    }
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verify::Roots { roots, now } => {
                f.debug_struct("Roots").field("count", &roots.len()).field("now", now).finish()
            }
            Verify::Insecure => f.write_str("Insecure"),
        }
    }
}

fn versions() -> impl Iterator<Item = ProtocolVersion> {
    VERSIONS.iter().map(|(version, _)| *version)
}

fn suites() -> Vec<Suite> {
    TLS13_SUITES.iter().map(|row| row.suite).chain(SUITES.iter().map(|row| row.suite)).collect()
}

fn check_record_len(len: u16) -> Result<(), Error> {
    match (RECORD_LEN_MIN..=RECORD_LEN_MAX).contains(&len) {
        true => Ok(()),
        false => Err(Error::BadConf("records of 64 to 16384 bytes can be asked for, and no others")),
    }
}

fn check_lists(alpn: &[String], suites: &[Suite], groups: &[Group]) -> Result<(), Error> {
    if !alpn.iter().all(|protocol| (1..=PROTOCOL_LEN_MAX).contains(&protocol.len())) {
        return Err(Error::BadConf("an application protocol has 1 to 255 bytes"));
    }
    if alpn.len() > PROTOCOLS_MAX {
        return Err(Error::BadConf("more than 64 application protocols"));
    }
    let is_known = |suite| CipherSuite::by_number(suite).is_some() || Tls13Suite::by_number(suite).is_some();
    if suites.is_empty() || !suites.iter().all(|suite| is_known(*suite)) {
        return Err(Error::BadConf("no cipher suites, or an unknown one"));
    }
    if groups.is_empty() || !groups.iter().all(|group| GROUPS.contains(group)) {
        return Err(Error::BadConf("no groups, or an unknown one"));
    }
    Ok(())
}

const BAD_PSK: Error = Error::BadConf("a shared secret, or its name, is empty or too long");
/// Bytes (RFC 7301 §3.1).
const PROTOCOL_LEN_MAX: usize = 255;
/// Protocols; so many of that length still fit in a hello.
const PROTOCOLS_MAX: usize = 64;
