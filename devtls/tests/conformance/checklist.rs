//! The list of statements, and that each of them has its tests.
//!
//! `cargo test -p devtls --test conformance checklist -- --nocapture` prints the count.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The statements, one a line: three digits, and what is said in a sentence.
const STATEMENTS: &str = include_str!("statements.txt");

/// Statements without a test, each with the reason.
const EXCUSED: [(u16, &str); 0] = [];

/// The worlds in which each statement is shown.
const WORLDS: [&str; 2] = ["in_memory", "over_a_socket"];

/// The statements' numbers.
fn numbers() -> Vec<u16> {
    STATEMENTS.lines().map(|line| line[..3].parse().expect("a number")).collect()
}

/// What each statement lacks, and the numbers that no statement has, by the tests' full names.
fn gaps(numbers: &[u16], excused: &[u16], tests: &[String]) -> Vec<String> {
    let mut shown: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for test in tests {
        let mut parts = test.rsplit("::");
        let (Some(world), Some(name)) = (parts.next(), parts.next()) else { continue };
        let digits = name.strip_prefix('s').and_then(|rest| rest.get(..3));
        if let Some(number) = digits.and_then(|digits| digits.parse().ok()) {
            shown.entry(number).or_default().insert(world);
        }
    }
    let mut gaps = Vec::new();
    for number in numbers {
        match (shown.remove(number), excused.contains(number)) {
            (None, true) => {}
            (None, false) => gaps.push(format!("{number} has neither test nor excuse")),
            (Some(_), true) => gaps.push(format!("{number} has a test and an excuse")),
            (Some(worlds), false) => {
                let missing = WORLDS.iter().filter(|world| !worlds.contains(*world));
                gaps.extend(missing.map(|world| format!("{number} is not shown {world}")));
            }
        }
    }
    gaps.extend(shown.keys().map(|number| format!("{number} is no statement")));
    gaps.extend(
        excused
            .iter()
            .filter(|number| !numbers.contains(number))
            .map(|number| format!("{number} is no statement")),
    );
    gaps
}

/// The tests that this program has, as it lists them itself.
fn tests() -> Vec<String> {
    let listed = Command::new(std::env::current_exe().expect("this program"))
        .args(["--list", "--format", "terse"])
        .output()
        .expect("it starts");
    let text = String::from_utf8(listed.stdout).expect("names are text");
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[test]
fn every_statement_has_a_test_in_both_worlds_or_an_excuse() {
    let (numbers, tests) = (numbers(), tests());
    assert!(numbers.iter().copied().eq(1..=145), "{numbers:?}");
    let excused = EXCUSED.map(|(number, _)| number);
    assert_eq!(gaps(&numbers, &excused, &tests), Vec::<String>::new());
    println!(
        "{} statements: {} with tests, each in memory and over a unix socket; {} without, for a reason. {} tests in all.",
        numbers.len(),
        numbers.len() - EXCUSED.len(),
        EXCUSED.len(),
        tests.len()
    );
    for (number, reason) in EXCUSED {
        println!("{number:03}: {reason}");
    }
}

#[test]
fn what_is_missing_is_found() {
    let tests =
        ["a::s001_x::in_memory", "a::s001_x::over_a_socket", "a::s002_y::in_memory", "a::s009_z::in_memory"]
            .map(str::to_owned);
    assert_eq!(
        gaps(&[1, 2, 3, 4], &[1, 4, 8], &tests),
        [
            "1 has a test and an excuse",
            "2 is not shown over_a_socket",
            "3 has neither test nor excuse",
            "9 is no statement",
            "8 is no statement"
        ]
    );
}
