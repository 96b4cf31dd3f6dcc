//! Connections that wait: the memory that they take, and whether they hold up the one that does not.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::ClientConfig;

use super::case::{Bound, Case, Contender, Sample, Unit};
use super::cases::World;
use super::channel::Channel;
use super::client::{self, AES128_12};
use super::peers::{INETD, LISTEN, Peer, STUNNEL};
use super::servers::{Server, Work};

/// Memory of connections that say nothing.
pub(crate) fn memory(world: &Arc<World>) -> Case {
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
        name: "memory per idle connection, the command left out".to_owned(),
        unit: Unit::KibibytesEach,
        contenders,
        bounds,
    }
}

/// Bytes both ways through one connection, beside others that wait.
pub(crate) fn crowd(world: &Arc<World>) -> Case {
    const LEN: u64 = 128 << 20;
    const FEW: &str = "tlssrv --listen, beside 20 idle ones";
    const MANY: &str = "tlssrv --listen, beside 1,000 idle ones";
    let mut contenders = Vec::new();
    for (name, count) in [(FEW, FEW_COUNT), (MANY, MANY_COUNT)] {
        let world = Arc::clone(world);
        let mut crowd = None;
        contenders.push(Contender::new(name, move || {
            let conf = AES128_12.full(&world);
            let (server, _) = match &crowd {
                Some(crowd) => crowd,
                None => {
                    let server = Server::start(&world, &LISTEN, Work::Echo)?;
                    let idlers = (0..count).map(|_| used(&server, &conf)).collect::<Result<Vec<_>, _>>()?;
                    crowd.insert((server, idlers))
                }
            };
            server.rate(LEN, || client::swing(server.port, Some(&conf), LEN, u64::MAX))
        }));
    }
    let bounds = vec![Bound {
        text: "bulk of one connection beside 1,000 idle ones, against beside 20",
        ours: MANY,
        against: &[FEW],
        least: 0.83,
        aim: 1.0,
    }];
    let name = "bulk both ways of one connection, beside idle ones".to_owned();
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
    let server = Server::start(world, peer, Work::Echo)?;
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

const FEW_COUNT: usize = 20;
const MANY_COUNT: usize = 1000;
const IDLE_STUNNEL: &str = "stunnel, 20 connections";
const IDLE_FEW: &str = "tlssrv --listen, 20 connections";
const IDLE_MANY: &str = "tlssrv --listen, 1,000 connections";
