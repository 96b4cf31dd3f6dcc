//! A ClientHello in the form of SSL 2.0, from a client that also speaks something newer (RFC 5246 §E.2).
//!
//! The device takes the record's header off and gives the message under a handshake type of its own (tls(3)).

use tlswire::codec::{CodecError, Reader, Writer};
use tlswire::{ProtocolVersion, Suite};

use crate::error::Error;
use crate::msg::hello::{ClientHello, NULL_COMPRESSION};
use crate::msg::{Body, Fault, HandshakeType};

/// What such a hello says, in today's terms: no extensions, no session, no compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ssl2ClientHello(pub(crate) ClientHello);

impl Body for Ssl2ClientHello {
    const TYPE: HandshakeType = HandshakeType::SSL2_CLIENT_HELLO;
    type Form = ();

    fn read(from: &mut Reader<'_>, (): ()) -> Result<Ssl2ClientHello, Fault> {
        let bad = |_: CodecError| Fault::Rule(Error::BadSsl2Hello);
        if from.u8()? != MSG_CLIENT_HELLO {
            return Err(Error::BadSsl2Hello.into());
        }
        let version = ProtocolVersion(from.u16().map_err(bad)?);
        let [suites_len, id_len, challenge_len] =
            [from.u16(), from.u16(), from.u16()].map(|len| len.map(usize::from));
        let (suites_len, id_len) = (suites_len.map_err(bad)?, id_len.map_err(bad)?);
        let challenge_len = challenge_len.map_err(bad)?;
        if id_len != 0 || challenge_len < CHALLENGE_LEN_MIN || suites_len % SUITE_LEN != 0 {
            return Err(Error::BadSsl2Hello.into());
        }
        let suites = from.take(suites_len).map_err(bad)?.as_chunks::<SUITE_LEN>().0.iter();
        // SSL 2.0's own have another first byte.
        let suites = suites
            .filter(|suite| suite[0] == 0)
            .map(|[_, high, low]| Suite(u16::from_be_bytes([*high, *low])));
        let challenge = from.take(challenge_len).map_err(bad)?;
        // Right-aligned: of a long one the last bytes count, of a short one there are zeros before it (RFC 5246 §E.2).
        let mut random = [0; 32];
        for (to, from) in random.iter_mut().rev().zip(challenge.iter().rev()) {
            *to = *from;
        }
        Ok(Ssl2ClientHello(ClientHello {
            version,
            random,
            session_id: Vec::new(),
            suites: suites.collect(),
            compressions: vec![NULL_COMPRESSION],
            extensions: Vec::new(),
        }))
    }

    fn write(&self, to: &mut Writer) -> Result<(), CodecError> {
        to.u8(MSG_CLIENT_HELLO);
        to.u16(self.0.version.0);
        let suites: Vec<u8> =
            self.0.suites.iter().flat_map(|suite| [&[0], &suite.0.to_be_bytes()[..]].concat()).collect();
        to.u16(u16::try_from(suites.len()).map_err(|_| CodecError::TooLong)?);
        to.u16(0);
        to.u16(32);
        to.bytes(&suites);
        to.bytes(&self.0.random);
        Ok(())
    }
}

/// msg_type of SSL 2.0's CLIENT-HELLO.
const MSG_CLIENT_HELLO: u8 = 1;
/// Bytes of a cipher's number.
const SUITE_LEN: usize = 3;
/// Bytes (RFC 5246 §E.2).
const CHALLENGE_LEN_MIN: usize = 16;
