//! What a handshake's states want done, and what they are: the seam between the core and the shell.

use std::collections::VecDeque;
use std::fmt::{self, Display};
use std::sync::Arc;

use factotum::{CertifiedKey, PREMASTER_LEN};
use tlswire::{ProtocolVersion, SignatureScheme};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::files::Verb;
use crate::msg::{Body, Message};
use crate::outcome::Outcome;
use crate::session::Kept;

/// A role's state: it is given one thing, and says what to do and which state follows.
pub(crate) trait Machine: Sized {
    /// A message came, as [`Effect::ReadHand`] asked.
    ///
    /// # Errors
    /// Why the handshake ends.
    fn message(self, message: &Message, effects: &mut Effects) -> Result<Self, Error>;

    /// The key has signed, as [`Effect::Sign`] asked.
    ///
    /// # Errors
    /// Why the handshake ends.
    fn signed(self, signature: Vec<u8>, effects: &mut Effects) -> Result<Self, Error>;

    /// The key has decrypted, as [`Effect::Decrypt`] asked.
    ///
    /// # Errors
    /// Why the handshake ends.
    fn decrypted(self, premaster: &Premaster, effects: &mut Effects) -> Result<Self, Error>;
}

/// The secret of a static RSA key exchange: the client's, or random bytes of ours; nobody knows which.
pub(crate) type Premaster = Zeroizing<[u8; PREMASTER_LEN]>;

/// One thing to do.
pub(crate) enum Effect {
    /// Write the line to `ctl`.
    Ctl(Verb, Zeroizing<String>),
    /// Tell the device's `status` something about the connection, if it wants to know.
    Note(&'static str, String),
    /// Write the bytes to `hand`, in one write.
    WriteHand(Vec<u8>),
    /// Write the bytes to `hand` if the peer still takes them: nothing depends on it.
    Tell(Vec<u8>),
    /// Make sure that no byte of a message is left over: after this the peer's keys change.
    EndOfMessages,
    /// Read the next message; it is given to [`Machine::message`].
    ReadHand,
    /// Have something signed; the signature is given to [`Machine::signed`].
    Sign(SignRequest),
    /// Have a premaster decrypted; it is given to [`Machine::decrypted`].
    Decrypt(DecryptRequest),
    /// Keep what a client may come back with.
    Keep(Kept),
    /// Say this.
    Trace(String),
    /// Tell the key log a line, see [`crate::sec::keylog`].
    KeyLog(Zeroizing<String>),
    /// The connection is open.
    Done(Box<Outcome>),
}

/// What to sign, and with what.
pub(crate) struct SignRequest {
    /// Who signs.
    pub(crate) key: Arc<CertifiedKey>,
    /// How; one of the key's schemes.
    pub(crate) scheme: SignatureScheme,
    /// What, not hashed.
    pub(crate) message: Vec<u8>,
}

/// What to decrypt, and with what; see [`factotum::PrivateKey::premaster`].
pub(crate) struct DecryptRequest {
    /// Whose premaster it is.
    pub(crate) key: Arc<CertifiedKey>,
    /// What the client sent.
    pub(crate) ciphertext: Vec<u8>,
    /// The version of the client's hello, which the premaster must begin with.
    pub(crate) version: ProtocolVersion,
    /// What to take if it is none.
    pub(crate) substitute: Premaster,
}

/// What to do, in order.
#[derive(Debug)]
pub(crate) struct Effects {
    list: VecDeque<Effect>,
    is_traced: bool,
}

impl Effects {
    /// Nothing to do yet. Lines of the trace are made only if it `is_traced`: a message takes longer to print than to read.
    pub(crate) fn new(is_traced: bool) -> Effects {
        Effects { list: VecDeque::new(), is_traced }
    }

    /// Adds the `version` line.
    pub(crate) fn version(&mut self, version: ProtocolVersion) {
        self.ctl(Verb::Version, format!("version {:#x}", version.0));
    }

    /// Adds the `secret` line, see [`crate::sec::keyblock::secret_line`].
    pub(crate) fn secret(&mut self, line: Zeroizing<String>) {
        self.list.push_back(Effect::Ctl(Verb::Secret, line));
    }

    /// Adds `changecipher`.
    pub(crate) fn change_cipher(&mut self) {
        self.ctl(Verb::ChangeCipher, "changecipher".to_owned());
    }

    /// Adds `changecipher in`, of TLS 1.3, and before it the check that no message is begun.
    pub(crate) fn change_cipher_in(&mut self) {
        self.end_of_messages();
        self.ctl(Verb::ChangeCipherIn, "changecipher in".to_owned());
    }

    /// Adds `skipearly`, of TLS 1.3: up to `len` bytes of records that nobody can read are passed over.
    pub(crate) fn skip_early(&mut self, len: usize) {
        self.ctl(Verb::SkipEarly, format!("skipearly {len}"));
    }

