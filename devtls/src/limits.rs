//! Limits: how much the clients of a device and the peers behind its channels may make it keep.
//!
//! Lengths that the protocol or the original fixes are no limits in this sense: they stand where they are used.

/// How many conversations there may be, and what one of them may keep. Reaching a limit is an error or a wait, never growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Conversations in all.
    pub conversations: u32,
    /// Conversations that one user has opened.
    pub conversations_per_user: u32,
    /// Bytes that may wait for the reader of `hand`; then the records behind them wait.
    pub hand_queue_len: usize,
    /// Bytes of the channel that are read ahead after `opened`.
    pub read_ahead_len: usize,
    /// Bytes that wait in one direction of `wire` before whoever brings more waits.
    pub wire_queue_len: usize,
    /// Bytes of writes to `data`, `hand` and `wire` that wait for the channel, from all clients together; one write may always
    /// wait.
    pub write_queue_len: usize,
    /// Records in a row that may bring nothing: empty data, warnings, handshake that nobody reads.
    pub idle_records: u32,
    /// Warnings in a row that may be unknown.
    pub unknown_warnings: u32,
    /// Records under one key of TLS 1.3, the one included that moves to the next key; counts from 2.
    pub records_per_key: u64,
}

impl Default for Limits {
    /// Gives the original's limits where it has one.
    fn default() -> Limits {
        Limits {
            conversations: 1024,
            conversations_per_user: 1024,
            hand_queue_len: 2 * tlsrec::BODY_LEN_MAX,
            read_ahead_len: 256 * 1024,
            wire_queue_len: 256 * 1024,
            write_queue_len: 32 * 1024 * 1024,
            idle_records: 32,
            unknown_warnings: 4,
            // Below the 2^24.5 that AES-GCM is good for (RFC 8446 §5.5).
            records_per_key: 1 << 24,
        }
    }
}
