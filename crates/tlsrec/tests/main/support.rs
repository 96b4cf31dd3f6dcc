//! What the tests share: hex, randomness that is not random, and both ends of a connection.

use core::convert::Infallible;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use tlsrec::{
    Cipher, ENCALGS, Encalg, HASHALGS, HEADER_LEN, Hashalg, Header, OneWay, OpenError, SecretError, Side,
    secret_len,
};
use tlswire::{ContentType, ProtocolVersion};

pub(crate) type Deal = fn(
    ProtocolVersion,
    &'static Hashalg,
    &'static Encalg,
    Side,
    &[u8],
    &mut dyn CryptoRng,
) -> Result<(Cipher, Cipher), SecretError>;

/// Both ways to make ciphers; the same thing twice unless the feature `aws-lc` is on.
pub(crate) const DEALS: [Deal; 2] = [tlsrec::deal, tlsrec::deal_portable];

pub(crate) const VERSIONS: [ProtocolVersion; 4] =
    [ProtocolVersion::SSL3, ProtocolVersion::TLS10, ProtocolVersion::TLS11, ProtocolVersion::TLS12];

/// Gives out the bytes it was made from, then a sequence that never repeats in a test.
pub(crate) struct Bytes {
    fixed: Vec<u8>,
    state: u64,
}

impl Bytes {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { fixed: Vec::new(), state: seed }
    }

    pub(crate) fn fixed(bytes: &[u8]) -> Self {
        Self { fixed: bytes.to_vec(), state: 0 }
    }
}

impl TryRng for Bytes {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for byte in to {
            *byte = if self.fixed.is_empty() {
                self.state = self
                    .state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                self.state.to_be_bytes()[0]
            } else {
                self.fixed.remove(0)
            };
        }
        Ok(())
    }
}

impl TryCryptoRng for Bytes {}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    if text == "-" {
        return Vec::new();
    }
    assert!(text.len().is_multiple_of(2), "odd hex: {text}");
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

pub(crate) fn version(text: &str) -> ProtocolVersion {
    ProtocolVersion(u16::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap())
}

pub(crate) fn side(is_client: &str) -> Side {
    if is_client == "0" { Side::Server } else { Side::Client }
}

pub(crate) fn other(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

/// The secret of the recorded answers: 0, 1, 2...
pub(crate) fn counting(version: ProtocolVersion, hash: &Hashalg, enc: &Encalg) -> Vec<u8> {
    (0..secret_len(version, hash, enc)).map(|n| u8::try_from(n).unwrap()).collect()
}

/// A direction with this cipher in use.
pub(crate) fn in_use(cipher: Cipher) -> OneWay {
    let mut way = OneWay::new();
    way.stage(cipher);
    way.change_cipher().unwrap();
    way
}

/// One direction of a connection: the writer's end and the reader's.
pub(crate) struct Pair {
    pub(crate) writer: OneWay,
    pub(crate) reader: OneWay,
    pub(crate) version: ProtocolVersion,
    pub(crate) rng: Bytes,
}

impl Pair {
    pub(crate) fn new(version: ProtocolVersion, hash: &str, enc: &str) -> Self {
        Self::between(
            DEALS,
            version,
            Hashalg::by_name(hash).unwrap(),
            Encalg::by_name(enc).unwrap(),
            Side::Server,
        )
    }

    pub(crate) fn between(
        [writer, reader]: [Deal; 2],
        version: ProtocolVersion,
        hash: &'static Hashalg,
        enc: &'static Encalg,
        side: Side,
    ) -> Self {
        let mut rng = Bytes::seeded(7);
        let secret = counting(version, hash, enc);
        let (_, outgoing) = writer(version, hash, enc, side, &secret, &mut rng).unwrap();
        let (incoming, _) = reader(version, hash, enc, other(side), &secret, &mut rng).unwrap();
        Self { writer: in_use(outgoing), reader: in_use(incoming), version, rng }
    }

    pub(crate) fn seal(&mut self, content_type: ContentType, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.writer.seal(content_type, self.version, payload, &mut out, &mut self.rng).unwrap();
        out
    }

    pub(crate) fn open(&mut self, record: &[u8]) -> Result<Vec<u8>, OpenError> {
        open(&mut self.reader, record)
    }
}

/// Opens one whole record and gives its plaintext.
pub(crate) fn open(way: &mut OneWay, record: &[u8]) -> Result<Vec<u8>, OpenError> {
    let header = Header::peek(record).unwrap();
    assert_eq!((way.check_len(&header), HEADER_LEN + header.len), (Ok(()), record.len()));
    open_body(way, header, &record[HEADER_LEN..])
}

/// Opens a body of any length under a header.
pub(crate) fn open_body(way: &mut OneWay, header: Header, body: &[u8]) -> Result<Vec<u8>, OpenError> {
    let mut body = body.to_vec();
    way.open(header, &mut body).map(|opened| body[opened.plain].to_vec())
}

/// Every version, hash and cipher that go together.
pub(crate) fn combinations() -> impl Iterator<Item = (ProtocolVersion, &'static Hashalg, &'static Encalg)> {
    VERSIONS.into_iter().chain([ProtocolVersion::TLS13]).flat_map(|version| {
        let goes = move |hash: &Hashalg, enc: &Encalg| match version {
            ProtocolVersion::TLS13 => {
                HIDDEN.contains(&enc.name) && hash.name.starts_with("sha") && hash.name != "sha1"
            }
            ProtocolVersion::SSL3 => !["sha256", "sha384"].contains(&hash.name),
            _ => hash.name != "sha384",
        };
        let all = HASHALGS.iter().flat_map(|hash| ENCALGS.iter().map(move |enc| (hash, enc)));
        all.filter(move |(hash, enc)| goes(hash, enc)).map(move |(hash, enc)| (version, hash, enc))
    })
}

/// The ciphers of TLS 1.3.
pub(crate) const HIDDEN: [&str; 3] = ["ccpoly96_aead", "aes_128_gcm_aead", "aes_256_gcm_aead"];