    /// Adds `maxrec`: bytes of plaintext in a record each way.
    pub(crate) fn max_rec(&mut self, outgoing: u16, incoming: u16) {
        self.ctl(Verb::MaxRec, format!("maxrec {outgoing} {incoming}"));
    }

    /// Adds `opened`.
    pub(crate) fn opened(&mut self) {
        self.ctl(Verb::Opened, "opened".to_owned());
    }

    /// Adds a note; `key` is one of the words that the device knows.
    pub(crate) fn note(&mut self, key: &'static str, value: &str) {
        self.list.push_back(Effect::Note(key, value.to_owned()));
    }

    /// Adds what people and monitors may want to see in `status`.
    pub(crate) fn notes(&mut self, outcome: &Outcome) {
        if let Some(name) = &outcome.server_name {
            self.note("sni", name);
        }
        if let Some(protocol) = &outcome.alpn {
            self.note("alpn", protocol);
        }
        if let Some(name) = outcome.suite.openssl_name() {
            self.note("suite", name);
        }
        if let Some(group) = outcome.group {
            self.note("group", group.name());
        }
        if outcome.is_resumed {
            self.note("resumed", "yes");
        }
    }

    /// Adds a write of whole messages.
    pub(crate) fn write_hand(&mut self, messages: Vec<u8>) {
        self.list.push_back(Effect::WriteHand(messages));
    }

    /// Adds a write of whole messages that the peer may be too far gone to take.
    pub(crate) fn tell(&mut self, messages: Vec<u8>) {
        self.list.push_back(Effect::Tell(messages));
    }

    /// Adds the check that no message is begun.
    pub(crate) fn end_of_messages(&mut self) {
        self.list.push_back(Effect::EndOfMessages);
    }

    /// Adds a read.
    pub(crate) fn read_hand(&mut self) {
        self.list.push_back(Effect::ReadHand);
    }

    /// Adds a signature.
    pub(crate) fn sign(&mut self, request: SignRequest) {
        self.list.push_back(Effect::Sign(request));
    }

    /// Adds a decryption.
    pub(crate) fn decrypt(&mut self, request: DecryptRequest) {
        self.list.push_back(Effect::Decrypt(request));
    }

    /// Adds what a client may come back with.
    pub(crate) fn keep(&mut self, kept: Kept) {
        self.list.push_back(Effect::Keep(kept));
    }

    /// Adds a line of the trace, if somebody listens.
    pub(crate) fn trace(&mut self, line: fmt::Arguments<'_>) {
        if self.is_traced {
            self.list.push_back(Effect::Trace(line.to_string()));
        }
    }

    /// Adds a line of the key log.
    pub(crate) fn key_log(&mut self, line: Zeroizing<String>) {
        self.list.push_back(Effect::KeyLog(line));
    }

    /// Adds the line of the trace for a message that came.
    pub(crate) fn received(&mut self, message: &(impl Body + Display)) {
        self.trace(format_args!("recv {message}"));
    }

    /// Adds the line of the trace for a message that goes.
    pub(crate) fn sent(&mut self, message: &(impl Body + Display)) {
        self.trace(format_args!("send {message}"));
    }

    /// Adds the end.
    pub(crate) fn done(&mut self, outcome: Outcome) {
        self.list.push_back(Effect::Done(Box::new(outcome)));
    }

    /// Takes the next thing to do.
    pub(crate) fn next(&mut self) -> Option<Effect> {
        self.list.pop_front()
    }

    fn ctl(&mut self, verb: Verb, line: String) {
        self.list.push_back(Effect::Ctl(verb, Zeroizing::new(line)));
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::Ctl(Verb::Secret, _) => f.write_str("Ctl(secret ..)"),
            Effect::Ctl(_, line) => write!(f, "Ctl({})", line.as_str()),
            Effect::Note(key, value) => write!(f, "Note({key} {value})"),
            Effect::WriteHand(bytes) => write!(f, "WriteHand({} bytes)", bytes.len()),
            Effect::Tell(bytes) => write!(f, "Tell({} bytes)", bytes.len()),
            Effect::EndOfMessages => f.write_str("EndOfMessages"),
            Effect::ReadHand => f.write_str("ReadHand"),
            Effect::Sign(request) => write!(f, "Sign({})", request.scheme.name()),
            Effect::Decrypt(request) => write!(f, "Decrypt({} bytes)", request.ciphertext.len()),
            Effect::Keep(_) => f.write_str("Keep(..)"),
            Effect::Trace(line) => write!(f, "Trace({line})"),
            Effect::KeyLog(_) => f.write_str("KeyLog(..)"),
            Effect::Done(outcome) => write!(f, "Done({outcome:?})"),
        }
    }
}
