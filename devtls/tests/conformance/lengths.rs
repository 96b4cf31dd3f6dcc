//! Statements 140, 141 and 143: how long records are, by our own limits, padded, and as peers may send them.

use tlsrec::Side;

use crate::rig::{Rig, tohex, told};
use crate::tls13::told_text;
use crate::updates::{record_of, sends};
use crate::world::{World, both};

both![s140_records_may_be_shorter, s141_records_are_padded, s143_how_long_a_record_may_be,];

async fn s140_records_may_be_shorter(world: World) {
    for line in ["maxrec 62", "maxrec 16385", "maxrec 512 62", "maxrec 512 16385", "maxrec -1", "maxrec x"] {
        assert_eq!(
            Rig::est(world, 0x303).await.ctl(line).await,
            told_text("bad arg in system call"),
            "{line}"
        );
    }
    // Before there are keys, as RFC 6066 has it; and in every version.
    for version in [0x300, 0x301, 0x302, 0x303, 0x304] {
        let mut rig = Rig::locked(world, version).await;
        rig.ctl("maxrec 512 512").await.expect("limited");
        let wire = format!("{:04x}", version.min(0x303));
        rig.write_hand(&[7; 1000]).await.expect("sent");
        rig.sends(&format!("16{wire}0200{}16{wire}01e8{}", "07".repeat(512), "07".repeat(488))).await;
        rig.peer_sends(&format!("16{wire}0200{}", "01".repeat(512))).await;
        assert_eq!(rig.read_hand(1000).await, Ok(vec![1; 512]));
        rig.peer_sends(&format!("16{wire}0201{}", "01".repeat(513))).await;
        assert_eq!(rig.read_hand(1000).await, told("bad record message length 513"));
        assert_eq!(tohex(&rig.sends_record().await[..3]), format!("15{wire}"));
        assert_eq!(rig.read_hand(1000).await, told("record too long"));
    }
    // A run of many records has no short one amid.
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Server).await;
    rig.ctl("maxrec 500 63").await.expect("limited");
    let mut peer = std::mem::replace(&mut rig.peer, Box::new(tokio::io::empty()));
    let much = vec![7; 10_100];
    let (written, lens) = tokio::join!(rig.write_data(&much), async {
        let mut lens = Vec::new();
        while lens.iter().sum::<usize>() < much.len() {
            lens.push(far.open(&record_of(&mut peer).await).1.len());
        }
        lens
    });
    assert_eq!(written, Ok(10_100));
    assert_eq!((lens.len(), &lens[20..]), (21, &[100][..]));
    assert!(lens[..20].iter().all(|len| *len == 500));
    rig.peer = peer;

    sends(&mut rig, &mut far, 23, &[1; 63]).await;
    assert_eq!(rig.read_data(100).await, Ok(vec![1; 63]));
    // Padding counts, as RFC 8446 §5.4 has it.
    far.send.set_padding_unit(65);
    sends(&mut rig, &mut far, 23, &[1; 10]).await;
    assert_eq!(rig.read_data(100).await, told("tls error"));
    assert_eq!(rig.read_hand(100).await, told("record too long"));
    rig.sends_alert(&mut far, 22).await;
    // Far too long is known by the header.
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Server).await;
    rig.ctl("maxrec 16384 512").await.expect("limited");
    rig.peer_sends("17 0303 0301").await;
    assert_eq!(rig.read_data(100).await, told("tls error"));
    rig.sends_alert(&mut far, 22).await;
}

async fn s141_records_are_padded(world: World) {
    let (mut rig, mut far) = Rig::est_hidden(world, Side::Server).await;
    for (unit, len, body_len) in [
        (64, 1, 64 + 16),
        (64, 63, 64 + 16),
        (64, 64, 128 + 16),
        (1000, 10, 1000 + 16),
        (16384, 0, 16384 + 16),
        (16384, 16383, 16384 + 16),
        // There is no room for more.
        (16384, 16384, 16385 + 16),
        (0, 10, 11 + 16),
        (1, 10, 11 + 16),
    ] {
        rig.ctl(format!("pad {unit}")).await.expect("padded");
        rig.write_data(&vec![7; len]).await.expect("sent");
        let record = rig.sends_record().await;
        assert_eq!(record.len(), 5 + body_len, "{len} in units of {unit}");
        assert_eq!(far.open(&record), (23, vec![7; len]));
    }
    for line in ["pad -1", "pad 16385"] {
        assert_eq!(rig.ctl(line).await, told_text("bad arg in system call"));
    }
    assert_eq!(Rig::est(world, 0x303).await.ctl("pad 64").await, told_text("only in version 0x304"));
}

/// Records by another program: name, alert or 0, content type, length of the content, record of a client.
const ODD: &str = include_str!("../../../crates/tlsrec/tests/data/kat/odd.txt");

async fn s143_how_long_a_record_may_be(world: World) {
    let mut count = 0;
    for row in ODD.lines().filter(|line| !line.starts_with('#')) {
        let [name, alert, kind, len, record] = row.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let (mut rig, mut far) = Rig::est_hidden(world, Side::Server).await;
        rig.peer_sends(record).await;
        // What brings nothing is passed over: another record has to follow.
        let is_nothing = alert == "0" && (kind, len) == ("23", "0");
        let got = if alert == "0" && kind == "23" && !is_nothing {
            let mut got = 0;
            while got < len.parse().expect("a length") {
                got += rig.read_data(20_000).await.expect("data").len();
            }
            Ok(got)
        } else if is_nothing {
            assert!(rig.gives_up(rig.read_data(9)).await);
            Ok(0)
        } else {
            rig.read_data(9).await.map(|bytes| bytes.len())
        };
        // Zeros may be handshake bytes: of type 0, which nobody sends.
        let alert = if kind == "22" { "10" } else { alert };
        match alert {
            "0" => assert_eq!(got.map(|len| len.to_string()).as_deref(), Ok(len), "{name}"),
            alert => {
                assert_eq!(got, told("tls error"), "{name}");
                rig.sends_alert(&mut far, alert.parse().expect("an alert")).await;
            }
        }
        count += 1;
    }
    assert_eq!(count, 10);
    // 256 bytes more than the content are known by the header to be too many.
    let (mut rig, mut far) = Rig::hidden(world, Side::Server).await;
    rig.peer_sends("17 0303 4101").await;
    assert_eq!(rig.read_hand(9).await, told("bad record message length 16641"));
    rig.sends_alert(&mut far, 22).await;
}
