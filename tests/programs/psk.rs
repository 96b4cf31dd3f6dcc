//! A secret under a name that the server does not know, with OpenSSL. Secrets that both sides have are told by the matrix.

use std::process::Command;

use crate::support::certs::Certs;
use crate::support::missing::{find, present};
use crate::support::peers::Secret;
use crate::support::process::Process;
use crate::support::server::Server;

#[test]
fn a_client_with_another_name_for_its_secret_is_told_115() {
    if !present("shared secrets", find("openssl", "openssl", "version")) {
        return;
    }
    let certs = Certs::new();
    let secret = Secret::write(certs.dir(), "a7a7a7a7a7a7a7a7");
    let server = Server::start(&["--psk", &secret.file.display().to_string()], &["cat"]);
    let mut command = Command::new("openssl");
    command.args(["s_client", "-tls1_2", "-cipher", "PSK-CHACHA20-POLY1305", "-psk_identity", "else"]);
    command.args(["-psk", &secret.digits, "-connect", &format!("127.0.0.1:{}", server.port())]);
    let mut client = Process::start(&mut command);
    let _ = client.wait_exit();
    let told =
        client.wait_for("the alert", |seen| seen.stderr_text().contains("alert number 115").then_some(()));
    assert_eq!(told, Ok(()));
}
