//! SECURITY.md: its table has a line for each of the original's weaknesses, in order, and the tests that it names exist.

use super::{Index, read};

/// The table's lines: number, and the names in the last column.
fn rows(text: &str) -> Vec<(usize, Vec<&str>)> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| W"))
        .map(|line| {
            let cells: Vec<&str> = line.strip_suffix(" |").unwrap_or(line).split(" | ").collect();
            let [number, _, _, shown] = cells[..] else { panic!("four columns: {line}") };
            let names = shown.split('`').skip(1).step_by(2).collect();
            (number.parse().expect("a number"), names)
        })
        .collect()
}

#[test]
fn every_weakness_has_its_line_and_its_tests() {
    let text = read("../tlshand/SECURITY.md");
    let (rows, index) = (rows(&text), Index::of_the_house());
    assert!(rows.iter().map(|(number, _)| *number).eq(1..=57), "{rows:?}");
    let without: Vec<usize> =
        rows.iter().filter(|(_, names)| names.is_empty()).map(|(number, _)| *number).collect();
    println!("57 weaknesses: {} shown by tests, without one: {without:?}", rows.len() - without.len());
    let faults = rows.iter().flat_map(|(number, names)| {
        names.iter().filter_map(|name| index.fault(name)).map(move |fault| format!("W{number}: {fault}"))
    });
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_row_is_a_number_and_names() {
    assert_eq!(
        rows("# x\n| W1 | a | b | `c::d`, `e` |\n| W2 | a | b | not testable: d |\n"),
        [(1, vec!["c::d", "e"]), (2, vec![])]
    );
}
