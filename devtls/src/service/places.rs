//! Where to listen: sockets from a service manager, names in the namespace directory, and addresses.

use std::env;

use ninep::io::{Address, Listener};

use super::manager::Inherited;
use crate::args::Args;
use crate::exit::Fatal;
use crate::namespace;

/// Listens everywhere; `user` is who runs us.
pub(super) async fn listeners(
    args: &Args,
    inherited: Vec<Inherited>,
    user: &str,
) -> Result<Vec<Listener>, Fatal> {
    let mut listeners = Vec::new();
    for socket in inherited {
        let taken = socket.listener();
        let (listener, name) =
            taken.map_err(|error| Fatal::system("a socket of the service manager", &error))?;
        check_reach(listener.address(), args, &format!("socket {name} of the service manager"))?;
        listeners.push(listener);
    }
    let mut addresses = Vec::new();
    for text in &args.addresses {
        let address =
            Address::parse(text).map_err(|error| Fatal::configuration(format!("-a {text}: {error}")))?;
        check_reach(&address, args, &format!("-a {text}"))?;
        addresses.push(address);
    }
    let is_placed = !(listeners.is_empty() && addresses.is_empty() && args.mounts.is_empty());
    for name in
        args.names.iter().map(String::as_str).chain((args.names.is_empty() && !is_placed).then_some(NAME))
    {
        addresses.push(posted(name, user)?);
    }
    for address in addresses {
        listeners.push(address.listen().await.map_err(|error| Fatal::system("cannot listen", &error))?);
    }
    Ok(listeners)
}

/// Gives the address of a name in the namespace directory, and sees to the directory.
fn posted(name: &str, user: &str) -> Result<Address, Fatal> {
    let var = |name| env::var(name).ok();
    let dir = ninep::io::namespace(var("NAMESPACE"), var("USER").or(Some(user.to_owned())), var("DISPLAY"));
    namespace::prepare(&dir).map_err(|error| Fatal::system(&dir.display().to_string(), &error))?;
    Ok(Address::Unix(dir.join(name)))
}

/// Refuses an address that other machines reach, unless that was asked for.
fn check_reach(address: &Address, args: &Args, what: &str) -> Result<(), Fatal> {
    if address.is_local() || args.trusts_network {
        return Ok(());
    }
    let why = "9P proves nobody's identity over a network; listen on the loopback address or at a unix socket, \
        or say --trust-network";
    Err(Fatal::configuration(format!("{what}: {why}")))
}

/// The name that is posted when no place is asked for.
const NAME: &str = "tls";
