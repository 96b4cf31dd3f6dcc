//! What RFC 6066 and RFC 8449 have a client do, beyond the names of `hello`.

use std::fs;
use std::sync::Arc;

use factotum::{CertifiedKey, Keyless};
use tlswire::{Group, Suite};
use x509::Roots;

use super::script::{Client, NOW, Server, conf, data, insecure, refusal};
use crate::client::name::server_name;
use crate::conf::{ClientConf, Ocsp, Verify};
use crate::error::Error;
use crate::msg::Body;
use crate::msg::ext::{ClientExtension, ServerExtension};
use crate::msg::hello::ClientHello;
use crate::msg::kx::ServerHelloDone;
use crate::msg::status::{CertificateStatus, StatusRequest};
use crate::record_len::MaxFragment;

const ECDSA: Suite = Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;

fn hello(conf: &ClientConf) -> ClientHello {
    let client = Client::begin(conf).unwrap();
    ClientHello::decode(&client.written[0][4..]).unwrap()
}

/// What comes of a ServerHello with these extensions, and what the client has done then.
fn answered(conf: &ClientConf, extensions: &[ServerExtension]) -> (Result<(), Error>, Vec<String>) {
    let mut client = Client::begin(conf).unwrap();
    let mut answer = Server::plain(&client).hello();
    answer.extensions.extend_from_slice(extensions);
    let result = client.give(&answer.encode().unwrap());
    (result, client.did)
}

/// Lets a connection be opened by a server that answers with these extensions; gives what the client did.
fn opened(conf: &ClientConf, extensions: &[ServerExtension]) -> Vec<String> {
    let mut client = Client::begin(conf).unwrap();
    let server = Server::plain(&client);
    let mut flight = server.flight();
    let mut answer = server.hello();
    answer.extensions.extend_from_slice(extensions);
    flight[0] = answer.encode().unwrap();
    flight.iter().for_each(|message| client.give(message).unwrap());
    let finished = server.finished(&client, &flight);
    client.give(&finished.encode().unwrap()).unwrap();
    assert!(client.outcome.is_some());
    client.did
}

fn fragment(len: u16) -> MaxFragment {
    MaxFragment::of_len(len).unwrap()
}

#[test]
fn nothing_of_it_is_asked_unless_it_is_wanted() {
    let asked = |typ| {
        hello(&conf("localhost")).extensions.iter().any(|it| crate::msg::ext::Extension::typ(it) == typ)
    };
    for typ in [1, 2, 3, 4, 5, 28] {
        assert!(!asked(typ), "{typ}");
    }
}

#[test]
fn a_length_of_fragments_is_asked_for_and_kept_from_the_server_s_hello_on() {
    let conf = ClientConf { max_fragment: Some(fragment(1024)), ..conf("localhost") };
    assert_eq!(hello(&conf).max_fragment(), Some(fragment(1024)));
    let (result, did) = answered(&conf, &[ServerExtension::MaxFragmentLength(fragment(1024))]);
    assert!(result.is_ok());
    assert_eq!(did, ["hand", "version 0x303", "maxrec 1024 1024"]);
    let (result, _) = answered(&conf, &[ServerExtension::MaxFragmentLength(fragment(512))]);
    assert_eq!(refusal(result), (47, "invalid length of records".to_owned()));
    // A server that does not know it says nothing, and nothing is limited.
    let (result, did) = answered(&conf, &[]);
    assert!(result.is_ok());
    assert_eq!(did, ["hand", "version 0x303"]);
}

#[test]
fn a_limit_of_record_sizes_is_said_and_both_are_kept_once_the_connection_is_open() {
    let conf = ClientConf { record_len_max: Some(500), ..conf("localhost") };
    for (theirs, outgoing) in [(64, 64), (16_384, 16_384), (65_535, 16_384)] {
        let did = opened(&conf, &[ServerExtension::RecordSizeLimit(theirs)]);
        let maxrec = format!("maxrec {outgoing} 500");
        assert_eq!(did[did.len() - 2..], [maxrec, "opened".to_owned()]);
    }
    assert!(!opened(&conf, &[]).iter().any(|line| line.starts_with("maxrec")));
    for len in [0, 63, 16_385] {
        let conf = ClientConf { record_len_max: Some(len), ..conf.clone() };
        assert!(matches!(Client::begin(&conf), Err(Error::BadConf(_))), "{len}");
    }
}

