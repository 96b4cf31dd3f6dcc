//! The certificate of every server here: RSA of 2048 bits, signed by itself, since not everybody takes one that is signed by another
//! kind of key.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair, RsaKeySize};
use tempfile::TempDir;

/// The certificate's files, in a directory that goes with it.
pub(crate) struct Cert {
    dir: TempDir,
    /// The certificate alone, which clients trust.
    pub(crate) chain: PathBuf,
    /// The private key.
    pub(crate) key: PathBuf,
    /// Both.
    pub(crate) both: PathBuf,
}

impl Cert {
    /// Makes one for `localhost`.
    pub(crate) fn new() -> Cert {
        // Its name has no dot in front: tlswrapper opens no file in such a directory.
        let dir = tempfile::Builder::new().prefix("beside-").tempdir().unwrap();
        let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let chain = params.self_signed(&key).unwrap().pem();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        Cert {
            chain: file("server.crt", &chain),
            key: file("server.key", &key.serialize_pem()),
            both: file("server.pem", &(chain.clone() + &key.serialize_pem())),
            dir,
        }
    }

    /// The directory, for whatever else goes with the bench.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }
}
