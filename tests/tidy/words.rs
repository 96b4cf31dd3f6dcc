//! Rules about words: the form of a citation, nothing left unfinished; and places to look, which fail nothing.

use std::path::PathBuf;

use super::sources;

/// Words that say that something is missing. Spelled in two halves, so that this file passes its own rule.
const UNFINISHED: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
    concat!("WI", "P"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];

/// How long a function may be before it is worth a look, in lines.
const FUNCTION_LEN_MAX: usize = 70;

/// The comment on a line, if it has one. A `//` after a colon belongs to an address.
fn comment(line: &str) -> Option<&str> {
    let at = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':'))?.0;
    Some(&line[at..])
}

/// The first citation of an RFC in `comment` that is in another form than `RFC 5246 §6.2.3.2`.
fn wrong_citation(comment: &str) -> Option<&str> {
    let lower = comment.to_ascii_lowercase();
    for (at, _) in lower.match_indices("rfc") {
        let before = lower[..at].chars().next_back();
        let after = lower[at + 3..].trim_start_matches([' ', '-', '_']);
        let is_word = before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_' && c != '/');
        let past = after.trim_start_matches(|c: char| c.is_ascii_digit());
        // Digits that go on as a name are part of one: `rfc8439_vector`.
        let is_name = past.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if !is_word || past.len() == after.len() || is_name {
            continue;
        }
        let cited = &comment[at..];
        let number = cited.strip_prefix("RFC ").unwrap_or_default();
        let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
        let tail = rest.trim_start_matches([',', ' ']).to_ascii_lowercase();
        let is_form = rest.len() < number.len() && !rest.starts_with("§") && !rest.starts_with(" § ");
        if !is_form || ["section", "sect.", "sec.", "appendix"].iter().any(|word| tail.starts_with(word)) {
            return Some(cited);
        }
    }
    None
}

/// The unfinished word on a line, whole words only.
fn unfinished(line: &str) -> Option<&'static str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    UNFINISHED.into_iter().find(|word| {
        line.match_indices(word)
            .any(|(at, _)| !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word))
    })
}

/// The functions of more than [`FUNCTION_LEN_MAX`] lines, each with its first line and its length. Trusts rustfmt's indentation.
fn long_functions(text: &str) -> Vec<(&str, usize)> {
    let mut long = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        match open {
            Some((head, begin, depth)) if indent == depth && line.trim_start().starts_with('}') => {
                if number - begin >= FUNCTION_LEN_MAX {
                    long.push((head, number - begin + 1));
                }
                open = None;
            }
            None if line.contains("fn ") && !line.trim_start().starts_with("//") => {
                open = line.ends_with(['{', '(', ',']).then_some((line.trim(), number, indent));
            }
            _ => {}
        }
    }
    long
}

#[test]
fn citations_have_one_form() {
    for (file, text) in sources() {
        let wrong: Vec<_> = text.lines().filter_map(comment).filter_map(wrong_citation).collect();
        assert!(file.ends_with("tidy/words.rs") || wrong.is_empty(), "{}: {wrong:?}", file.display());
    }
    for wrong in [
        "RFC5246 §7",
        "rfc 5246 §7",
        "RFC 5246, section 7",
        "RFC 5246 Appendix D",
        "RFC 5246 § 7",
        "RFC-5246",
        "RFC 5246§7",
    ] {
        assert_eq!(wrong_citation(wrong), Some(wrong));
    }
    for right in [
        "RFC 5246 §7.2.1",
        "RFC 7539, whose nonce",
        "(RFC 8446 §D.4)",
        "the RFC's alerts",
        "`rfc8439_vector`",
        "/rfc/rfc5246",
    ] {
        assert_eq!(wrong_citation(right), None);
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for (file, text) in sources() {
        let words: Vec<_> = text.lines().filter_map(unfinished).collect();
        assert!(words.is_empty(), "{}: {words:?}", file.display());
    }
    for word in UNFINISHED {
        assert_eq!(unfinished(&format!("// {word}: later")), Some(word));
        assert_eq!(unfinished(&format!("// {word}s")), None);
    }
}

#[test]
fn long_functions_are_found_and_told() {
    for (file, text) in sources() {
        for (head, len) in long_functions(&text) {
            println!("{len} lines: {}: {head}", PathBuf::from(&file).display());
        }
    }
    let body = "    x();\n".repeat(FUNCTION_LEN_MAX);
    assert_eq!(long_functions(&format!("fn long() {{\n{body}}}\n")), [("fn long() {", FUNCTION_LEN_MAX + 2)]);
    assert!(long_functions(&format!("fn short() {{\n}}\n// {body}")).is_empty());
}
