//! Statements 27 to 50: `status`, `stats` and the commands.

use std::os::fd::{AsRawFd, OwnedFd};

use devtls::Compat;

use crate::rig::{Rig, tohex, told};
use crate::world::{World, both};

both![
    s027_status_of_a_fresh_conversation,
    s028_stats_of_a_fresh_conversation,
    s029_status_after_fd,
    s030_status_after_secret,
    s031_status_after_opened,
    s032_the_hash_beside_an_aead_is_shown,
    s033_stats_count_what_was_moved,
    s034_an_empty_command_is_short,
    s035_an_unknown_command_is_a_bad_arg,
    s036_each_wrong_shape_has_its_usage_line,
    s037_commands_before_fd,
    s038_descriptors_that_cannot_be_a_channel,
    s039_there_is_one_channel,
    s040_quotes_and_numbers_are_read_as_the_original_reads_them,
    s041_the_version_is_set_once,
    s042_secrets_need_a_version,
    s043_secrets_need_known_names_and_enough_bytes,
    s044_ssl_has_no_sha256,
    s045_a_failing_secret_unstages_the_one_before,
    s046_base64_skips_what_it_does_not_know,
    s047_debug_is_always_fine,
    s048_opened_needs_the_peers_change_cipher_spec,
    s049_opened_twice_and_too_late,
    s050_each_direction_changes_for_itself,
    secrets_that_are_no_base64_or_too_short,
    secrets_in_the_wrong_state_change_nothing,
    lines_that_are_no_commands_change_nothing,
    notes_are_shown_after_the_originals_lines,
    a_secret_with_etm_is_for_block_ciphers_with_a_mac,
];

async fn s027_status_of_a_fresh_conversation(world: World) {
    let rig = Rig::fresh(world).await;
    assert_eq!(rig.text("status").await, "State: Closed\nVersion: 0x0\n");
}

async fn s028_stats_of_a_fresh_conversation(world: World) {
    let stats = Rig::fresh(world).await.text("stats").await;
    assert_eq!((stats.as_str(), stats.len()), ("DataIn: 0\nDataOut: 0\nHandIn: 0\nHandOut: 0\n", 42));
}

async fn s029_status_after_fd(world: World) {
    let rig = Rig::setup(world, 0x303).await;
    let chan = rig.channel_name();
    assert_eq!(rig.text("status").await, format!("State: Handshaking\nVersion: 0x303\nChan: {chan}\n"));
}

async fn s030_status_after_secret(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    rig.ctl("secret clear clear 0 x").await.expect("staged");
    let chan = rig.channel_name();
    assert_eq!(
        rig.text("status").await,
        format!(
            "State: Handshaking\nVersion: 0x303\nNewEncIn: clear\nNewHashIn: clear\nNewEncOut: clear\n\
             NewHashOut: clear\nChan: {chan}\n"
        )
    );
}

async fn s031_status_after_opened(world: World) {
    let rig = Rig::est(world, 0x303).await;
    let chan = rig.channel_name();
    assert_eq!(
        rig.text("status").await,
        format!(
            "State: Established\nVersion: 0x303\nEncIn: clear\nHashIn: clear\nEncOut: clear\nHashOut: clear\n\
             Chan: {chan}\n"
        )
    );
}

async fn s032_the_hash_beside_an_aead_is_shown(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    rig.ctl(format!("secret sha1 ccpoly96_aead 1 {}", "A".repeat(172))).await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    let status = rig.text("status").await;
    let lines = "NewEncIn: ccpoly96_aead\nNewHashIn: sha1\nEncOut: ccpoly96_aead\nHashOut: sha1\n";
    assert!(status.contains(lines), "{status}");
}

