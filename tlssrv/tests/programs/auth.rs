//! Plan 9 authentication before TLS: both programs with keys from files, and what becomes of who fails it.

use crate::support::{Certificates, Server, assert_fails, private, run, text, tlsclient};

const SHOW: &str = "echo $SSL_PROTOCOL $SSL_CIPHER; id -u; id -G; echo $USER $HOME";

/// A file of keys; gives its path.
fn keys(dir: &Certificates, name: &str, proto: &str, user: &str, password: &str) -> String {
    let path = dir.path(name);
    private(&path, &format!("key proto={proto} dom=example.com user={user} !password='{password}'\n"));
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_proof_of_who_somebody_is_takes_the_place_of_certificates() {
    let dir = Certificates::new();
    for (proto, allow) in [("dp9ik", "sha1"), ("p9sk1", "p9sk1")] {
        let file = keys(&dir, proto, proto, "nobody", "it''s long");
        let server = Server::start(&["-A", "--allow", allow, "--auth-keys", &file, "sh", "-c", SHOW]);
        let output =
            run(&mut tlsclient(&["-a", "--allow", allow, "--auth-keys", &file, &server.address]), b"");
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{proto}");
        let said = text(&output.stdout);
        assert!(said.starts_with("TLSv1.3 TLS_AES_128_GCM_SHA256\n"), "{proto}: {said}");
        assert!(said.contains(&format!("\n{}\n", rustix::process::geteuid().as_raw())), "{proto}: {said}");
    }
}

#[test]
fn the_command_is_the_user_whom_the_client_proved_to_be() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root becomes somebody else");
        return;
    }
    let dir = Certificates::new();
    let file = keys(&dir, "keys", "dp9ik", "nobody", "x");
    let server = Server::start(&["-a", "--auth-keys", &file, "sh", "-c", SHOW]);
    let output = run(&mut tlsclient(&["-a", "--auth-keys", &file, &server.address]), b"");
    let said = text(&output.stdout);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.get(1..3), Some(["65534", "65534"].as_slice()), "{said}");
    assert!(lines.get(3).is_some_and(|line| line.starts_with("nobody /")), "{said}");
}

#[test]
fn root_and_strangers_get_no_command() {
    let dir = Certificates::new();
    for (user, why) in [("root", "nobody becomes root"), ("no-such-user", "no such user on this system")] {
        let file = keys(&dir, user, "dp9ik", user, "x");
        let server = Server::start(&["-a", "--auth-keys", &file, "echo", "served"]);
        let output = run(&mut tlsclient(&["-a", "--auth-keys", &file, &server.address]), b"");
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(98), ""), "{user}");
        let line = server.line(|line| line.contains("failed"));
        assert!(line.ends_with(&format!("failed: can't become {user}: {why}")), "{line}");
    }
}

#[test]
fn a_wrong_password_fails_on_both_sides_and_the_next_client_is_served() {
    let dir = Certificates::new();
    let (right, wrong) =
        (keys(&dir, "right", "dp9ik", "nobody", "x"), keys(&dir, "wrong", "dp9ik", "nobody", "y"));
    let server = Server::start(&["-A", "--auth-keys", &right, "echo", "served"]);
    let output = run(&mut tlsclient(&["-a", "--auth-keys", &wrong, &server.address]), b"");
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(98), ""));
    let line = server.line(|line| line.contains("failed"));
    assert!(line.ends_with("failed: auth_proxy: auth server protocol botch"), "{line}");
    let output = run(&mut tlsclient(&["-a", "--auth-keys", &right, &server.address]), b"");
    assert_eq!(text(&output.stdout), "served\n");
}

#[test]
fn a_client_that_speaks_tls_at_once_is_refused() {
    let dir = Certificates::new();
    let file = keys(&dir, "keys", "dp9ik", "nobody", "x");
    let server = Server::start(&["-A", "--auth-keys", &file, "echo", "served"]);
    let output = run(&mut tlsclient(&["--insecure", &server.address]), b"");
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(98), ""));
    let line = server.line(|line| line.contains("failed"));
    assert!(line.ends_with("failed: auth_proxy: invalid argument"), "{line}");
}

#[test]
fn keys_that_others_read_and_keys_that_are_not_allowed_are_refused_at_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Certificates::new();
    let old = keys(&dir, "old", "p9sk1", "nobody", "x");
    let refused = format!("tlsclient: {old}: no such key of proto=dp9ik (p9sk1 only with --allow p9sk1)");
    assert_fails(&run(&mut tlsclient(&["-a", "--auth-keys", &old, "h:1"]), b""), 96, &refused);
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = format!("tlsclient: {old}: others can read these keys: chmod go= the file");
    assert_fails(&run(&mut tlsclient(&["-a", "--auth-keys", &old, "h:1"]), b""), 96, &refused);
}
