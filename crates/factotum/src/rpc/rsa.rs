//! One private operation of RSA by a factotum that has the key, in both dialects.
//!
//! The operation is raw: padding is made, and what comes back is checked, by who asks. 9front's factotum knows the role
//! `client`: it is asked for key after key until one is the certificate's. plan9port's does not; there the key is named by
//! its numbers.
//!
//! ```text
//! start proto=rsa service=tls role=client        start proto=rsa service=tls role=decrypt n=N ek=E
//! read -> N E, until N is the certificate's
//! write HEX                                      write BYTES
//! read -> HEX                                    read -> BYTES
//! ```

use zeroize::Zeroizing;

use super::{Error, Reply, request};

/// A private operation under way.
pub struct RsaOperation {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    input: Zeroizing<Vec<u8>>,
    state: State,
    /// How many keys factotum has shown.
    shown_count: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartClient,
    Keys,
    WriteHex,
    ReadHex,
    StartDecrypt,
    WriteBytes,
    ReadBytes,
    Ended,
}

impl RsaOperation {
    /// Makes the operation on `input`, as long as `modulus`. Both and `exponent`, the public one, are numbers with the most
    /// significant byte first.
    #[must_use]
    pub fn new(modulus: &[u8], exponent: &[u8], input: &[u8]) -> RsaOperation {
        let stripped = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        RsaOperation {
            modulus: stripped(modulus),
            exponent: stripped(exponent),
            input: Zeroizing::new(input.to_vec()),
            state: State::StartClient,
            shown_count: 0,
        }
    }

    /// Gives what to write to the `rpc` file next.
    ///
    /// # Errors
    /// It has ended, or the key is too large for a message.
    pub fn step(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let message = match self.state {
            State::StartClient => request("start", b"proto=rsa service=tls role=client"),
            State::StartDecrypt => {
                let (n, ek) = (hex(&self.modulus, false), hex(&self.exponent, false));
                request("start", format!("proto=rsa service=tls role=decrypt n={n} ek={ek}").as_bytes())
            }
            State::Keys | State::ReadHex | State::ReadBytes => request("read", b""),
            State::WriteHex => request("write", Zeroizing::new(hex(&self.input, true)).as_bytes()),
            State::WriteBytes => request("write", &self.input),
            State::Ended => Err(Error::OutOfTurn),
        };
        message.map(Zeroizing::new)
    }

    /// Whether factotum has shown that it has the key, or has been asked for it by its numbers.
    #[must_use]
    pub fn has_key(&self) -> bool {
        matches!(self.state, State::WriteHex | State::ReadHex | State::WriteBytes | State::ReadBytes)
    }

    /// Takes factotum's reply; gives the result, as long as the modulus, once it is there.
    ///
    /// # Errors
    /// Factotum says no, has no such key, or says nonsense.
    pub fn replied(&mut self, bytes: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let state = std::mem::replace(&mut self.state, State::Ended);
        let data = match (state, Reply::parse(bytes)) {
            (State::StartClient, Err(Error::Refused(reason))) if reason.contains("unknown role") => {
                self.state = State::StartDecrypt;
                return Ok(None);
            }
            (State::Keys, Err(Error::Refused(_))) => return Err(Error::NoKey),
            (State::WriteBytes, Err(Error::Refused(reason))) if reason.contains("no key found") => {
                return Err(Error::NoKey);
            }
            (_, Ok(Reply::Ok(data))) => data,
            (_, Ok(_)) => return Err(Error::OutOfTurn),
            (_, Err(error)) => return Err(error),
        };
        self.state = match state {
            State::StartClient => State::Keys,
            State::Keys if self.is_ours(data) => State::WriteHex,
            State::Keys if self.shown_count < KEYS_MAX => {
                self.shown_count += 1;
                State::Keys
            }
            State::Keys => return Err(Error::NoKey),
            State::WriteHex => State::ReadHex,
            State::StartDecrypt => State::WriteBytes,
            State::WriteBytes => State::ReadBytes,
            State::ReadHex => {
                let bytes = unhex(data).ok_or_else(|| Error::Malformed("no number".to_owned()))?;
                return self.padded(&bytes).map(Some);
            }
            State::ReadBytes => return self.padded(data).map(Some),
            State::Ended => return Err(Error::OutOfTurn),
        };
        Ok(None)
    }

    /// Tells whether a key that factotum shows, `n ek` in hexadecimal digits, is the certificate's.
    fn is_ours(&self, shown: &[u8]) -> bool {
        let modulus = shown.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        unhex(modulus).is_some_and(|modulus| *modulus == self.modulus)
    }

    /// Puts the zero bytes before a number that factotum leaves out.
    fn padded(&self, number: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let missing_len = self.modulus.len().checked_sub(number.len());
        let missing_len =
            missing_len.ok_or_else(|| Error::Malformed("a number beyond the modulus".to_owned()))?;
        let mut padded = Zeroizing::new(vec![0; missing_len]);
        padded.extend_from_slice(number);
        Ok(padded)
    }
}

/// Writes a number in hexadecimal digits without leading zeros.
fn hex(bytes: &[u8], is_upper: bool) -> String {
    let written = if is_upper { base16ct::upper::encode_string } else { base16ct::lower::encode_string };
    let digits = Zeroizing::new(written(bytes));
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

/// Reads a number in hexadecimal digits of either case; no zero bytes come first.
fn unhex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.trim_ascii();
    let even = if digits.len() % 2 == 1 { &b"0"[..] } else { b"" };
    let bytes =
        base16ct::mixed::decode_vec(Zeroizing::new([even, digits].concat())).ok().map(Zeroizing::new)?;
    let zeros_len = bytes.iter().take_while(|byte| **byte == 0).count();
    (!digits.is_empty()).then(|| Zeroizing::new(bytes.get(zeros_len..).unwrap_or_default().to_vec()))
}

/// Keys that a factotum may show before it has none.
const KEYS_MAX: usize = 1000;
