//! The core rooms take time, randomness and bytes as arguments: none of them reaches for a clock, a socket, a file or an executor.

use super::sources;

/// The core rooms: files under these prefixes, the ones under [`SHELLS`] aside.
const CORES: [&str; 6] = [
    "crates/ninep/src/",
    "crates/tlswire/src/",
    "crates/tlsrec/src/",
    "devtls/src/conv/",
    "devtls/src/ctl/",
    "tlshand/src/",
];

/// The shells inside those rooms, where the outside world is let in.
const SHELLS: [&str; 5] = [
    "crates/ninep/src/io/",
    "crates/ninep/src/client/",
    "tlshand/src/bin/",
    "tlshand/src/drive.rs",
    "tlshand/src/program/",
];

/// What a core must not touch.
const OUTSIDE: [&str; 6] = ["tokio", "std::net", "std::fs", "std::time", "std::process", "std::thread"];

/// What it may all the same take from `std::net`: the address of a host is a value, no socket.
const VALUES: [&str; 3] = ["IpAddr", "Ipv4Addr", "Ipv6Addr"];

/// Whether this file is in a core, and not in a test.
fn is_core(file: &str) -> bool {
    let under = |prefixes: &[&str]| prefixes.iter().any(|prefix| file.starts_with(prefix));
    let is_test = file.ends_with("/tests.rs") || file.contains("/tests/") || TEST_FILES.contains(&file);
    under(&CORES) && !under(&SHELLS) && !is_test
}

/// Files that only tests see, though nothing in their names says so.
const TEST_FILES: [&str; 5] = [
    "tlshand/src/fixture.rs",
    "tlshand/src/pair.rs",
    "tlshand/src/pair/certificates.rs",
    "tlshand/src/pair/rfc6066.rs",
    "tlshand/src/sec/kat.rs",
];

/// The first line of a core's text, comments and tests aside, that reaches outside.
fn reaches_outside(text: &str) -> Option<&str> {
    let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    code.filter(|line| !line.trim_start().starts_with("//")).find(|line| {
        let outside = |word: &str| line.contains(&format!("{word}::")) || line.contains(&format!("{word};"));
        OUTSIDE.into_iter().any(outside) && !takes_values(line)
    })
}

/// Whether a line takes nothing but [`VALUES`] from `std::net`.
fn takes_values(line: &str) -> bool {
    let Some((_, taken)) = line.split_once("std::net::") else { return false };
    let end = taken.find([';', '}', '(']).unwrap_or(taken.len());
    let mut names = taken[..end].split(['{', ',', ' ', ':']).filter(|name| !name.is_empty());
    names.next().is_some_and(|name| VALUES.contains(&name)) && names.all(|name| VALUES.contains(&name))
}

#[test]
fn cores_touch_nothing_outside() {
    let files: Vec<_> =
        sources().into_iter().map(|(file, text)| (file.display().to_string(), text)).collect();
    for room in CORES.iter().chain(&SHELLS).chain(&TEST_FILES) {
        assert!(files.iter().any(|(file, _)| file.starts_with(room)), "no file in {room}: a room that moved");
    }
    for (file, text) in files.iter().filter(|(file, _)| is_core(file)) {
        assert_eq!(reaches_outside(text), None, "{file}");
    }
}

#[test]
fn a_core_that_reaches_outside_is_found() {
    for line in ["use std::net::TcpStream;", "    tokio::spawn(x);", "let now = std::time::Instant::now();"] {
        assert_eq!(reaches_outside(&format!("//! head\n{line}\n")), Some(line));
    }
    let mixed = "use std::net::{IpAddr, TcpStream};";
    assert_eq!(reaches_outside(mixed), Some(mixed));
    assert_eq!(
        reaches_outside("// tokio::spawn\nuse std::net::{IpAddr, Ipv6Addr};\n#[cfg(test)]\nuse std::fs;"),
        None
    );
    assert!(is_core("crates/tlsrec/src/oneway.rs") && !is_core("crates/ninep/src/io/serve.rs"));
}
