//! The README as far as tests read it: the commands in its indented blocks, and what they are said to print.

use std::fs;

use super::root;

/// A command of the README.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Example {
    /// The command, a line for the shell.
    pub(super) text: String,
    /// What it is said to print; empty if nothing is said.
    pub(super) printed: String,
}

impl Example {
    /// The command with other ports and paths; a program that cargo would build first is taken as it is built.
    ///
    /// # Panics
    ///
    /// Where there is nothing to replace: then the README has changed and the test must, too.
    pub(super) fn with(&self, changes: &[(&str, &str)]) -> String {
        let mut text = self.text.clone();
        if let Some(rest) = text.strip_prefix(CARGO_RUN) {
            let (program, args) = rest.split_once(" -- ").expect("arguments behind two dashes");
            text = format!("{program} {args}");
        }
        for (from, to) in changes {
            assert!(text.contains(from), "no {from} in {text}");
            text = text.replace(from, to);
        }
        text
    }
}

/// All commands of the README, in order.
pub(super) fn examples() -> Vec<Example> {
    parse(&fs::read_to_string(root().join("README.md")).expect("the README can be read"))
}

fn parse(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut is_continued = false;
    let mut is_session = false;
    for line in text.lines() {
        let Some(line) = line.strip_prefix("    ") else {
            is_session = false;
            continue;
        };
        let command = line.strip_prefix("$ ");
        match examples.last_mut() {
            Some(last) if is_continued => last.text += line.trim_start(),
            Some(last) if is_session && command.is_none() => last.printed += &format!("{line}\n"),
            _ if command.is_some() || is_command(line) => {
                is_session = command.is_some();
                examples.push(Example { text: command.unwrap_or(line).to_owned(), printed: String::new() });
            }
            _ => continue,
        }
        is_continued = examples.last_mut().is_some_and(|last| {
            let joined = last.text.strip_suffix('\\').map(ToOwned::to_owned);
            joined.map(|text| last.text = text).is_some()
        });
    }
    examples
}

/// Whether a line begins with a program: the map of the house has such blocks, too.
fn is_command(line: &str) -> bool {
    let first = line.split(' ').next().unwrap_or_default();
    ["cargo", "curl", "devtls", "tcpserver", "tlsclient", "tlssrv"].contains(&first)
}

const CARGO_RUN: &str = "cargo run --release --bin ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_output_and_from_the_map() {
        let text = "Text.\n\n    cargo run --release --bin tlssrv -- --listen 8443 -- \\\n        sh -c 'a\\n'\n\nText.\n\n\
            \x20   $ curl x\n    one\n    two\n    $ curl y\n\n    devtls/   a directory\n    devtls -a x\n";
        let examples = parse(text);
        let plain = |text: &str| Example { text: text.to_owned(), printed: String::new() };
        assert_eq!(
            examples,
            [
                plain("cargo run --release --bin tlssrv -- --listen 8443 -- sh -c 'a\\n'"),
                Example { text: "curl x".to_owned(), printed: "one\ntwo\n".to_owned() },
                plain("curl y"),
                plain("devtls -a x"),
            ]
        );
        assert_eq!(examples[0].with(&[("8443", "1")]), "tlssrv --listen 1 -- sh -c 'a\\n'");
    }
}
