//! What is claimed and which tests show it: the list of what the handshake does, that of RFC 6066, and the table of the original's weaknesses.
//!
//! A claim names its tests. Here every test of the house has a full name, from the file it stands in; a claim gives the end of one. A
//! test that is renamed or gone leaves a claim without evidence, and that fails.

mod checklist;
mod rfc6066;
mod weaknesses;

use std::fs;
use std::path::Path;

use crate::tidy::sources;

/// The tests of the house by full name, such as `tlshand::server::tests::whole::pieces_of_any_length_make_the_same_messages`.
struct Index(Vec<String>);

impl Index {
    /// Every test that stands in a source file.
    fn of_the_house() -> Index {
        let sources = sources();
        let named = sources.iter().flat_map(|(file, text)| {
            let module = module(file);
            tests(text).into_iter().map(move |name| format!("{module}::{name}"))
        });
        Index(named.collect())
    }

    /// Why `name` is not the end of a full name, if it is not.
    fn fault(&self, name: &str) -> Option<String> {
        let is_it = |full: &String| full.strip_suffix(name).is_some_and(|rest| rest.ends_with("::"));
        (!self.0.iter().any(is_it)).then(|| format!("there is no test {name}"))
    }
}

/// A document, by its path from the tests' directory.
fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a document")
}

/// The module of a file: its path without what only says that there is source in it.
fn module(file: &Path) -> String {
    let parts =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let parts =
        parts.iter().map(String::as_str).filter(|part| !["crates", "src", "mod", "lib"].contains(part));
    parts.collect::<Vec<_>>().join("::")
}

/// The names of the tests in a source text: functions behind an attribute that makes a test, and those that a macro makes two tests of.
fn tests(text: &str) -> Vec<&str> {
    let (mut names, mut is_test, mut is_listed) = (Vec::new(), false, false);
    for line in text.lines().map(str::trim) {
        if line == "both![" {
            is_listed = true;
        } else if let Some(listed) = line.strip_prefix("both![") {
            names.extend(
                listed.trim_end_matches("];").split(',').map(str::trim).filter(|name| !name.is_empty()),
            );
        } else if is_listed {
            is_listed = line != "];";
            names.extend(line.strip_suffix(','));
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if is_test && let Some((_, name)) = line.split_once("fn ") {
            is_test = false;
            names.extend(name.split('(').next());
        }
    }
    names
}

#[test]
fn tests_are_found_by_the_ends_of_their_names() {
    let text = "both![\n    s001_one,\n];\nboth![s002_one, s003_one,];\n#[test]\n#[expect(x)]\nfn two() {\n}\nfn three() {}\n#[tokio::test]\nasync fn four() {}\n";
    assert_eq!(tests(text), ["s001_one", "s002_one", "s003_one", "two", "four"]);
    assert_eq!(module(Path::new("crates/x509/src/pem/mod.rs")), "x509::pem");
    assert_eq!(module(Path::new("tests/hand/hostile.rs")), "tests::hand::hostile");
    let index = Index(["a::b::one", "a::c::one", "a::c::done"].map(str::to_owned).to_vec());
    assert_eq!((index.fault("c::one"), index.fault("done")), (None, None));
    assert_eq!(index.fault("one"), None);
    assert_eq!(index.fault("ne"), Some("there is no test ne".to_owned()));
    assert!(Index::of_the_house().0.len() > 800);
}
