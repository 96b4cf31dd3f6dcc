//! A wire in memory: two ends, as tokio sees them, whose bytes arrive in pieces of a chosen length whatever the sender wrote.
//!
//! **Invariants**: bytes arrive in order, none twice, none lost; an end arrives after the last byte sent before it; at most
//! [`HELD_MAX`] bytes are under way in each direction, so a reader that stops stops the writer.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};

/// The lengths, in bytes, that a conversation has to survive: every byte alone, headers cut anywhere, a whole record at once.
pub(crate) const PIECE_LENS: [usize; 3] = [1, 7, 16_384];

/// How many bytes one direction holds at most, the piece under way aside.
pub(crate) const HELD_MAX: usize = 64 * 1024;

/// Two ends of a wire. No single read at either end returns more than `piece_len` bytes.
///
/// It lives on tasks of the current tokio runtime, and ends when both ends are dropped.
pub(crate) fn cut(piece_len: usize) -> (DuplexStream, DuplexStream) {
    let (ours, near) = tokio::io::duplex(HELD_MAX);
    // The far side holds one piece, so that a reader never finds two together.
    let (far, theirs) = tokio::io::duplex(piece_len);
    let (from_ours, to_ours) = tokio::io::split(near);
    let (from_theirs, to_theirs) = tokio::io::split(far);
    tokio::spawn(carry(from_ours, to_theirs, piece_len));
    tokio::spawn(carry(from_theirs, to_ours, piece_len));
    (ours, theirs)
}

/// Carries one direction to its end. A reader that is gone ends it, too.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, piece_len: usize) {
    let mut piece = vec![0; piece_len];
    loop {
        let count = from.read(&mut piece).await.unwrap_or(0);
        if count == 0 || to.write_all(&piece[..count]).await.is_err() {
            let _ = to.shutdown().await;
            return;
        }
        // The reader's turn, before the next piece joins this one.
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `bytes` through a wire, and gives the lengths of the reads and all that they returned.
    async fn through(piece_len: usize, bytes: &[u8]) -> (Vec<usize>, Vec<u8>) {
        let (mut ours, mut theirs) = cut(piece_len);
        let bytes = bytes.to_vec();
        let sender = tokio::spawn(async move {
            ours.write_all(&bytes).await.unwrap();
            ours.shutdown().await.unwrap();
            ours
        });
        let (mut lens, mut seen, mut piece) = (Vec::new(), Vec::new(), vec![0; 100_000]);
        loop {
            let count = theirs.read(&mut piece).await.unwrap();
            if count == 0 {
                sender.await.unwrap();
                return (lens, seen);
            }
            lens.push(count);
            seen.extend_from_slice(&piece[..count]);
        }
    }

    #[tokio::test]
    async fn every_byte_arrives_in_order_in_pieces_no_longer_than_asked() {
        let bytes: Vec<u8> = (0..50_000u32).map(|n| n.to_le_bytes()[0]).collect();
        for piece_len in PIECE_LENS {
            let (lens, seen) = through(piece_len, &bytes).await;
            assert_eq!(seen, bytes, "{piece_len}");
            assert!(lens.iter().all(|len| *len <= piece_len), "{piece_len}: {:?}", lens.iter().max());
        }
    }

    #[tokio::test]
    async fn the_other_direction_goes_on_after_an_end() {
        let (mut ours, mut theirs) = cut(7);
        ours.shutdown().await.unwrap();
        theirs.write_all(b"still here").await.unwrap();
        drop(theirs);
        let mut seen = Vec::new();
        ours.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, b"still here");
    }
}