#[test]
fn two_limits_in_one_answer_are_one_too_many() {
    let conf =
        ClientConf { record_len_max: Some(500), max_fragment: Some(fragment(512)), ..conf("localhost") };
    let both = [ServerExtension::MaxFragmentLength(fragment(512)), ServerExtension::RecordSizeLimit(600)];
    let (result, _) = answered(&conf, &both);
    assert_eq!(refusal(result), (47, "two limits for the length of records".to_owned()));
}

#[test]
fn what_was_not_asked_is_no_answer() {
    for extension in [
        ServerExtension::MaxFragmentLength(fragment(512)),
        ServerExtension::RecordSizeLimit(512),
        ServerExtension::StatusRequest,
        ServerExtension::TrustedCaKeys,
        ServerExtension::Unknown { typ: 2, body: Vec::new() },
        ServerExtension::Unknown { typ: 4, body: Vec::new() },
    ] {
        let (result, _) = answered(&conf("localhost"), std::slice::from_ref(&extension));
        assert_eq!(refusal(result).0, 110, "{extension:?}");
    }
}

/// Trusts the authority of the responses, and asks it.
fn asking(ocsp: Ocsp) -> ClientConf {
    let roots = Arc::new(Roots::from_file(&data("ocsp/ca.crt")).unwrap());
    let verify = Verify::Roots { roots, now: NOW };
    ClientConf { ocsp, ..ClientConf::new(Some(server_name("localhost").unwrap()), verify) }
}

/// The key that the responses are about.
fn key() -> CertifiedKey {
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str| fs::read(data(name)).unwrap();
    fs::write(dir.path().join("a.pem"), [read("ocsp/leaf.crt"), read("ocsp/leaf.key")].concat()).unwrap();
    factotum::load(&dir.path().join("a.pem"), NOW, Keyless::Refused).unwrap().keys.remove(0)
}

/// What comes of a server with this response, or none, that promises one or does not.
fn shown(conf: &ClientConf, promises: bool, response: Option<&[u8]>) -> Result<(), Error> {
    let mut client = Client::begin(conf).unwrap();
    let mut server = Server::new(&client, "p256.crt", ECDSA, Group::X25519);
    server.key = key();
    let mut answer = server.hello();
    if promises {
        answer.extensions.push(ServerExtension::StatusRequest);
    }
    client.give(&answer.encode().unwrap())?;
    client.give(&server.certificate().encode().unwrap())?;
    if let Some(response) = response {
        client.give(&CertificateStatus { response: response.to_vec() }.encode().unwrap())?;
    }
    client.give(&server.exchange().encode().unwrap())?;
    client.give(&ServerHelloDone.encode().unwrap())
}

fn response(name: &str) -> Vec<u8> {
    fs::read(data(&format!("ocsp/{name}.ocsp"))).unwrap()
}

#[test]
fn the_status_is_asked_for_in_its_empty_form() {
    let request = StatusRequest::Ocsp { responders: Vec::new(), extensions: Vec::new() };
    for ocsp in [Ocsp::Ask, Ocsp::Require] {
        let hello = hello(&asking(ocsp));
        assert!(hello.extensions.contains(&ClientExtension::StatusRequest(request.clone())));
        let bytes = hello.encode().unwrap();
        let form = [0, 5, 0, 5, 1, 0, 0, 0, 0];
        assert!(bytes.windows(form.len()).any(|window| window == form));
    }
    assert!(!hello(&asking(Ocsp::Never)).wants_status());
    // Nobody could say that the answer is true.
    let blind = ClientConf { ocsp: Ocsp::Ask, ..insecure(None) };
    assert!(matches!(Client::begin(&blind), Err(Error::BadConf(_))));
}

