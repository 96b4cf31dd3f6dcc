//! A manual page as far as tests read it: its sections, its synopsis as one line, its lists.
//!
//! It knows the few macros of mdoc(7) that our synopses and lists use, and no other.

use std::fs;
use std::path::PathBuf;

use super::root;

/// A page's source.
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Reads one; `path` counts from the workspace's directory.
    pub(super) fn read(path: &str) -> Page {
        Page { text: fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")) }
    }

    /// The lines of a section.
    pub(super) fn section(&self, name: &str) -> Vec<&str> {
        let lines = self.text.lines().skip_while(|line| line.strip_prefix(".Sh ") != Some(name)).skip(1);
        let lines: Vec<&str> = lines.take_while(|line| !line.starts_with(".Sh ")).collect();
        assert!(!lines.is_empty(), "no section {name}");
        lines
    }

    /// The first form of the synopsis on one line, as a usage line has it: `tlssrv [-D] [-c cert]... cmd [args...]`.
    pub(super) fn synopsis(&self, program: &str) -> String {
        let mut line = program.to_owned();
        // The first line names the program, and so does the second form.
        for source in self.section("SYNOPSIS").into_iter().skip(1).take_while(|source| *source != ".Nm") {
            plain(source, &mut line);
        }
        line
    }

    /// What stands behind `.It MACRO` in a section, one item for each of the names that a head lists with commas.
    pub(super) fn items(&self, section: &str, mac: &str) -> Vec<String> {
        let head = format!(".It {mac} ");
        let heads = self.section(section).into_iter().filter_map(|line| line.strip_prefix(&head));
        heads.flat_map(|rest| rest.split(" , ")).map(ToOwned::to_owned).collect()
    }

    /// The literal displays of a section, as they are printed.
    pub(super) fn literals(&self, section: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut is_inside = false;
        for line in self.section(section) {
            match line {
                ".Bd -literal" => found.push(String::new()),
                ".Ed" => {}
                line if is_inside => {
                    *found.last_mut().expect("begun") += &format!("{}\n", line.replace("\\e", "\\"))
                }
                _ => continue,
            }
            is_inside = line != ".Ed";
        }
        found
    }

    /// The flags that the page explains, with their argument if they have one: `-T ms`.
    pub(super) fn flags(&self) -> Vec<String> {
        let items = self.items("DESCRIPTION", "Fl");
        items.iter().map(|item| format!("-{}", item.replace(" Ar ", " ").replace(" Cm ", " "))).collect()
    }
}

/// Every manual page of the workspace, from its directory.
pub(super) fn all() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for room in ["devtls", "tlshand", "tlssrv"] {
        let Ok(files) = fs::read_dir(root().join(room).join("man")) else { continue };
        pages.extend(files.map(|file| file.expect("a file of the directory").path()));
    }
    pages.sort();
    pages
}

/// Adds a line of a synopsis in plain text.
fn plain(source: &str, to: &mut String) {
    let mut optional_count = 0;
    let mut is_flag = false;
    for word in source.trim_start_matches('.').split(' ') {
        match word {
            "Op" | "Oo" => {
                to.push_str(" [");
                // `Oo` has an end of its own.
                optional_count += usize::from(word == "Op");
            }
            "Oc" => to.push(']'),
            "Fl" => is_flag = true,
            "Ar" | "Cm" => {}
            "..." => to.push_str("..."),
            _ => {
                if !to.ends_with('[') {
                    to.push(' ');
                }
                if is_flag {
                    to.push('-');
                }
                to.push_str(word);
                is_flag = false;
            }
        }
    }
    to.push_str(&"]".repeat(optional_count));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synopsis_becomes_a_usage_line() {
        let text = ".Sh SYNOPSIS\n.Nm\n.Op Fl D\n.Oo Fl c Ar cert Oc ...\n.Op Fl -ca Ar file\n\
            .Op Fl -compat Cm 9front\n.Ar addr\n.Op Ar cmd Op Ar args ...\n.Nm\n.Fl -help\n.Sh DESCRIPTION\nText.\n";
        let page = Page { text: text.to_owned() };
        assert_eq!(
            page.synopsis("x"),
            "x [-D] [-c cert]... [--ca file] [--compat 9front] addr [cmd [args...]]"
        );
    }

    #[test]
    fn displays_are_what_a_reader_sees() {
        let text = ".Sh EXAMPLES\nText:\n.Bd -literal\nprintf 'a\\en'\ncat\n.Ed\n.Pp\n.Bd -literal\nls\n.Ed\n.Sh FILES\n";
        let page = Page { text: text.to_owned() };
        assert_eq!(page.literals("EXAMPLES"), ["printf 'a\\n'\ncat\n", "ls\n"]);
    }

    #[test]
    fn items_and_flags_are_found_in_their_section() {
        let text = ".Sh DESCRIPTION\n.It Fl D\n.It Fl -ca Ar file\n.It Fl -compat Cm 9front\n.It Li x\n.Sh ENVIRONMENT\n.It Ev A , B\n";
        let page = Page { text: text.to_owned() };
        assert_eq!(page.flags(), ["-D", "--ca file", "--compat 9front"]);
        assert_eq!(page.items("ENVIRONMENT", "Ev"), ["A", "B"]);
    }
}
