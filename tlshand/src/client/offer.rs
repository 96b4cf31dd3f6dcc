//! What a client offers: the ClientHello, and what has to be remembered of it to judge the answer.

use tlswire::{Group, ProtocolVersion, SignatureScheme, Suite};
use x509::ServerName;

use crate::allow::Compat;
use crate::client::grease::{Grease, is_grease};
use crate::client::psk::OfferedPsk;
use crate::conf::{ClientConf, Ocsp};
use crate::effects::Effects;
use crate::error::Error;
use crate::msg::Body;
use crate::msg::ext::{
    ClientExtension, Extension as _, HOST_NAME, KeyShare, Name, PADDING, PSK_DHE_KE, UNCOMPRESSED,
};
use crate::msg::hello::{ClientHello, NULL_COMPRESSION};
use crate::msg::status::StatusRequest;
use crate::record_len::{MaxFragment, RecordLens, record_size_limit};
use crate::sec::random::Random;
use crate::sec::share::{ClientShare, is_hybrid};
use crate::sec::tls13::schedule::EarlySecret;
use crate::sec::tls13::transcript::Transcript;
use crate::sec::{kx, verify};
use crate::session::{KeptSession, Sessions, wanted};
use crate::suites::{Algs, CipherSuite, PrfHash, Tls13Suite};

/// One hello for all versions.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    pub(super) conf: &'a ClientConf,
    /// The session that the server may go on with.
    pub(super) kept: Option<&'a KeptSession>,
    /// The versions offered, the best one first.
    pub(super) versions: Vec<ProtocolVersion>,
    /// The suites offered, up to TLS 1.2.
    pub(super) suites: Vec<&'static CipherSuite>,
    /// Those of TLS 1.3.
    pub(super) tls13_suites: Vec<&'static Tls13Suite>,
    /// What TLS 1.3 takes besides; none if it is not offered.
    pub(super) tls13: Option<Tls13Offer>,
    pub(super) hello: ClientHello,
    /// The hello as it was sent, header included.
    pub(super) bytes: Vec<u8>,
}

/// What is offered for TLS 1.3.
#[derive(Debug)]
pub(super) struct Tls13Offer {
    /// Our halves of key exchanges, a group each.
    pub(super) shares: Vec<ClientShare>,
    pub(super) psk: Option<OfferedPsk>,
    /// Whether tickets are of use to us.
    takes_tickets: bool,
    /// What a retry wanted to have back.
    pub(super) cookie: Option<Vec<u8>>,
    grease: Grease,
}

