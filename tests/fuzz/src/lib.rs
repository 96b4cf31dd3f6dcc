//! What each fuzz target does with its bytes: a call of something public, and what has to hold whatever the bytes are.
//!
//! The files of `fuzz_targets` put these functions behind libFuzzer. The tests of the house include this file and run the
//! same functions over the corpus, so that nothing here may need a fuzzer.
//!
//! A target that needs more than the bytes themselves, such as a state or algorithms, takes it from the first of them.

pub mod operations;

use std::convert::Infallible;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use devtls::Owner;
use devtls::conv::{Conv, Input, Next};
use factotum::{CertifiedKey, PrivateKey};
use ninep::fcall::{
    Frame, Inbox, Line, Outbox, decode_rmsg, decode_stats, decode_tmsg, encode_rmsg, encode_tmsg,
};
use ninep::{Dialect, Limits};
use rand_core::{TryCryptoRng, TryRng};
use tlshand::{
    Algs, Allow, ClientAuth, ClientConf, Compat, FileError, Files, KeptSession, Psk, ServerConf, Sessions,
    TicketKey, TicketKeys, Tickets, Trust, Verify, WORDS, server_name,
};
use tlsrec::{ENCALGS, HASHALGS, HEADER_LEN, Header, OneWay, RECORD_LEN_MAX, Side, secret_len};
use tlswire::ProtocolVersion;
use x509::pem::{self, Label};
use x509::{Certificate, CertificateDer, Issuer, Response, Roots, ServerName, verify_server};

/// A target.
pub struct Target {
    /// What its program and its directory in the corpus are called.
    pub name: &'static str,
    /// What it does with its bytes; panics where something does not hold.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 12] = [
    Target { name: "ctl_line", run: ctl_line },
    Target { name: "devtls_input", run: devtls_input },
    Target { name: "devtls_operations", run: devtls_operations },
    Target { name: "ninep_decode", run: ninep_decode },
    Target { name: "tlshand_client", run: tlshand_client },
    Target { name: "tlshand_lines", run: tlshand_lines },
    Target { name: "tlshand_server", run: tlshand_server },
    Target { name: "tlshand_session", run: tlshand_session },
    Target { name: "tlsrec_open", run: tlsrec_open },
    Target { name: "x509_cert", run: x509_cert },
    Target { name: "x509_ocsp", run: x509_ocsp },
    Target { name: "x509_pem", run: x509_pem },
];

/// Any bytes written to `ctl` are a command or an error that can be told.
pub fn ctl_line(line: &[u8]) {
    if let Err(error) = devtls::ctl::parse::parse(line) {
        let text = error.text();
        assert!(text.len() < 128 && !text.contains("interrupt"), "{text}");
    }
}

/// Any bytes from a channel are records, part of one, or an error, in whatever state the conversation is; and no more is
/// handed out than came in.
pub fn devtls_input(bytes: &[u8]) {
    let Some((&state, mut rest)) = bytes.split_first() else { return };
    let (mut conv, mut way, mut input) =
        (Conv::new(Owner::named("fuzz"), devtls::Limits::default()), OneWay::new(), Input::default());
    let version = conv.may_take_channel(0x303).expect("a fresh conversation takes a channel");
    conv.take_channel("memory".to_owned(), version);
    if state & 1 != 0 {
        conv.hand.open().expect("nobody reads hand yet");
    }
    let is_tls13 = state & 0x80 != 0;
    if state & 2 != 0 || is_tls13 {
        conv.lock_version(if is_tls13 { 0x304 } else { 0x303 }).expect("no version was set");
    }
    if is_tls13 {
        // In the clear: keys would keep every change from what is behind them.
        conv.side = Some(Side::Client);
        conv.skip_early(100).expect("it is handshaking");
    }
    if state & 4 != 0 {
        conv.open(true).expect("it is handshaking");
    }
    // What a read of the channel brings: from a byte to more than two records.
    let read_len = usize::from(state >> 3 & 15).pow(4) + 1;
    let (mut in_len, mut out_len) = (0, 0);
    loop {
        match input.next(&mut conv, &mut way) {
            Next::Want => {
                let (buf, want) = input.room(&conv);
                let (read, after) = rest.split_at(rest.len().min(read_len).min(want));
                if read.is_empty() {
                    return;
                }
                buf.extend_from_slice(read);
                (rest, in_len) = (after, in_len + read.len());
            }
            Next::Data => {
                while let Some(data) = input.take_data(1000) {
                    out_len += data.len();
                }
            }
            Next::Again | Next::Unread | Next::Asked => {
                while let Some(block) = conv.hand.take(1000) {
                    out_len += block.map_or(0, |block| block.len());
                }
            }
            Next::Closed | Next::Dead | Next::Refuse(..) => return,
        }
        // A hello of SSL 2.0 has a header of two bytes here and one of four in `hand`.
        assert!(out_len <= in_len + 2, "{out_len} bytes of {in_len}");
    }
}