async fn s033_stats_count_what_was_moved(world: World) {
    let mut rig = Rig::setup(world, 0x303).await;
    rig.peer_sends("16 0303 0005 0100000161").await;
    assert_eq!(rig.read_hand(4).await.map(|bytes| bytes.len()), Ok(4));
    assert!(rig.text("stats").await.contains("HandIn: 4\n"), "what was not read does not count");
    assert_eq!(rig.read_hand(4).await.map(|bytes| bytes.len()), Ok(1));
    assert!(rig.text("stats").await.contains("HandIn: 5\n"));
    let mut rig = Rig::est(world, 0x303).await;
    assert_eq!(rig.write_data(b"hello").await, Ok(5));
    rig.peer_sends("17 0303 0003 616263").await;
    assert_eq!(rig.read_data(9).await.map(|bytes| bytes.len()), Ok(3));
    assert_eq!(rig.text("stats").await, "DataIn: 3\nDataOut: 5\nHandIn: 4\nHandOut: 0\n");
}

/// Writes each line and expects its error.
async fn refuses<'a>(rig: &Rig, lines: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (line, why) in lines {
        assert_eq!(rig.ctl(line).await, told(why), "{line:?}");
    }
}

async fn s034_an_empty_command_is_short(world: World) {
    let rig = Rig::fresh(world).await;
    refuses(&rig, ["", "\n", " ", "\0x", "\t\r\n\n"].map(|line| (line, "short control request"))).await;
}

async fn s035_an_unknown_command_is_a_bad_arg(world: World) {
    let rig = Rig::fresh(world).await;
    for line in ["bogus", "Version 0x303", "''", "versio", "versions 0x303", "debug\u{b}on"] {
        assert_eq!(rig.ctl(line).await, told("bad arg in system call"), "{line:?}");
    }
}

async fn s036_each_wrong_shape_has_its_usage_line(world: World) {
    let rig = Rig::fresh(world).await;
    for (lines, usage) in [
        (&["fd", "fd 0", "fd a b c"][..], "usage: fd open-fd version"),
        (&["version", "version 1 2"], "usage: version vers"),
        (
            &["secret", "secret clear", "secret clear clear 0", "secret clear clear 0 x y"],
            "usage: secret hashalg encalg isclient secretdata",
        ),
        (&["changecipher x"], "usage: changecipher"),
        (&["opened x"], "usage: opened"),
        (&["alert", "alert 1 2"], "usage: alert n"),
    ] {
        refuses(&rig, lines.iter().map(|line| (*line, usage))).await;
    }
}

async fn s037_commands_before_fd(world: World) {
    let rig = Rig::fresh(world).await;
    refuses(
        &rig,
        [
            ("version 0x301", "must set fd before version"),
            ("secret clear clear 0 x", "must set fd and version before secrets"),
            ("alert 0", "must set fd before sending alerts"),
            ("alert 40", "must set fd before sending alerts"),
            ("hangup", "must set fd before sending alerts"),
            ("changecipher", "cannot change cipher spec without setting secret"),
            ("opened", "cipher must be configured before enabling data messages"),
        ],
    )
    .await;
    assert_eq!(rig.text("status").await, "State: Closed\nVersion: 0x0\n");
}

async fn s038_descriptors_that_cannot_be_a_channel(world: World) {
    let mut rig = Rig::fresh(world).await;
    refuses(
        &rig,
        [
            ("fd 0 0x200", "unsupported version"),
            ("fd 0 0x400", "unsupported version"),
            ("fd -1 0x301", "bad arg in system call"),
            ("fd x 0x301", "fd out of range or not open"),
        ],
    )
    .await;
    // What does not come along cannot be looked up over a socket, whatever its number.
    let missing = match world {
        World::Memory => "fd out of range or not open",
        World::Socket => "fd needs its descriptor beside the message, exactly one: or carry wire instead",
    };
    refuses(&rig, [("fd 999999 0x301", missing)]).await;
    let null = || std::fs::File::open("/dev/null").expect("/dev/null");
    let (pipe_out, pipe_in) = std::io::pipe().expect("a pipe");
    let datagrams = std::os::unix::net::UnixDatagram::unbound().expect("a socket");
    let unwilling: [OwnedFd; 4] = [null().into(), pipe_out.into(), pipe_in.into(), datagrams.into()];
    for fd in unwilling {
        assert_eq!(rig.fd_of("fd 0 0x301", fd).await, told("inappropriate use of fd"));
    }
    assert_eq!(rig.fd(0x301).await, Ok(()), "a failed fd can be tried again");
}

