//! The list of what the handshake does, and that each line of it has its tests or a reason for having none.
//!
//! `cargo test -p tests checklist -- --nocapture` prints the count. A line has a number, a letter (F: as 9front has it, M: what is right today,
//! B: both) and a sentence. Indented below it stand the names of tests; or `because:`, why there is none; with tests, `but:` says
//! what of the sentence is different here on purpose.

use super::{Index, read};

/// A line of it, with what stands below it.
struct Statement<'a> {
    number: usize,
    tests: Vec<&'a str>,
    because: Option<&'a str>,
    but: Option<&'a str>,
}

fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut statements: Vec<Statement<'_>> = Vec::new();
    for line in text.lines() {
        let Some(below) = line.strip_prefix("    ") else {
            let (head, sentence) = line.split_at_checked(6).expect("a number and a letter");
            let number = head[..3].parse().expect("three digits");
            assert!(["F", "M", "B"].contains(&head[3..].trim()) && sentence.ends_with('.'), "{line}");
            statements.push(Statement { number, tests: Vec::new(), because: None, but: None });
            continue;
        };
        let last = statements.last_mut().expect("a statement above");
        match (below.strip_prefix("because: "), below.strip_prefix("but: ")) {
            (Some(reason), _) => last.because = Some(reason),
            (_, Some(reason)) => last.but = Some(reason),
            _ => last.tests.push(below),
        }
    }
    statements
}

/// What is wrong with the list.
fn faults(statements: &[Statement<'_>], index: &Index) -> Vec<String> {
    let mut faults = Vec::new();
    for statement in statements {
        let Statement { number, tests, because, but } = statement;
        match (tests.is_empty(), because, but) {
            (true, None, _) => faults.push(format!("{number} has neither test nor reason")),
            (false, Some(_), _) => faults.push(format!("{number} has tests and a reason for having none")),
            (true, _, Some(_)) => faults.push(format!("{number} is another here without a test")),
            _ => {}
        }
        faults.extend(
            tests.iter().filter_map(|name| index.fault(name)).map(|fault| format!("{number}: {fault}")),
        );
    }
    faults
}

#[test]
fn every_statement_of_the_handshake_has_a_test_or_a_reason() {
    let text = read("evidence/statements.txt");
    let (statements, index) = (statements(&text), Index::of_the_house());
    assert!(statements.iter().map(|statement| statement.number).eq(1..=156));
    assert_eq!(faults(&statements, &index), Vec::<String>::new());
    let without = || statements.iter().filter_map(|statement| Some((statement.number, statement.because?)));
    let partly = || statements.iter().filter_map(|statement| Some((statement.number, statement.but?)));
    println!(
        "{} statements of the handshake: {} with tests ({} of them another here on purpose), {} without. {} named tests.",
        statements.len(),
        statements.len() - without().count(),
        partly().count(),
        without().count(),
        statements.iter().map(|statement| statement.tests.len()).sum::<usize>(),
    );
    without().for_each(|(number, reason)| println!("{number:03} without: {reason}"));
    partly().for_each(|(number, reason)| println!("{number:03} but: {reason}"));
}

#[test]
fn what_is_missing_from_the_list_is_found() {
    let text = "001 B a.\n    x::one\n002 M b.\n003 F c.\n    x::gone\n    because: none\n004 B d.\n    because: so\n    but: too\n";
    let index = Index(vec!["x::one".to_owned(), "y::x::one".to_owned()]);
    assert_eq!(
        faults(&statements(text), &index),
        [
            "2 has neither test nor reason",
            "3 has tests and a reason for having none",
            "3: there is no test x::gone",
            "4 is another here without a test",
        ]
    );
}
