//! The pages of the programs against the programs: flags, exit codes, the command's environment.

use std::collections::BTreeSet;
use std::process::Command;

use super::page::Page;
use crate::support::process::Process;
use crate::support::programs;
use crate::support::server::Server;

/// The programs, each with its page.
const PAGES: [(&str, &str); 4] = [
    ("devtls", "devtls/man/devtls.4"),
    ("tlsclient", "tlssrv/man/tlsclient.8"),
    ("tlshand", "tlshand/man/tlshand.8"),
    ("tlssrv", "tlssrv/man/tlssrv.8"),
];

/// What `--help` prints: the usage line without its first word, and the rest.
fn help(program: &str) -> (String, String) {
    let output = Command::new(programs::path(program)).arg("--help").output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{program} --help");
    let text = String::from_utf8(output.stdout).unwrap();
    let (usage, rest) = text.split_once('\n').unwrap();
    (usage.strip_prefix("usage: ").unwrap().to_owned(), rest.to_owned())
}

/// The flags that a help text explains: what stands at the begin of an indented line, up to two blanks.
fn explained(help: &str) -> Vec<String> {
    let lines = help.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| line.starts_with('-')));
    lines.map(|line| line.split("  ").next().unwrap_or(line).to_owned()).collect()
}

/// The numbers in a text.
fn numbers(text: &str) -> BTreeSet<u32> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn the_synopsis_is_the_usage_line() {
    for (program, page) in PAGES {
        let (usage, _) = help(program);
        assert_eq!(Page::read(page).synopsis(program), usage, "{page}");
    }
}

#[test]
fn every_flag_is_explained_in_the_page_and_in_the_help() {
    for (program, page) in PAGES {
        let (usage, rest) = help(program);
        let inside = usage.split('[').filter(|part| part.starts_with('-'));
        let flags: Vec<String> =
            inside.map(|part| part.split(']').next().unwrap_or(part).to_owned()).collect();
        assert_eq!(explained(&rest), flags, "{program} --help");
        let asked: Vec<String> = ["--help", "--version"].map(ToOwned::to_owned).into();
        assert_eq!(Page::read(page).flags(), [flags, asked].concat(), "{page}");
    }
}

#[test]
fn every_limit_of_the_page_is_one_of_the_help_with_its_default() {
    let (_, rest) = help("devtls");
    let (_, after) = rest.split_once("Limits, each with its default").unwrap();
    let lines = after.lines().filter_map(|line| line.strip_prefix("  "));
    let listed: Vec<String> = lines
        .map(|line| {
            let mut words = line.split_whitespace();
            format!("{}={}", words.next().unwrap_or_default(), words.next().unwrap_or_default())
        })
        .collect();
    assert!(listed.len() > 10, "{rest}");
    let told: Vec<String> = Page::read("devtls/man/devtls.4").items("DESCRIPTION", "Li");
    let told: Vec<&String> = told.iter().filter(|item| item.contains('=')).collect();
    assert_eq!(told, listed.iter().collect::<Vec<_>>());
}

#[test]
fn a_wrong_flag_gets_the_usage_line() {
    for (program, _) in PAGES {
        let output = Command::new(programs::path(program)).arg("--no-such-flag").output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(100), 0), "{program}");
        let said = String::from_utf8(output.stderr).unwrap();
        let last = said.lines().last().unwrap();
        assert_eq!(last.strip_prefix("usage: "), Some(help(program).0.as_str()), "{said}");
    }
}

#[test]
fn exit_codes_of_the_page_are_those_of_the_help() {
    for (program, page) in PAGES {
        let (_, rest) = help(program);
        let (_, told) = rest.split_once("Exit: ").unwrap();
        let page = Page::read(page);
        let listed = page.section("EXIT STATUS");
        let listed: Vec<&str> = listed.into_iter().filter_map(|line| line.strip_prefix(".It ")).collect();
        // Zero is not a failure that the help must name.
        let failures =
            |text: &str| numbers(text).into_iter().filter(|code| *code > 0).collect::<BTreeSet<_>>();
        assert_eq!(failures(&listed.join(" ")), failures(told), "{program}");
    }
}

#[test]
fn every_variable_of_the_page_is_set_or_taken_away() {
    let page = Page::read("tlssrv/man/tlssrv.8");
    // The last two are for a device elsewhere, and one of them would choose it here.
    let listed = page.items("ENVIRONMENT", "Ev");
    let listed: BTreeSet<&str> =
        listed.iter().map(String::as_str).filter(|name| !["PATH", "SSLKEYLOGFILE"].contains(name)).collect();
    let mut tlssrv = Command::new(programs::path("tlssrv"));
    tlssrv.args(["--listen", "tcp!127.0.0.1!0", "--self-signed", "localhost", "--", "env"]);
    // What this machine says in such names is not the program's doing.
    for (name, _) in std::env::vars().filter(|(name, _)| is_ours(name)) {
        tlssrv.env_remove(name);
    }
    for name in listed.iter().filter(|name| **name != "TLSDEV") {
        tlssrv.env(name, "stale");
    }
    let server = Server::running(Process::start(tlssrv.env_remove("TLSDEV")));
    let mut client = Command::new(programs::path("tlsclient"));
    client.args(["-n", "localhost", "--insecure", &format!("tcp!127.0.0.1!{}", server.port())]);
    let output = client.env_remove("TLSDEV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("stale"), "{text}");
    let set: Vec<&str> = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    let known = set.iter().filter(|name| listed.contains(*name)).count();
    assert!(known >= 8, "{text}");
    for name in set {
        assert!(!is_ours(name) || listed.contains(name), "{name} is not in the page");
    }
}

/// Whether a variable of this name is the program's to set or to take away.
fn is_ours(name: &str) -> bool {
    ["SSL_", "TLS", "TCP", "PROTO"].iter().any(|prefix| name.starts_with(prefix))
}
