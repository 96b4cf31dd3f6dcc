//! Records of the device opened by others, and theirs by the device: every encalg with every hashalg in every version.
//!
//! Two others: a calculator that puts records together from Python's hashes and the `cryptography` package, and the record layer
//! of tlslite-ng, which has fewer pairs.

use std::path::Path;

use bytes::Bytes;
use devtls::{Embedded, EmbeddedFile, Limits};
use ninep::OpenMode;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::support::missing::present;
use crate::support::process::Process;
use crate::support::python;

/// Somebody else's records.
struct Other {
    process: Process,
    answer_count: usize,
}

impl Other {
    /// Asks one question; none where the other lacks the pair.
    fn ask(&mut self, question: &str, words: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
        let words: Vec<String> = words.iter().map(|word| hex(word)).collect();
        self.process.send(format!("{question} {}\n", words.join(" ")).as_bytes());
        let nth = self.answer_count;
        let answer = self.process.wait_for("an answer", |seen| {
            let text = seen.stdout_text();
            let whole = text.rsplit_once('\n')?.0;
            whole.lines().nth(nth).map(str::to_owned)
        });
        self.answer_count += 1;
        let answer = answer.expect(question);
        assert!(!answer.starts_with("error"), "{question}: {answer}");
        (answer != "lacks").then(|| answer.split(' ').map(unhex).collect())
    }
}

/// Starts `records.py` with these words, if Python has `module`, which pip calls `package`.
fn other(module: &str, package: &str, words: &[&str]) -> Option<Other> {
    present("records", python::find(module, package)).then(|| {
        let process = Process::start(python::script("records.py").args(words));
        Other { process, answer_count: 0 }
    })
}

/// A conversation with keys staged, and the far end of its channel.
struct Conversation {
    ctl: EmbeddedFile,
    hand: EmbeddedFile,
    peer: DuplexStream,
}

impl Conversation {
    async fn staged(version: u16, hash: &str, enc: &str, is_client: usize, secret: &[u8]) -> Conversation {
        let device = Embedded::new(Limits::default());
        let ctl = device.open("tls/clone", OpenMode::RDWR).expect("clone opens");
        let hand = device.open("tls/0/hand", OpenMode::RDWR).expect("hand opens");
        let (near, peer) = tokio::io::duplex(1 << 20);
        ctl.take_stream(near, "memory", version.into()).expect("a channel is taken");
        let conversation = Conversation { ctl, hand, peer };
        conversation.ctl(&format!("version {version}")).await;
        conversation.ctl(&format!("secret {hash} {enc} {is_client} {}=", base64(secret))).await;
        conversation
    }

    async fn ctl(&self, line: &str) {
        self.ctl.write(Bytes::copy_from_slice(line.as_bytes())).await.expect(line);
    }

    /// Gives the payloads of a peer's records.
    async fn opens(&mut self, version: u16, records: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let [high, low] = version.to_be_bytes();
        if version == 0x304 {
            self.ctl("changecipher in").await;
        } else {
            self.peer.write_all(&[20, high, low, 0, 1, 1]).await.expect("it is taken");
        }
        let mut payloads = Vec::new();
        for record in records {
            self.peer.write_all(record).await.expect("it is taken");
            payloads.push(self.hand.read(0, 20_000).await.expect("a record").to_vec());
        }
        payloads
    }

    /// Gives the records of these payloads.
    async fn seals(&mut self, payloads: &[Vec<u8>]) -> Vec<Vec<u8>> {
        self.ctl("changecipher").await;
        self.peer.read_exact(&mut [0; 6]).await.expect("the change of keys");
        let mut records = Vec::new();
        for payload in payloads {
            self.hand.write(Bytes::copy_from_slice(payload)).await.expect("it is sent");
            let mut record = vec![0; 5];
            self.peer.read_exact(&mut record).await.expect("a header");
            record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
            self.peer.read_exact(&mut record[5..]).await.expect("a body");
            records.push(record);
        }
        records
    }
}

/// A list of the device, as its file has it.
async fn names(file: &str) -> Vec<String> {
    let list =
        Embedded::new(Limits::default()).open(&format!("tls/{file}"), OpenMode::READ).expect("it opens");
    let text = list.read(0, 8192).await.expect("it is read");
    String::from_utf8(text.to_vec()).expect("names").split(' ').map(str::to_owned).collect()
}

/// Lets `other` and the device read each other's records, in every version with every pair of algorithms that both have; gives
/// the number of pairs.
async fn both_ways(mut other: Other, lens: &[usize]) -> usize {
    let mut pairs = 0;
    for version in [0x300_u16, 0x301, 0x302, 0x303, 0x304] {
        for enc in names("encalgs").await {
            for hash in names("hashalgs").await {
                if (version, hash.as_str()) == (0x300, "sha256") {
                    continue;
                }
                // Each side in turn; a secret of its own for each pair, as long as any takes.
                let is_client = pairs % 2;
                let secret = noise(pairs, 160);
                let payloads: Vec<Vec<u8>> = lens.iter().map(|len| noise(len + pairs, *len)).collect();
                let words = format!("{version} {hash} {enc} {} {}", 1 - is_client, hex(&secret));
                let Some(records) = other.ask(&format!("seal {words}"), &payloads) else { continue };
                let what = format!("{version:#x} {hash} {enc}");
                let mut reader = Conversation::staged(version, &hash, &enc, is_client, &secret).await;
                assert_eq!(reader.opens(version, &records).await, payloads, "theirs: {what}");
                let mut writer = Conversation::staged(version, &hash, &enc, is_client, &secret).await;
                let records = writer.seals(&payloads).await;
                let opened = other.ask(&format!("open {words}"), &records);
                assert_eq!(opened.as_ref(), Some(&payloads), "ours: {what}");
                pairs += 1;
            }
        }
    }
    pairs
}

#[tokio::test]
async fn a_calculator_and_the_device_read_each_other() {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/tlsrec/tests/data/kat");
    let words = ["calculator", made.to_str().expect("a path in UTF-8")];
    if let Some(other) = other("cryptography", "cryptography", &words) {
        assert_eq!(both_ways(other, &[1, 5, 16, 100, 1000, 16_384]).await, 3 * 9 * 4 + 9 * 3 + 6);
    }
}

#[tokio::test]
async fn tlslite_and_the_device_read_each_other() {
    if let Some(other) = other("tlslite", "tlslite-ng==0.8.2", &["tlslite"]) {
        // Five ciphers without AEAD, each with every MAC of the version; three AEADs of TLS 1.2; in TLS 1.3 each of them with both
        // hashes.
        assert_eq!(both_ways(other, &[1, 5, 16, 100, 300]).await, 5 * (2 + 3 + 3 + 3) + 3 + 6);
    }
}

/// Bytes that look like nothing, the same for the same seed.
fn noise(seed: usize, len: usize) -> Vec<u8> {
    (1..=len).map(|n| ((n * 0x9e37 + seed * 0x79b9) ^ (n >> 3)).to_le_bytes()[1]).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let triples = bytes.chunks(3).map(|chunk| {
        let bits =
            chunk.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(|digit| char::from(DIGITS[bits >> (18 - 6 * digit) & 63])).collect::<String>()
    });
    triples.collect()
}