impl<'a> Offer<'a> {
    /// All that `conf`, which was checked, and the device have.
    ///
    /// # Errors
    /// [`Error::NoSuite`] if that is nothing; [`Error::Internal`].
    pub(super) fn new(conf: &'a ClientConf, algs: &Algs, random: &mut Random) -> Result<Offer<'a>, Error> {
        let allowed = conf.allowed_versions();
        let kept = Sessions::offered(conf);
        let now_ms = wanted(conf).map_or(0, |sessions| sessions.now_ms);
        let psk = match &conf.psk {
            Some(psk) => Some(OfferedPsk::external(psk)),
            None => kept
                .filter(|kept| kept.session.version == ProtocolVersion::TLS13)
                .and_then(|kept| OfferedPsk::of_session(kept, now_ms)),
        };
        let mut tls13_suites = algs.usable_tls13(&conf.wanted());
        tls13_suites.retain(|row| {
            // A suite with another hash could not take the secret, and nothing else will do.
            allowed.contains(&ProtocolVersion::TLS13)
                && psk.as_ref().is_none_or(|psk| !psk.is_required || psk.key.hash() == row.hash)
        });
        let has_curve = !curves(conf).is_empty();
        let mut suites = match algs.usable(&conf.wanted()) {
            Err(Error::NoSuite) if !tls13_suites.is_empty() => Vec::new(),
            suites => suites?,
        };
        suites.retain(|row| {
            allowed.iter().any(|version| row.is_for(*version)) && (has_curve || !row.kx.has_curve())
        });
        let has_suite = |version: &ProtocolVersion| match *version {
            ProtocolVersion::TLS13 => !tls13_suites.is_empty(),
            version => suites.iter().any(|row| row.is_for(version)),
        };
        let versions: Vec<_> = allowed.into_iter().filter(has_suite).collect();
        let best = *versions.first().ok_or(Error::NoSuite)?;

        let client_random = random.take()?;
        let mut session_id = Vec::new();
        let mut tls13 = None;
        if best == ProtocolVersion::TLS13 {
            // As if a session were resumed, for who stands between and knows TLS 1.2 alone (RFC 8446 §D.4).
            session_id = random.take::<32>()?.to_vec();
            let grease = Grease::draw(random)?;
            let takes_tickets = wanted(conf).is_some();
            tls13 =
                Some(Tls13Offer { shares: shares(conf, random)?, psk, takes_tickets, cookie: None, grease });
        } else if kept.is_some() {
            // By which the server says that it goes on with the session (RFC 5077 §3.4).
            session_id = random.take::<32>()?.to_vec();
        }
        let hello = ClientHello {
            version: best.min(ProtocolVersion::TLS12),
            random: client_random,
            session_id,
            suites: Vec::new(),
            compressions: vec![NULL_COMPRESSION],
            extensions: Vec::new(),
        };
        let kept = kept.filter(|kept| versions.contains(&kept.session.version));
        let mut offer = Offer { conf, kept, versions, suites, tls13_suites, tls13, hello, bytes: Vec::new() };
        offer.hello.suites = offer.numbers(best);
        Ok(offer)
    }

    /// Writes the hello; `transcript` is what went before it, if anything did.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn send(
        &mut self,
        transcript: Option<&Transcript>,
        effects: &mut Effects,
    ) -> Result<(), Error> {
        self.hello.extensions = self.extensions();
        let end = self.hello.extensions.len();
        let offer = self.psk().map(|psk| ClientExtension::PreSharedKey(psk.offer()));
        self.hello.extensions.extend(offer);
        if let Some(padding) = self.padding()? {
            // What the proof is over has to end with the secret's.
            self.hello.extensions.insert(end, padding);
        }
        let mut bytes = self.hello.encode()?;
        if let Some(psk) = self.psk() {
            bind(psk, &mut bytes, transcript)?;
        }
        effects.sent(&self.hello);
        effects.write_hand(bytes.clone());
        effects.read_hand();
        self.bytes = bytes;
        Ok(())
    }

    /// Whether TLS 1.3 is among the versions.
    pub(super) fn has_tls13(&self) -> bool {
        self.tls13.is_some()
    }

    /// Whether an extension of this type was offered in earnest.
    pub(super) fn has(&self, typ: u16) -> bool {
        !is_grease(typ) && self.hello.extensions.iter().any(|extension| extension.typ() == typ)
    }

