//! Other people's scanners at our server, with what is weak allowed: what they find, and that it is what was allowed and nothing else.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::certs::{Certs, Key};
use crate::support::missing::present;
use crate::support::process::Process;
use crate::support::python;
use crate::support::server::Server;

/// The suites that sslyze was let in with, of one version.
fn accepted(result: &Value, version: &str) -> Vec<String> {
    let suites = result[format!("{version}_cipher_suites")]["result"]["accepted_cipher_suites"].as_array();
    let suites = suites.unwrap_or_else(|| panic!("{version}: {result}"));
    suites.iter().map(|suite| suite["cipher_suite"]["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn sslyze_finds_nothing() {
    if !present("sslyze", python::find("sslyze", "sslyze==6.3.1")) {
        return;
    }
    let certs = Certs::new();
    let cert = certs.localhost(Key::Rsa).both.display().to_string();
    let server = Server::start(&["-c", &cert, "--allow", "rsa,cbc,tls1.0"], &["cat"]);
    let report = certs.dir().join("sslyze.json");
    let mut sslyze = Command::new(python::program());
    sslyze.args(["-m", "sslyze", "--quiet", "--mozilla_config", "disable"]);
    sslyze.args(["--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"]);
    sslyze.args([
        "--robot",
        "--openssl_ccs",
        "--heartbleed",
        "--reneg",
        "--fallback",
        "--ems",
        "--compression",
    ]);
    sslyze
        .arg("--elliptic_curves")
        .arg("--json_out")
        .arg(&report)
        .arg(format!("localhost:{}", server.port()));
    let mut process = Process::start(&mut sslyze);
    let status = process.wait_exit().expect("it comes to its end");
    assert!(status.success(), "{}", process.printed().text());
    let text = fs::read_to_string(&report).expect("a report");
    let whole: Value = serde_json::from_str(&text).expect("JSON");
    let scan = &whole["server_scan_results"][0];
    assert_eq!(scan["scan_status"], "COMPLETED", "{text}");
    let result = &scan["scan_result"];
    let told = |what: &str, field: &str| result[what]["result"][field].clone();

    assert_eq!(told("robot", "robot_result"), "NOT_VULNERABLE_NO_ORACLE");
    assert_eq!(told("openssl_ccs_injection", "is_vulnerable_to_ccs_injection"), false);
    assert_eq!(told("heartbleed", "is_vulnerable_to_heartbleed"), false);
    assert_eq!(told("session_renegotiation", "supports_secure_renegotiation"), true);
    assert_eq!(told("session_renegotiation", "is_vulnerable_to_client_renegotiation_dos"), false);
    assert_eq!(told("tls_fallback_scsv", "supports_fallback_scsv"), true);
    assert_eq!(told("tls_extended_master_secret", "supports_ems_extension"), true);
    assert_eq!(told("tls_compression", "supports_compression"), false);

    for version in ["ssl_2_0", "ssl_3_0", "tls_1_1"] {
        assert_eq!(accepted(result, version), [""; 0], "{version} was not allowed");
    }
    let old = accepted(result, "tls_1_0");
    assert_eq!(old.len(), 4, "static RSA and ECDHE, each with AES of both lengths: {old:?}");
    assert_eq!(accepted(result, "tls_1_3").len(), 3);
    for suite in old.iter().chain(&accepted(result, "tls_1_2")) {
        for weak in ["NULL", "EXPORT", "anon", "RC4", "3DES", "DES40", "MD5", "_DH_", "_DHE_"] {
            assert!(!suite.contains(weak), "{suite}");
        }
    }
    let curves = told("elliptic_curves", "supported_curves");
    let mut curves: Vec<&str> = curves
        .as_array()
        .expect("a list")
        .iter()
        .map(|curve| curve["name"].as_str().expect("a name"))
        .collect();
    curves.sort_unstable();
    assert_eq!(curves, ["X25519", "secp256r1", "secp384r1"]);
    server.still_serves();
}
