//! Arbitrary operations of twenty clients on one device: the same for the same seed.

use crate::corpus::targets::operations::{Seeded, Seen, run};

#[test]
fn a_hundred_thousand_operations_leave_nothing_behind() {
    for seed in 1..=5 {
        let seen = run(&mut Seeded(seed), 20, 20_000);
        assert_eq!(seen.operations, 20_000);
        was_one(seed, &seen);
    }
}

/// The run was one: everything was asked for with and without success, and every state was seen, time and again.
fn was_one(seed: u64, seen: &Seen) {
    for (kind, least) in [
        ("read", 200),
        ("write", 200),
        ("open", 200),
        ("leave", 200),
        ("stat", 20),
        ("flush", 20),
        ("version", 10),
    ] {
        let count = seen.replies.get(kind).copied().unwrap_or_default();
        assert!(count >= least, "seed {seed}, {kind}: {count}; {seen:?}");
    }
    for state in ["Closed", "Handshaking", "Established", "RemoteClosed", "LocalClosed", "Errored"] {
        let count = seen.states.get(state).copied().unwrap_or_default();
        assert!(count >= 10, "seed {seed}, {state}: {:?}", seen.states);
    }
    for error in [
        "tls hungup",
        "tls error",
        "channel error",
        "close notify",
        "no renegotiation",
        "unknown fid",
        "only in version 0x304",
    ] {
        assert!(seen.errors.contains(error), "seed {seed}, {error}: {:?}", seen.errors);
    }
    assert!(seen.conversations >= 10, "seed {seed}: {}", seen.conversations);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let runs = [7, 7, 8].map(|seed| run(&mut Seeded(seed), 20, 3000));
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
