//! tlslite-ng, which comes back in both roles. Its client of TLS 1.2 takes it that every server takes its ticket, and gives up on a full
//! handshake; so it comes back to the same keys here. As server of TLS 1.3 it does not tell whether it went on with a session: it says
//! no, and our side alone says yes.

use crate::support::certs::Key;
use crate::support::peers::tlslite::TlsLite;
use crate::support::peers::{self, Ask, Offer, Server};

use super::{Place, VERSIONS, asked, tlsclient};

#[test]
fn tlslite_comes_back_to_processes_that_never_saw_it() {
    if !peers::present(&TlsLite) {
        return;
    }
    let place = Place::new();
    for version in ["TLSv1.2", "TLSv1.3"] {
        let port = place.serve(3, &[]);
        let ask = Ask { version: Some(version), ..Ask::localhost(&place.certs.ca()) };
        let (theirs, said) = TlsLite.connect_again(port, &ask, 3);
        let expected = ["Initial", "Resumed", "Resumed"];
        assert_eq!(theirs, expected, "{version}: {said}");
        let ours: Vec<_> = said.lines().filter(|line| ["Initial", "Resumed"].contains(line)).collect();
        assert_eq!(ours, expected, "{version}: {said}");
    }
}

#[test]
fn our_client_comes_back_to_tlslite() {
    if !peers::present(&TlsLite) {
        return;
    }
    let place = Place::new();
    for (version, its) in VERSIONS.into_iter().zip(["TLSv1.2", "TLSv1.3"]) {
        let offer = Offer::of(place.certs.localhost(Key::Rsa));
        let running = TlsLite.start(&Offer { version: Some(its), ..offer });
        let file = place.file(version);
        for told in ["Initial", "Resumed", "Resumed"] {
            let ask = r#"echo "$SSL_PROTOCOL here $SSL_SESSION_RESUMED." >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"#;
            let mut command = tlsclient(&place.certs.ca(), &file, version, running.port);
            let seen = asked(command.args(["sh", "-c", ask]));
            assert!(seen.contains(&format!("{its} here {told}.")), "{version}: {seen}");
            let theirs = if version == "1.2" { told } else { "Initial" };
            assert!(seen.contains(&format!(" session {theirs}\n")), "{version}: {seen}");
        }
    }
}
