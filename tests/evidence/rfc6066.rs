//! What RFC 6066 asks of both roles, row by row, and that each row has its tests or a reason for having none.
//!
//! `cargo test -p tests rfc6066_row -- --nocapture` prints the count. A line has the rows that it is about (G general, SN server_name,
//! MF max_fragment_length, CU client_certificate_url, TC trusted_ca_keys, TH truncated_hmac, SR status_request), a colon and a
//! sentence. Indented below it stand the names of tests; or `because:`, why there is none.

use super::{Index, read};

/// How many rows each part has.
const PARTS: [(&str, usize); 7] =
    [("G", 9), ("SN", 27), ("MF", 10), ("CU", 19), ("TC", 7), ("TH", 5), ("SR", 13)];

/// A line, with what stands below it.
struct Line<'a> {
    rows: Vec<&'a str>,
    tests: Vec<&'a str>,
    because: Option<&'a str>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(below) = line.strip_prefix("    ") {
            let last = lines.last_mut().expect("rows above");
            match below.strip_prefix("because: ") {
                Some(reason) => last.because = Some(reason),
                None => last.tests.push(below),
            }
            continue;
        }
        let (rows, sentence) = line.split_once(": ").expect("rows and a sentence");
        assert!(sentence.ends_with('.'), "{line}");
        lines.push(Line { rows: rows.split(' ').collect(), tests: Vec::new(), because: None });
    }
    lines
}

/// What is wrong with a list.
fn faults(lines: &[Line<'_>], index: &Index) -> Vec<String> {
    let mut faults = Vec::new();
    for Line { rows, tests, because } in lines {
        let rows = rows.join(" ");
        if tests.is_empty() == because.is_none() {
            faults.push(format!("{rows}: either tests or a reason"));
        }
        faults.extend(
            tests.iter().filter_map(|name| index.fault(name)).map(|fault| format!("{rows}: {fault}")),
        );
    }
    faults
}

#[test]
fn every_rfc6066_row_has_a_test_or_a_reason() {
    let text = read("evidence/rfc6066.txt");
    let lines = lines(&text);
    let all = PARTS.iter().flat_map(|(part, count)| (1..=*count).map(move |row| format!("{part}{row}")));
    let listed: Vec<&str> = lines.iter().flat_map(|line| line.rows.iter().copied()).collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    let mut wanted: Vec<String> = all.collect();
    wanted.sort_unstable();
    assert_eq!(sorted, wanted);
    assert_eq!(faults(&lines, &Index::of_the_house()), Vec::<String>::new());
    let without: usize = lines.iter().filter(|line| line.because.is_some()).map(|line| line.rows.len()).sum();
    println!("{} rows of RFC 6066: {} with tests, {without} without:", listed.len(), listed.len() - without);
    for line in &lines {
        if let Some(reason) = line.because {
            println!("{}: {reason}", line.rows.join(" "));
        }
    }
}

#[test]
fn what_is_wrong_with_such_a_list_is_found() {
    let text = "A1 A2: so.\n    x::one\nB1: it.\nB2: is.\n    x::gone\n    because: none\n";
    let index = Index(vec!["y::x::one".to_owned()]);
    assert_eq!(
        faults(&lines(text), &index),
        ["B1: either tests or a reason", "B2: either tests or a reason", "B2: there is no test x::gone"]
    );
}