/// Any bytes are choices of operations by a few clients on one device, after each of which what has to hold is looked at.
pub fn devtls_operations(mut bytes: &[u8]) {
    operations::run(&mut bytes, 3, usize::MAX);
}

/// Any bytes from a client or a server are messages or an error, in every dialect; what was understood is written as what is
/// understood again.
pub fn ninep_decode(bytes: &[u8]) {
    let (mut inbox, mut rest) = (Inbox::new(Limits::MSIZE_MIN), bytes);
    loop {
        while let Some((frame, _)) = match inbox.cut() {
            Ok(cut) => cut,
            Err(_) => return,
        } {
            Dialect::ALL.into_iter().for_each(|dialect| message(&frame, dialect));
        }
        let space = inbox.space();
        let (read, after) = rest.split_at(rest.len().min(space.len()));
        if read.is_empty() {
            return;
        }
        space[..read.len()].copy_from_slice(read);
        inbox.received(read.len(), None);
        rest = after;
    }
}

fn message(frame: &Frame<'_>, dialect: Dialect) {
    let tag = frame.tag();
    let mut out = Outbox::new();
    if let Ok(tmsg) = decode_tmsg(frame, dialect) {
        assert!(!Line::t(tag, &tmsg, dialect).to_string().contains('\n'));
        encode_tmsg(tag, &tmsg, dialect, Vec::new(), &mut out);
        let bytes = out.take();
        assert_eq!(decode_tmsg(&Frame::whole(&bytes).expect("a whole message"), dialect), Ok(tmsg));
    }
    if let Ok(rmsg) = decode_rmsg(frame, dialect) {
        assert!(!Line::r(tag, &rmsg, dialect).to_string().contains('\n'));
        encode_rmsg(tag, &rmsg, dialect, &mut out);
        let bytes = out.take();
        assert_eq!(decode_rmsg(&Frame::whole(&bytes).expect("a whole message"), dialect), Ok(rmsg));
    }
    let _ = decode_stats(frame.bytes(), dialect);
}

/// Any bytes of `hand` come to an end in a client, which is told of at most one alert and opens nothing: nobody has signed for it.
pub fn tlshand_client(bytes: &[u8]) {
    let [choice, read_len, rest @ ..] = bytes else { return };
    let mut conf = ClientConf::new(Some(server_name("localhost").expect("a name")), Verify::Insecure);
    (conf.allow, conf.compat) = manners(*choice);
    if choice & 4 != 0 {
        conf.psk = Some(Psk::new(b"p9secret".to_vec(), &[7; 8]));
    }
    if choice & 8 != 0 {
        conf.certs = vec![certified(choice & 16 != 0)];
    }
    let mut script = Script::new(rest, *read_len);
    let result = ready(tlshand::tls_client(&mut script, &algs(), &conf, Some(&mut |line| script_line(line))));
    script.judge(result.is_ok());
}

/// The same for a server, to whom nobody can say Finished.
pub fn tlshand_server(bytes: &[u8]) {
    serve(bytes);
}

/// Does it, and gives the lines of the server's trace.
pub fn serve(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let [choice, read_len, rest @ ..] = bytes else { return lines };
    let mut conf = ServerConf::new(vec![certified(choice & 16 != 0)]);
    (conf.allow, conf.compat) = manners(*choice);
    if choice & 4 != 0 {
        conf.psks = vec![Psk::new(b"p9secret".to_vec(), &[7; 8])];
    }
    if choice & 8 != 0 {
        let roots = Roots::trusting(certified(false).chain().to_vec()).expect("a certificate");
        conf.client_auth = ClientAuth::Request(Trust {
            verify: Verify::Roots { roots: Arc::new(roots), now: NOW },
            pins: None,
        });
    }
    if choice & 32 != 0 {
        // Known to whoever makes tickets for it: what is in them is as hostile as the rest.
        let keys = TicketKeys::new(vec![TicketKey::new([7; 16], NOW, &[8; 32])]);
        conf.tickets = Some(Tickets { keys, now_ms: NOW * 1000 });
    }
    conf.alpn = vec!["h2".to_owned()];
    let mut script = Script::new(rest, *read_len);
    let mut trace = |line: &str| {
        script_line(line);
        lines.push(line.to_owned());
    };
    let result = ready(tlshand::tls_server(&mut script, &algs(), &conf, Some(&mut trace)));
    script.judge(result.is_ok());
    lines
}

