//! The mounts that were asked for: made before anything is served, and served until they are taken away.

use std::sync::Arc;

use devtls::Device;
use devtls::fuse::{Mount, Options};

use crate::args::Args;
use crate::exit::{CONFIGURATION, Fatal, SYSTEM};

/// Mounts the device on every directory that was asked for.
pub(super) async fn make(args: &Args, device: &Arc<Device>) -> Result<Vec<Mount>, Fatal> {
    let mut mounts = Vec::new();
    for dir in &args.mounts {
        let options = Options { allow_other: args.allows_other };
        let mount = Mount::new(dir, Arc::clone(device), options).await.map_err(|error| {
            let text = format!("-m {}: {error}", dir.display());
            let code = if error.is_about_directory() { CONFIGURATION } else { SYSTEM };
            Fatal { code, text }
        })?;
        mounts.push(mount);
    }
    Ok(mounts)
}

/// Serves one mount to its end.
pub(super) async fn serve(mut mount: Mount) {
    let ended = mount.serve().await;
    let dir = mount.path().display();
    match ended {
        Ok(()) => eprintln!("devtls: {dir}: no longer mounted"),
        Err(error) => eprintln!("devtls: {dir}: {error}"),
    }
}
