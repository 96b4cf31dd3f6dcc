//! A big-endian reader and writer with the standards' length-prefixed vectors (RFC 5246 §4).
//!
//! They know integers and vectors only; messages are built from them elsewhere.
//!
//! **Invariants**
//! * A [`Reader`] never looks outside the bytes that it was given, and a sub-reader not outside its vector.
//! * A [`Writer`] never writes a length that it had to shorten: what does not fit is an error, and then the vector is
//!   taken back whole.

use alloc::vec::Vec;
use core::fmt;

/// Why bytes could not be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// The bytes ran out before the value was complete.
    RanOut,
    /// Bytes were left where the value had to end.
    Trailing,
    /// A number or a vector does not fit in the width of its field.
    TooLong,
}

impl CodecError {
    /// The error in a few words, lower case, without a full stop.
    pub const fn text(self) -> &'static str {
        match self {
            Self::RanOut => "ran out of bytes",
            Self::Trailing => "trailing bytes",
            Self::TooLong => "too long for its length field",
        }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for CodecError {}

/// Takes values from the front of a slice.
///
/// A failed read takes nothing, so the reader can be asked again.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first of `bytes`; the last of them is the bound of everything read.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Takes `n` bytes.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when fewer are left.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], CodecError> {
        let (head, tail) = self.bytes.split_at_checked(n).ok_or(CodecError::RanOut)?;
        self.bytes = tail;
        Ok(head)
    }

    /// Takes `N` bytes as an array.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (head, tail) = self.bytes.split_first_chunk::<N>().ok_or(CodecError::RanOut)?;
        self.bytes = tail;
        Ok(*head)
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when none is left.
    pub fn u8(&mut self) -> Result<u8, CodecError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// Takes a 16-bit number.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when fewer than two bytes are left.
    pub fn u16(&mut self) -> Result<u16, CodecError> {
        self.array().map(u16::from_be_bytes)
    }

    /// Takes a 24-bit number.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when fewer than three bytes are left.
    pub fn u24(&mut self) -> Result<u32, CodecError> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// Takes a 32-bit number.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when fewer than four bytes are left.
    pub fn u32(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Takes a 64-bit number.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when fewer than eight bytes are left.
    pub fn u64(&mut self) -> Result<u64, CodecError> {
        self.array().map(u64::from_be_bytes)
    }

    /// Takes a vector with an 8-bit length, as its bytes.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when the length or what it announces is not all there.
    pub fn opaque_u8(&mut self) -> Result<&'a [u8], CodecError> {
        self.prefixed(|r| r.u8().map(u32::from))
    }

    /// Takes a vector with a 16-bit length, as its bytes.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when the length or what it announces is not all there.
    pub fn opaque_u16(&mut self) -> Result<&'a [u8], CodecError> {
        self.prefixed(|r| r.u16().map(u32::from))
    }

    /// Takes a vector with a 24-bit length, as its bytes.
    ///
    /// # Errors
    /// [`CodecError::RanOut`] when the length or what it announces is not all there.
    pub fn opaque_u24(&mut self) -> Result<&'a [u8], CodecError> {
        self.prefixed(Reader::u24)
    }

    /// Takes a vector with an 8-bit length, as a reader of its own.
    ///
    /// # Errors
    /// As [`Reader::opaque_u8`].
    pub fn vec_u8(&mut self) -> Result<Reader<'a>, CodecError> {
        self.opaque_u8().map(Reader::new)
    }

    /// Takes a vector with a 16-bit length, as a reader of its own.
    ///
    /// # Errors
    /// As [`Reader::opaque_u16`].
    pub fn vec_u16(&mut self) -> Result<Reader<'a>, CodecError> {
        self.opaque_u16().map(Reader::new)
    }

    /// Takes a vector with a 24-bit length, as a reader of its own.
    ///
    /// # Errors
    /// As [`Reader::opaque_u24`].
    pub fn vec_u24(&mut self) -> Result<Reader<'a>, CodecError> {
        self.opaque_u24().map(Reader::new)
    }

    /// Takes everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.bytes)
    }

    /// Shows what is left without taking it.
    pub const fn peek(&self) -> &'a [u8] {
        self.bytes
    }

    /// The number of bytes left.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Says that nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`CodecError::Trailing`] when bytes are left.
    pub fn end(self) -> Result<(), CodecError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(CodecError::Trailing) }
    }

    fn prefixed(
        &mut self,
        len: impl FnOnce(&mut Self) -> Result<u32, CodecError>,
    ) -> Result<&'a [u8], CodecError> {
        let mut ahead = *self;
        let n = usize::try_from(len(&mut ahead)?).map_err(|_| CodecError::RanOut)?;
        let body = ahead.take(n)?;
        *self = ahead;
        Ok(body)
    }
}

