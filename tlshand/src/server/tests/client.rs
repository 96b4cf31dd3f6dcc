//! The client's half of a handshake, from the same messages and arithmetic, in the order of the flights.

use std::sync::{Arc, Mutex};

use x509::Certificate as X509;

use crate::fixture::{FORM, Script, ecdhe, messages};
use crate::msg::Body;
use crate::msg::cert::Certificate;
use crate::msg::finished::Finished;
use crate::msg::hello::{ClientHello, ServerHello};
use crate::msg::kx::{ClientKeyExchange, Exchange, ServerHelloDone, ServerKeyExchange, Signed};
use crate::sec::finished::{VERIFY_DATA_LEN, check, verify_data};
use crate::sec::keyblock::secret_line;
use crate::sec::kx::Ephemeral;
use crate::sec::master::MasterSecret;
use crate::sec::random::Random;
use crate::sec::sign::signed_params;
use crate::sec::transcript::Transcript;
use crate::sec::verify::verify;
use crate::sec::{MacOrder, Side};
use crate::suites::CipherSuite;

/// What the client saw and computed.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) hello: Option<ServerHello>,
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) key_exchange: Option<ServerKeyExchange>,
    /// Its own keys, as the line that its server should have written.
    pub(super) secret: String,
    /// The server's Finished was right.
    pub(super) is_finished: bool,
}

/// What a client does differently from a good one: it gets its ClientKeyExchange and Finished, and gives the reads.
pub(super) type Twist = fn(Vec<u8>, Vec<u8>) -> Vec<Vec<u8>>;

pub(super) fn good(key_exchange: Vec<u8>, finished: Vec<u8>) -> Vec<Vec<u8>> {
    vec![key_exchange, finished]
}

/// Files on which this client runs its half.
pub(super) fn client(hello: &ClientHello, twist: Twist) -> (Script, Arc<Mutex<Seen>>) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut script = Script::new([hello.encode().unwrap()]);
    let (watched, hello) = (Arc::clone(&seen), hello.clone());
    let mut session: Option<(MasterSecret, Transcript)> = None;
    script.answer = Some(Box::new(move |written| {
        let mut seen = watched.lock().unwrap();
        match session.take() {
            None => {
                let (second, next) = second_flight(&hello, written, &mut seen, twist);
                session = Some(next);
                second
            }
            Some((master_secret, transcript)) => {
                let finished = Finished::decode_in(VERIFY_DATA_LEN, &written[4..]).unwrap();
                let expected = verify_data(&master_secret, Side::Server, &transcript).unwrap();
                check(&expected, &finished.verify_data).unwrap();
                seen.is_finished = true;
                Vec::new()
            }
        }
    }));
    (script, seen)
}

fn second_flight(
    hello: &ClientHello,
    written: &[u8],
    seen: &mut Seen,
    twist: Twist,
) -> (Vec<Vec<u8>>, (MasterSecret, Transcript)) {
    let [server_hello, certificate, key_exchange, done] = messages(written)[..] else { panic!("flight") };
    let server_hello = ServerHello::decode(&server_hello[4..]).unwrap();
    let chain = Certificate::decode(&certificate[4..]).unwrap().chain;
    let mut theirs = ServerKeyExchange::decode_in(FORM, &key_exchange[4..]).unwrap();
    ServerHelloDone::decode(&done[4..]).unwrap();

    let leaf = X509::from_der(&chain[0]).unwrap();
    let params = theirs.params.as_ref().unwrap().encode().unwrap();
    let Signed { scheme, signature } = theirs.signed.clone().unwrap();
    let signed = signed_params(scheme.unwrap(), &hello.random, &server_hello.random, &params);
    verify(leaf.public_key(), scheme.unwrap(), &signed, &signature).unwrap();

    let suite = CipherSuite::by_number(server_hello.suite).unwrap();
    let params = ecdhe(&mut theirs).clone();
    let ephemeral = Ephemeral::new(params.group, &mut Random::draw().unwrap()).unwrap();
    let ours = ClientKeyExchange { identity: None, exchange: Exchange::Ecdhe(ephemeral.public().to_vec()) };
    let ours = ours.encode().unwrap();
    let pre_master_secret = ephemeral.agree(&params.public).unwrap();
    let prf = suite.prf(FORM.version);
    let mut transcript = Transcript::default();
    for part in [&hello.encode().unwrap()[..], written, &ours] {
        transcript.add_bytes(part);
    }
    let (client_random, server_random) = (&hello.random, &server_hello.random);
    let is_extended =
        server_hello.extensions.contains(&crate::msg::ext::ServerExtension::ExtendedMasterSecret);
    let master_secret = if is_extended {
        MasterSecret::extended(prf, &pre_master_secret, &transcript.hash(prf))
    } else {
        MasterSecret::plain(prf, &pre_master_secret, client_random, server_random)
    }
    .unwrap();
    let line = secret_line(
        suite,
        Side::Server,
        MacOrder::MacThenEncrypt,
        &master_secret,
        client_random,
        server_random,
    );
    let line = line.unwrap();
    let finished = Finished { verify_data: verify_data(&master_secret, Side::Client, &transcript).unwrap() };
    let finished = finished.encode().unwrap();
    transcript.add_bytes(&finished);

    seen.secret = line.to_string();
    seen.chain = chain.iter().map(|der| der.to_vec()).collect();
    seen.hello = Some(server_hello);
    seen.key_exchange = Some(theirs);
    (twist(ours, finished), (master_secret, transcript))
}
