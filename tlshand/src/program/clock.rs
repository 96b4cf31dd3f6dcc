//! The time as certificates count it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as certificates count.
#[must_use]
pub fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
