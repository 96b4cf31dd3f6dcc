//! A command behind a connection: bytes both ways until both are done with each other.
//!
//! The connection lives as long as the command, or whoever inherited its descriptors, may still write to it. What the peer
//! sends after that is nobody's to read, so the end does not wait for the peer.

use std::future::{Future, pending};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::process::Child;

use crate::conn::Opened;
use crate::exit::Exit;
use crate::relay::idle::{Watch, Watched};
use crate::relay::{Ended, copy, data, socket};
use crate::report::Report;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The command's code.
    pub exit: Exit,
    /// Whether the peer was cut off before it had said that it was done.
    pub was_cut: bool,
}

/// Relays between `opened` and the command at the other end of `stream` until the command has ended and nothing of its
/// output is left, or until nothing has moved either way for `idle_max`: then the peer gets close_notify, the command reads
/// the end, and is not waited for. Dropping the future ends the connection in the same way.
pub async fn run(
    opened: Opened,
    mut child: Child,
    stream: UnixStream,
    idle_max: Option<Duration>,
    report: &Report,
) -> Outcome {
    let watch = idle_max.map(Watch::new);
    let (incoming, outgoing) = data::ends(opened.data, opened.ctl);
    let (output, input) = socket::ends(stream);
    let (incoming, input) = (Watched::new(incoming, watch.as_ref()), Watched::new(input, watch.as_ref()));
    let (output, outgoing) = (Watched::new(output, watch.as_ref()), Watched::new(outgoing, watch.as_ref()));
    let mut to_command = Some(Box::pin(copy(incoming, input)));
    let mut to_peer = Some(Box::pin(copy(output, outgoing)));
    let mut exit = None;
    let mut was_cut = false;
    // The connection ends when both directions have been dropped: then the command alone is waited for.
    while exit.is_none() || to_peer.is_some() {
        tokio::select! {
            ended = of(&mut to_command) => {
                to_command = None;
                if let Ended::Cut(error) = ended {
                    was_cut = true;
                    report.event(&format!("connection cut without close_notify: {error}"));
                }
            }
            ended = of(&mut to_peer) => {
                to_peer = None;
                if let Ended::Refused(error) = ended {
                    report.trace(&format!("the peer takes no more: {error}"));
                }
            }
            limit = idle(watch.as_ref()), if to_command.is_some() || to_peer.is_some() => {
                report.event(&format!("ended: nothing moved for {} ms", limit.as_millis()));
                return Outcome { exit: Exit::Tls, was_cut };
            }
            status = child.wait(), if exit.is_none() => {
                // Only a status that somebody else collected is an error here.
                exit = Some(status.map_or(Exit::System, Exit::of));
            }
        }
    }
    Outcome { exit: exit.unwrap_or(Exit::System), was_cut }
}

/// The end of the watch's patience, or never.
async fn idle(watch: Option<&Watch>) -> Duration {
    match watch {
        Some(watch) => watch.idle().await,
        None => pending().await,
    }
}

/// The future that is there, or never.
async fn of<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}