/// Appends values to a vector of bytes.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Starts empty.
    pub const fn new() -> Self {
        Self { out: Vec::new() }
    }

    /// Appends one byte.
    pub fn u8(&mut self, n: u8) {
        self.out.push(n);
    }

    /// Appends a 16-bit number.
    pub fn u16(&mut self, n: u16) {
        self.bytes(&n.to_be_bytes());
    }

    /// Appends the low 24 bits of a number that has no more.
    ///
    /// # Errors
    /// [`CodecError::TooLong`] when it has more; nothing is appended then.
    pub fn u24(&mut self, n: u32) -> Result<(), CodecError> {
        match n.to_be_bytes() {
            [0, low @ ..] => {
                self.bytes(&low);
                Ok(())
            }
            _ => Err(CodecError::TooLong),
        }
    }

    /// Appends a 32-bit number.
    pub fn u32(&mut self, n: u32) {
        self.bytes(&n.to_be_bytes());
    }

    /// Appends a 64-bit number.
    pub fn u64(&mut self, n: u64) {
        self.bytes(&n.to_be_bytes());
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends a vector with an 8-bit length whose elements `body` writes.
    ///
    /// # Errors
    /// [`CodecError::TooLong`] when it grows beyond 255 bytes, or what `body` returns; nothing is appended then.
    pub fn vec_u8(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.prefixed::<1>(body)
    }

    /// Appends a vector with a 16-bit length whose elements `body` writes.
    ///
    /// # Errors
    /// [`CodecError::TooLong`] when it grows beyond 65 535 bytes, or what `body` returns; nothing is appended then.
    pub fn vec_u16(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.prefixed::<2>(body)
    }

    /// Appends a vector with a 24-bit length whose elements `body` writes.
    ///
    /// # Errors
    /// [`CodecError::TooLong`] when it grows beyond 16 777 215 bytes, or what `body` returns; nothing is appended then.
    pub fn vec_u24(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        self.prefixed::<3>(body)
    }

    /// Appends bytes behind an 8-bit length.
    ///
    /// # Errors
    /// As [`Writer::vec_u8`].
    pub fn opaque_u8(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.vec_u8(|w| {
            w.bytes(bytes);
            Ok(())
        })
    }

    /// Appends bytes behind a 16-bit length.
    ///
    /// # Errors
    /// As [`Writer::vec_u16`].
    pub fn opaque_u16(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.vec_u16(|w| {
            w.bytes(bytes);
            Ok(())
        })
    }

    /// Appends bytes behind a 24-bit length.
    ///
    /// # Errors
    /// As [`Writer::vec_u24`].
    pub fn opaque_u24(&mut self, bytes: &[u8]) -> Result<(), CodecError> {
        self.vec_u24(|w| {
            w.bytes(bytes);
            Ok(())
        })
    }

    /// Shows what was written so far.
    pub fn as_slice(&self) -> &[u8] {
        &self.out
    }

    /// The number of bytes written so far.
    pub const fn len(&self) -> usize {
        self.out.len()
    }

    /// Says that nothing was written yet.
    pub const fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Gives what was written to the caller.
    pub fn into_vec(self) -> Vec<u8> {
        self.out
    }

    fn prefixed<const N: usize>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        let start = self.out.len();
        self.bytes(&[0; N]);
        let done = body(self).and_then(|()| {
            let len = self.out.len().saturating_sub(start).saturating_sub(N);
            let (high, low) = u64::try_from(len)
                .map_err(|_| CodecError::TooLong)?
                .to_be_bytes()
                .split_last_chunk::<N>()
                .map(|(high, low)| (high.iter().any(|b| *b != 0), *low))
                .ok_or(CodecError::TooLong)?;
            let field = self.out.get_mut(start..).and_then(|field| field.first_chunk_mut::<N>());
            match field {
                Some(field) if !high => {
                    *field = low;
                    Ok(())
                }
                _ => Err(CodecError::TooLong),
            }
        });
        if done.is_err() {
            self.out.truncate(start);
        }
        done
    }
}

impl From<Vec<u8>> for Writer {
    /// Goes on after what `out` already holds.
    fn from(out: Vec<u8>) -> Self {
        Self { out }
    }
}

#[cfg(test)]
mod tests;