    /// The row of a suite of TLS 1.3 that a server chose.
    ///
    /// # Errors
    /// [`Error::Unoffered`].
    pub(super) fn tls13_suite(&self, suite: Suite) -> Result<&'static Tls13Suite, Error> {
        let chosen = self.tls13_suites.iter().find(|row| row.suite == suite);
        chosen.copied().ok_or(Error::Unoffered("cipher suite"))
    }

    /// The protocol that a server chose, if it was offered.
    ///
    /// # Errors
    /// [`Error::Unoffered`].
    pub(super) fn protocol(&self, protocol: &[u8]) -> Result<String, Error> {
        let unoffered = Error::Unoffered("application protocol");
        if !self.hello.protocols().unwrap_or_default().iter().any(|offered| offered == protocol) {
            return Err(unoffered);
        }
        String::from_utf8(protocol.to_vec()).map_err(|_| unoffered)
    }

    /// The length of records that a server chose, if it is the one that was asked for (RFC 6066 §4).
    ///
    /// # Errors
    /// [`Error::Unoffered`].
    pub(super) fn max_fragment(&self, len: MaxFragment) -> Result<RecordLens, Error> {
        match self.hello.max_fragment() == Some(len) {
            true => Ok(RecordLens::Fragment(len)),
            false => Err(Error::Unoffered("length of records")),
        }
    }

    /// What a server's record_size_limit and ours come to.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn record_limits(&self, theirs: u16, version: ProtocolVersion) -> Result<RecordLens, Error> {
        let ours = self.hello.record_size_limit().ok_or(Error::Internal("no limit was said"))?;
        Ok(RecordLens::limits(theirs, ours, version))
    }

    /// The name that server_name carries, if it does.
    pub(super) fn server_name(&self) -> Option<String> {
        self.conf.server_name.as_ref().and_then(sent_name)
    }

    fn psk(&self) -> Option<&OfferedPsk> {
        self.tls13.as_ref().and_then(|tls13| tls13.psk.as_ref())
    }

    fn numbers(&self, best: ProtocolVersion) -> Vec<Suite> {
        let grease = self.tls13.as_ref().map(|tls13| tls13.grease.suite);
        let newer = self.tls13_suites.iter().map(|row| row.suite);
        let older = self.suites.iter().map(|row| row.suite);
        let mut numbers: Vec<Suite> = grease.into_iter().chain(newer).chain(older).collect();
        // In place of the extension, for those who may not know extensions.
        if self.conf.compat == Compat::NineFront || best < ProtocolVersion::TLS10 {
            numbers.push(Suite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
        }
        numbers
    }

    /// All but padding and the secret's, server_name first but for what means nothing; the last is one with a body, since old
    /// servers stumble over an empty one at the end. 9front has fewer of them, in another order.
    fn extensions(&self) -> Vec<ClientExtension> {
        let (conf, suites) = (self.conf, &self.suites);
        let mut extensions = Vec::new();
        if self.hello.version < ProtocolVersion::TLS10 {
            return extensions;
        }
        if let Some(Tls13Offer { grease, .. }) = &self.tls13 {
            extensions.push(ClientExtension::Unknown { typ: grease.first, body: Vec::new() });
        }
        if let Some(name) = self.server_name() {
            let name = Name { typ: HOST_NAME, bytes: name.into_bytes() };
            extensions.push(ClientExtension::ServerName(vec![name]));
        }
        if conf.compat == Compat::House {
            extensions.extend(conf.max_fragment.map(ClientExtension::MaxFragmentLength));
            if conf.ocsp != Ocsp::Never {
                // RFC 6066 §8: of any responder, and without a request's extensions.
                let request = StatusRequest::Ocsp { responders: Vec::new(), extensions: Vec::new() };
                extensions.push(ClientExtension::StatusRequest(request));
            }
        }
        if conf.compat == Compat::House && !suites.is_empty() {
            if suites.iter().any(|row| row.is_block_mac()) {
                extensions.push(ClientExtension::EncryptThenMac);
            }
            extensions.push(ClientExtension::ExtendedMasterSecret);
            if let Some(ticket) = self.ticket() {
                extensions.push(ClientExtension::SessionTicket(ticket.to_vec()));
            }
            extensions.push(ClientExtension::RenegotiationInfo);
        }
        let has_curve = conf.compat == Compat::NineFront || suites.iter().any(|row| row.kx.has_curve());
        if has_curve || self.has_tls13() {
            extensions.push(ClientExtension::SupportedGroups(self.groups()));
        }
        if has_curve {
            extensions.push(ClientExtension::EcPointFormats(vec![UNCOMPRESSED]));
        }
        extensions.push(ClientExtension::SignatureAlgorithms(schemes(conf)));
        if let (Some(len), Compat::House, Some(best)) =
            (conf.record_len_max, conf.compat, self.versions.first())
        {
            extensions.push(ClientExtension::RecordSizeLimit(record_size_limit(len, *best)));
        }
        if !conf.alpn.is_empty() {
            let protocols = conf.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
            extensions.push(ClientExtension::Alpn(protocols));
        }
        if let Some(tls13) = &self.tls13 {
            tls13.extend(&self.versions, &mut extensions);
        }
        extensions
    }

    /// What session_ticket carries: the ticket of a session of TLS 1.2, or nothing to ask for one.
    fn ticket(&self) -> Option<&[u8]> {
        wanted(self.conf).filter(|_| self.versions.contains(&ProtocolVersion::TLS12))?;
        let kept = self.kept.filter(|kept| kept.session.version == ProtocolVersion::TLS12);
        Some(kept.map_or(&[], |kept| kept.ticket.as_slice()))
    }

    fn groups(&self) -> Vec<Group> {
        match &self.tls13 {
            Some(tls13) => [&[tls13.grease.group], self.conf.groups.as_slice()].concat(),
            None => curves(self.conf),
        }
    }

    /// What makes a hello longer that has a length at which old machines in the middle hang (RFC 7685 §1).
    fn padding(&self) -> Result<Option<ClientExtension>, Error> {
        let len = self.hello.encode()?.len();
        if !self.has_tls13() || !PADDED_LENS.contains(&len) {
            return Ok(None);
        }
        // The extension itself has a type and a length; one that is empty would not do at the end.
        let body = vec![0; (*PADDED_LENS.end() + 1).saturating_sub(len + 4).max(1)];
        Ok(Some(ClientExtension::Unknown { typ: PADDING, body }))
    }
}

