//! Sessions whose master secret is not bound to their handshake, and hellos that no longer say that it is (RFC 7627 §5.3), with tlslite-ng,
//! which can be told so for each connection.

use super::{Place, asked, tlsclient};
use crate::support::certs::Key;
use crate::support::missing::present;
use crate::support::peers::start_saying_port;
use crate::support::process::Process;
use crate::support::python;

/// A script's flags: a digit for each connection, 0 where its hello has no extended_master_secret.
const BOUND: &str = "--bound";

fn is_there() -> bool {
    present("peer tlslite", python::find("tlslite", "tlslite-ng==0.8.2"))
}

/// What tlslite-ng says that comes twice to us, its hellos as `bound` says.
fn comes_twice(place: &Place, bound: &str) -> String {
    let port = place.serve(2, &[]);
    let mut client = python::script("peer.py");
    client.args(["client", "tls1.2", "0", "--times", "2", BOUND, bound, "--port", &port.to_string()]);
    let mut client = Process::start(&mut client);
    let _ = client.wait_exit();
    let _ = client.wait_for("the end of its output", |_| None::<()>);
    client.printed().text()
}

#[test]
fn a_client_without_a_bound_secret_has_no_session_to_come_back_to() {
    if !is_there() {
        return;
    }
    for bound in ["00", "01"] {
        let place = Place::new();
        let said = comes_twice(&place, bound);
        assert_eq!(place.told(), ["Initial", "Initial"], "{bound}: {said}");
        assert_eq!(said.matches("session Initial\n").count(), 2, "{bound}: {said}");
    }
}

#[test]
fn a_client_that_comes_back_and_no_longer_binds_is_turned_away() {
    if !is_there() {
        return;
    }
    let place = Place::new();
    assert!(comes_twice(&place, "11").contains("session Resumed\n"));
    assert_eq!(place.told(), ["Initial", "Resumed"]);
    let said = comes_twice(&place, "10");
    // Its second hello brings the ticket: handshake_failure.
    assert!(said.contains("TLSRemoteAlert(Alert(level=2, description=40))"), "{said}");
    assert_eq!(place.told(), ["Initial", "Resumed", "Initial"], "{said}");
}

/// What our client and the server say when it comes twice to tlslite-ng, the server's hellos as `bound` says.
fn comes_back(place: &Place, bound: &str) -> [String; 2] {
    let cert = place.certs.localhost(Key::Rsa);
    let mut server = python::script("peer.py");
    server
        .args(["server", "tls1.2", "0", BOUND, bound, "--cert"])
        .arg(&cert.chain)
        .arg("--key")
        .arg(&cert.key);
    let running = start_saying_port(server, "port ");
    let file = place.file(bound);
    [(); 2].map(|()| {
        let ask = r#"echo "here $SSL_SESSION_RESUMED." >&2; printf 'GET / HTTP/1.0\r\n\r\n'; cat >&2"#;
        asked(tlsclient(&place.certs.ca(), &file, "1.2", running.port).args(["sh", "-c", ask]))
    })
}

#[test]
fn our_client_keeps_no_session_without_a_bound_secret() {
    if !is_there() {
        return;
    }
    for bound in ["00", "01"] {
        for said in comes_back(&Place::new(), bound) {
            assert!(said.contains("here Initial.") && said.contains(" session Initial\n"), "{bound}: {said}");
        }
    }
}

#[test]
fn a_server_that_goes_on_and_no_longer_binds_is_left() {
    if !is_there() {
        return;
    }
    let place = Place::new();
    let [first, second] = comes_back(&place, "11");
    assert!(first.contains("here Initial.") && second.contains("here Resumed."), "{first} {second}");
    let [first, second] = comes_back(&place, "10");
    assert!(first.contains("here Initial.") && !second.contains("here "), "{first} {second}");
    assert!(second.contains("session without its extended master secret"), "{second}");
}
