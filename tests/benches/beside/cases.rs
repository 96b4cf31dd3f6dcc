//! What is measured: commands behind TLS, in bytes, connections and memory. The ways into the device are in `ways`.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::Resumption;

use super::case::{Bound, Case, Contender, Sample, Unit};
use super::cert::Cert;
use super::channel::Channel;
use super::client::{self, AES128_12, AES128_13, AES256_12, Ask, CHACHA_12};
use super::peers::{INETD, LISTEN, NCAT, PLAIN, PLAIN_SOCAT, Peer, S_SERVER, SOCAT_TLS, STUNNEL, TLSWRAPPER};
use super::servers::{Kind, Server};
use super::ways;

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
}

/// All cases, in the order of the table.
pub(crate) const ALL: [fn(&Arc<World>) -> Case; 16] = [
    |world| out(world, "bulk out, TLS 1.2, AES-128-GCM", AES128_12, 1 << 30, &ALL_BULK),
    |world| out(world, "bulk out, TLS 1.2, AES-256-GCM", AES256_12, 256 << 20, &FEW_BULK),
    |world| out(world, "bulk out, TLS 1.2, ChaCha20", CHACHA_12, 256 << 20, &FEW_BULK),
    |world| out(world, "bulk out, TLS 1.3, AES-128-GCM", AES128_13, 256 << 20, &FEW_BULK),
    |world| both_ways(world, "bulk both ways, TLS 1.2, AES-128-GCM", AES128_12),
    |world| both_ways(world, "bulk both ways, TLS 1.3, AES-128-GCM", AES128_13),
    ways::inside,
    ways::ninep,
    ways::short_messages,
    ways::mount,
    |world| handshakes(world, "full handshakes, TLS 1.2, RSA-2048", AES128_12),
    |world| handshakes(world, "full handshakes, TLS 1.3, RSA-2048", AES128_13),
    resumed,
    ways::echo,
    idle,
    crowd,
];

const ALL_BULK: [Peer; 8] = [PLAIN, PLAIN_SOCAT, LISTEN, INETD, STUNNEL, SOCAT_TLS, NCAT, TLSWRAPPER];
const FEW_BULK: [Peer; 4] = [PLAIN, LISTEN, STUNNEL, SOCAT_TLS];
const PEERS_NAMES: [&str; 4] = [STUNNEL.name, SOCAT_TLS.name, NCAT.name, TLSWRAPPER.name];

/// A server of each of `peers` that is there, and what is measured on it.
fn contenders(
    world: &Arc<World>,
    peers: &[Peer],
    words: &[&str],
    ask: Ask,
    measure: impl Fn(&Server, Option<&Arc<ClientConfig>>) -> Result<Sample, String> + Copy + Send + 'static,
) -> Vec<Contender> {
    let conf = ask.full(world);
    let there = peers.iter().filter(|peer| peer.is_there());
    there
        .map(|peer| {
            let server = Server::start(world, peer, words);
            let tls = (peer.kind == Kind::Tls).then(|| Arc::clone(&conf));
            Contender::new(peer.name, move || measure(server.as_ref().map_err(Clone::clone)?, tls.as_ref()))
        })
        .collect()
}

/// Takes the time of `work` and the processor's time that the server uses meanwhile, for `len` bytes.
fn rate(
    server: &Server,
    len: u64,
    work: impl FnOnce() -> Result<Duration, String>,
) -> Result<Sample, String> {
    let (before, count) = (server.group.cpu(), server.group.count());
    let time = work()?;
    // What a command used counts once somebody has waited for it.
    server.group.settle(count);
    let cpu = (server.group.cpu() - before) / (len as f64 / 1e9);
    Ok(Sample { value: len as f64 / 1e6 / time.as_secs_f64(), cpu: Some(cpu) })
}

