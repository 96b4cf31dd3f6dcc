//! What others want of a handshake's secrets, as soon as there are some: keying material, and lines of a key log.

use crate::agreed::Agreed;
use crate::effects::Effects;
use crate::error::Error;
use crate::export::{Export, Exported};
use crate::sec::export::{export, export_tls13};
use crate::sec::keylog;
use crate::sec::master::MasterSecret;
use crate::sec::tls13::schedule::{self, TrafficSecret};

/// What a configuration says about it.
pub(crate) struct Wishes<'a> {
    pub(crate) exports: &'a [Export],
    /// Whether keying material may be of a secret that is not bound to its handshake.
    pub(crate) may_be_unbound: bool,
    pub(crate) logs_keys: bool,
}

impl Wishes<'_> {
    /// There is the master secret of TLS 1.2 or a version before it.
    ///
    /// # Errors
    /// [`Error::NoExtendedMasterSecret`] if keying material is wanted that another handshake may have too.
    pub(crate) fn master(
        &self,
        agreed: &mut Agreed,
        master_secret: &MasterSecret,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        let Agreed { client_random, server_random, outcome, .. } = agreed;
        if !self.exports.is_empty() && !outcome.extended_master_secret && !self.may_be_unbound {
            return Err(Error::NoExtendedMasterSecret);
        }
        let exported = self.exports.iter();
        let exported = exported.map(|wish| export(master_secret, client_random, server_random, wish));
        outcome.exported = exported.collect::<Result<_, _>>()?;
        if self.logs_keys {
            effects.key_log(keylog::master(client_random, master_secret));
        }
        Ok(())
    }

    /// There are the secrets that protect the rest of a handshake of TLS 1.3.
    pub(crate) fn handshake_traffic(
        &self,
        client_random: &[u8; 32],
        client: &TrafficSecret,
        server: &TrafficSecret,
        effects: &mut Effects,
    ) {
        if self.logs_keys {
            let lines = keylog::handshake_traffic(client_random, client, server);
            lines.into_iter().for_each(|line| effects.key_log(line));
        }
    }

    /// There are the secrets that protect the data in TLS 1.3, and the one that keying material is made of; `finished_hash` is of all
    /// up to the server's Finished. Gives the keying material.
    ///
    /// # Errors
    /// [`Error::Internal`]
    pub(crate) fn traffic(
        &self,
        client_random: &[u8; 32],
        [client, server]: [&TrafficSecret; 2],
        master_secret: &schedule::MasterSecret,
        finished_hash: &[u8],
        effects: &mut Effects,
    ) -> Result<Vec<Exported>, Error> {
        let exporter_secret = master_secret.exporter(finished_hash)?;
        if self.logs_keys {
            let lines = keylog::traffic(client_random, client, server, &exporter_secret);
            lines.into_iter().for_each(|line| effects.key_log(line));
        }
        self.exports.iter().map(|wish| export_tls13(&exporter_secret, wish)).collect()
    }
}
