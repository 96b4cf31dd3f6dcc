//! The cases, in the order of the table, and what they share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;

use super::case::{Case, Contender, Sample};
use super::cert::Cert;
use super::client::{AES128_12, AES128_13, AES256_12, AES256_13, Ask, CHACHA_12, CHACHA_13};
use super::peers::{Kind, Peer};
use super::servers::{Server, Work};
use super::{bulk, connections, idle, ways};

/// What all cases share.
pub(crate) struct World {
    pub(crate) server: Cert,
}

impl World {
    pub(crate) fn new() -> Arc<World> {
        Arc::new(World { server: Cert::new() })
    }

    /// A directory that goes with the bench.
    pub(crate) fn dir(&self) -> &Path {
        self.server.dir()
    }

    /// Where our servers keep the keys of their tickets.
    pub(crate) fn ticket_keys(&self) -> PathBuf {
        self.dir().join("ticket-keys")
    }
}

/// All cases.
pub(crate) const ALL: [fn(&Arc<World>) -> Case; 24] = [
    bulk::out,
    |world| bulk::out_few(world, AES256_12),
    |world| bulk::out_few(world, CHACHA_12),
    |world| bulk::out_few(world, AES128_13),
    |world| bulk::out_few(world, AES256_13),
    |world| bulk::out_few(world, CHACHA_13),
    bulk::both_ways,
    |world| bulk::both_ways_few(world, AES256_12),
    |world| bulk::both_ways_few(world, CHACHA_12),
    |world| bulk::both_ways_few(world, AES128_13),
    |world| bulk::both_ways_few(world, AES256_13),
    |world| bulk::both_ways_few(world, CHACHA_13),
    bulk::little_under_way,
    ways::inside,
    ways::ninep,
    ways::short_messages,
    ways::mount,
    connections::full,
    connections::full_newer,
    |world| connections::resumed(world, AES128_12),
    |world| connections::resumed(world, AES128_13),
    ways::echo,
    idle::memory,
    idle::crowd,
];

/// A server of each of `peers` that is there, and what is measured on it.
pub(crate) fn contenders(
    world: &Arc<World>,
    peers: &[Peer],
    work: Work,
    ask: Ask,
    measure: impl Fn(&Server, Kind, Option<&Arc<ClientConfig>>) -> Result<Sample, String> + Copy + Send + 'static,
) -> Vec<Contender> {
    let conf = ask.full(world);
    let there = peers.iter().filter(|peer| peer.is_there());
    there
        .map(|peer| {
            let server = Server::start(world, peer, work);
            let tls = (peer.kind != Kind::Clear).then(|| Arc::clone(&conf));
            let kind = peer.kind;
            let groups = server.iter().map(|server| server.group.id()).collect();
            Contender::new(peer.name, move || {
                measure(server.as_ref().map_err(Clone::clone)?, kind, tls.as_ref())
            })
            .with(groups)
        })
        .collect()
}
