//! The shell: runs what the states want on a connection's files, and gives them what comes.
//!
//! One input, then all its effects, then the next input. It needs no particular executor.
//!
//! **Invariants**
//! - A failed handshake writes one `alert`, or none if the peer knows already (see [`Error::alert`]).

use factotum::Key;
use factotum::keyspec::quoted;

use crate::allow::Compat;
use crate::effects::{DecryptRequest, Effect, Effects, Machine, SignRequest};
use crate::elsewhere;
use crate::error::Error;
use crate::files::{Files, Verb};
use crate::msg::Message;
use crate::msg::inbox::{Inbox, READ_LEN_MAX};
use crate::outcome::Outcome;

/// Runs a handshake to its end. `begin` makes the first state and its effects; `compat` says whose alerts tell of a failure.
///
/// # Errors
/// Why it failed; the peer has been told then.
pub(crate) async fn run<M: Machine, F: Files>(
    files: &mut F,
    compat: Compat,
    trace: Option<&mut (dyn FnMut(&str) + Send)>,
    begin: impl FnOnce(&mut Effects) -> Result<M, Error>,
) -> Result<Outcome, Error> {
    let mut effects = Effects::new(trace.is_some());
    let mut quiet = |_: &str| ();
    let trace = trace.unwrap_or(&mut quiet);
    let result = match begin(&mut effects) {
        Ok(machine) => to_end(files, trace, machine, &mut effects).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &result {
        // What the states said before they failed; the rest of their wishes died with them.
        while let Some(effect) = effects.next() {
            if let Effect::Trace(line) = effect {
                trace(&line);
            }
        }
        trace(&format!("tlsError: {error}"));
        let alert = match compat {
            Compat::House => error.alert(),
            Compat::NineFront => error.alert_of_9front(),
        };
        if let Some(alert) = alert {
            // Nothing is left to do about a failure here: the handshake has failed already.
            let _ = files.ctl(&format!("alert {}", alert.0)).await;
        }
    }
    result
}

async fn to_end<M: Machine, F: Files>(
    files: &mut F,
    trace: &mut (dyn FnMut(&str) + Send),
    mut machine: M,
    effects: &mut Effects,
) -> Result<Outcome, Error> {
    let mut inbox = Inbox::default();
    while let Some(effect) = effects.next() {
        match effect {
            Effect::Ctl(verb, line) => {
                files.ctl(&line).await.map_err(|error| match verb {
                    // Both secrets are there: what is missing is the peer's change_cipher_spec.
                    Verb::Opened => Error::NotChanged(error),
                    verb => Error::Ctl(verb, error),
                })?;
            }
            Effect::Note(key, value) => {
                // Only some devices know the verb, and nothing depends on it.
                let _ = files.ctl(&format!("note {key} {}", quoted(&value))).await;
            }
            Effect::WriteHand(bytes) => files.write_hand(&bytes).await.map_err(Error::WriteHand)?,
            Effect::Tell(bytes) => drop(files.write_hand(&bytes).await),
            Effect::EndOfMessages if inbox.is_empty() => {}
            Effect::EndOfMessages => return Err(Error::KeysChangedInMessage),
            Effect::ReadHand => {
                let message = read(files, &mut inbox).await?;
                machine = machine.message(&message, effects)?;
            }
            Effect::Sign(request) => {
                let SignRequest { key, scheme, message } = request;
                let signature = match key.key() {
                    Key::Here(key) => key.sign(scheme, &message).map_err(Error::Sign)?,
                    Key::Elsewhere(key) => elsewhere::sign(files, key, scheme, &message).await?,
                };
                machine = machine.signed(signature, effects)?;
            }
            Effect::Decrypt(request) => {
                let DecryptRequest { key, ciphertext, version, substitute } = &request;
                let premaster = match key.key() {
                    Key::Here(key) => key.premaster(ciphertext, version.to_bytes(), substitute),
                    Key::Elsewhere(key) => Ok(elsewhere::premaster(files, key, &request).await?),
                };
                machine = machine.decrypted(&premaster.map_err(Error::Decrypt)?, effects)?;
            }
            Effect::Keep(kept) => files.keep(kept),
            Effect::Trace(line) => trace(&line),
            Effect::KeyLog(line) => files.key_log(&line).await,
            Effect::Done(outcome) => return Ok(*outcome),
        }
    }
    Err(Error::Internal("the handshake stands still"))
}

async fn read<F: Files>(files: &mut F, inbox: &mut Inbox) -> Result<Message, Error> {
    loop {
        if let Some(message) = inbox.next()? {
            return Ok(message);
        }
        let bytes = files.read_hand(READ_LEN_MAX).await.map_err(Error::Device)?;
        if bytes.is_empty() {
            return Err(Error::End);
        }
        inbox.recv(&bytes);
    }
}
