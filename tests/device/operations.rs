//! Arbitrary operations of twenty clients on one device: the same for the same seed.

use crate::corpus::targets::operations::{Seeded, run};

#[test]
fn a_hundred_thousand_operations_leave_nothing_behind() {
    let seen = run(&mut Seeded(2), 20, 100_000);
    assert_eq!(seen.operations, 100_000);
    // The run was one: everything was asked for with and without success, and every state was seen.
    for (kind, least) in [
        ("read", 1000),
        ("write", 1000),
        ("open", 1000),
        ("leave", 1000),
        ("stat", 100),
        ("flush", 100),
        ("version", 50),
    ] {
        let count = seen.replies.get(kind).copied().unwrap_or_default();
        assert!(count >= least, "{kind}: {count}; {seen:?}");
    }
    for state in ["Closed", "Handshaking", "Established", "RemoteClosed", "LocalClosed", "Errored"] {
        assert!(seen.states.contains(state), "{state}: {:?}", seen.states);
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
        assert!(seen.errors.contains(error), "{error}: {:?}", seen.errors);
    }
    assert!(seen.conversations >= 10, "{}", seen.conversations);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let runs = [7, 7, 8].map(|seed| run(&mut Seeded(seed), 20, 3000));
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}
