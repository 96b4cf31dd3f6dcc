//! Keying material from what a handshake leaves.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::export::{Export, Exported};
use crate::sec::master::MasterSecret;
use crate::sec::prf::Prf;
use crate::sec::tls13::schedule::ExporterSecret;

/// PRF(master_secret, label, randoms, context with its length), of TLS 1.2 and the versions before it (RFC 5705 §4). Whether the secret is bound to its handshake is the
/// caller's to know.
///
/// # Errors
/// [`Error::BadConf`] in SSL 3.0, whose secrets have no labels: what is derived for one would be everybody's.
pub(crate) fn export(
    master_secret: &MasterSecret,
    client_random: &[u8; 32],
    server_random: &[u8; 32],
    export: &Export,
) -> Result<Exported, Error> {
    if master_secret.prf() == Prf::Ssl3 {
        return Err(Error::BadConf("no keying material in SSL 3.0"));
    }
    let mut seed = [*client_random, *server_random].concat();
    if let Some(context) = &export.context {
        let len = u16::try_from(context.len()).map_err(|_| Error::Internal("a long context"))?;
        seed.extend_from_slice(&len.to_be_bytes());
        seed.extend_from_slice(context);
    }
    let mut bytes = Zeroizing::new(vec![0; export.len]);
    master_secret.expand(export.label.as_bytes(), &seed, &mut bytes)?;
    Ok(Exported::new(bytes))
}

/// The same in TLS 1.3, where no context and one without bytes are one (RFC 8446 §7.5).
///
/// # Errors
/// [`Error::Internal`]
pub(crate) fn export_tls13(exporter_secret: &ExporterSecret, export: &Export) -> Result<Exported, Error> {
    let context = export.context.as_deref().unwrap_or_default();
    let mut bytes = Zeroizing::new(vec![0; export.len]);
    exporter_secret.export(export.label.as_bytes(), context, &mut bytes)?;
    Ok(Exported::new(bytes))
}
