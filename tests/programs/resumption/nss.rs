//! NSS, which comes back in both roles, and counts how often.

use std::fs;

use crate::support::certs::Key;
use crate::support::peers::nss::{self, Nss, TicketServer};
use crate::support::peers::{self, Ask};

use super::{Place, VERSIONS, asked, tlsclient};

#[test]
fn nss_comes_back_to_processes_that_never_saw_it() {
    if !peers::present(&Nss) {
        return;
    }
    let place = Place::new();
    for version in ["TLSv1.2", "TLSv1.3"] {
        let told = place.file(version);
        // Its program counts what the server sends, and prints none of it.
        let tell =
            format!(r#"read line; echo "$SSL_SESSION_RESUMED" >> {told}; printf 'HTTP/1.0 200 OK\r\n\r\n'"#);
        let port = place.serve_each(&["keys"; 4], &[], &tell);
        let ask = Ask { version: Some(version), ..Ask::localhost(&place.certs.ca()) };
        let seen = nss::connect_often(port, &ask, 4);
        assert!(seen.contains("strsclnt: 3 cache hits"), "{version}: {seen}");
        assert!(seen.contains("3 stateless resumes"), "{version}: {seen}");
        let told = fs::read_to_string(&told).expect("somebody was there");
        assert_eq!(told, "Initial\nResumed\nResumed\nResumed\n", "{version}");
    }
}

#[test]
fn our_client_comes_back_to_nss() {
    if !peers::present(&Nss) {
        return;
    }
    let place = Place::new();
    let server = TicketServer::start(&place.certs.localhost(Key::Rsa));
    let mut hits_count = 0;
    for version in VERSIONS {
        let file = place.file(version);
        for told in ["Initial", "Resumed", "Resumed"] {
            let ask = r#"echo "$SSL_PROTOCOL $SSL_SESSION_RESUMED" >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat >/dev/null"#;
            let mut command = tlsclient(&place.certs.ca(), &file, version, server.port);
            let seen = asked(command.args(["sh", "-c", ask]));
            assert!(seen.contains(&format!("TLSv{version} {told}")), "{version}: {seen}");
            hits_count += u32::from(told == "Resumed");
        }
        let counted = format!("selfserv: {hits_count} cache hits");
        let resumes = format!("{hits_count} stateless resumes, 0 ticket parse failures");
        let seen = server.process.wait_for(&counted, |seen| {
            let text = seen.text();
            (text.contains(&counted) && text.contains(&resumes)).then_some(())
        });
        seen.expect("it says so too");
    }
}
