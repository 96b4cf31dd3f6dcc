//! Known answers: produced by one implementation of Plan 9's authentication, confirmed by another that shares nothing with it.

use aws_lc_rs::digest::{SHA256, digest};
use hex_literal::hex;
use zeroize::Zeroizing;

use super::des::DesKey;
use super::pak::{Exchange, PakHash, Side};
use super::ticket::{
    AUTHENTICATOR_CLIENT, AUTHENTICATOR_SERVER, Authenticator, PAK_REQUEST, Sealer, TICKET_CLIENT,
    TICKET_SERVER, Ticket, TicketRequest,
};
use super::{pak, password};

const CHALLENGE: [u8; 8] = hex!("0102030405060708");

fn glenda() -> PakHash {
    PakHash::new("glenda", &password::aes_key(b"test1234"))
}

fn ticket(key: impl Iterator<Item = u8>) -> Ticket {
    Ticket {
        num: TICKET_SERVER,
        challenge: CHALLENGE,
        cuid: "glenda".to_owned(),
        suid: "glenda".to_owned(),
        key: Zeroizing::new(key.collect()),
    }
}

fn des() -> Sealer {
    Sealer::Des(password::des_key(b"test1234"))
}

fn form1() -> Sealer {
    Sealer::Form1(Zeroizing::new(PAK_KEY))
}

const PAK_KEY: [u8; 32] = hex!("9355624fdded1daf60fa70f848a2e641a268b2c492a09083b8556820a4d40d56");

#[test]
fn passwords_become_keys() {
    assert_eq!(password::aes_key(b"test1234")[..], hex!("7fc1180256fd652b0693404aab377471"));
    assert_eq!(password::aes_key(b"longer password 17")[..], hex!("98e6e5e0251ea8ca4779b82c79da763e"));
    let des = |text: &[u8]| password::des_key(text).expanded();
    assert_eq!(des(b"test1234"), DesKey::new(hex!("f4f29c1e93cd68")).expanded());
    assert_eq!(des(b"longer password 17"), DesKey::new(hex!("754ca35197a32c")).expanded());
}

#[test]
fn only_27_bytes_of_a_password_count_for_des() {
    let (long, longer) = ([b'x'; 27], [b'x'; 300]);
    assert_eq!(password::des_key(&long).expanded(), password::des_key(&longer).expanded());
    assert_ne!(password::des_key(&long).expanded(), password::des_key(&long[1..]).expanded());
}

#[test]
fn overlapping_blocks_there_and_back() {
    let key = DesKey::new(hex!("f4f29c1e93cd68"));
    let mut buffer: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    key.encrypt(&mut buffer);
    assert_eq!(buffer, hex!("5bb13685e157377397dcc214988db1d5"));
    for len in 0..40 {
        let clear: Vec<u8> = (0..len).collect();
        let mut sealed = clear.clone();
        key.encrypt(&mut sealed);
        assert_eq!(sealed == clear, len < 8, "{len} bytes");
        key.decrypt(&mut sealed);
        assert_eq!(sealed, clear, "{len} bytes");
    }
}

#[test]
fn a_key_spreads_to_eight_bytes_of_odd_parity() {
    let spread = DesKey::new([0, 1, 2, 3, 4, 5, 6]).expanded();
    assert_eq!(spread, hex!("010140403120150d"));
    assert!(spread.iter().all(|byte| byte.count_ones() % 2 == 1));
}

#[test]
fn a_user_and_a_password_become_two_points() {
    let bytes = glenda().to_bytes();
    assert_eq!(bytes.len(), 448);
    assert_eq!(bytes[..16], hex!("df40966d3445560680243a1a009f9deb"));
    let hash = digest(&SHA256, &bytes);
    assert_eq!(hash.as_ref(), hex!("4f3b7acf393a7514f7f642532b1a0db9f6fb2c65993b1788d0a50049770b401b"));
}

const X_A: [u8; 56] = hex!(
    "505f8b043e15006743c7fb4151c8204eb39dd419a30705564b535ae42870fd845a39911786b1c3ed6661ee3c8b0f5ca3d738e6d75fa42aa7"
);
const Y_A: [u8; 56] = hex!(
    "307667f766fecd14367651d4e309f7c5c99e606b8621016ea1fc60027db316b43724e9f52c825138c7d57230f101610038e4c7b955558831"
);
const X_B: [u8; 56] = hex!(
    "7b6bdd42bae57446fe009b75d6459e5adbeb91d6f343c764025550ceb32605d19f391e016bad38fff89a1175c65a8122296bf339248d01c7"
);
const Y_B: [u8; 56] = hex!(
    "11caaef6a27b490ae806ab5bdf7091fa24e2b06d04c126fbe96f8289faabe4fe638d6ed711bac320b52488a93b88f91c5673575596cb8ae7"
);

