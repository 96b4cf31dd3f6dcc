//! Both roles with each other. That the order of the parts is everybody's, other programs show: the handshakes with them.

use super::*;

fn random() -> Random {
    Random::draw().unwrap()
}

/// Bytes of a client's share, of a server's, and of the secret.
fn lens(group: Group) -> [usize; 3] {
    let client = ClientShare::new(group, &mut random()).unwrap();
    assert_eq!(client.group(), group);
    let client_len = client.public().len();
    let (share, secret) = answer(group, client.public(), &mut random()).unwrap();
    assert_eq!(client.agree(&share).unwrap().bytes(), secret.bytes(), "{group:?}");
    [client_len, share.len(), secret.bytes().len()]
}

#[test]
fn both_roles_make_the_same_secret() {
    assert_eq!(lens(Group::X25519), [32, 32, 32]);
    assert_eq!(lens(Group::SECP256R1), [65, 65, 32]);
    assert_eq!(lens(Group::SECP384R1), [97, 97, 48]);
    // The lengths that draft-ietf-tls-ecdhe-mlkem gives.
    assert_eq!(lens(Group::X25519_MLKEM768), [1216, 1120, 64]);
    assert_eq!(lens(Group::SECP256R1_MLKEM768), [1249, 1153, 64]);
    assert_eq!(lens(Group::SECP384R1_MLKEM1024), [1665, 1665, 80]);
}

#[test]
fn every_group_is_one_of_both_roles() {
    for group in GROUPS {
        assert!(lens(group).iter().all(|len| *len > 0));
    }
    for group in DEFAULT_GROUPS {
        assert!(GROUPS.contains(&group));
    }
    let none = ClientShare::new(Group::SECP521R1, &mut random());
    assert!(matches!(none, Err(Error::Internal(_))));
}

/// With X25519 ML-KEM's part comes first, with the other curves the curve's.
#[test]
fn the_curve_s_part_stands_in_its_place() {
    for (group, curve, first) in [
        (Group::X25519_MLKEM768, Group::X25519, First::Kem),
        (Group::SECP256R1_MLKEM768, Group::SECP256R1, First::Curve),
        (Group::SECP384R1_MLKEM1024, Group::SECP384R1, First::Curve),
    ] {
        let private = [1; 48];
        let alone = Ephemeral::new(curve, &mut Random::fixed(&private)).unwrap().public().to_vec();
        let client = ClientShare::new(group, &mut Random::fixed(&private)).unwrap();
        let public = client.public().to_vec();
        match first {
            First::Kem => assert!(public.ends_with(&alone)),
            First::Curve => assert!(public.starts_with(&alone)),
        }

        let (share, secret) = answer(group, &public, &mut Random::fixed(&[2; 48])).unwrap();
        let other = Ephemeral::new(curve, &mut Random::fixed(&[2; 48])).unwrap();
        let of_curve = other.agree(&alone).unwrap().bytes().to_vec();
        match first {
            First::Kem => assert!(secret.bytes().ends_with(&of_curve)),
            First::Curve => assert!(secret.bytes().starts_with(&of_curve)),
        }
        assert_eq!(client.agree(&share).unwrap().bytes(), secret.bytes());
    }
}

fn refused<T: fmt::Debug>(result: Result<T, Error>) {
    assert_eq!(result.unwrap_err().alert(), Some(tlswire::Alert::ILLEGAL_PARAMETER));
}

#[test]
fn shares_of_other_lengths_are_refused_in_both_roles() {
    for group in GROUPS {
        let client = ClientShare::new(group, &mut random()).unwrap().public().to_vec();
        let (server, _) = answer(group, &client, &mut random()).unwrap();
        for len in [0, 1, 31, client.len() - 1] {
            refused(answer(group, &client[..len], &mut random()).map(|_| ()));
        }
        refused(answer(group, &[&client[..], &[0]].concat(), &mut random()).map(|_| ()));
        for len in [0, 1, 31, server.len() - 1] {
            refused(ClientShare::new(group, &mut random()).unwrap().agree(&server[..len]));
        }
        let long = [&server[..], &[0]].concat();
        refused(ClientShare::new(group, &mut random()).unwrap().agree(&long));
    }
}

#[test]
fn keys_with_numbers_over_the_modulus_are_refused() {
    let mut share = ClientShare::new(Group::X25519_MLKEM768, &mut random()).unwrap().public().to_vec();
    share[..3].fill(0xff);
    refused(answer(Group::X25519_MLKEM768, &share, &mut random()).map(|_| ()));
}

#[test]
fn a_changed_ciphertext_makes_another_secret() {
    let client = ClientShare::new(Group::X25519_MLKEM768, &mut random()).unwrap();
    let (mut share, secret) = answer(Group::X25519_MLKEM768, client.public(), &mut random()).unwrap();
    share[7] ^= 1;
    assert_ne!(client.agree(&share).unwrap().bytes(), secret.bytes());
}

#[test]
fn a_curve_s_part_that_is_no_point_is_refused() {
    let client = ClientShare::new(Group::X25519_MLKEM768, &mut random()).unwrap();
    let mut share = client.public().to_vec();
    share[1184..].fill(0);
    refused(answer(Group::X25519_MLKEM768, &share, &mut random()).map(|_| ()));
    let (mut share, _) = answer(Group::X25519_MLKEM768, client.public(), &mut random()).unwrap();
    share[1088..].fill(0);
    refused(client.agree(&share));
}