async fn s039_there_is_one_channel(world: World) {
    let mut rig = Rig::setup(world, 0x301).await;
    assert_eq!(rig.fd(0x301).await, told("device or object already in use"));
    assert_eq!(rig.ctl("fd 0 0x200").await, told("device or object already in use"));
}

async fn s040_quotes_and_numbers_are_read_as_the_original_reads_them(world: World) {
    let rig = Rig::fresh(world).await;
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair of sockets");
    match world {
        World::Memory => {
            // A descriptor of this process, of which the device takes a copy.
            let line = format!("fd '{}' 769zzz\n", ours.as_raw_fd());
            rig.ctl(line).await.expect("a socket is a channel");
            drop(ours);
        }
        World::Socket => rig.fd_of("fd '7' 769zzz\n", ours.into()).await.expect("a socket is a channel"),
    }
    assert!(rig.text("status").await.contains("Version: 0x301\n"));
    assert_eq!(rig.write_hand(b"hi").await, Ok(2));
    let mut got = [0; 7];
    std::io::Read::read_exact(&mut &theirs, &mut got).expect("as many bytes");
    assert_eq!(got, *b"\x16\x03\x01\x00\x02hi");
}

async fn s041_the_version_is_set_once(world: World) {
    let rig = Rig::setup(world, 0x303).await;
    // deviates: the original takes anything up to 0x3ff.
    for version in ["0x200", "0x2ff", "0x305", "0x400", "0x3ff", "x", "-1", "0x10303"] {
        assert_eq!(rig.ctl(format!("version {version}")).await, told("unsupported version"), "{version}");
    }
    assert_eq!(rig.ctl("version 0x303").await, Ok(()));
    refuses(&rig, [("version 0x303", "version already set"), ("version 0x200", "version already set")]).await;
}

async fn s042_secrets_need_a_version(world: World) {
    let rig = Rig::setup(world, 0x303).await;
    refuses(&rig, [("secret clear clear 0 x", "must set fd and version before secrets")]).await;
}

async fn s043_secrets_need_known_names_and_enough_bytes(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    refuses(
        &rig,
        [
            ("secret foo clear 0 x", "unsupported hash algorithm"),
            ("secret SHA1 clear 0 x", "unsupported hash algorithm"),
            ("secret foo foo 0 x", "unsupported hash algorithm"),
            ("secret clear foo 0 x", "unsupported encryption algorithm"),
            ("secret sha1 rc4_128 0 x", "not enough secret data provided"),
        ],
    )
    .await;
}

async fn s044_ssl_has_no_sha256(world: World) {
    let rig = Rig::locked(world, 0x300).await;
    let line = |digits: usize| format!("secret sha256 aes_128_cbc 0 {}", "A".repeat(digits));
    assert_eq!(rig.ctl(line(171)).await, told("sha256 cannot be used with SSL"));
    assert_eq!(rig.ctl(line(170)).await, told("not enough secret data provided"));
}

async fn s045_a_failing_secret_unstages_the_one_before(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    for line in ["secret foo clear 0 x", "secret clear foo 0 x", "secret sha1 rc4_128 0 x"] {
        assert_eq!(rig.ctl("secret clear clear 0 x").await, Ok(()));
        assert!(rig.ctl(line).await.is_err());
        refuses(&rig, [("changecipher", "cannot change cipher spec without setting secret")]).await;
        assert!(!rig.text("status").await.contains("New"), "{line}");
    }
}

