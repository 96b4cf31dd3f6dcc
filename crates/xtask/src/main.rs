//! Chores of the house: one list of checks, and its parts by name.
//!
//! It runs other tools and says how long each took; it decides nothing itself.

use std::env;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// One thing to run: its words, variables to set for it, where, and a directory that must be there.
struct Step {
    words: &'static [&'static str],
    vars: &'static [(&'static str, &'static str)],
    dir: &'static str,
    room: Option<&'static str>,
}

const fn step(words: &'static [&'static str]) -> Step {
    Step { words, vars: &[], dir: ".", room: None }
}

const FMT: Step = step(&["cargo", "fmt", "--all", "--check"]);
const CLIPPY: Step =
    step(&["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
const DOC: Step = Step {
    words: &["cargo", "doc", "--workspace", "--no-deps", "--document-private-items", "--locked", "--quiet"],
    vars: &[("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links")],
    dir: ".",
    room: None,
};
/// Exactly the command of the README.
const TEST: Step = step(&["cargo", "test"]);
const TIDY: Step = step(&["cargo", "test", "--package", "tests", "--", "tidy::"]);
/// All cells of the matrix: a plain test leaves out most of those whose peers take long to start.
const INTEROP: Step = Step {
    words: &[
        "cargo",
        "test",
        "--package",
        "tests",
        "--",
        "--nocapture",
        "peers",
        "interop",
        "matrix",
        "probes",
    ],
    vars: &[("MATRIX", "whole")],
    dir: ".",
    room: None,
};
/// Advisories are a chore of their own: their database is not in any package registry.
const DENY: Step = step(&["cargo", "deny", "--workspace", "check", "licenses", "bans", "sources"]);
const ADVISORIES: Step = step(&["cargo", "deny", "--workspace", "check", "advisories"]);
/// Our programs beside others; words behind `bench` go along.
const BENCH: Step = step(&["cargo", "bench", "--workspace", "--bench", "beside", "--"]);
const PARTS: Step = step(&[
    "cargo",
    "bench",
    "--workspace",
    "--bench",
    "records",
    "--bench",
    "round_trips",
    "--bench",
    "handshakes",
]);

macro_rules! fuzz {
    ($target:literal) => {
        Step {
            words: &[
                "cargo",
                "+nightly",
                "fuzz",
                "run",
                "--fuzz-dir",
                ".",
                $target,
                // What it finds goes to the first; the second is where it begins.
                concat!("corpus/", $target),
                concat!("../data/corpus/", $target),
                "--",
                "-max_total_time=10",
                "-verbosity=0",
            ],
            vars: &[],
            dir: "tests/fuzz",
            room: Some(concat!("tests/fuzz/corpus/", $target)),
        }
    };
}

const FUZZ: &[Step] = &[
    fuzz!("ctl_line"),
    fuzz!("devtls_input"),
    fuzz!("devtls_operations"),
    fuzz!("ninep_decode"),
    fuzz!("tlshand_client"),
    fuzz!("tlshand_lines"),
    fuzz!("tlshand_server"),
    fuzz!("tlshand_session"),
    fuzz!("tlsrec_open"),
    fuzz!("x509_cert"),
    fuzz!("x509_ocsp"),
    fuzz!("x509_pem"),
];

/// What each word runs, in order.
const CHORES: [(&str, &[&[Step]]); 7] = [
    ("check", &[&[FMT, CLIPPY, DOC, TEST, DENY], FUZZ]),
    ("tidy", &[&[TIDY]]),
    ("fuzz", &[FUZZ]),
    ("advisories", &[&[ADVISORIES]]),
    ("interop", &[&[INTEROP]]),
    ("bench", &[&[BENCH]]),
    ("parts", &[&[PARTS]]),
];

fn main() -> ExitCode {
    let mut typed = env::args().skip(1);
    let word = typed.next().unwrap_or_default();
    let more: Vec<String> = typed.collect();
    let is_known = |(chore, _): &&(&str, _)| *chore == word && (more.is_empty() || word == "bench");
    let Some((_, steps)) = CHORES.iter().find(is_known) else {
        let words: Vec<&str> = CHORES.iter().map(|(chore, _)| *chore).collect();
        eprintln!("usage: cargo xtask {}", words.join("|"));
        return ExitCode::from(100);
    };
    for step in steps.iter().copied().flatten() {
        if !run(step, &more) {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Runs one step, with the words `more` at its end; tells whether it went well.
fn run(step: &Step, more: &[String]) -> bool {
    let line = [&step.words.join(" "), &more.join(" ")].map(|part| part.trim()).join(" ");
    eprintln!("== {line}");
    let begun = Instant::now();
    let [program, args @ ..] = step.words else {
        return false;
    };
    if let Some(room) = step.room
        && let Err(error) = fs::create_dir_all(room)
    {
        eprintln!("== {room}: {error}");
        return false;
    }
    // Cargo tells its children which toolchain it is; `cargo +nightly` must choose for itself.
    let status = Command::new(program)
        .args(args)
        .args(more)
        .envs(step.vars.iter().copied())
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO")
        .current_dir(step.dir)
        .status();
    let went_well = match status {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("== {program}: {error}");
            false
        }
    };
    eprintln!(
        "== {line}: {} after {} s",
        if went_well { "fine" } else { "FAILED" },
        begun.elapsed().as_secs()
    );
    went_well
}