#[test]
fn a_good_status_is_good_from_the_issuer_and_from_whom_it_charged() {
    for ocsp in [Ocsp::Ask, Ocsp::Require] {
        for name in ["good", "good.sha256", "good.key", "delegated", "delegated.key"] {
            shown(&asking(ocsp), true, Some(&response(name)))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn a_bad_status_is_refused_by_who_only_asked_too() {
    let good = response("good");
    let mut changed = good.clone();
    changed[60] ^= 1;
    let long = vec![0x30; 20_000];
    for (response, text) in [
        (response("unknown"), "the OCSP responder does not know the certificate"),
        (response("revoked"), "the OCSP response is about another certificate"),
        (response("pretended"), "the OCSP response is not signed by the issuer"),
        (response("strange"), "the OCSP response is not signed by the issuer"),
        (response("alone"), "the OCSP response is not signed by the issuer"),
        (response("refused"), "the OCSP responder did not answer"),
        (response("endless"), "the OCSP response does not say until when it holds"),
        (good[..good.len() - 1].to_vec(), "malformed OCSP response"),
    ] {
        let refused = refusal(shown(&asking(Ocsp::Ask), true, Some(&response)));
        assert_eq!(refused, (113, text.to_owned()));
    }
    assert_eq!(refusal(shown(&asking(Ocsp::Ask), true, Some(&changed))).0, 113);
    // Longer than a message may be.
    assert_eq!(refusal(shown(&asking(Ocsp::Ask), true, Some(&long))).0, 50);
}

#[test]
fn an_old_status_is_none() {
    let mut conf = asking(Ocsp::Ask);
    let roots = Arc::new(Roots::from_file(&data("ocsp/ca.crt")).unwrap());
    // Long before the response, when the certificate was good already.
    conf.verify = Verify::Roots { roots, now: 1_750_000_000 };
    let (alert, text) = refusal(shown(&conf, true, Some(&response("good"))));
    assert_eq!(alert, 113);
    assert!(text.starts_with("the OCSP response holds only from 20"), "{text}");
}

#[test]
fn a_promise_need_not_be_kept_unless_the_status_is_required() {
    for promises in [true, false] {
        assert!(shown(&asking(Ocsp::Ask), promises, None).is_ok());
        let refused = refusal(shown(&asking(Ocsp::Require), promises, None));
        assert_eq!(refused, (113, "the server shows no OCSP response".to_owned()));
    }
}

#[test]
fn a_status_that_was_not_promised_or_comes_twice_is_unexpected() {
    for conf in [asking(Ocsp::Ask), asking(Ocsp::Never)] {
        assert_eq!(refusal(shown(&conf, false, Some(&response("good")))).0, 10);
    }
    let conf = asking(Ocsp::Ask);
    let mut client = Client::begin(&conf).unwrap();
    let mut server = Server::new(&client, "p256.crt", ECDSA, Group::X25519);
    server.key = key();
    let mut answer = server.hello();
    answer.extensions.push(ServerExtension::StatusRequest);
    let status = CertificateStatus { response: response("good") }.encode().unwrap();
    client.give(&answer.encode().unwrap()).unwrap();
    client.give(&server.certificate().encode().unwrap()).unwrap();
    client.give(&status).unwrap();
    assert_eq!(refusal(client.give(&status)).0, 10);
}

#[test]
fn the_status_of_a_revoked_certificate_is_its_end() {
    // The leaf is the revoked one, for which there is no key: its status comes before anything is signed.
    let mut client = Client::begin(&ClientConf {
        server_name: Some(server_name("localhost").unwrap()),
        ..asking(Ocsp::Ask)
    })
    .unwrap();
    let server = Server::new(&client, "p256.crt", ECDSA, Group::X25519);
    let mut answer = server.hello();
    answer.extensions.push(ServerExtension::StatusRequest);
    client.give(&answer.encode().unwrap()).unwrap();
    let chain = x509::pem::certificates(&x509::pem::read(&data("ocsp/revoked.crt")).unwrap());
    client.give(&crate::msg::cert::Certificate { chain }.encode().unwrap()).unwrap();
    let status = CertificateStatus { response: response("revoked") }.encode().unwrap();
    assert_eq!(refusal(client.give(&status)), (44, "the certificate has been revoked".to_owned()));
}
