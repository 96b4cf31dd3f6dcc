//! A command behind a connection: it gets the connection's own file where the device is mounted; elsewhere bytes go both
//! ways until both are done with each other.
//!
//! The connection lives as long as the command, or whoever inherited its descriptors, may still write to it. What the peer
//! sends after that is nobody's to read, so the end does not wait for the peer.

use std::future::pending;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::task::JoinSet;

use crate::command::{Command, Stderr};
use crate::conn::Opened;
use crate::environ::Facts;
use crate::exit::{Exit, Fatal};
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

/// What becomes of this process when nothing is left to do but the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// It becomes the command.
    Replaced,
    /// It serves others.
    Kept,
}

/// Runs `command` behind `opened` to its end. Dropping the future ends a connection that this process relays; a command
/// that has the connection itself goes on. Nobody watches that one, so with a limit to idleness it is not given away.
///
/// # Errors
/// The command cannot be started.
pub async fn run(
    opened: Opened,
    command: &Command,
    facts: &Facts,
    stderr: Stderr,
    process: Process,
    idle_max: Option<Duration>,
    report: &Report,
) -> Result<Outcome, Fatal> {
    let files = match idle_max {
        Some(_) => None,
        None => opened.descriptors().await.map_err(|refusal| Fatal::refused(refusal.0))?,
    };
    let Some(files) = files else {
        let (child, stream) = command.start(facts, stderr)?;
        return Ok(relay(opened, child, stream, idle_max, report).await);
    };
    let Some(carrier) = opened.leave() else {
        if process == Process::Replaced {
            return Err(command.replace_us(files, facts, stderr));
        }
        let mut child = command.start_on(files, facts, stderr)?;
        return Ok(Outcome { exit: exit_of(child.wait().await), was_cut: false });
    };
    let mut child = command.start_on(files, facts, stderr)?;
    let exit = exit_of(child.wait().await);
    carrier.finished().await;
    Ok(Outcome { exit, was_cut: false })
}

/// Only a status that somebody else collected is an error here.
fn exit_of(status: io::Result<ExitStatus>) -> Exit {
    status.map_or(Exit::System, Exit::of)
}

/// Relays between `opened` and the command at the other end of `stream` until the command has ended and nothing of its
/// output is left, or until nothing has moved either way for `idle_max`: then the peer gets close_notify, the command reads
/// the end, and is not waited for. Dropping the future ends the connection in the same way.
async fn relay(
    opened: Opened,
    mut child: Child,
    stream: UnixStream,
    idle_max: Option<Duration>,
    report: &Report,
) -> Outcome {
    let watch = idle_max.map(Watch::new);
    // What goes with it is dropped with the function.
    let Opened { data, ctl, place, carrier: _carrier, hangup: _hangup, .. } = opened;
    let (incoming, outgoing) = data::ends(data, ctl, place);
    let (output, input) = socket::ends(stream);
    let (incoming, input) = (Watched::new(incoming, watch.as_ref()), Watched::new(input, watch.as_ref()));
    let (output, outgoing) = (Watched::new(output, watch.as_ref()), Watched::new(outgoing, watch.as_ref()));
    // A task for each: neither waits for the other.
    let mut ways = JoinSet::new();
    ways.spawn(async move { Way::ToCommand(copy(incoming, input).await) });
    ways.spawn(async move { Way::ToPeer(copy(output, outgoing).await) });
    let mut exit = None;
    let mut was_cut = false;
    let mut is_said = false;
    // The connection ends when both directions have been dropped: then the command alone is waited for.
    while exit.is_none() || !is_said {
        tokio::select! {
            Some(ended) = ways.join_next() => match ended {
                Ok(Way::ToCommand(ended)) => {
                    if let Ended::Cut(error) = ended {
                        was_cut = true;
                        report.event(&format!("connection cut without close_notify: {error}"));
                    }
                }
                Ok(Way::ToPeer(ended)) => {
                    is_said = true;
                    if let Ended::Refused(error) = ended {
                        report.trace(&format!("the peer takes no more: {error}"));
                    }
                }
                // Neither is cancelled while we are here, so it failed: no more comes of it.
                Err(_) => is_said = true,
            },
            limit = idle(watch.as_ref()), if !ways.is_empty() => {
                report.event(&format!("ended: nothing moved for {} ms", limit.as_millis()));
                return Outcome { exit: Exit::Tls, was_cut };
            }
            status = child.wait(), if exit.is_none() => {
                exit = Some(exit_of(status));
            }
        }
    }
    Outcome { exit: exit.unwrap_or(Exit::System), was_cut }
}

/// A direction that has ended.
enum Way {
    ToCommand(Ended),
    ToPeer(Ended),
}

/// The end of the watch's patience, or never.
async fn idle(watch: Option<&Watch>) -> Duration {
    match watch {
        Some(watch) => watch.idle().await,
        None => pending().await,
    }
}
