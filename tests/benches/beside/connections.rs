//! Many connections, each with a handshake and a small echo by a command of its own.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;

use super::case::{Bound, Case, Contender, Sample, Unit};
use super::cases::{World, contenders};
use super::client::{self, AES128_12, AES128_13, Ask};
use super::peers::{
    INETD, INETD_TICKETS, LISTEN, LISTEN_TICKETS, NCAT, PLAIN, PLAIN_SOCAT, Peer, RUSTLS, S_SERVER,
    SOCAT_TLS, STUNNEL, TLSWRAPPER,
};
use super::servers::{Server, Work};

/// Full handshakes in TLS 1.2.
pub(crate) fn full(world: &Arc<World>) -> Case {
    const PEERS: [Peer; 10] =
        [PLAIN, PLAIN_SOCAT, LISTEN, INETD, STUNNEL, SOCAT_TLS, NCAT, TLSWRAPPER, S_SERVER, RUSTLS];
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
    Case { bounds, ..full_by(world, AES128_12, &PEERS) }
}

/// Full handshakes in TLS 1.3, which tlswrapper does not have.
pub(crate) fn full_newer(world: &Arc<World>) -> Case {
    const PEERS: [Peer; 8] = [PLAIN, LISTEN, INETD, STUNNEL, SOCAT_TLS, NCAT, S_SERVER, RUSTLS];
    full_by(world, AES128_13, &PEERS)
}

/// Connections that take up an earlier one, against full ones.
pub(crate) fn resumed(world: &Arc<World>, ask: Ask) -> Case {
    const FULL: &str = "tlssrv under tcpserver, full";
    const RESUMED: &str = "tlssrv under tcpserver, resumed";
    let mut contenders = Vec::new();
    for (peer, name, is_resumed) in [
        (INETD_TICKETS, FULL, false),
        (INETD_TICKETS, RESUMED, true),
        (LISTEN_TICKETS, "tlssrv --listen, full", false),
        (LISTEN_TICKETS, "tlssrv --listen, resumed", true),
        (STUNNEL, "stunnel, full", false),
        (STUNNEL, "stunnel, resumed", true),
    ] {
        if !peer.is_there() {
            continue;
        }
        let server = Server::start(world, &peer, Work::Echo);
        let resumption = if is_resumed { Resumption::default() } else { Resumption::disabled() };
        let conf = ask.conf(world, resumption);
        let groups = server.iter().map(|server| server.group.id()).collect();
        let contender = Contender::new(name, move || {
            made(server.as_ref().map_err(Clone::clone)?, Some(&conf), is_resumed)
        });
        contenders.push(contender.with(groups));
    }
    let bounds = vec![Bound {
        text: "resumed against full, one process per connection, RSA-2048",
        ours: RESUMED,
        against: &[FULL],
        least: 1.3,
        aim: 2.0,
    }];
    let name = format!("resumed handshakes, {}, RSA-2048", ask.text);
    let bounds = if ask.text == AES128_12.text { bounds } else { Vec::new() };
    Case { name, unit: Unit::ConnectionsPerSecond, contenders, bounds }
}

fn full_by(world: &Arc<World>, ask: Ask, peers: &[Peer]) -> Case {
    let contenders = contenders(world, peers, Work::Echo, ask, |server, _, tls| made(server, tls, false));
    let name = format!("full handshakes, {}, RSA-2048", ask.text);
    Case { name, unit: Unit::ConnectionsPerSecond, contenders, bounds: Vec::new() }
}

/// The rate of connections, and the milliseconds of the processor's time that the server used for each.
fn made(server: &Server, tls: Option<&Arc<ClientConfig>>, must_resume: bool) -> Result<Sample, String> {
    let (made, cpu) = server.counted(|| client::connections(server.port, tls, must_resume))?;
    Ok(Sample { value: made.per_second, cpu: Some(cpu * 1e3 / made.count as f64) })
}
