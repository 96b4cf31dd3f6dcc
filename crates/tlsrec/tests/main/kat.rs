//! Whole records against known answers: those recorded from 9front's device, and those of an independent program.
//!
//! Answers for the algorithms by themselves, from RFCs and NIST, are in the unit tests beside each.

use crate::support::{Bytes, DEALS, counting, hex, in_use, open, other, side, version};
use tlsrec::{Encalg, Hashalg, Header, OpenError, Side};
use tlswire::{ContentType, ProtocolVersion};

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect())
}

#[test]
fn recorded_records_of_the_device_are_opened_and_the_fixed_ones_sealed_alike() {
    let mut counts = (0, 0);
    for deal in DEALS {
        for row in rows(include_str!("../data/kat/device.txt")) {
            let [v, h, e, is_client, kind, first, second] = row[..] else { panic!("{row:?}") };
            let (v, h, e) = (version(v), Hashalg::by_name(h).unwrap(), Encalg::by_name(e).unwrap());
            let (secret, writer) = (counting(v, h, e), side(is_client));

            // Both records in order: the second one's chain, keystream and number follow from the first.
            let (incoming, _) = deal(v, h, e, other(writer), &secret, &mut Bytes::seeded(1)).unwrap();
            let mut reader = in_use(incoming);
            for record in [first, second] {
                assert_eq!(open(&mut reader, &hex(record)).as_deref(), Ok(&b"hello"[..]), "{row:?}");
            }
            counts.0 += 1;

            if kind == "fixed" {
                let (_, outgoing) = deal(v, h, e, writer, &secret, &mut Bytes::seeded(1)).unwrap();
                let mut out = Vec::new();
                let mut way = in_use(outgoing);
                for _ in 0..2 {
                    way.seal(ContentType::HANDSHAKE, v, b"hello", &mut out, &mut Bytes::seeded(1)).unwrap();
                }
                assert_eq!(out, hex(&[first, second].concat()), "{row:?}");
                counts.1 += 1;
            }
        }
    }
    assert_eq!(counts, (2 * 58, 2 * 35));
}

#[test]
fn records_of_an_independent_program_are_opened_and_sealed_alike() {
    let mut count = 0;
    for deal in DEALS {
        for row in rows(include_str!("../data/kat/independent.txt")) {
            let [v, h, e, is_client, secret, drawn, kind, text1, record1, text2, record2] = row[..] else {
                panic!("{row:?}")
            };
            let (v, h, e) = (version(v), Hashalg::by_name(h).unwrap(), Encalg::by_name(e).unwrap());
            let (secret, writer) = (hex(secret), side(is_client));
            let content_type = ContentType(kind.parse().unwrap());

            let mut rng = Bytes::fixed(&hex(drawn));
            let (_, outgoing) = deal(v, h, e, writer, &secret, &mut rng).unwrap();
            let (incoming, _) = deal(v, h, e, other(writer), &secret, &mut Bytes::seeded(1)).unwrap();
            let (mut outgoing, mut incoming) = (in_use(outgoing), in_use(incoming));
            for (text, record) in [(text1, record1), (text2, record2)] {
                let (text, record) = (hex(text), hex(record));
                let mut out = Vec::new();
                outgoing.seal(content_type, v, &text, &mut out, &mut rng).unwrap();
                assert_eq!(out, record, "{row:?}");
                if record.len() > 5 {
                    assert_eq!(open(&mut incoming, &record), Ok(text), "{row:?}");
                }
            }
            count += 1;
        }
    }
    assert_eq!(count, 2 * 107);
}

#[test]
fn records_of_tls_1_3_by_an_independent_program_are_opened_and_sealed_alike() {
    let mut count = 0;
    for deal in DEALS {
        for row in rows(include_str!("../data/kat/hidden.txt")) {
            let [h, e, is_client, secret, unit, ref records @ ..] = row[..] else { panic!("{row:?}") };
            let (h, e) = (Hashalg::by_name(h).unwrap(), Encalg::by_name(e).unwrap());
            let (secret, writer) = (hex(secret), side(is_client));
            let mut rng = Bytes::seeded(1);
            let (_, outgoing) = deal(TLS13, h, e, writer, &secret, &mut rng).unwrap();
            let (incoming, _) = deal(TLS13, h, e, other(writer), &secret, &mut rng).unwrap();
            let (mut outgoing, mut incoming) = (in_use(outgoing), in_use(incoming));
            outgoing.set_padding_unit(unit.parse().unwrap());
            for (nth, fields) in records.chunks(3).enumerate() {
                let [kind, text, record] = fields[..] else { panic!("{row:?}") };
                let content_type = ContentType(kind.parse().unwrap());
                let (text, record) = (hex(text), hex(record));
                if nth == 2 {
                    outgoing.update().unwrap();
                    incoming.update().unwrap();
                }
                let mut out = Vec::new();
                outgoing.seal(content_type, TLS13, &text, &mut out, &mut rng).unwrap();
                assert_eq!(out, record, "{row:?}");
                let mut body = record[5..].to_vec();
                let opened = incoming.open(Header::peek(&record).unwrap(), &mut body).unwrap();
                assert_eq!((opened.content_type, &body[opened.plain]), (content_type, &text[..]), "{row:?}");
            }
            assert_eq!((outgoing.seq(), outgoing.update_count(), records.len()), (2, 1, 12));
            count += 1;
        }
    }
    assert_eq!(count, 2 * 18);
}

