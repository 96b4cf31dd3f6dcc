//! What a handshake is told beforehand: by whom we are, whom we trust, and what we prefer.
//!
//! A configuration may serve one connection or many; nothing here is read from files.

use std::fmt;
use std::sync::Arc;

use factotum::CertifiedKey;
use tlswire::{Group, Suite};
use x509::{Roots, ServerName};

use crate::error::Error;
use crate::sec::kx::GROUPS;
use crate::suites::{CipherSuite, SUITES};

/// A server's configuration.
#[derive(Clone, Debug)]
pub struct ServerConf {
    /// Certificates with their keys; the first is shown to whoever asks for no name or an unknown one.
    pub certs: Vec<Arc<CertifiedKey>>,
    /// Application protocols, the preferred one first; none means that the client's wishes are ignored.
    pub alpn: Vec<String>,
    /// Refuses names that no certificate is for, instead of showing the first.
    pub strict_sni: bool,
    /// Cipher suites, the preferred one first.
    pub suites: Vec<Suite>,
    /// Groups, the preferred one first.
    pub groups: Vec<Group>,
}

impl ServerConf {
    /// The defaults, with these certificates.
    #[must_use]
    pub fn new(certs: Vec<Arc<CertifiedKey>>) -> ServerConf {
        ServerConf {
            certs,
            alpn: Vec::new(),
            strict_sni: false,
            suites: SUITES.iter().map(|row| row.suite).collect(),
            groups: GROUPS.to_vec(),
        }
    }

    /// Looks for what cannot work.
    ///
    /// # Errors
    /// [`Error::NoKey`] without certificates, [`Error::BadConf`].
    pub fn check(&self) -> Result<(), Error> {
        if self.certs.is_empty() {
            return Err(Error::NoKey);
        }
        check_lists(&self.alpn, &self.suites, &self.groups)
    }
}

/// A client's configuration.
#[derive(Clone, Debug)]
pub struct ClientConf {
    /// The server's name or address: what its certificate must be for, and, if a name, what server_name says.
    pub server_name: Option<ServerName<'static>>,
    /// What makes its certificate good.
    pub verify: Verify,
    /// Application protocols to offer, the preferred one first.
    pub alpn: Vec<String>,
    /// Cipher suites to offer, the preferred one first.
    pub suites: Vec<Suite>,
    /// Groups to offer, the preferred one first.
    pub groups: Vec<Group>,
}

/// How a client looks at the server's certificate.
#[derive(Clone)]
pub enum Verify {
    /// It must be for the server's name, and lead to one of these roots.
    Roots {
        /// The roots.
        roots: Arc<Roots>,
        /// The time to judge its validity by, in seconds since 1970.
        now: u64,
    },
    /// Any will do: whoever sits between is not noticed.
    Insecure,
}

impl ClientConf {
    /// The defaults, for the server called `server_name`.
    #[must_use]
    pub fn new(server_name: Option<ServerName<'static>>, verify: Verify) -> ClientConf {
        ClientConf {
            server_name,
            verify,
            alpn: Vec::new(),
            suites: SUITES.iter().map(|row| row.suite).collect(),
            groups: GROUPS.to_vec(),
        }
    }

    /// Looks for what cannot work.
    ///
    /// # Errors
    /// [`Error::BadConf`].
    pub fn check(&self) -> Result<(), Error> {
        if self.server_name.is_none() && matches!(self.verify, Verify::Roots { .. }) {
            return Err(Error::BadConf("no server name to check the certificate against"));
        }
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

fn check_lists(alpn: &[String], suites: &[Suite], groups: &[Group]) -> Result<(), Error> {
    if !alpn.iter().all(|protocol| (1..=PROTOCOL_LEN_MAX).contains(&protocol.len())) {
        return Err(Error::BadConf("an application protocol has 1 to 255 bytes"));
    }
    if alpn.len() > PROTOCOLS_MAX {
        return Err(Error::BadConf("more than 64 application protocols"));
    }
    if suites.is_empty() || !suites.iter().all(|suite| CipherSuite::by_number(*suite).is_some()) {
        return Err(Error::BadConf("no cipher suites, or an unknown one"));
    }
    if groups.is_empty() || !groups.iter().all(|group| GROUPS.contains(group)) {
        return Err(Error::BadConf("no groups, or an unknown one"));
    }
    Ok(())
}

/// Bytes (RFC 7301 §3.1).
const PROTOCOL_LEN_MAX: usize = 255;
/// Protocols; so many of that length still fit in a hello.
const PROTOCOLS_MAX: usize = 64;