async fn s046_base64_skips_what_it_does_not_know(world: World) {
    // The first record under these keys tells whether they are the same ones.
    let mut records = Vec::new();
    let plain = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJw";
    let strewn: String = plain.chars().flat_map(|digit| ['=', '-', digit, '\u{e9}']).collect();
    for data in [plain.as_bytes(), strewn.as_bytes(), format!("{plain}==").as_bytes(), b"\xff\xfe"] {
        let mut rig = Rig::locked(world, 0x303).await;
        let line = [b"secret sha1 clear 0 ", data].concat();
        if data.len() < plain.len() {
            assert_eq!(rig.ctl(line).await, told("not enough secret data provided"));
            continue;
        }
        rig.ctl(line).await.expect("staged");
        rig.ctl("changecipher").await.expect("changed");
        rig.sends("14 0303 0001 01").await;
        rig.write_hand(b"hello").await.expect("sent");
        records.push(tohex(&rig.sends_record().await));
    }
    assert_eq!(records, ["160303001968656c6c6fdde7b009d6aafafc085987b807105f921affdf92"; 3]);
}

async fn s047_debug_is_always_fine(world: World) {
    let lines = ["debug", "debug on", "debug off", "debug whatever", "debug a b", "debug off\nversion 1"];
    let errored = Rig::setup(world, 0x303).await;
    errored.ctl("alert 40").await.expect("an alert always succeeds");
    for rig in
        [Rig::fresh(world).await, Rig::setup(world, 0x303).await, Rig::est(world, 0x303).await, errored]
    {
        let status = rig.text("status").await;
        for line in lines {
            assert_eq!(rig.ctl(line).await, Ok(()));
        }
        assert_eq!(rig.text("status").await, status, "one write is one command");
    }
}

async fn s048_opened_needs_the_peers_change_cipher_spec(world: World) {
    let mut rig = Rig::locked(world, 0x303).await;
    rig.ctl("secret clear clear 0 x").await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    let why = "cipher must be configured before enabling data messages";
    assert_eq!(rig.ctl("opened").await, told(why));
    rig.peer_sends("14 0303 0001 01  16 0303 0001 61").await;
    // The change of keys is seen when a reader gets there, not before.
    assert_eq!(rig.ctl("opened").await, told(why));
    assert_eq!(rig.read_hand(9).await, Ok(b"a".to_vec()));
    assert_eq!(rig.ctl("opened").await, Ok(()));
}

async fn s049_opened_twice_and_too_late(world: World) {
    let rig = Rig::est(world, 0x303).await;
    assert_eq!(rig.ctl("opened").await, Ok(()));
    rig.ctl("alert 0").await.expect("a close always succeeds");
    assert_eq!(rig.ctl("opened").await, told("cannot enable data messages"));
}

async fn s050_each_direction_changes_for_itself(world: World) {
    let mut rig = Rig::est(world, 0x303).await;
    rig.ctl(format!("secret sha1 clear 0 {}", "A".repeat(56))).await.expect("staged");
    rig.ctl("changecipher").await.expect("changed");
    rig.sends("14 0303 0001 01").await;
    rig.write_data(b"a").await.expect("sent");
    rig.sends("17 0303 0015 61").await;
    rig.sends_len(20).await;
    rig.peer_sends("17 0303 0001 62").await;
    assert_eq!(rig.read_data(9).await, Ok(b"b".to_vec()));
    // From the peer's change_cipher_spec on its records are under the new keys too.
    rig.peer_sends("14 0303 0001 01  17 0303 0001 63").await;
    assert_eq!(rig.read_data(9).await, told("tls error"));
    assert_eq!(rig.read_hand(9).await, told("bad record mac"));
}

