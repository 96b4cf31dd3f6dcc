//! What the hellos of TLS 1.2 and the versions before it agree on, for the later states of both roles.
//!
//! Who may agree on what is decided where each role reads the other's hello.

use tlswire::ProtocolVersion;

use crate::msg::Form;
use crate::outcome::Outcome;
use crate::record_len::RecordLens;
use crate::sec::MacOrder;
use crate::sec::prf::Prf;
use crate::suites::CipherSuite;

/// What was agreed on in the hellos, and every later state needs. The group and the peer's certificates are added to
/// `outcome` as they come.
#[derive(Debug)]
pub(crate) struct Agreed {
    pub(crate) suite: &'static CipherSuite,
    pub(crate) version: ProtocolVersion,
    pub(crate) client_random: [u8; 32],
    pub(crate) server_random: [u8; 32],
    /// How long records may be.
    pub(crate) record_lens: RecordLens,
    /// Whether the server may show an OCSP response.
    pub(crate) may_have_status: bool,
    pub(crate) outcome: Outcome,
}

impl Agreed {
    /// How later messages are laid out.
    pub(crate) fn form(&self) -> Form {
        Form { version: self.version, kx: self.suite.kx }
    }

    pub(crate) fn prf(&self) -> Prf {
        self.suite.prf(self.version)
    }

    pub(crate) fn mac_order(&self) -> MacOrder {
        if self.outcome.encrypt_then_mac { MacOrder::EncryptThenMac } else { MacOrder::MacThenEncrypt }
    }
}
