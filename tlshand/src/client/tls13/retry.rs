//! HelloRetryRequest: a server that wants another hello before it chooses (RFC 8446 §4.1.4). It may have one, once.

use tlswire::{Group, ProtocolVersion};

use crate::client::offer::Offer;
use crate::client::tls13::{State, hello};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Message;
use crate::msg::ext::{Extension as _, ServerExtension};
use crate::msg::hello::ServerHello;
use crate::msg::tls13::retry::{HelloRetryRequest, RetryExtension};
use crate::sec::random::Random;
use crate::sec::share::ClientShare;
use crate::sec::tls13::transcript::Transcript;
use crate::suites::Tls13Suite;

/// The second hello is out.
#[derive(Debug)]
pub(in crate::client) struct ExpectSecondServerHello<'a> {
    offer: Offer<'a>,
    /// What the retry chose, and the answer must choose again.
    suite: &'static Tls13Suite,
    transcript: Transcript,
}

/// Does as the server wishes, if it could not have had that from the first hello.
pub(in crate::client) fn retry<'a>(
    mut offer: Offer<'a>,
    mut random: Random,
    message: &Message,
    effects: &mut Effects,
) -> Result<State<'a>, Error> {
    let retry: HelloRetryRequest = message.parse("a server hello")?;
    effects.received(&retry);
    if retry.session_id != offer.hello.session_id {
        return Err(Error::Unoffered("session"));
    }
    let suite = offer.tls13_suite(retry.suite)?;
    let (mut version, mut group, mut cookie) = (None, None, None);
    for extension in retry.extensions {
        match extension {
            RetryExtension::SupportedVersions(it) => version = Some(it),
            RetryExtension::KeyShare(it) => group = Some(it),
            RetryExtension::Cookie(it) => cookie = Some(it),
            other @ RetryExtension::Unknown { .. } => return Err(Error::UnofferedExtension(other.typ())),
        }
    }
    if version != Some(ProtocolVersion::TLS13) {
        return Err(Error::Unoffered("version"));
    }
    if group.is_none() && cookie.is_none() {
        return Err(Error::Unoffered("retry that changes nothing"));
    }
    if let Some(group) = group {
        replace(&mut offer, group, &mut random)?;
    }
    let tls13 = offer.tls13.as_mut().ok_or(Error::Internal("a retry of what was not offered"))?;
    tls13.cookie = cookie;
    // A secret that goes with another hash could not be taken any more.
    tls13.psk.take_if(|psk| psk.key.hash() != suite.hash);

    // The version is settled; the device takes what else belongs to it from here on.
    effects.version(ProtocolVersion::TLS13);
    let mut transcript = Transcript::retried(suite.hash, &offer.bytes);
    transcript.add(message);
    offer.send(Some(&transcript), effects)?;
    transcript.add_bytes(&offer.bytes);
    Ok(State::ExpectSecondServerHello(ExpectSecondServerHello { offer, suite, transcript }))
}

/// Puts a share of `group` in the place of those that the server did not want.
fn replace(offer: &mut Offer<'_>, group: Group, random: &mut Random) -> Result<(), Error> {
    let tls13 = offer.tls13.as_mut().ok_or(Error::Internal("a retry of what was not offered"))?;
    let is_there_already = tls13.shares.iter().any(|share| share.group() == group);
    if is_there_already || !offer.conf.groups.contains(&group) {
        return Err(Error::Unoffered("group"));
    }
    tls13.shares = vec![ClientShare::new(group, random)?];
    Ok(())
}

impl<'a> ExpectSecondServerHello<'a> {
    /// Takes the server's choice, which is the one of the retry.
    pub(super) fn handle(self, message: &Message, effects: &mut Effects) -> Result<State<'a>, Error> {
        let ExpectSecondServerHello { offer, suite, transcript } = self;
        if HelloRetryRequest::is_it(message) {
            return Err(Error::Expected("a server hello"));
        }
        let answer: ServerHello = message.parse("a server hello")?;
        effects.received(&answer);
        let is_there =
            |extension: &ServerExtension| matches!(extension, ServerExtension::SupportedVersions(_));
        if !answer.extensions.iter().any(is_there) {
            // The older one that it might choose it has given up.
            return Err(Error::IncompatibleVersion(answer.version));
        }
        if hello::chosen(&offer, &answer)? != suite {
            return Err(Error::Unoffered("cipher suite"));
        }
        hello::go_on(offer, suite, transcript, &answer, message, effects)
    }
}
