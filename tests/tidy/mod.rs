//! The house rules that a machine can judge: arrows between rooms, heads of files, what stands at the
//! root, paths that name a machine.
//!
//! Each rule is a function over text, and each has a test that shows that it can fail.

mod cores;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may depend on whom, tests and benches aside.
const ARROWS: [(&str, &[&str]); 9] = [
    ("tlswire", &[]),
    ("tlsrec", &["tlswire"]),
    ("ninep", &[]),
    ("x509", &[]),
    ("factotum", &["tlswire", "x509"]),
    ("devtls", &["ninep", "tlsrec", "tlswire"]),
    ("tlshand", &["factotum", "ninep", "tlswire", "x509"]),
    ("tlssrv", &["devtls", "factotum", "ninep", "tlshand", "tlswire", "x509"]),
    ("xtask", &[]),
];

/// The two sides of the wall.
const WALL: [(&str, &str); 4] =
    [("tlshand", "devtls"), ("tlshand", "tlsrec"), ("devtls", "tlshand"), ("tlsrec", "tlshand")];

/// What may stand at the root, dotfiles aside.
const ROOT: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "crates",
    "devtls",
    "target",
    "tests",
    "tlshand",
    "tlssrv",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests have a parent").to_owned()
}

/// Every Rust file of the house, with its text.
pub(crate) fn sources() -> Vec<(PathBuf, String)> {
    let listed =
        Command::new("git").args(["ls-files", "*.rs"]).current_dir(root()).output().expect("git runs");
    let names = String::from_utf8(listed.stdout).expect("names are text");
    let read = |name: &str| Some((PathBuf::from(name), fs::read_to_string(root().join(name)).ok()?));
    let sources: Vec<_> = names.lines().filter_map(read).collect();
    assert!(sources.len() > 100, "git lists {} files", sources.len());
    sources
}

/// The arrows of `metadata` between packages of the house that `ARROWS` does not have.
fn wrong_arrows(metadata: &serde_json::Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == name) else {
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let to = dependency["name"].as_str().expect("a name");
            let is_ours = !dependency["path"].is_null();
            if is_ours && dependency["kind"].is_null() && !allowed.contains(&to) {
                wrong.push(format!("{name} -> {to}"));
            }
        }
    }
    wrong
}

/// Everything that `from` leads to in `ARROWS`.
fn reachable(from: &str) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(room) = open.pop() {
        for to in ARROWS.iter().filter(|(name, _)| *name == room).flat_map(|(_, to)| *to) {
            if seen.insert(*to) {
                open.push((*to).to_owned());
            }
        }
    }
    seen
}

/// Whether a file says first what it is.
fn has_head(text: &str) -> bool {
    text.starts_with("//!")
}

/// The first path in `text` that only one machine has.
fn machine_path(text: &str) -> Option<&str> {
    let at = ["work", "root", "farm"].iter().find_map(|dir| {
        let needle = format!("/{dir}/");
        text.match_indices(&needle)
            .find(|(at, _)| !text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.'))
            .map(|(at, _)| at)
    })?;
    text[at..].lines().next()
}

#[test]
fn the_arrows_are_those_of_the_list() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("metadata");
    assert_eq!(wrong_arrows(&metadata), Vec::<String>::new());
    let planted = serde_json::json!({ "packages": [{ "name": "tlshand", "dependencies": [
        { "name": "tlsrec", "path": "/somewhere", "kind": null },
        { "name": "tlsrec", "path": "/somewhere", "kind": "dev" },
        { "name": "tokio", "path": null, "kind": null },
    ]}]});
    assert_eq!(wrong_arrows(&planted), ["tlshand -> tlsrec"]);
}

#[test]
fn the_wall_stands() {
    for (from, to) in WALL {
        assert!(!reachable(from).contains(to), "{from} reaches {to}");
    }
    assert!(reachable("tlssrv").contains("tlsrec"));
}

#[test]
fn every_file_says_what_it_is() {
    for (file, text) in sources() {
        // A place to look, no failure.
        if text.lines().count() > 400 {
            println!("{} lines: {}", text.lines().count(), file.display());
        }
    }
    let without: Vec<_> =
        sources().into_iter().filter(|(_, text)| !has_head(text)).map(|(file, _)| file).collect();
    assert_eq!(without, Vec::<PathBuf>::new());
    assert!(!has_head("use std::fs;\n//! late"));
}

#[test]
fn no_file_names_a_machine() {
    for (file, text) in sources() {
        if !file.ends_with("tidy/mod.rs") {
            assert_eq!(machine_path(&text), None, "{}", file.display());
        }
    }
    assert_eq!(machine_path("see /root/x here"), Some("/root/x here"));
    assert_eq!(machine_path("a/root/x"), None);
}

#[test]
fn the_root_shows_the_rooms() {
    let names = fs::read_dir(root()).expect("the root is read");
    let names = names.map(|entry| entry.expect("an entry").file_name().into_string().expect("a text"));
    let strange: Vec<_> =
        names.filter(|name| !name.starts_with('.') && !ROOT.contains(&name.as_str())).collect();
    assert_eq!(strange, Vec::<String>::new());
}
