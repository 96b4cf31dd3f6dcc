//! Many bytes through one connection to a command behind TLS: out of it, and both ways.

use std::sync::Arc;

use super::case::{Bound, Case, Unit};
use super::cases::{World, contenders};
use super::client::{self, AES128_12, Ask};
use super::peers::{
    INETD, LISTEN, NCAT, PLAIN, PLAIN_SOCAT, Peer, RUSTLS, S_SERVER, S_SERVER_FILE, SOCAT_TLS, STUNNEL,
    TLSWRAPPER,
};
use super::servers::Work;

/// Out of a command, with everybody.
pub(crate) fn out(world: &Arc<World>) -> Case {
    const PEERS: [Peer; 10] =
        [PLAIN, PLAIN_SOCAT, LISTEN, INETD, STUNNEL, SOCAT_TLS, NCAT, TLSWRAPPER, S_SERVER_FILE, RUSTLS];
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
            against: &SAME_JOB,
            least: 1.0,
            aim: 1.0,
        },
    ];
    Case { bounds, ..out_of(world, AES128_12, &PEERS, 1 << 30) }
}

/// Out of a command, by another suite, with few.
pub(crate) fn out_few(world: &Arc<World>, ask: Ask) -> Case {
    out_of(world, ask, &FEW, 256 << 20)
}

/// Through `cat` and back at once, with everybody who gets them through.
pub(crate) fn both_ways(world: &Arc<World>) -> Case {
    const PEERS: [Peer; 9] =
        [PLAIN, PLAIN_SOCAT, LISTEN, INETD, STUNNEL, SOCAT_TLS, TLSWRAPPER, S_SERVER, RUSTLS];
    let bounds = vec![Bound {
        text: "bulk both ways through an exec'd cat, against the best of stunnel, socat, tlswrapper",
        ours: LISTEN.name,
        against: &SAME_JOB,
        least: 1.3,
        aim: 2.0,
    }];
    let name = format!("bulk both ways, {}", AES128_12.text);
    Case { bounds, ..back_and_forth(world, name, AES128_12, &PEERS, (256 << 20, u64::MAX)) }
}

/// The same by another suite, with few.
pub(crate) fn both_ways_few(world: &Arc<World>, ask: Ask) -> Case {
    let name = format!("bulk both ways, {}", ask.text);
    back_and_forth(world, name, ask, &FEW, (128 << 20, u64::MAX))
}

/// The same with so little under way that nobody is stuck: ncat waits until its command has taken everything, and the command until
/// ncat takes something, as soon as there is more than two pipes hold.
pub(crate) fn little_under_way(world: &Arc<World>) -> Case {
    const PEERS: [Peer; 8] = [PLAIN, LISTEN, INETD, STUNNEL, SOCAT_TLS, NCAT, TLSWRAPPER, RUSTLS];
    let name = format!("both ways with at most 64 KiB under way, {}", AES128_12.text);
    back_and_forth(world, name, AES128_12, &PEERS, (16 << 20, 64 << 10))
}

fn out_of(world: &Arc<World>, ask: Ask, peers: &[Peer], len: u64) -> Case {
    let contenders = contenders(world, peers, Work::Zeros(len), ask, move |server, kind, tls| {
        server.rate(len, || client::drink(server.port, tls, kind.request(), len))
    });
    let name = format!("bulk out, {}", ask.text);
    Case { name, unit: Unit::MegabytesPerSecond, contenders, bounds: Vec::new() }
}

/// Moves `len` bytes each way, with at most `window_len` under way.
fn back_and_forth(
    world: &Arc<World>,
    name: String,
    ask: Ask,
    peers: &[Peer],
    (len, window_len): (u64, u64),
) -> Case {
    let contenders = contenders(world, peers, Work::Echo, ask, move |server, _, tls| {
        server.rate(len, || client::swing(server.port, tls, len, window_len))
    });
    Case { name, unit: Unit::MegabytesPerSecond, contenders, bounds: Vec::new() }
}

/// With whom suites are compared.
const FEW: [Peer; 3] = [PLAIN, LISTEN, STUNNEL];
/// Who puts a command behind TLS, beside us.
const SAME_JOB: [&str; 4] = [STUNNEL.name, SOCAT_TLS.name, NCAT.name, TLSWRAPPER.name];
