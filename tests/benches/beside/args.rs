//! What the bench was asked for.

use std::path::PathBuf;

/// The flags as typed.
pub(crate) struct Args {
    /// How often each contender is measured.
    pub(crate) rounds: usize,
    /// Parts of the names of the cases that are wanted; none means all.
    words: Vec<String>,
    /// Where to write the table and the picture.
    pub(crate) dir: Option<PathBuf>,
}

impl Args {
    pub(crate) const USAGE: &str = "usage: cargo xtask bench [--rounds n] [--write dir] [word-of-a-case]...";

    /// Reads the arguments of the process. Cargo adds `--bench`.
    ///
    /// # Errors
    /// A flag that is none, a number that is none.
    pub(crate) fn parse() -> Result<Args, String> {
        let mut args = Args { rounds: 7, words: Vec::new(), dir: None };
        let mut typed = std::env::args().skip(1);
        while let Some(word) = typed.next() {
            match word.as_str() {
                "--bench" => {}
                "--rounds" => {
                    let number = typed.next().and_then(|number| number.parse().ok());
                    args.rounds = number.filter(|number| *number > 0).ok_or("--rounds: how many?")?;
                }
                "--write" => args.dir = Some(typed.next().ok_or("--write: where?")?.into()),
                flag if flag.starts_with('-') => return Err(format!("{flag}: no such flag")),
                _ => args.words.push(word),
            }
        }
        Ok(args)
    }

    /// Whether a case is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}
