//! Secrets that leave a handshake because somebody asked for them: keying material and key logs, each compared with what OpenSSL
//! says of the same connection.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::certs::{Certs, Key};
use crate::support::missing::{find, present};
use crate::support::peers::{S_SERVER_LABEL, start_saying_port};
use crate::support::process::{Printed, Process};
use crate::support::programs;
use crate::support::server::Server;

const LABEL: &str = "EXPORTER-Channel-Binding";
const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];

fn has_openssl() -> bool {
    present("keying material", find("openssl", "openssl", "version"))
}

/// What OpenSSL's client prints, asking `port` for a connection with these flags.
fn asked(port: u16, flags: &[&str]) -> Printed {
    let mut command = Command::new("openssl");
    command
        .args(["s_client", "-servername", "localhost", "-connect", &format!("127.0.0.1:{port}")])
        .args(flags);
    let mut client = Process::start(&mut command);
    let _ =
        client.wait_for("the server's word", |printed| printed.stdout_text().contains("end.").then_some(()));
    client.end_input();
    let _ = client.wait_exit();
    client.printed()
}

/// The digits behind `label`, in lower case.
fn digits(text: &str, label: &str) -> String {
    let (_, after) = text.split_once(label).unwrap_or_else(|| panic!("no {label} in {text}"));
    after.chars().take_while(char::is_ascii_hexdigit).collect::<String>().to_lowercase()
}

#[test]
fn keying_material_is_what_openssl_derives_in_both_versions() {
    if !has_openssl() {
        return;
    }
    // 0 bytes of context are none for OpenSSL's program, which has no flag for a context.
    let flags = ["--self-signed", "localhost", "--export", LABEL, "--export", "ttls keying material,64"];
    let command = ["sh", "-c", "echo \"ours $SSL_KEYING_MATERIAL\"; echo end."];
    let server = Server::start(&flags, &command);
    for version in VERSIONS {
        for (label, len, place) in [(LABEL, "32", 0), ("ttls keying material", "64", 1)] {
            let export = [version, "-keymatexport", label, "-keymatexportlen", len];
            let printed = asked(server.port(), &export).stdout_text();
            let (_, ours) = printed.split_once("ours ").expect("our word");
            let ours = ours.lines().next().unwrap_or_default().split(' ').nth(place);
            assert_eq!(ours, Some(digits(&printed, "Keying material: ").as_str()), "{version} {label}");
        }
    }
}

#[test]
fn a_client_s_command_has_the_server_s_keying_material() {
    let server = Server::start(
        &["--self-signed", "localhost", "--export", "a label,48,00ff"],
        &["sh", "-c", "echo \"$SSL_KEYING_MATERIAL\""],
    );
    let compare = "read -r theirs; test ${#theirs} = 96 && test \"$theirs\" = \"$SSL_KEYING_MATERIAL\"";
    let mut client = Command::new(programs::path("tlsclient"));
    client.args(["--insecure", "--export", "a label,48,00ff", &format!("tcp!localhost!{}", server.port())]);
    let output = client.args(["sh", "-c", compare]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn keying_material_that_another_handshake_may_have_is_refused_unless_allowed() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let cert = certs.localhost(Key::Rsa).both.display().to_string();
    let command = ["sh", "-c", "echo \"ours $SSL_KEYING_MATERIAL\"; echo end."];
    // 9front's manners know no extended master secret.
    let flags = ["-c", &cert, "--compat", "9front", "--export", LABEL];
    let mut server = Server::start(&flags, &command);
    let printed = asked(server.port(), &["-tls1_2"]);
    assert!(printed.stderr_text().contains("alert number 40"), "{}", printed.text());
    let told = server.process().wait_for("why", |printed| {
        printed
            .stderr_text()
            .contains("failed: no extended master secret for keying material\n")
            .then_some(())
    });
    assert_eq!(told, Ok(()));
    let server = Server::start(&[&flags[..], &["--allow", "legacy-export"]].concat(), &command);
    let printed = asked(server.port(), &["-tls1_2", "-keymatexport", LABEL, "-keymatexportlen", "32"]);
    let printed = printed.stdout_text();
    assert_eq!(digits(&printed, "ours "), digits(&printed, "Keying material: "));
}

/// The lines of a key log, comments aside.
fn lines(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_lowercase).collect()
}

#[test]
fn the_key_log_of_either_role_is_the_one_that_openssl_keeps() {
    if !has_openssl() {
        return;
    }
    let certs = Certs::new();
    let cert = certs.localhost(Key::P256);
    for version in VERSIONS {
        let [ours, theirs, of_client, of_server] =
            ["ours", "theirs", "client", "server"].map(|name| certs.dir().join(format!("{name}{version}")));
        let mut tlssrv = Command::new(programs::path("tlssrv"));
        tlssrv.env("SSLKEYLOGFILE", &ours).args(["--listen", "tcp!127.0.0.1!0", "-c"]).arg(&cert.both);
        let mut server = Server::running(Process::start(tlssrv.args(["echo", "end."])));
        let warned = server.process().printed().stderr_text();
        assert_eq!(warned.matches("SSLKEYLOGFILE is set").count(), 1, "{warned}");
        asked(server.port(), &[version, "-keylogfile", &theirs.display().to_string()]);
        assert!(!lines(&theirs).is_empty(), "{version}");
        assert_eq!(lines(&ours), lines(&theirs), "{version}");
        assert_eq!(fs::metadata(&ours).unwrap().permissions().mode() & 0o777, 0o600);

        let mut command = Command::new("openssl");
        command.args(["s_server", "-www", "-accept", "127.0.0.1:0", version, "-keylogfile"]).arg(&of_server);
        command.arg("-cert").arg(&cert.chain).arg("-key").arg(&cert.key);
        let running = start_saying_port(command, S_SERVER_LABEL);
        let mut client = Command::new(programs::path("tlsclient"));
        client
            .env("SSLKEYLOGFILE", &of_client)
            .arg("--insecure")
            .arg(format!("tcp!localhost!{}", running.port));
        let mut client = Process::start(&mut client);
        client.send(crate::support::peers::REQUEST);
        let answered =
            client.wait_for("a page", |printed| printed.stdout.starts_with(b"HTTP/1.0 200").then_some(()));
        assert_eq!(answered, Ok(()), "{version}");
        assert!(!lines(&of_server).is_empty(), "{version}");
        assert_eq!(lines(&of_client), lines(&of_server), "{version}");
    }
}

#[test]
fn a_key_log_that_others_may_read_is_refused_and_none_is_kept_unasked() {
    let certs = Certs::new();
    let log = certs.dir().join("log");
    fs::write(&log, "").unwrap();
    fs::set_permissions(&log, fs::Permissions::from_mode(0o644)).unwrap();
    for program in ["tlssrv", "tlsclient"] {
        let args: &[&str] = match program {
            "tlssrv" => &["--listen", "tcp!127.0.0.1!0", "--self-signed", "localhost", "true"],
            _ => &["--insecure", "tcp!localhost!1"],
        };
        let output =
            Command::new(programs::path(program)).env("SSLKEYLOGFILE", &log).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(96), "{program}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("others can read these secrets: chmod go= the file"), "{said}");
    }
    let mut server = Server::echo(&[]);
    server.still_serves();
    assert!(!server.process().printed().stderr_text().contains("SSLKEYLOGFILE"));
}