#[test]
fn every_record_of_the_traces_of_rfc_8448_is_opened_and_sealed_alike_and_no_changed_one_is() {
    let (h, e) = (Hashalg::by_name("sha256").unwrap(), Encalg::by_name("aes_128_gcm_aead").unwrap());
    let mut count = 0;
    for deal in DEALS {
        for row in rows(include_str!("../data/kat/rfc8448.txt")) {
            let [_section, is_client, secret, ref records @ ..] = row[..] else { panic!("{row:?}") };
            let (secret, writer, mut rng) = (hex(secret), side(is_client), Bytes::seeded(1));
            // The other direction's secret is another line's.
            let secrets = match writer {
                Side::Client => [&secret[..], &[0; 32]].concat(),
                Side::Server => [&[0; 32], &secret[..]].concat(),
            };
            let (_, outgoing) = deal(TLS13, h, e, writer, &secrets, &mut rng).unwrap();
            let mut outgoing = in_use(outgoing);
            let reader = |rng: &mut Bytes| in_use(deal(TLS13, h, e, other(writer), &secrets, rng).unwrap().0);
            let mut incoming = reader(&mut rng);
            for (nth, fields) in records.chunks(3).enumerate() {
                let [kind, text, record] = fields[..] else { panic!("{row:?}") };
                let content_type = ContentType(kind.parse().unwrap());
                let (text, record) = (hex(text), hex(record));
                let mut out = Vec::new();
                outgoing.seal(content_type, TLS13, &text, &mut out, &mut rng).unwrap();
                assert_eq!(out, record, "{row:?}");
                let mut body = record[5..].to_vec();
                let header = Header::peek(&record).unwrap();
                let opened = incoming.open(header, &mut body).unwrap();
                assert_eq!((opened.content_type, &body[opened.plain]), (content_type, &text[..]), "{row:?}");
                for at in (0..record.len()).filter(|at| nth == 0 && ![3, 4].contains(at)) {
                    let mut changed = record.clone();
                    changed[at] ^= 1;
                    let header = Header::peek(&changed).unwrap();
                    let opened = reader(&mut rng).open(header, &mut changed[5..]);
                    assert_eq!(opened, Err(OpenError::BadMac), "{at} of {row:?}");
                }
                count += 1;
            }
        }
    }
    assert_eq!(count, 2 * 27);
}

const TLS13: ProtocolVersion = ProtocolVersion::TLS13;

#[test]
fn odd_records_of_tls_1_3_are_opened_or_refused_with_their_alert() {
    let (h, e) = (Hashalg::by_name("sha256").unwrap(), Encalg::by_name("aes_128_gcm_aead").unwrap());
    let mut count = 0;
    for deal in DEALS {
        for row in rows(include_str!("../data/kat/odd.txt")) {
            let [name, alert, kind, len, record] = row[..] else { panic!("{row:?}") };
            let (incoming, _) = deal(TLS13, h, e, Side::Server, &[0x5a; 64], &mut Bytes::seeded(1)).unwrap();
            let record = hex(record);
            let header = Header::peek(&record).unwrap();
            let mut way = in_use(incoming);
            assert_eq!(way.check_len(&header), Ok(()), "{name}");
            let opened = way.open(header, &mut record[5..].to_vec());
            let opened = opened.map(|opened| (opened.content_type.0, opened.plain.len()));
            match alert {
                "0" => assert_eq!(opened, Ok((kind.parse().unwrap(), len.parse().unwrap())), "{name}"),
                _ => assert_eq!(opened.unwrap_err().alert().0.to_string(), alert, "{name}"),
            }
            count += 1;
        }
    }
    assert_eq!(count, 2 * 10);
}
