//! Certificates for one test: an authority, an intermediate one, and what they sign, as PEM files in a directory of their own.
//!
//! The private keys are for tests alone and vanish with the directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use base64ct::{Base64, Encoding as _};
use rcgen::{BasicConstraints, CertificateParams, DnType, Issuer, KeyPair, RsaKeySize, SignatureAlgorithm};
use tempfile::TempDir;

/// An authority and the directory where its certificates are written.
pub(crate) struct Certs {
    dir: TempDir,
    root: Issuer<'static, KeyPair>,
    intermediate: Issuer<'static, KeyPair>,
    intermediate_pem: String,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// RSA of 2048 bits.
    Rsa,
    /// ECDSA over P-256.
    P256,
    /// ECDSA over P-384.
    P384,
    /// Ed25519.
    Ed25519,
}

/// Who signs a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The root itself: a chain of one.
    Root,
    /// The intermediate authority: the file holds both certificates.
    Intermediate,
    /// The root, with a life that ended in 2021.
    RootLongAgo,
}

/// What an authority says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// All is well.
    Good,
    /// It has been revoked.
    Revoked,
}

/// One certificate with its key, in three files.
#[derive(Clone, Debug)]
pub(crate) struct CertFiles {
    /// The chain without the root, leaf first: `NAME.crt`.
    pub(crate) chain: PathBuf,
    /// The private key in PKCS #8: `NAME.key`.
    pub(crate) key: PathBuf,
    /// Chain and key in one: `NAME.pem`.
    pub(crate) both: PathBuf,
}

impl Certs {
    /// A new authority in a new directory.
    pub(crate) fn new() -> Certs {
        let dir = TempDir::new().unwrap();
        let (params, key) = authority("House test root");
        let root_pem = params.self_signed(&key).unwrap().pem();
        let root = Issuer::new(params, key);
        let (params, key) = authority("House test intermediate");
        let intermediate_pem = params.signed_by(&key, &root).unwrap().pem();
        let intermediate = Issuer::new(params, key);
        fs::write(dir.path().join("ca.pem"), root_pem).unwrap();
        Certs { dir, root, intermediate, intermediate_pem }
    }

    /// Makes a certificate for `names` (the first one is also its subject) and writes its files as `stem.*`.
    pub(crate) fn make(&self, stem: &str, key: Key, names: &[&str], by: By) -> CertFiles {
        let key = key.pair();
        let mut params =
            CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        params.distinguished_name.push(DnType::CommonName, names[0]);
        if by == By::RootLongAgo {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let chain = match by {
            By::Root | By::RootLongAgo => params.signed_by(&key, &self.root).unwrap().pem(),
            By::Intermediate => {
                params.signed_by(&key, &self.intermediate).unwrap().pem() + &self.intermediate_pem
            }
        };
        let files = CertFiles {
            chain: self.dir().join(format!("{stem}.crt")),
            key: self.dir().join(format!("{stem}.key")),
            both: self.dir().join(format!("{stem}.pem")),
        };
        fs::write(&files.chain, &chain).unwrap();
        let key = private(&key);
        fs::write(&files.key, &key).unwrap();
        fs::write(&files.both, chain + &key).unwrap();
        files
    }

    /// Makes a certificate of this key for `localhost`, signed by the root.
    pub(crate) fn localhost(&self, key: Key) -> CertFiles {
        self.make(&format!("localhost-{key:?}"), key, &["localhost"], By::Root)
    }

    /// What the root says of a certificate that it has signed, as OpenSSL makes it: in DER, and good for a day.
    pub(crate) fn ocsp(&self, files: &CertFiles, says: Says) -> PathBuf {
        let path = |name: &str| self.dir().join(name);
        fs::write(path("ca.key"), self.root.key().serialize_pem()).unwrap();
        let openssl = |args: &[&str]| {
            let output = Command::new("openssl").args(args).current_dir(self.dir()).output().unwrap();
            assert!(output.status.success(), "{args:?}: {output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let chain = files.chain.to_str().unwrap();
        let serial = openssl(&["x509", "-in", chain, "-noout", "-serial"]);
        let serial = serial.trim().strip_prefix("serial=").unwrap();
        // What openssl-ca(1) calls the database: state, end, revocation, number, file, subject.
        let line = match says {
            Says::Good => format!("V\t491231235959Z\t\t{serial}\tunknown\t/CN=any\n"),
            Says::Revoked => format!("R\t491231235959Z\t250101000000Z\t{serial}\tunknown\t/CN=any\n"),
        };
        fs::write(path("index.txt"), line).unwrap();
        let response = files.chain.with_extension("response");
        openssl(&[
            &["ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key"][..],
            &["-issuer", "ca.pem", "-cert", chain, "-ndays", "1", "-no_nonce"],
            &["-respout", response.to_str().unwrap()],
        ]
        .concat());
        response
    }

    /// The root's certificate, for those who verify.
    pub(crate) fn ca(&self) -> PathBuf {
        self.dir().join("ca.pem")
    }

    /// The directory, in which a test may write what it likes.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Key {
    /// A new key pair. The RSA one is made once per process: finding its primes takes longer than most tests.
    fn pair(self) -> KeyPair {
        static RSA: OnceLock<String> = OnceLock::new();
        let algorithm: &'static SignatureAlgorithm = match self {
            Key::Rsa => {
                let pem = RSA.get_or_init(|| {
                    KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)
                        .unwrap()
                        .serialize_pem()
                });
                return KeyPair::from_pem(pem).unwrap();
            }
            Key::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Key::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            Key::Ed25519 => &rcgen::PKCS_ED25519,
        };
        KeyPair::generate_for(algorithm).unwrap()
    }
}

/// A private key as a file. One of Ed25519 is written without its public part, which older programs do not know how to read
/// (RFC 5958 §2 has it, RFC 8410 §7 shows both).
fn private(key: &KeyPair) -> String {
    let der = key.serialize_der();
    let [0x30, _, 2, 1, 1, rest @ ..] = &der[..] else { return key.serialize_pem() };
    // The algorithm and the seed, each with its lengths.
    let body = [&[2, 1, 0], &rest[..7 + 36]].concat();
    let der = [&[0x30, u8::try_from(body.len()).unwrap()], &body[..]].concat();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", Base64::encode_string(&der))
}

/// What an authority is made of.
fn authority(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, name);
    (params, Key::P256.pair())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenSSL's opinion on a chain.
    fn openssl_verifies(certs: &Certs, files: &CertFiles) -> bool {
        let output = Command::new("openssl")
            .args(["verify", "-verify_hostname", "localhost", "-CAfile"])
            .args([&certs.ca(), Path::new("-untrusted"), &files.chain, &files.chain])
            .output()
            .unwrap();
        output.status.success()
    }

    #[test]
    fn every_kind_of_key_and_chain_verifies_and_the_old_one_does_not() {
        let certs = Certs::new();
        for key in [Key::Rsa, Key::P256, Key::P384, Key::Ed25519] {
            assert!(openssl_verifies(&certs, &certs.localhost(key)), "{key:?}");
        }
        let chain = certs.make("chain", Key::P256, &["localhost"], By::Intermediate);
        assert!(openssl_verifies(&certs, &chain));
        assert!(!openssl_verifies(&certs, &certs.make("old", Key::P256, &["localhost"], By::RootLongAgo)));
        assert!(!openssl_verifies(&certs, &certs.make("other", Key::P256, &["*.other.example"], By::Root)));
        assert!(!openssl_verifies(&Certs::new(), &chain));
    }
}