/// Any bytes are a session as a client keeps it, or none; what was understood is written as what is understood again, and a
/// client that wants to go on with it gets its hello out.
pub fn tlshand_session(bytes: &[u8]) {
    let Some(session) = KeptSession::from_bytes(bytes) else { return };
    if let Some(bytes) = session.to_bytes() {
        assert!(KeptSession::from_bytes(&bytes).as_ref() == Some(&session));
    }
    let mut conf = ClientConf::new(Some(server_name("localhost").expect("a name")), Verify::Insecure);
    conf.sessions = Some(Sessions { session: Some(Box::new(session)), now_ms: NOW * 1000 });
    let mut script = Script::new(&[], 0);
    let result = ready(tlshand::tls_client(&mut script, &algs(), &conf, Some(&mut |line| script_line(line))));
    script.judge(result.is_ok());
}

/// A line of a trace is one line, whatever the peer said.
fn script_line(line: &str) {
    assert!(!line.contains(['\n', '\r']), "{line:?}");
}

/// What is allowed, and whose manners are kept.
fn manners(choice: u8) -> (Allow, Compat) {
    let allow = WORDS.iter().map(|(_, old)| *old).filter(|_| choice & 1 != 0).collect();
    (allow, if choice & 2 != 0 { Compat::NineFront } else { Compat::House })
}

/// What the original device has, and what came since.
fn algs() -> Algs {
    let names = |names: Vec<&str>| names.join(" ");
    let encalgs = names(ENCALGS.iter().map(|row| row.name).collect());
    Algs::parse(&encalgs, &(names(HASHALGS.iter().map(|row| row.name).collect()) + " sha384"))
}

/// A certificate with an RSA key, or one on P-256.
fn certified(is_rsa: bool) -> Arc<CertifiedKey> {
    static KEYS: OnceLock<[Arc<CertifiedKey>; 2]> = OnceLock::new();
    let load = |chain: &[u8], key: &[u8]| {
        let sections = |text: &[u8]| pem::sections(text, Path::new("fuzz.pem")).expect("PEM");
        let key = PrivateKey::from_section(&sections(key)[0]).expect("a key");
        Arc::new(CertifiedKey::new(pem::certificates(&sections(chain)), key).expect("they fit"))
    };
    let keys = KEYS.get_or_init(|| {
        [
            load(
                include_bytes!("../../../crates/x509/tests/data/p256.crt"),
                include_bytes!("../../../crates/x509/tests/data/p256.key"),
            ),
            load(
                include_bytes!("../../../crates/x509/tests/data/rsa.crt"),
                include_bytes!("../../../crates/x509/tests/data/rsa.key"),
            ),
        ]
    });
    Arc::clone(&keys[usize::from(is_rsa)])
}

/// Files whose reads are pieces of what there is, and which count what is said.
struct Script<'a> {
    rest: &'a [u8],
    read_len: usize,
    alerts: Vec<String>,
    is_opened: bool,
}

impl<'a> Script<'a> {
    fn new(rest: &'a [u8], read_len: u8) -> Script<'a> {
        Script { rest, read_len: usize::from(read_len) * 64 + 1, alerts: Vec::new(), is_opened: false }
    }

    fn judge(&self, is_ok: bool) {
        assert!(!is_ok && !self.is_opened, "a connection that nobody proved");
        assert!(self.alerts.len() <= 1, "{:?}", self.alerts);
    }
}

impl Files for Script<'_> {
    async fn ctl(&mut self, line: &str) -> Result<(), FileError> {
        self.is_opened |= line == "opened";
        self.alerts.extend(line.strip_prefix("alert ").map(str::to_owned));
        Ok(())
    }

    async fn read_hand(&mut self, count: usize) -> Result<Vec<u8>, FileError> {
        let (read, rest) = self.rest.split_at(self.rest.len().min(self.read_len).min(count));
        self.rest = rest;
        Ok(read.to_vec())
    }

    async fn write_hand(&mut self, _: &[u8]) -> Result<(), FileError> {
        Ok(())
    }
}

/// Runs a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