/// Bytes out of a command, as fast as they come.
fn out(world: &Arc<World>, name: &'static str, ask: Ask, len: u64, peers: &[Peer]) -> Case {
    let words = ["/usr/bin/head", "-c", &len.to_string(), "/dev/zero"];
    let contenders = contenders(world, peers, &words, ask, move |server, tls| {
        rate(server, len, || client::drink(server.port, tls, len))
    });
    let bounds = vec![
        Bound {
            text: "bulk out of an exec'd command through tlssrv --listen, against plain tcpserver",
            ours: LISTEN.name,
            against: &[PLAIN.name],
            least: 0.85,
            aim: 1.0,
        },
        Bound {
            text: "the same, against the best of stunnel, socat, ncat, tlswrapper",
            ours: LISTEN.name,
            against: &PEERS_NAMES,
            least: 1.0,
            aim: 1.0,
        },
    ];
    let bounds = if ask.text == AES128_12.text { bounds } else { Vec::new() };
    Case { name, unit: Unit::MegabytesPerSecond, contenders, bounds }
}

/// Bytes through a command and back, both ways at once.
fn both_ways(world: &Arc<World>, name: &'static str, ask: Ask) -> Case {
    const LEN: u64 = 256 << 20;
    let contenders = contenders(world, &ALL_BULK, &["/bin/cat"], ask, |server, tls| {
        rate(server, LEN, || client::swing(server.port, tls, LEN))
    });
    let bound = Bound {
        text: "bulk both ways through an exec'd cat, against the best of stunnel, socat, ncat, tlswrapper",
        ours: LISTEN.name,
        against: &PEERS_NAMES,
        least: 1.3,
        aim: 2.0,
    };
    let bounds = if ask.text == AES128_12.text { vec![bound] } else { Vec::new() };
    Case { name, unit: Unit::MegabytesPerSecond, contenders, bounds }
}

/// Connections with a full handshake and a small echo.
fn handshakes(world: &Arc<World>, name: &'static str, ask: Ask) -> Case {
    let peers = [PLAIN, PLAIN_SOCAT, LISTEN, INETD, STUNNEL, SOCAT_TLS, NCAT, TLSWRAPPER, S_SERVER];
    let contenders = contenders(world, &peers, &["/bin/cat"], ask, |server, tls| {
        client::connections(server.port, tls, false).map(Sample::from)
    });
    let bounds = vec![
        Bound {
            text: "full handshakes with an exec'd cat, --listen, against plain tcpserver",
            ours: LISTEN.name,
            against: &[PLAIN.name],
            least: 0.35,
            aim: 0.6,
        },
        Bound {
            text: "the same, one process per connection under tcpserver",
            ours: INETD.name,
            against: &[PLAIN.name],
            least: 0.26,
            aim: 0.4,
        },
    ];
    let bounds = if ask.text == AES128_12.text { bounds } else { Vec::new() };
    Case { name, unit: Unit::ConnectionsPerSecond, contenders, bounds }
}

/// Connections that take up an earlier one, against full ones; one process for each connection.
fn resumed(world: &Arc<World>) -> Case {
    const FULL: &str = "tlssrv under tcpserver, full";
    const RESUMED: &str = "tlssrv under tcpserver, resumed";
    let keys = world.dir().join("ticket-keys");
    let keys = keys.to_str().unwrap_or_default();
    let words = ["--ticket-keys", keys, "/bin/cat"];
    let mut contenders = Vec::new();
    for (name, is_resumed) in [(FULL, false), (RESUMED, true)] {
        let server = Server::start(world, &INETD, &words);
        let resumption = if is_resumed { Resumption::default() } else { Resumption::disabled() };
        let conf = AES128_12.conf(world, resumption);
        contenders.push(Contender::new(name, move || {
            let server = server.as_ref().map_err(Clone::clone)?;
            client::connections(server.port, Some(&conf), is_resumed).map(Sample::from)
        }));
    }
    let bounds = vec![Bound {
        text: "resumed against full, one process per connection, RSA-2048",
        ours: RESUMED,
        against: &[FULL],
        least: 1.3,
        aim: 2.0,
    }];
    let name = "resumed handshakes, one process per connection, TLS 1.2, RSA-2048";
    Case { name, unit: Unit::ConnectionsPerSecond, contenders, bounds }
}