#[test]
fn both_sides_of_an_exchange_come_to_the_known_key() {
    let client = Exchange::new(&glenda(), Side::Client, &X_A);
    let auth_server = Exchange::new(&glenda(), Side::AuthServer, &X_B);
    assert_eq!(client.y(), &Y_A);
    assert_eq!(auth_server.y(), &Y_B);
    assert_eq!(client.finish(&Y_B).map(|key| *key), Some(PAK_KEY));
    assert_eq!(auth_server.finish(&Y_A).map(|key| *key), Some(PAK_KEY));
}

#[test]
fn another_password_or_user_gives_another_key() {
    for other in [
        PakHash::new("glenda", &password::aes_key(b"test1235")),
        PakHash::new("rob", &password::aes_key(b"test1234")),
    ] {
        let client = Exchange::new(&other, Side::Client, &X_A);
        let client_y = *client.y();
        let auth_server = Exchange::new(&glenda(), Side::AuthServer, &X_B);
        let auth_server_y = *auth_server.y();
        let keys = (client.finish(&auth_server_y), auth_server.finish(&client_y));
        assert!(keys.0.is_some() && keys.1.is_some());
        assert_ne!(keys.0, keys.1);
    }
}

#[test]
fn what_is_no_point_gives_no_key() {
    let client = || Exchange::new(&glenda(), Side::Client, &X_A);
    assert!(client().finish(&[0xff; 56]).is_none(), "beyond the modulus");
    // Of the numbers of the lower half about every other one is a point: the next ones after a point cannot all be.
    let mut bytes = Y_B;
    let refused = (0..32).filter(|_| {
        bytes[55] = bytes[55].wrapping_add(1);
        client().finish(&bytes).is_none()
    });
    assert!((4..28).contains(&refused.count()));
}

#[test]
fn the_other_side_cannot_choose_the_key() {
    // A client of the authentication server that sends back its own hiding point makes the shared point the neutral one.
    let zero = [0; 56];
    let honest = Exchange::new(&glenda(), Side::AuthServer, &X_B);
    let hiding = Exchange::new(&glenda(), Side::Client, &zero);
    assert!(honest.finish(hiding.y()).is_none());
}

#[test]
fn tickets_are_sealed_as_known() {
    let known = hex!(
        "666f726d31205473000000000ebbd8f407b8a1e14178e11f05ab50de4735a5fa138418164b6be8e922cfe31143672bb682d1595e17e1b1ba66"
        "cecc7c362c78bc708418b3b2f0c1625ecc7aef6985f263d9fede4f46c6d79b9a3bc5a537576223fec4be79e265194ba460f16fc78132b16fda"
        "ab765c8843504038c03a"
    );
    assert_eq!(ticket(0..32).seal(&form1(), 0).as_deref(), Some(known.as_slice()));
    let known = hex!(
        "e980a904fa68b6ca0442c75e614cfbc02aa33cce1e7ed81768c89d880241163f1c93885de082927d5648d3cc875263a7ed499420ae516c10f4"
        "d112c1e64464e09a4e8c2110b60e6c"
    );
    assert_eq!(ticket(0..7).seal(&des(), 0).as_deref(), Some(known.as_slice()));
}

#[test]
fn authenticators_are_sealed_as_known() {
    let random = std::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap());
    let authenticator = Authenticator { num: AUTHENTICATOR_CLIENT, challenge: CHALLENGE, random };
    let sealer = Sealer::of_ticket(&(0..32).collect::<Vec<u8>>()).unwrap();
    let known = hex!(
        "666f726d3120416301000000f00e2c6c734551a9e8709712c341a5d1c372021dc7666a2cb049deda84a11d375c4bf349a05d7c18a280d6eb26"
        "6aeda73737c91ceeb0b3ce"
    );
    assert_eq!(authenticator.seal(&sealer, 1).as_deref(), Some(known.as_slice()));
    let sealer = Sealer::of_ticket(&(0..7).collect::<Vec<u8>>()).unwrap();
    assert_eq!(
        authenticator.seal(&sealer, 1).as_deref(),
        Some(hex!("157f48e42eae62d62485bde758").as_slice())
    );
}