/// Any bytes of `hand` are handshake messages or an error, the same ones however they are cut into reads.
pub fn tlshand_lines(bytes: &[u8]) {
    let Some((&len, bytes)) = bytes.split_first() else { return };
    let told = |read_len| tlshand::lines(bytes.chunks(read_len)).map_err(|error| error.to_string());
    let (whole, cut) = (told(usize::MAX), told(usize::from(len) + 1));
    assert_eq!(whole, cut);
    for line in whole.unwrap_or_default() {
        assert!(line.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{line:?}");
    }
}

/// Any bytes are records of any algorithm or an error, and both implementations agree on which.
pub fn tlsrec_open(bytes: &[u8]) {
    let [version_and_hash, enc, rest @ ..] = bytes else { return };
    let (Some(version), Some(hash), Some(enc)) = (
        VERSIONS.get(usize::from(version_and_hash % 16)).copied(),
        HASHALGS.get(usize::from(version_and_hash / 16)),
        ENCALGS.get(usize::from(*enc)),
    ) else {
        return;
    };
    let mut rest = rest;
    let secret: Vec<u8> = (0..=255).take(secret_len(version, hash, enc)).collect();
    let ways = [tlsrec::deal, tlsrec::deal_portable].map(|deal| {
        let (incoming, _) = deal(version, hash, enc, Side::Client, &secret, &mut Zeros).ok()?;
        let mut way = OneWay::new();
        way.stage(incoming);
        way.change_cipher().ok()?;
        Some(way)
    });
    let [Some(mut fastest), Some(mut portable)] = ways else { return };
    while let Some((head, after)) = rest.split_first_chunk::<HEADER_LEN>() {
        let header = Header::parse(*head);
        if fastest.check_len(&header).is_err() {
            return;
        }
        let (body, after) = after.split_at(header.len.min(after.len()));
        let open = |way: &mut OneWay| {
            let mut body = body.to_vec();
            let opened = way.open(Header { len: body.len(), ..header }, &mut body)?;
            Ok::<_, tlsrec::OpenError>((opened.content_type, body[opened.plain].to_vec()))
        };
        let opened = open(&mut fastest);
        assert_eq!(opened, open(&mut portable));
        match opened {
            Ok((_, plain)) => assert!(plain.len() <= RECORD_LEN_MAX && plain.len() <= body.len()),
            Err(_) => return,
        }
        rest = after;
    }
}

/// Any bytes are a certificate or an error; what it says can be printed, and verifying it ends.
pub fn x509_cert(der: &[u8]) {
    let certificate = Certificate::from_der(der);
    let chain = [CertificateDer::from(der)];
    let name = ServerName::try_from("localhost").expect("a name");
    if let Ok(certificate) = certificate {
        assert_eq!(certificate.der().as_ref(), der);
        assert!(!certificate.subject_text().contains(char::is_control));
    }
    // Trusted as it is, or with nobody to trust.
    let itself = Roots::trusting(vec![CertificateDer::from(der.to_vec())]);
    let nobody = Roots::trusting(Vec::new()).expect("no root is bad");
    for roots in itself.iter().chain([&nobody]) {
        if verify_server(&chain, roots, &name, NOW).is_ok() {
            assert!(!roots.is_empty());
        }
    }
}

/// Any bytes are what an authority says of a certificate, or an error; who knows the issuer believes no more than who does not.
pub fn x509_ocsp(der: &[u8]) {
    let certificate = |pem: &[u8]| {
        let sections = pem::sections(pem, Path::new("fuzz.pem")).expect("PEM");
        Certificate::from_der(&sections.first().expect("a section").der).expect("a certificate")
    };
    let leaf = certificate(include_bytes!("../../../crates/x509/tests/data/ocsp/leaf.crt"));
    let issuer = Issuer::of(&certificate(include_bytes!("../../../crates/x509/tests/data/ocsp/ca.crt")));
    let unsigned = Response::read(der, &leaf, None, NOW);
    let signed = Response::read(der, &leaf, Some(&issuer), NOW);
    if let Ok(response) = &unsigned {
        assert_eq!(response.der(), der);
        assert!(response.check_good(NOW).is_err() || response.holds_at(NOW));
    }
    assert!(signed.is_err() || signed == unsigned);
}

/// Any bytes are PEM or an error that names the line.
pub fn x509_pem(text: &[u8]) {
    match pem::sections(text, Path::new("fuzz.pem")) {
        Ok(sections) => {
            assert!(!sections.is_empty());
            let count = sections.iter().filter(|section| section.label == Label::Certificate).count();
            assert_eq!(pem::certificates(&sections).len(), count);
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.starts_with("fuzz.pem:") && !text.contains(char::is_control), "{text:?}");
        }
    }
}

/// Randomness that is none: nothing is sealed here.
pub struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        to.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

/// The versions whose records are opened.
const VERSIONS: [ProtocolVersion; 5] = [
    ProtocolVersion::SSL3,
    ProtocolVersion::TLS10,
    ProtocolVersion::TLS11,
    ProtocolVersion::TLS12,
    ProtocolVersion::TLS13,
];

/// 2030-01-01, when the certificates of the x509 tests are valid, in seconds since 1970.
const NOW: u64 = 1_893_456_000;
