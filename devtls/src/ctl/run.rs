//! A command done to a conversation.
//!
//! What can be done at once is done at once; what goes over the channel is a future. The checks and
//! their order are tls(3)'s.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use getrandom::SysRng;
use ninep::Answer;
use rand_core::UnwrapErr;
use tlsrec::{Cipher, Encalg, Hashalg, RECORD_LEN_MAX, SecretError, Side};
use tlswire::ProtocolVersion;

use super::parse::Cmd;
use crate::conv::Event;
use crate::errstr::Error;
use crate::serve::{Chan, Live, Writer, leads_to_us};

/// How a client's `fd` gets at its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptors {
    /// The client is this process: the number names a descriptor of its own.
    Own,
    /// The descriptor comes beside the message.
    Beside,
    /// The number names a descriptor of the process that wrote, in the kernel's words.
    Of(Writer),
    /// There is no way.
    Never,
}

/// Does `cmd` to `live` and answers with `len`, the length of the line that it came from. `fds` are
/// the descriptors that came beside the line; those that `fd` does not take are closed.
pub(crate) fn run(live: &Arc<Live>, cmd: Cmd, way: Descriptors, fds: Vec<OwnedFd>, len: u32) -> Answer<u32> {
    let done = match cmd {
        Cmd::Fd { number, version } => take_channel(live, number, version, way, fds),
        Cmd::Wire(version) => live.take_wire(version),
        Cmd::Version(version) => live.conv().lock_version(version),
        Cmd::Secret { hash, enc, is_client, data, is_etm } => {
            let side = if is_client { Side::Client } else { Side::Server };
            live.conv().side = Some(side);
            let deal = if is_etm { tlsrec::deal_encrypt_then_mac } else { tlsrec::deal };
            secret(live, &hash, &enc, |version, hash, enc| {
                deal(version, hash, enc, side, &data.0, &mut UnwrapErr(SysRng))
            })
        }
        Cmd::ChangecipherIn => {
            let live = Arc::clone(live);
            return Answer::later(
                async move { live.change_incoming().await.map(|()| len).map_err(Into::into) },
            );
        }
        Cmd::Keyupdate { is_asking } => {
            let live = Arc::clone(live);
            return Answer::later(
                async move { live.update(is_asking).await.map(|()| len).map_err(Into::into) },
            );
        }
        Cmd::Maxrec { outgoing, incoming } => limit_records(live, outgoing, incoming),
        Cmd::Pad(unit) => pad(live, unit),
        Cmd::Skipearly(len) => {
            usize::try_from(len).map_err(|_| Error::BadArg).and_then(|len| live.conv().skip_early(len))
        }
        Cmd::Opened => opened(live),
        Cmd::Stream => {
            live.conv().is_stream = true;
            Ok(())
        }
        Cmd::Debug(is_debug) => {
            live.conv().is_debug = is_debug;
            Ok(())
        }
        Cmd::Note { key, value } => live.conv().notes.set(&key, &value),
        Cmd::Changecipher => {
            let live = Arc::clone(live);
            return Answer::later(
                async move { live.change_cipher().await.map(|()| len).map_err(Into::into) },
            );
        }
        Cmd::Alert(number) => match live.conv().may_alert() {
            Err(error) => Err(error),
            Ok(()) => return alert(Arc::clone(live), number, len),
        },
        Cmd::Hangup => match live.conv().may_alert() {
            Err(error) => Err(error),
            Ok(()) => return close(Arc::clone(live), Event::Hangup, len),
        },
    };
    Answer::Now(done.map(|()| len).map_err(Into::into))
}

fn alert(live: Arc<Live>, number: i64, len: u32) -> Answer<u32> {
    if number == 0 {
        return close(live, Event::LocalClose, len);
    }
    Answer::later(async move {
        live.alert(number).await;
        Ok(len)
    })
}

fn close(live: Arc<Live>, event: Event, len: u32) -> Answer<u32> {
    Answer::later(async move {
        live.close_notify(event).await;
        Ok(len)
    })
}

