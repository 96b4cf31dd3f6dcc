//! Where to listen: names in the namespace directory, and addresses.

use std::env;

use ninep::io::Address;

use crate::args::Args;
use crate::exit::Fatal;
use crate::namespace;

/// Gives every address to listen at; `user` is who runs us.
pub(super) fn addresses(args: &Args, user: &str) -> Result<Vec<Address>, Fatal> {
    let mut addresses = Vec::new();
    if !args.names.is_empty() {
        let var = |name| env::var(name).ok();
        let dir = namespace::path(var("NAMESPACE"), var("USER").or(Some(user.to_owned())), var("DISPLAY"));
        namespace::prepare(&dir).map_err(|error| Fatal::system(&dir.display().to_string(), &error))?;
        addresses.extend(args.names.iter().map(|name| Address::Unix(dir.join(name))));
    }
    for text in &args.addresses {
        let address =
            Address::parse(text).map_err(|error| Fatal::configuration(format!("-a {text}: {error}")))?;
        if !address.is_local() && !args.trusts_network {
            let why = "9P proves nobody's identity over a network; listen on the loopback address or at a unix socket, \
                or say --trust-network";
            return Err(Fatal::configuration(format!("-a {text}: {why}")));
        }
        addresses.push(address);
    }
    Ok(addresses)
}