async fn secrets_that_are_no_base64_or_too_short(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    let short = "not enough secret data provided";
    for data in ["=", "-", "!!!!", "A", &"=".repeat(300), &"A".repeat(95), &"A".repeat(7)] {
        assert_eq!(rig.ctl(format!("secret sha1 rc4_128 0 {data}")).await, told(short), "{data:?}");
    }
    // Too long by any amount is as good as long enough, up to what one message takes.
    for len in [96, 97, 1000, 300_000] {
        assert_eq!(rig.ctl(format!("secret sha1 rc4_128 0 {}", "A".repeat(len))).await, Ok(()), "{len}");
    }
    refuses(&rig, [("secret sha1 rc4_128 0 ''", short)]).await;
}

async fn secrets_in_the_wrong_state_change_nothing(world: World) {
    // No state but the version's is looked at: after an end the keys are of no use, and do no harm.
    let rig = Rig::est(world, 0x303).await;
    rig.ctl("alert 40").await.expect("an alert always succeeds");
    assert_eq!(rig.ctl("secret clear clear 0 x").await, Ok(()));
    let why = "could not negotiate acceptable security parameters";
    refuses(&rig, [("changecipher", why), ("opened", "cannot enable data messages")]).await;
    assert_eq!(rig.state().await, "Errored");
    let rig = Rig::est(world, 0x303).await;
    rig.ctl("hangup").await.expect("a close always succeeds");
    assert_eq!(rig.ctl("secret clear clear 0 x").await, Ok(()));
    refuses(&rig, [("changecipher", "tls hungup"), ("opened", "cannot enable data messages")]).await;
}

async fn lines_that_are_no_commands_change_nothing(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    let status = rig.text("status").await;
    let long = "x".repeat(100_000);
    let lines: [&[u8]; 12] = [
        b"\xff\xfe\xfd",
        b"version\0",
        b"version\0 0x303",
        b"'",
        b"''''",
        b"'version",
        b"'version 0x303'",
        b"secret 'clear clear 0 x'",
        b"fd",
        b"\x7f",
        b"alert '' ''",
        long.as_bytes(),
    ];
    for line in lines {
        let why = rig.ctl(line).await.expect_err("no command");
        assert!(!why.is_empty() && why.len() < 128, "{why:?}");
    }
    assert_eq!(rig.text("status").await, status);
}

async fn notes_are_shown_after_the_originals_lines(world: World) {
    let rig = Rig::setup(world, 0x303).await;
    rig.ctl("note alpn h2").await.expect("a known note");
    rig.ctl("note sni example.com").await.expect("a known note");
    assert_eq!(rig.ctl("note colour red").await, told("unknown note"));
    let chan = rig.channel_name();
    assert_eq!(
        rig.text("status").await,
        format!("State: Handshaking\nVersion: 0x303\nChan: {chan}\nSni: example.com\nAlpn: h2\n")
    );
}

#[tokio::test]
async fn an_empty_write_to_hand_is_an_empty_record_only_for_the_original() {
    let mut rig = Rig::with_compat(World::Memory, Compat::NineFront).await;
    rig.fd(0x303).await.expect("a channel is taken");
    assert_eq!(rig.write_hand(b"").await, Ok(0));
    rig.sends("16 0303 0000").await;
}

async fn a_secret_with_etm_is_for_block_ciphers_with_a_mac(world: World) {
    let rig = Rig::locked(world, 0x303).await;
    let data = "A".repeat(216);
    for (algs, then) in [
        ("sha1 aes_128_cbc", Ok(())),
        ("sha256 3des_ede_cbc", Ok(())),
        ("clear aes_128_gcm_aead", told("etm needs a block cipher with a mac")),
        ("clear aes_128_cbc", told("etm needs a block cipher with a mac")),
        ("sha1 rc4_128", told("etm needs a block cipher with a mac")),
    ] {
        assert_eq!(rig.ctl(format!("secret {algs} 0 {data} etm")).await, then, "{algs}");
    }
    let usage = told("usage: secret hashalg encalg isclient secretdata");
    assert_eq!(rig.ctl(format!("secret sha1 aes_128_cbc 0 {data} etn")).await, usage);
    assert_eq!(rig.ctl(format!("secret sha1 aes_128_cbc 0 {data} etm x")).await, usage);
}