/// Memory of connections that say nothing.
fn idle(world: &Arc<World>) -> Case {
    let mut contenders = Vec::new();
    for (peer, count, name) in [
        (STUNNEL, FEW_COUNT, IDLE_STUNNEL),
        (LISTEN, FEW_COUNT, IDLE_FEW),
        (LISTEN, MANY_COUNT, IDLE_MANY),
        (INETD, FEW_COUNT, "tlssrv under tcpserver, 20 connections"),
    ] {
        if !peer.is_there() {
            continue;
        }
        let world = Arc::clone(world);
        contenders.push(Contender::new(name, move || idlers(&world, &peer, count).map(Sample::from)));
    }
    let bounds = vec![
        Bound {
            text: "memory per idle connection at 20, --listen, against stunnel's (whose 120 KiB make 100 KiB and 40 KiB of these)",
            ours: IDLE_FEW,
            against: &[IDLE_STUNNEL],
            least: 0.83,
            aim: 0.33,
        },
        Bound {
            text: "memory per idle connection, 1,000 against 20, --listen",
            ours: IDLE_MANY,
            against: &[IDLE_FEW],
            least: 1.2,
            aim: 1.0,
        },
    ];
    Case {
        name: "memory per idle connection, the command left out",
        unit: Unit::KibibytesEach,
        contenders,
        bounds,
    }
}

const FEW_COUNT: usize = 20;
const MANY_COUNT: usize = 1000;
const IDLE_STUNNEL: &str = "stunnel, 20 connections";
const IDLE_FEW: &str = "tlssrv --listen, 20 connections";
const IDLE_MANY: &str = "tlssrv --listen, 1,000 connections";

/// Bytes both ways through one connection, beside others that wait.
fn crowd(world: &Arc<World>) -> Case {
    const LEN: u64 = 128 << 20;
    const FEW: &str = "beside 20 idle connections";
    const MANY: &str = "beside 1,000 idle connections";
    let mut contenders = Vec::new();
    for (name, count) in [(FEW, FEW_COUNT), (MANY, MANY_COUNT)] {
        let world = Arc::clone(world);
        let mut crowd = None;
        contenders.push(Contender::new(name, move || {
            let conf = AES128_12.full(&world);
            let (server, _) = match &crowd {
                Some(crowd) => crowd,
                None => {
                    let server = Server::start(&world, &LISTEN, &["/bin/cat"])?;
                    let idlers = (0..count).map(|_| used(&server, &conf)).collect::<Result<Vec<_>, _>>()?;
                    crowd.insert((server, idlers))
                }
            };
            rate(server, LEN, || client::swing(server.port, Some(&conf), LEN))
        }));
    }
    let bounds = vec![Bound {
        text: "bulk of one connection beside 1,000 idle ones, against beside 20",
        ours: MANY,
        against: &[FEW],
        least: 0.83,
        aim: 1.0,
    }];
    let name = "bulk both ways of one connection of tlssrv --listen, beside idle ones";
    Case { name, unit: Unit::MegabytesPerSecond, contenders, bounds }
}

/// A connection that has been used once and waits.
fn used(server: &Server, conf: &Arc<ClientConfig>) -> Result<Channel, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut channel = Channel::dial(server.port, Some(conf)).map_err(text)?;
    channel.write(b"hello\n").and_then(|()| channel.read(6)).map_err(text)?;
    Ok(channel)
}

/// KiB for each of `count` connections that have been used once and wait.
fn idlers(world: &World, peer: &Peer, count: usize) -> Result<f64, String> {
    let server = Server::start(world, peer, &["/bin/cat"])?;
    let conf = AES128_12.full(world);
    let alone = server.group.count();
    used(&server, &conf)?.close();
    server.group.settle(alone);
    let before = server.group.memory_without("cat");
    let channels = (0..count).map(|_| used(&server, &conf)).collect::<Result<Vec<_>, _>>()?;
    thread::sleep(Duration::from_millis(300));
    let after = server.group.memory_without("cat");
    drop(channels);
    server.group.settle(alone);
    Ok((after - before) / count as f64)
}
