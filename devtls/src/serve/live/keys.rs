//! How the keys of a conversation change: by commands, and in TLS 1.3 by the device itself.
//!
//! What comes in and asks for a change is `conv`'s affair; here the peer is told of ours.
//!
//! **Invariants**
//! - A record that tells the peer of a change is the last one under the keys before it, whoever else writes.
//! - A peer that asked for our next key gets it once somebody can write, and once however often it asked before that
//!   (RFC 8446 §4.6.3).

use std::sync::atomic::Ordering;

use tlsrec::OneWay;
use tlswire::alert::to_send;
use tlswire::{Alert, ContentType};

use super::Live;
use crate::conv::{Conv, key_update};
use crate::errstr::Error;
use crate::serve::chan::Follows;
use crate::serve::sending::Sending;

impl Live {
    /// Does the command `changecipher`: sends the record under the keys in use, then takes the staged ones. In TLS 1.3 the
    /// record says nothing, and goes out once, in the clear.
    pub(crate) async fn change_cipher(&self) -> Result<(), Error> {
        if self.outgoing().staged().is_none() {
            return Err(Error::SecretBeforeChangecipher);
        }
        let mut sending = self.sending().await;
        let (version, is_told) = {
            let mut conv = self.conv();
            conv.may_write_hand()?;
            conv.may_change_outgoing()?;
            (conv.version(), !conv.is_tls13() || conv.take_dummy())
        };
        {
            let mut way = self.outgoing();
            if way.staged().is_none() {
                // Another writer was quicker; the peer must not be told of a change that does not come.
                return Err(Error::CipherGone);
            }
            if is_told {
                let record = way.fragment(&[1]);
                sending.seal(&mut way, ContentType::CHANGE_CIPHER_SPEC, version, record)?;
            }
            way.change_cipher().map_err(|_| Error::CipherGone)?;
        }
        // A message under the new keys is the reason why they were changed.
        sending.drain_before(Follows::More).await.map_err(|error| self.channel_failed(&error))
    }

    /// Does the command `changecipher in`: takes the staged keys for what comes in, unless the peer sent more than should
    /// have come under those before them.
    pub(crate) async fn change_incoming(&self) -> Result<(), Error> {
        {
            let mut conv = self.conv();
            match conv.may_change_incoming() {
                Ok(()) => {
                    let changed = self.incoming().change_cipher();
                    return changed.map_err(|_| Error::SecretBeforeChangecipher);
                }
                Err(Error::HandPending) => {
                    let alert = to_send(i64::from(Alert::UNEXPECTED_MESSAGE.0), conv.version());
                    conv.owe(alert);
                }
                Err(error) => return Err(error),
            }
        }
        self.stir();
        self.pay().await;
        Err(Error::HandPending)
    }

    /// Does the command `keyupdate`: tells the peer, and moves to our next key.
    pub(crate) async fn update(&self, is_asking: bool) -> Result<(), Error> {
        self.conv().check_tls13()?;
        let mut sending = self.sending().await;
        {
            let mut conv = self.conv();
            conv.may_update()?;
            move_on(&conv, &mut self.outgoing(), &mut sending, is_asking)?;
            if is_asking {
                conv.ask_update();
            }
        }
        sending.drain().await.map_err(|error| self.channel_failed(&error))?;
        drop(sending);
        self.answer();
        Ok(())
    }

    /// Gives the peer our next key if it waits for that, unless a writer is busy, who does it then.
    pub(super) fn answer(&self) {
        if !self.is_asked.load(Ordering::SeqCst) {
            return;
        }
        let Some(mut sending) = Sending::at_once(&self.outlet) else {
            return;
        };
        let conv = self.conv();
        // Its drop sends the record without holding up the reader. What cannot be sealed, the next writer finds out.
        let _ = self.renew(&conv, &mut self.outgoing(), &mut sending);
    }

    /// Moves to our next key before more is sent, if the peer waits for that or the key in use has had its records.
    pub(super) fn renew(&self, conv: &Conv, way: &mut OneWay, sending: &mut Sending) -> Result<(), Error> {
        let is_used_up = conv.records_left(way.seq()) == Some(0);
        let is_due = is_used_up || self.is_asked.load(Ordering::SeqCst);
        // Amid a message of `hand` it has to wait for the message's end.
        if is_due && conv.may_update().is_ok() {
            self.is_asked.store(false, Ordering::SeqCst);
            move_on(conv, way, sending, false)?;
        }
        Ok(())
    }
}

/// Seals the message that tells the peer, and takes the next key.
fn move_on(conv: &Conv, way: &mut OneWay, sending: &mut Sending, is_asking: bool) -> Result<(), Error> {
    let message = key_update(is_asking);
    let record = way.fragment(&message);
    sending.seal(way, ContentType::HANDSHAKE, conv.version(), record)?;
    way.update().map_err(|_| Error::Internal("no next key"))
}
