//! Seal and open at 64 B, 1 KiB and 16 KiB for every encalg, both backends; an AEAD beside a hash is that of TLS 1.3.
//!
//! `cargo bench -p tlsrec --features aws-lc`; without the feature `fastest` and `portable` are the same.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench may end at the first thing that is not as it must be"
)]

use core::convert::Infallible;
use divan::{Bencher, counter::BytesCount};
use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use tlsrec::{BODY_LEN_MAX, Cipher, Encalg, Hashalg, Header, OneWay, SecretError, Side, secret_len};
use tlswire::{ContentType, ProtocolVersion};

fn main() {
    divan::main();
}

const LENS: [usize; 3] = [64, 1024, 16384];

const ALGS: [&str; 14] = [
    "clear/sha1",
    "rc4_128/sha1",
    "3des_ede_cbc/sha1",
    "aes_128_cbc/sha1",
    "aes_128_cbc/sha256",
    "aes_256_cbc/sha1",
    "aes_256_cbc/sha256",
    "ccpoly64_aead/clear",
    "ccpoly96_aead/clear",
    "aes_128_gcm_aead/clear",
    "aes_256_gcm_aead/clear",
    "ccpoly96_aead/sha256",
    "aes_128_gcm_aead/sha256",
    "aes_256_gcm_aead/sha384",
];

type Deal = fn(
    ProtocolVersion,
    &'static Hashalg,
    &'static Encalg,
    Side,
    &[u8],
    &mut dyn CryptoRng,
) -> Result<(Cipher, Cipher), SecretError>;

/// Cheap bytes: the generator is not what is measured.
struct Cheap(u64);

impl TryRng for Cheap {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for chunk in to.chunks_mut(8) {
            let n = self.try_next_u64()?.to_be_bytes();
            chunk.copy_from_slice(&n[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Cheap {}

fn version(alg: &str) -> ProtocolVersion {
    let is_modern = alg.contains("_aead/sha");
    if is_modern { ProtocolVersion::TLS13 } else { ProtocolVersion::TLS12 }
}

/// The writer's and the reader's end of one direction.
fn ends(deal: Deal, alg: &str) -> (OneWay, OneWay) {
    let (enc, hash) = alg.split_once('/').unwrap();
    let (enc, hash) = (Encalg::by_name(enc).unwrap(), Hashalg::by_name(hash).unwrap());
    let version = version(alg);
    let secret = vec![0x42; secret_len(version, hash, enc)];
    let end = |cipher| {
        let mut way = OneWay::new();
        way.stage(cipher);
        way.change_cipher().unwrap();
        way
    };
    let (_, outgoing) = deal(version, hash, enc, Side::Server, &secret, &mut Cheap(1)).unwrap();
    let (incoming, _) = deal(version, hash, enc, Side::Client, &secret, &mut Cheap(1)).unwrap();
    (end(outgoing), end(incoming))
}

fn seal(bencher: Bencher<'_, '_>, deal: Deal, alg: &str, len: usize) {
    let (mut writer, _) = ends(deal, alg);
    let (payload, mut out, mut rng) = (vec![7; len], Vec::with_capacity(BODY_LEN_MAX + 5), Cheap(2));
    bencher.counter(BytesCount::new(len)).bench_local(|| {
        out.clear();
        writer.seal(ContentType::APPLICATION_DATA, version(alg), &payload, &mut out, &mut rng).unwrap();
        out.len()
    });
}

/// Each record can be opened once: sealing the next one is part of the input, not of the time.
fn open(bencher: Bencher<'_, '_>, deal: Deal, alg: &str, len: usize) {
    let (mut writer, mut reader) = ends(deal, alg);
    let (payload, mut rng) = (vec![7; len], Cheap(2));
    bencher
        .counter(BytesCount::new(len))
        .with_inputs(|| {
            let mut out = Vec::with_capacity(len + 100);
            writer.seal(ContentType::APPLICATION_DATA, version(alg), &payload, &mut out, &mut rng).unwrap();
            out
        })
        .bench_local_refs(|record| {
            let header = Header::peek(record).unwrap();
            reader.open(header, &mut record[5..]).unwrap()
        });
}

/// The backend that the crate was built for.
mod fastest {
    use super::{ALGS, Bencher, LENS};

    #[divan::bench(args = ALGS, consts = LENS, max_time = 0.3)]
    fn seal<const N: usize>(bencher: Bencher<'_, '_>, alg: &str) {
        super::seal(bencher, tlsrec::deal, alg, N);
    }

    #[divan::bench(args = ALGS, consts = LENS, max_time = 0.3)]
    fn open<const N: usize>(bencher: Bencher<'_, '_>, alg: &str) {
        super::open(bencher, tlsrec::deal, alg, N);
    }
}

/// RustCrypto alone.
mod portable {
    use super::{ALGS, Bencher, LENS};

    #[divan::bench(args = ALGS, consts = LENS, max_time = 0.3)]
    fn seal<const N: usize>(bencher: Bencher<'_, '_>, alg: &str) {
        super::seal(bencher, tlsrec::deal_portable, alg, N);
    }

    #[divan::bench(args = ALGS, consts = LENS, max_time = 0.3)]
    fn open<const N: usize>(bencher: Bencher<'_, '_>, alg: &str) {
        super::open(bencher, tlsrec::deal_portable, alg, N);
    }
}