impl Tls13Offer {
    fn extend(&self, versions: &[ProtocolVersion], extensions: &mut Vec<ClientExtension>) {
        let versions = [&[self.grease.version], versions].concat();
        extensions.push(ClientExtension::SupportedVersions(versions));
        if self.psk.is_some() || self.takes_tickets {
            // Never without an exchange as well: what was recorded must not depend on the secret alone.
            extensions.push(ClientExtension::PskKeyExchangeModes(vec![PSK_DHE_KE]));
        }
        let mut shares: Vec<KeyShare> = Vec::new();
        // After a retry there is only what it asked for.
        if self.shares.len() > 1 {
            shares.push(KeyShare { group: self.grease.group, public: vec![0] });
        }
        shares.extend(
            self.shares
                .iter()
                .map(|share| KeyShare { group: share.group(), public: share.public().to_vec() }),
        );
        extensions.push(ClientExtension::KeyShare(shares));
        if let Some(cookie) = &self.cookie {
            extensions.push(ClientExtension::Cookie(cookie.clone()));
        }
        extensions.push(ClientExtension::Unknown { typ: self.grease.last, body: vec![0] });
    }
}

/// The halves for a first hello: the group that we like best, and if that is one that few servers have yet, the best of the others.
fn shares(conf: &ClientConf, random: &mut Random) -> Result<Vec<ClientShare>, Error> {
    let first = conf.groups.first().copied();
    let second = first
        .filter(|group| is_hybrid(*group))
        .and_then(|_| conf.groups.iter().copied().find(|group| !is_hybrid(*group)));
    first.into_iter().chain(second).map(|group| ClientShare::new(group, random)).collect()
}

/// Replaces the zeros at the end of a hello by the proof that we have the secret, which is over all before the proofs
/// (RFC 8446 §4.2.11.2).
fn bind(psk: &OfferedPsk, bytes: &mut [u8], transcript: Option<&Transcript>) -> Result<(), Error> {
    let failed = Error::Internal("a hello without room for a binder");
    let hash: PrfHash = psk.key.hash();
    // The lengths of the list and of the only binder.
    let Some(cut) = bytes.len().checked_sub(hash.len() + 3) else { return Err(failed) };
    let Some((hello, binders)) = bytes.split_at_mut_checked(cut) else { return Err(failed) };
    let hello_hash = match transcript {
        Some(transcript) => transcript.hash_with(hello),
        None => hash.of(hello),
    };
    let binder = EarlySecret::with_psk(&psk.key).binder(psk.key.origin(), hello_hash.as_ref())?;
    binders.iter_mut().skip(3).zip(&binder).for_each(|(to, from)| *to = *from);
    Ok(())
}

/// The signature schemes that are offered, and no other will do.
pub(super) fn schemes(conf: &ClientConf) -> Vec<SignatureScheme> {
    let ours = verify::offered(&conf.allow);
    match conf.compat {
        Compat::House => ours,
        Compat::NineFront => SCHEMES_9FRONT.into_iter().filter(|scheme| ours.contains(scheme)).collect(),
    }
}

/// The groups that versions up to TLS 1.2 may take.
pub(super) fn curves(conf: &ClientConf) -> Vec<Group> {
    conf.groups.iter().copied().filter(|group| kx::GROUPS.contains(group)).collect()
}

/// The name that server_name carries: of a host, lower case, without a final dot, never an address (RFC 6066 §3).
fn sent_name(name: &ServerName<'_>) -> Option<String> {
    let ServerName::DnsName(name) = name else { return None };
    let name = name.as_ref().to_ascii_lowercase();
    Some(name.strip_suffix('.').map(str::to_owned).unwrap_or(name))
}

/// 9front's order of what it offers and we verify; it also offers SHA-1 for ECDSA, and SHA-512.
const SCHEMES_9FRONT: [SignatureScheme; 7] = [
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA1,
];
/// Bytes of a whole hello that are too many for some and too few for others.
const PADDED_LENS: std::ops::RangeInclusive<usize> = 256..=511;