fn take_channel(
    live: &Live,
    number: Option<i64>,
    version: i64,
    way: Descriptors,
    mut fds: Vec<OwnedFd>,
) -> Result<(), Error> {
    live.conv().may_take_channel(version)?;
    let number = number.ok_or(Error::BadFd)?;
    if number.is_negative() {
        return Err(Error::BadArg);
    }
    let fd = match (fds.pop(), way) {
        (Some(fd), Descriptors::Own | Descriptors::Beside) if fds.is_empty() => fd,
        (None, Descriptors::Own) => own_descriptor(number)?,
        (None, Descriptors::Of(writer)) => writer.descriptor(number)?,
        (_, Descriptors::Never) => return Err(Error::FdCannotCross),
        _ => return Err(Error::FdMissing),
    };
    // A program that embeds the device may well be at both ends; anybody else would have us talk to ourselves.
    if way != Descriptors::Own && leads_to_us(&fd) {
        return Err(Error::BadUse);
    }
    live.take_channel(Chan::from_fd(fd)?, version)
}

/// Duplicates descriptor `number` of this process.
///
/// Through a pidfd of ourselves: the other ways take a bare number for an open descriptor on trust.
fn own_descriptor(number: i64) -> Result<OwnedFd, Error> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags};
    let number = i32::try_from(number).map_err(|_| Error::BadFd)?;
    let ourselves = rustix::process::pidfd_open(rustix::process::getpid(), PidfdFlags::empty());
    let ourselves = ourselves.map_err(|_| Error::BadFd)?;
    rustix::process::pidfd_getfd(ourselves, number, PidfdGetfdFlags::empty()).map_err(|_| Error::BadFd)
}

fn secret(
    live: &Live,
    hash: &str,
    enc: &str,
    deal: impl FnOnce(ProtocolVersion, &'static Hashalg, &'static Encalg) -> Result<(Cipher, Cipher), SecretError>,
) -> Result<(), Error> {
    let version = live.conv().version_for_secrets()?;
    // A pair that was staged before is gone even if this command fails (tls(3)).
    live.incoming().unstage();
    live.outgoing().unstage();
    let hash = Hashalg::by_name(hash).ok_or(Error::BadHashalg)?;
    let enc = Encalg::by_name(enc).ok_or(Error::BadEncalg)?;
    let (incoming, outgoing) = deal(version, hash, enc).map_err(|error| match error {
        SecretError::HashOfAnotherVersion => Error::BadHashalg,
        SecretError::EncOfAnotherVersion => Error::BadEncalg,
        SecretError::NotEnough => Error::ShortSecret,
        SecretError::Sha256WithSsl3 => Error::Sha256WithSsl,
        SecretError::NoEncryptThenMac => Error::NoEtm,
        other => Error::Internal(other.text()),
    })?;
    live.incoming().stage(incoming);
    live.outgoing().stage(outgoing);
    Ok(())
}

fn limit_records(live: &Live, outgoing: i64, incoming: Option<i64>) -> Result<(), Error> {
    let len = |number: i64| {
        let len = usize::try_from(number).ok();
        len.filter(|len| (MAXREC_MIN..=RECORD_LEN_MAX).contains(len)).ok_or(Error::BadArg)
    };
    let (outgoing, incoming) = (len(outgoing)?, incoming.map(len).transpose()?);
    live.outgoing().set_record_len_max(outgoing);
    if let Some(incoming) = incoming {
        live.incoming().set_record_len_max(incoming);
    }
    Ok(())
}

fn pad(live: &Live, unit: i64) -> Result<(), Error> {
    live.conv().check_tls13()?;
    let unit = usize::try_from(unit).ok().filter(|unit| *unit <= RECORD_LEN_MAX).ok_or(Error::BadArg)?;
    live.outgoing().set_padding_unit(unit);
    Ok(())
}

fn opened(live: &Live) -> Result<(), Error> {
    let mut conv = live.conv();
    let has_ciphers = live.incoming().current().is_some() && live.outgoing().current().is_some();
    conv.open(has_ciphers)?;
    drop(conv);
    // A reader of `hand` waits differently from now on.
    live.stir();
    Ok(())
}

/// The shortest limit of a record's payload, in bytes: the least that a peer may ask for, without the type that TLS 1.3 counts
/// (RFC 8449 §4).
const MAXREC_MIN: usize = 63;
