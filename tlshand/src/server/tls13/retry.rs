//! HelloRetryRequest, and the hello that comes after it (RFC 8446 §4.1.2, §4.1.4).
//!
//! The state stays here, so the cookie need not hold any: it shows that the answer is one to what was asked.

use aws_lc_rs::constant_time;
use tlswire::ProtocolVersion;

use crate::effects::Effects;
use crate::error::Error;
use crate::msg::ext::{COOKIE, ClientExtension, Extension as _, KEY_SHARE, PADDING, PRE_SHARED_KEY};
use crate::msg::hello::ClientHello;
use crate::msg::tls13::retry::{HelloRetryRequest, RetryExtension};
use crate::msg::{Body as _, Message};
use crate::sec::tls13::transcript::Transcript;
use crate::server::tls13::hello::{Begun, check};
use crate::server::tls13::{State, flight};

/// We have asked for another hello.
#[derive(Debug)]
pub(in crate::server) struct ExpectSecondHello<'a> {
    begun: Begun<'a>,
    first: ClientHello,
    cookie: [u8; COOKIE_LEN],
}

/// Asks for a share of the group that was chosen.
pub(super) fn begin<'a>(
    mut begun: Begun<'a>,
    message: &Message,
    hello: &ClientHello,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let cookie = begun.random.take()?;
    let retry = HelloRetryRequest {
        session_id: hello.session_id.clone(),
        suite: begun.choice.suite.suite,
        extensions: vec![
            RetryExtension::SupportedVersions(ProtocolVersion::TLS13),
            RetryExtension::KeyShare(begun.choice.group),
            RetryExtension::Cookie(cookie.to_vec()),
        ],
    };
    let bytes = retry.encode()?;
    begun.transcript = Transcript::retried(begun.choice.suite.hash, message.bytes());
    begun.transcript.add_bytes(&bytes);
    effects.sent(&retry);
    effects.write_hand(bytes);
    effects.read_hand();
    Ok(State::ExpectSecondHello(ExpectSecondHello { begun, first: hello.clone(), cookie }))
}

impl<'a> ExpectSecondHello<'a> {
    /// Takes the second hello, which must be the first but for what was asked.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectSecondHello { begun, first, cookie } = self;
        let hello: ClientHello = message.parse("a client hello")?;
        effects.received(&hello);
        check(&hello)?;
        if !is_same(&first, &hello) {
            return Err(Error::BadHello("another one than before the retry"));
        }
        let theirs = hello.cookie().ok_or(Error::MissingExtension(COOKIE))?;
        if constant_time::verify_slices_are_equal(theirs, &cookie).is_err() {
            return Err(Error::BadHello("another cookie than ours"));
        }
        let share = match hello.key_shares().unwrap_or_default() {
            [share] if share.group == begun.choice.group => share,
            _ => return Err(Error::BadKeyShare("not the one that was asked for")),
        };
        flight::begin(begun, message, &hello, share, effects)
    }
}

/// Whether `second` differs from `first` only in what a client changes after a retry. Nothing says that it must keep the order of
/// its extensions.
fn is_same(first: &ClientHello, second: &ClientHello) -> bool {
    let kept = |hello: &ClientHello| -> Vec<ClientExtension> {
        let mut kept: Vec<_> = hello
            .extensions
            .iter()
            .filter(|extension| !CHANGED.contains(&extension.typ()))
            .cloned()
            .collect();
        // Early data was offered once, and is over (RFC 8446 §4.1.2).
        kept.retain(|extension| *extension != ClientExtension::EarlyData);
        kept.sort_by_key(|extension| extension.typ());
        kept
    };
    (first.version, first.random, &first.session_id) == (second.version, second.random, &second.session_id)
        && (&first.suites, &first.compressions) == (&second.suites, &second.compressions)
        && kept(first) == kept(second)
        && !second.extensions.contains(&ClientExtension::EarlyData)
}

/// Extensions that a second hello may have otherwise, or alone, or no more (RFC 8446 §4.1.2, RFC 9849 §6.1.5).
const CHANGED: [u16; 5] = [KEY_SHARE, COOKIE, PRE_SHARED_KEY, PADDING, ENCRYPTED_CLIENT_HELLO];
/// RFC 9849 §5
const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
/// Bytes.
const COOKIE_LEN: usize = 32;