#[test]
fn what_was_sealed_opens_as_what_it_is_and_as_nothing_else() {
    for (sealer, key_len) in [(des(), 7), (form1(), 32)] {
        let sealed = ticket(0..key_len).seal(&sealer, 7).unwrap();
        assert_eq!(sealed.len(), sealer.ticket_len());
        let opened = Ticket::open(&sealer, TICKET_SERVER, &sealed).unwrap();
        assert_eq!(
            (opened.challenge, opened.cuid.as_str(), opened.suid.as_str()),
            (CHALLENGE, "glenda", "glenda")
        );
        assert_eq!(*opened.key, (0..key_len).collect::<Vec<u8>>());
        assert!(Ticket::open(&sealer, TICKET_CLIENT, &sealed).is_none());
        for len in 0..sealed.len() {
            assert!(Ticket::open(&sealer, TICKET_SERVER, &sealed[..len]).is_none(), "cut to {len}");
        }

        let sealer = Sealer::of_ticket(&opened.key).unwrap();
        let random = [7; 32];
        let proof = Authenticator { num: AUTHENTICATOR_SERVER, challenge: CHALLENGE, random }
            .seal(&sealer, 8)
            .unwrap();
        assert_eq!(proof.len(), sealer.authenticator_len());
        let opened = Authenticator::open(&sealer, AUTHENTICATOR_SERVER, &proof).unwrap();
        assert_eq!(opened.challenge, CHALLENGE);
        assert_eq!(opened.random, if key_len == 32 { random } else { [0; 32] });
        assert!(Authenticator::open(&sealer, AUTHENTICATOR_CLIENT, &proof).is_none());
    }
    assert!(Sealer::of_ticket(&[0; 8]).is_none());
}

#[test]
fn a_changed_bit_of_form_1_is_seen() {
    let sealed = ticket(0..32).seal(&form1(), 0).unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(Ticket::open(&form1(), TICKET_SERVER, &changed).is_none(), "byte {at}");
    }
}

#[test]
fn a_ticket_whose_key_is_of_the_other_form_is_not_sealed() {
    assert!(ticket(0..7).seal(&form1(), 0).is_none());
    assert!(ticket(0..32).seal(&des(), 0).is_none());
}

#[test]
fn a_request_has_its_fields_where_they_belong() {
    let request = TicketRequest {
        kind: PAK_REQUEST,
        server_id: "cpu".to_owned(),
        domain: "9front".to_owned(),
        challenge: CHALLENGE,
        host_id: String::new(),
        uid: String::new(),
    };
    let bytes = request.encode();
    assert_eq!(bytes.len(), TicketRequest::LEN);
    let mut expected = vec![0; TicketRequest::LEN];
    expected[0] = 0x13;
    expected[1..4].copy_from_slice(b"cpu");
    expected[29..35].copy_from_slice(b"9front");
    expected[77..85].copy_from_slice(&CHALLENGE);
    assert_eq!(bytes, expected);
    assert_eq!(TicketRequest::decode(&bytes), Some(request));
    for len in 0..bytes.len() {
        assert_eq!(TicketRequest::decode(&bytes[..len]), None, "cut to {len}");
    }
    assert_eq!(TicketRequest::decode(&[bytes.as_slice(), &[0]].concat()), None, "one too long");
}

#[test]
fn a_name_that_fills_its_field_ends_where_the_last_byte_would_be() {
    let request = TicketRequest {
        kind: 1,
        server_id: "x".repeat(40),
        domain: String::new(),
        challenge: CHALLENGE,
        host_id: String::new(),
        uid: String::new(),
    };
    let mut bytes = request.encode();
    bytes[28] = b'x';
    assert_eq!(TicketRequest::decode(&bytes).unwrap().server_id, "x".repeat(27));
    bytes[1] = 0xff;
    assert_eq!(TicketRequest::decode(&bytes), None, "not UTF-8");
}

#[test]
fn the_sessions_secret_is_the_known_one() {
    let salt: Vec<u8> = (0x40..0x80).collect();
    let key: Vec<u8> = (0..32).collect();
    let mut secret = [0; 256];
    pak::hkdf(&salt, &key, b"Plan 9 session secret", &mut secret);
    assert_eq!(
        secret[..64],
        hex!(
            "4a912c19a73995d2915c5124ee368cfb340a35aa1a860cce66f9590a6039f3a750632adde1d8490b1dd0c97ba8ce11382a0f95ff9398a6f0"
            "7e0185402a6be282"
        )
    );
}
