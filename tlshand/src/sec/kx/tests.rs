//! Known answers: RFC 7748 §6.1 for X25519, RFC 5903 §8.1 and §8.2 for P-256 and P-384.

use hex_literal::hex;

use super::*;

fn pair(group: Group, private: &[u8]) -> Ephemeral {
    Ephemeral::new(group, &mut Random::fixed(private)).unwrap()
}

/// Both ways: the private keys give the public ones, and each with the other the secret.
fn both_ways(group: Group, a: (&[u8], &[u8]), b: (&[u8], &[u8]), secret: &[u8]) {
    for ((private, public), (_, peer)) in [(a, b), (b, a)] {
        let pair = pair(group, private);
        assert_eq!(pair.public(), public);
        assert_eq!(pair.agree(peer).unwrap().bytes(), secret);
    }
}

#[test]
fn x25519_as_rfc7748() {
    both_ways(
        Group::X25519,
        (
            &hex!("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
            &hex!("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"),
        ),
        (
            &hex!("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
            &hex!("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"),
        ),
        &hex!("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"),
    );
}

#[test]
fn p256_as_rfc5903() {
    both_ways(
        Group::SECP256R1,
        (
            &hex!("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"),
            &hex!(
                "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180
                 5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"
            ),
        ),
        (
            &hex!("c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53"),
            &hex!(
                "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63
                 56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"
            ),
        ),
        &hex!("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"),
    );
}

#[test]
fn p384_as_rfc5903() {
    both_ways(
        Group::SECP384R1,
        (
            &hex!(
                "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194"
            ),
            &hex!(
                "04667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa
                 9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c"
            ),
        ),
        (
            &hex!(
                "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc"
            ),
            &hex!(
                "04e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571
                 dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c"
            ),
        ),
        &hex!(
            "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"
        ),
    );
}

fn refused(group: Group, peer: &[u8]) -> String {
    let pair = Ephemeral::new(group, &mut Random::draw().unwrap()).unwrap();
    let error = pair.agree(peer).unwrap_err();
    assert_eq!(error.alert(), Some(tlswire::Alert::ILLEGAL_PARAMETER));
    error.to_string()
}

#[test]
fn x25519_values_of_other_lengths_or_low_order_are_refused() {
    assert_eq!(refused(Group::X25519, &[]), "couldn't set keys: no public key");
    for len in [1, 31, 33, 65] {
        assert_eq!(refused(Group::X25519, &vec![9; len]), "couldn't set keys: bad public key");
    }
    let one: [u8; 32] = std::array::from_fn(|i| u8::from(i == 0));
    for low in [[0; 32], one] {
        assert_eq!(refused(Group::X25519, &low), "couldn't set keys: unlucky shared key");
    }
}

#[test]
fn the_top_bit_of_an_x25519_value_does_not_matter() {
    let private = [0x55; 32];
    let mut peer = pair(Group::X25519, &[0x66; 32]).public().to_vec();
    assert_eq!(peer[31] & 0x80, 0);
    let secret = pair(Group::X25519, &private).agree(&peer).unwrap();
    peer[31] |= 0x80;
    assert_eq!(pair(Group::X25519, &private).agree(&peer).unwrap().bytes(), secret.bytes());
}

#[test]
fn nist_points_that_are_none_are_refused() {
    for (group, len) in [(Group::SECP256R1, 65), (Group::SECP384R1, 97)] {
        let peer = Ephemeral::new(group, &mut Random::draw().unwrap()).unwrap().public().to_vec();
        assert_eq!(peer.len(), len);
        let (mut off, mut hybrid) = (peer.clone(), peer.clone());
        off[len - 1] ^= 1;
        hybrid[0] = 6 | (peer[len - 1] & 1);
        let mut compressed = peer[..=len / 2].to_vec();
        compressed[0] = 2 | (peer[len - 1] & 1);
        for bad in [&off[..], &hybrid, &compressed, &[0], &peer[..len - 1], &[&peer[..], &[0]].concat()] {
            assert_eq!(refused(group, bad), "couldn't set keys: bad public key");
        }
        assert_eq!(refused(group, &[]), "couldn't set keys: no public key");
    }
}

#[test]
fn bytes_that_are_no_scalar_are_drawn_anew() {
    let mut bytes = [0xff; 64];
    bytes[32..].fill(1);
    assert_eq!(pair(Group::SECP256R1, &bytes).public(), pair(Group::SECP256R1, &[1; 32]).public());
    let none = Ephemeral::new(Group::SECP256R1, &mut Random::fixed(&[0xff; 256]));
    assert!(matches!(none, Err(Error::Internal(_))));
}

#[test]
fn other_groups_are_not_ours() {
    let none = Ephemeral::new(Group::SECP521R1, &mut Random::draw().unwrap());
    assert!(matches!(none, Err(Error::Internal(_))));
}

#[test]
fn our_x25519_values_have_a_clear_top_bit() {
    for byte in 0..=255 {
        let pair = pair(Group::X25519, &[byte; 32]);
        assert_eq!((pair.public().len(), pair.public()[31] & 0x80), (32, 0), "{byte}");
    }
}
