//! Connections of TLS 1.3 that live long: both ends are conversations, and no handshake process is there.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use bytes::Bytes;
use devtls::{Embedded, EmbeddedFile, Limits};
use ninep::OpenMode;
use sha2::{Digest, Sha256};

/// A handshake message of no content.
const FINISHED: &[u8] = &[20, 0, 0, 0];

/// One end of a connection after its handshake.
struct End {
    ctl: EmbeddedFile,
    data: EmbeddedFile,
    dir: String,
    device: Embedded,
}

impl End {
    /// An end that has `channel` and is ready for its peer's last message.
    async fn new(device: &Embedded, channel: UnixStream, enc: &str, is_client: u8) -> End {
        let ctl = device.open("tls/clone", OpenMode::RDWR).expect("clone opens");
        let number = ctl.read(0, 8).await.expect("a number");
        let dir = format!("tls/{}", String::from_utf8(number.to_vec()).expect("digits"));
        let data = device.open(&format!("{dir}/data"), OpenMode::RDWR).expect("data opens");
        let line = Bytes::from_static(b"fd 0 0x303");
        ctl.write_with_fd(line, OwnedFd::from(channel)).await.expect("a channel");
        let end = End { ctl, data, dir, device: device.clone() };
        let secret = format!("secret sha256 {enc} {is_client} {}", "Wlpa".repeat(22));
        for line in ["version 0x304", &secret, "changecipher", "changecipher in"] {
            end.ctl(line).await;
        }
        end.hand().write(Bytes::from_static(FINISHED)).await.expect("it is sent");
        end
    }

    fn hand(&self) -> EmbeddedFile {
        self.device.open(&format!("{}/hand", self.dir), OpenMode::RDWR).expect("hand opens")
    }

    /// Takes the peer's last message: the change_cipher_spec that it sent is before that.
    async fn finish(&self) {
        assert_eq!(self.hand().read(0, 100).await.expect("it came"), FINISHED);
        self.ctl("opened").await;
    }

    /// The two ends of a connection, of a device with these limits.
    async fn pair(limits: Limits, enc: &str) -> (End, End) {
        let device = Embedded::new(limits);
        let (near, far) = UnixStream::pair().expect("a pair of sockets");
        let ends = (End::new(&device, near, enc, 1).await, End::new(&device, far, enc, 0).await);
        ends.0.finish().await;
        ends.1.finish().await;
        ends
    }

    async fn ctl(&self, line: &str) {
        self.ctl.write(Bytes::copy_from_slice(line.as_bytes())).await.expect(line);
    }

    async fn write(&self, bytes: Bytes) {
        self.data.write(bytes).await.expect("it is sent");
    }

    async fn read(&self) -> Bytes {
        self.data.read(0, 1 << 20).await.expect("it came")
    }

    /// Reads the number that `status` has behind `head`.
    async fn number(&self, head: &str) -> u64 {
        let status = self.device.open(&format!("{}/status", self.dir), OpenMode::READ).expect("status opens");
        let text =
            String::from_utf8(status.read(0, 8192).await.expect("it is read").to_vec()).expect("a text");
        let line = text.lines().find_map(|line| line.strip_prefix(head)?.strip_prefix(": "));
        line.and_then(|number| number.parse().ok()).expect("a number")
    }
}

#[tokio::test]
async fn a_connection_lives_through_100_000_key_updates() {
    const ROUNDS: u64 = 50_000;
    let (client, server) = End::pair(Limits::default(), "aes_128_gcm_aead").await;
    for round in 0..ROUNDS {
        // Now one side asks, now the other; and each answers.
        let (asks, answers) = if round % 2 == 0 { (&client, &server) } else { (&server, &client) };
        asks.ctl("keyupdate request").await;
        asks.write(Bytes::copy_from_slice(&round.to_be_bytes())).await;
        assert_eq!(answers.read().await, round.to_be_bytes()[..]);
        answers.write(Bytes::copy_from_slice(&round.to_le_bytes())).await;
        assert_eq!(asks.read().await, round.to_le_bytes()[..]);
    }
    for end in [&client, &server] {
        assert_eq!((end.number("UpdatesIn").await, end.number("UpdatesOut").await), (ROUNDS, ROUNDS));
    }
}

#[tokio::test]
async fn a_connection_passes_its_limit_of_records_by_itself() {
    const RECORDS_PER_KEY: u64 = 1000;
    let limits = Limits { records_per_key: RECORDS_PER_KEY, ..Limits::default() };
    let (client, server) = End::pair(limits, "ccpoly96_aead").await;
    let block = Bytes::from(vec![7; 1 << 20]);
    // 64 records each.
    let blocks = 100;
    tokio::join!(
        async {
            for _ in 0..blocks {
                client.write(block.clone()).await;
            }
        },
        async {
            let mut len = 0;
            while len < blocks << 20 {
                len += server.read().await.len();
            }
        }
    );
    let updates = 64 * u64::try_from(blocks).unwrap() / (RECORDS_PER_KEY - 1);
    assert_eq!((client.number("UpdatesOut").await, server.number("UpdatesIn").await), (updates, updates));
    assert_eq!(client.number("UpdatesIn").await, 0, "nobody was asked");
}

#[tokio::test]
async fn a_gigabyte_with_key_updates_from_both_sides_arrives_as_it_was_sent() {
    const LEN: usize = 1 << 30;
    const BLOCK_LEN: usize = 1 << 20;
    let (client, server) = End::pair(Limits::default(), "aes_256_gcm_aead").await;
    let sending = async {
        let (mut hash, mut block, mut state) = (Sha256::new(), vec![0_u8; BLOCK_LEN], 1_u64);
        for nth in 0..LEN / BLOCK_LEN {
            // A block differs from the one before it at every word: a lost or doubled piece shows.
            for word in block.chunks_exact_mut(8) {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                word.copy_from_slice(&state.to_le_bytes());
            }
            hash.update(&block);
            client.write(Bytes::copy_from_slice(&block)).await;
            if nth % 3 == 0 {
                client.ctl("keyupdate request").await;
            }
        }
        hash.finalize()
    };
    let receiving = async {
        let (mut hash, mut len, mut next) = (Sha256::new(), 0, 0);
        while len < LEN {
            let bytes = server.read().await;
            hash.update(&bytes);
            len += bytes.len();
            if len > next {
                server.ctl("keyupdate request").await;
                next += 5 * BLOCK_LEN;
            }
        }
        // What the client waits for.
        server.write(Bytes::from_static(b"done")).await;
        hash.finalize()
    };
    let answered = async { client.read().await };
    let (sent, received, done) = tokio::join!(sending, receiving, answered);
    assert_eq!((sent, &done[..]), (received, &b"done"[..]));
    // The client's last answer is before this.
    client.write(Bytes::from_static(b"bye")).await;
    assert_eq!(server.read().await, b"bye"[..]);
    let (ins, outs) = (client.number("UpdatesIn").await, client.number("UpdatesOut").await);
    assert!(outs > 342 && ins > 205, "{outs} out, {ins} in");
    assert_eq!(server.number("UpdatesIn").await, outs, "it has read everything");
    // Of its own, the server's last answer may not have been read.
    assert!(server.number("UpdatesOut").await - ins <= 1);
}
