//! What a client does to a server: many connections, many bytes; and what its TLS is to be.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{self, cipher_suite, kx_group};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, SupportedCipherSuite, SupportedProtocolVersion, version};

use super::cases::World;
use super::channel::Channel;

/// What a client asks for.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) text: &'static str,
    suite: SupportedCipherSuite,
    version: &'static SupportedProtocolVersion,
}

/// TLS 1.2 with AES-128-GCM.
pub(crate) const AES128_12: Ask = Ask {
    text: "TLS 1.2, AES-128-GCM",
    suite: cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    version: &version::TLS12,
};
/// TLS 1.2 with AES-256-GCM.
pub(crate) const AES256_12: Ask = Ask {
    text: "TLS 1.2, AES-256-GCM",
    suite: cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    version: &version::TLS12,
};
/// TLS 1.2 with ChaCha20-Poly1305.
pub(crate) const CHACHA_12: Ask = Ask {
    text: "TLS 1.2, ChaCha20",
    suite: cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    version: &version::TLS12,
};
/// TLS 1.3 with AES-128-GCM.
pub(crate) const AES128_13: Ask = Ask {
    text: "TLS 1.3, AES-128-GCM",
    suite: cipher_suite::TLS13_AES_128_GCM_SHA256,
    version: &version::TLS13,
};
/// TLS 1.3 with AES-256-GCM.
pub(crate) const AES256_13: Ask = Ask {
    text: "TLS 1.3, AES-256-GCM",
    suite: cipher_suite::TLS13_AES_256_GCM_SHA384,
    version: &version::TLS13,
};
/// TLS 1.3 with ChaCha20-Poly1305.
pub(crate) const CHACHA_13: Ask = Ask {
    text: "TLS 1.3, ChaCha20",
    suite: cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    version: &version::TLS13,
};

impl Ask {
    /// The configuration of clients that ask for this; X25519 for the key exchange, as with those who have nothing newer, or P-256
    /// where a server has nothing else.
    pub(crate) fn conf(self, world: &World, resumption: Resumption) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&world.server.chain).unwrap()).unwrap();
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites = vec![self.suite];
        provider.kx_groups = vec![kx_group::X25519, kx_group::SECP256R1];
        let mut conf = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        conf.resumption = resumption;
        Arc::new(conf)
    }

    /// The same for clients that never resume.
    pub(crate) fn full(self, world: &World) -> Arc<ClientConfig> {
        self.conf(world, Resumption::disabled())
    }
}

/// Connections that were made one behind the other.
pub(crate) struct Made {
    pub(crate) count: usize,
    pub(crate) per_second: f64,
}

/// Connects again and again, [`CLIENTS_COUNT`] at a time, and has a few bytes echoed on each connection. Where `must_resume`, a
/// connection that took up no earlier one is an error, save the first.
///
/// # Errors
/// A connection fails.
pub(crate) fn connections(
    port: u16,
    tls: Option<&Arc<ClientConfig>>,
    must_resume: bool,
) -> Result<Made, String> {
    let once = |must_resume: bool| -> io::Result<()> {
        let mut channel = Channel::dial(port, tls)?;
        if must_resume && !channel.is_resumed() {
            return Err(io::Error::other("not resumed"));
        }
        channel.write(b"hello\n")?;
        channel.read(6)?;
        channel.close();
        Ok(())
    };
    once(false).map_err(|error| error.to_string())?;
    let (count, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    let failure = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS_COUNT)
            .map(|_| {
                scope.spawn(|| {
                    while begun.elapsed() < CONNECTIONS_TIME && !has_failed.load(Ordering::Relaxed) {
                        once(must_resume).inspect_err(|_| has_failed.store(true, Ordering::Relaxed))?;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    io::Result::Ok(())
                })
            })
            .collect();
        clients.into_iter().find_map(|client| client.join().unwrap().err())
    });
    match failure {
        Some(error) => Err(error.to_string()),
        None => {
            let (count, time) = (count.into_inner(), begun.elapsed().as_secs_f64());
            // The first one was before that time.
            Ok(Made { count: count + 1, per_second: count as f64 / time })
        }
    }
}

/// Takes the time in which `len` bytes come out of a connection, once `request` was said.
///
/// # Errors
/// They do not.
pub(crate) fn drink(
    port: u16,
    tls: Option<&Arc<ClientConfig>>,
    request: &[u8],
    len: u64,
) -> Result<Duration, String> {
    let text = |error: io::Error| error.to_string();
    let begun = Instant::now();
    let mut channel = Channel::dial(port, tls).map_err(text)?;
    if !request.is_empty() {
        channel.write(request).map_err(text)?;
    }
    channel.read(len).map_err(text)?;
    Ok(begun.elapsed())
}

/// Takes the time in which `len` bytes go into a connection and come out of it again, at most `window_len` under way at one time.
///
/// # Errors
/// They do not.
pub(crate) fn swing(
    port: u16,
    tls: Option<&Arc<ClientConfig>>,
    len: u64,
    window_len: u64,
) -> Result<Duration, String> {
    let text = |error: io::Error| error.to_string();
    let mut channel = Channel::dial(port, tls).map_err(text)?;
    let begun = Instant::now();
    channel.exchange(len, window_len).map_err(text)?;
    let time = begun.elapsed();
    channel.close();
    Ok(time)
}

/// Clients at one time.
const CLIENTS_COUNT: usize = 2;
/// How long they connect.
const CONNECTIONS_TIME: Duration = Duration::from_millis(1200);
