//! The mark in a server_random that says: this server could do better (RFC 8446 §4.1.3).
//!
//! A client that could do better too, and finds the mark, knows that somebody between them lowered the version.

use tlswire::ProtocolVersion;

/// Marks `server_random` if `chosen` is below what this server speaks at best, and an honest peer could have had it.
pub(crate) fn mark(server_random: &mut [u8; 32], chosen: ProtocolVersion, best: ProtocolVersion) {
    let sentinel = if best >= ProtocolVersion::TLS13 && chosen == ProtocolVersion::TLS12 {
        TO_TLS12
    } else if best >= ProtocolVersion::TLS12 && chosen < ProtocolVersion::TLS12 {
        TO_TLS11_OR_LESS
    } else {
        return;
    };
    if let Some(tail) = server_random.last_chunk_mut() {
        *tail = sentinel;
    }
}

/// Whether `server_random` says that the server could do better than what was chosen, to a client that can do `best`.
pub(crate) fn is_marked(server_random: &[u8; 32], chosen: ProtocolVersion, best: ProtocolVersion) -> bool {
    let tail = server_random.last_chunk();
    match best {
        // Either mark, whichever of the two versions it says (RFC 8446 §4.1.3).
        ProtocolVersion::TLS13 => chosen < best && [Some(&TO_TLS12), Some(&TO_TLS11_OR_LESS)].contains(&tail),
        // What says "to TLS 1.2" is rightly for it.
        ProtocolVersion::TLS12 => chosen < best && tail == Some(&TO_TLS11_OR_LESS),
        // Whatever was chosen is what it could have had at best, or nearly.
        _ => false,
    }
}

/// `DOWNGRD` and 1.
const TO_TLS12: [u8; 8] = *b"DOWNGRD\x01";
/// `DOWNGRD` and 0.
const TO_TLS11_OR_LESS: [u8; 8] = *b"DOWNGRD\x00";

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(chosen: ProtocolVersion, best: ProtocolVersion) -> [u8; 8] {
        let mut random = [7; 32];
        mark(&mut random, chosen, best);
        assert_eq!(random[..24], [7; 24]);
        random[24..].try_into().unwrap()
    }

    #[test]
    fn a_client_that_got_its_best_is_content() {
        let mut random = [7; 32];
        mark(&mut random, ProtocolVersion::TLS11, ProtocolVersion::TLS12);
        let (best, old) = (ProtocolVersion::TLS12, ProtocolVersion::TLS11);
        assert!(is_marked(&random, old, best) && is_marked(&random, ProtocolVersion::SSL3, best));
        assert!(!is_marked(&random, best, best) && !is_marked(&random, old, old));
        assert!(!is_marked(&[7; 32], old, best));
    }

    #[test]
    fn a_client_of_tls13_heeds_both_marks() {
        use ProtocolVersion as V;
        for chosen in [V::TLS12, V::TLS11, V::TLS10, V::SSL3] {
            let mut random = [7; 32];
            mark(&mut random, chosen, V::TLS13);
            assert!(is_marked(&random, chosen, V::TLS13), "{chosen:?}");
            // Nobody who has TLS 1.2 at best is told wrongly.
            assert_eq!(is_marked(&random, chosen, V::TLS12), chosen < V::TLS12);
        }
        assert!(!is_marked(&[7; 32], V::TLS12, V::TLS13));
    }

    #[test]
    fn only_a_server_that_could_do_better_says_so() {
        use ProtocolVersion as V;
        assert_eq!(marked(V::TLS12, V::TLS12), [7; 8]);
        assert_eq!(marked(V::TLS13, V::TLS13), [7; 8]);
        assert_eq!(marked(V::TLS10, V::TLS11), [7; 8]);
        assert_eq!(marked(V::TLS12, V::TLS13), [0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 1]);
        assert_eq!(marked(V::TLS11, V::TLS13), [0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0]);
        assert_eq!(marked(V::SSL3, V::TLS12), [0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0]);
    }
}
