//! The flags of `devtls`, as typed.
//!
//! What an address means, and whether it can be listened at, is found out elsewhere.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use devtls::Compat;
use lexopt::{Arg, Parser};

use crate::settings::Bounds;

/// The flags as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    /// `-D`: print every message.
    pub(crate) is_debug: bool,
    /// `-s`: names to post in the namespace directory.
    pub(crate) names: Vec<String>,
    /// `-a`: addresses to listen at.
    pub(crate) addresses: Vec<String>,
    /// `-m`: directories to mount on.
    pub(crate) mounts: Vec<PathBuf>,
    /// `--allow-other`: let users other than ours use the mounts.
    pub(crate) allows_other: bool,
    /// `--trust-network`: listen at TCP addresses that other machines reach.
    pub(crate) trusts_network: bool,
    /// `--compat`: whose manners the device has.
    pub(crate) compat: Compat,
    /// `--limit`: how much clients and peers may make us keep.
    pub(crate) bounds: Bounds,
}

/// What somebody typed asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To serve.
    Run(Args),
    /// To be told how.
    Help,
    /// To be told which version this is.
    Version,
}

/// Why the flags make no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong(pub(crate) String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<lexopt::Error> for Wrong {
    fn from(error: lexopt::Error) -> Wrong {
        Wrong(error.to_string())
    }
}

impl Args {
    /// The line that a wrong flag gets, and the first of the help.
    pub(crate) const USAGE: &str = "usage: devtls [-D] [-s name]... [-a addr]... [-m dir]... [--allow-other] \
        [--trust-network] [--compat 9front] [--limit name=value]...";

    /// What the flags mean, one line each.
    pub(crate) fn help() -> String {
        format!("{}\n{}\n{}", Args::FLAGS, Bounds::listed(), Args::END)
    }

    const FLAGS: &str = "\
Serves a TLS device by 9P: the record layer of TLS as files, for anything that dials or mounts it.

  -D               print every message on standard error, secrets left out
  -s name          post it under this name in the namespace directory ($NAMESPACE, else /tmp/ns.$USER.$DISPLAY)
  -a addr          listen there: unix!/path or tcp!127.0.0.1!port; repeatable, as is -s
  -m dir           mount it on this directory; repeatable
  --allow-other    let users other than the one who runs this use the mounts, each as themselves
  --trust-network  let -a listen at TCP addresses that other machines reach, whose users nobody vouches for
  --compat 9front  do as the original does where the standards say otherwise, see tls(3)
  --limit name=value  bound what clients and peers may make it keep; repeatable

Without -s, -a, -m and sockets from a service manager it posts `tls`.

With a verb as its first word it is a client of the device at an address:

  ls [-l] addr [path]       list a directory, `/` if no path is given
  cat addr path             print a file, as it comes
  write addr path [words]   write the words as one command, or standard input as it comes
  rdwr addr path            open a file once, and in turns print what it says and write a line of standard input

Limits, each with its default; K, M and G behind a number are powers of 1024:";

    const END: &str = "\
Exit: 0 after SIGTERM or SIGINT, 96 configuration, 100 usage, 111 system error.";

    /// Reads the arguments, without the program's name.
    ///
    /// # Errors
    /// An unknown flag, a flag without its value, an operand.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Asked, Wrong> {
        let mut parser = Parser::from_args(args);
        parser.set_short_equals(false);
        let mut typed = Args::default();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('D') => typed.is_debug = true,
                Arg::Short('s') => typed.names.push(name(&mut parser)?),
                Arg::Short('a') => typed.addresses.push(text(&mut parser)?),
                Arg::Short('m') => typed.mounts.push(PathBuf::from(parser.value()?)),
                Arg::Long("allow-other") => typed.allows_other = true,
                Arg::Long("trust-network") => typed.trusts_network = true,
                Arg::Long("compat") => typed.compat = compat(&text(&mut parser)?)?,
                Arg::Long("limit") => {
                    let text = text(&mut parser)?;
                    typed.bounds.set(&text).map_err(|why| Wrong(format!("--limit {why}")))?;
                }
                Arg::Long("help") => return Ok(Asked::Help),
                Arg::Long("version") => return Ok(Asked::Version),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(Asked::Run(typed))
    }
}

fn text(parser: &mut Parser) -> Result<String, Wrong> {
    parser.value()?.into_string().map_err(|value| Wrong(format!("{value:?} is not UTF-8")))
}

/// Reads a name to post: one element of a path.
fn name(parser: &mut Parser) -> Result<String, Wrong> {
    let name = text(parser)?;
    if name.is_empty() || name.contains('/') || name == "." || name == ".." {
        return Err(Wrong(format!("-s {name:?}: not a file name")));
    }
    Ok(name)
}

/// Reads whose manners are wanted.
fn compat(word: &str) -> Result<Compat, Wrong> {
    if word == "9front" {
        Ok(Compat::NineFront)
    } else {
        Err(Wrong(format!("--compat {word:?}: only 9front is known")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Asked, Wrong> {
        Args::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn names_and_addresses_are_taken_in_their_order() {
        let run = |names: &[&str], addresses: &[&str]| {
            let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
            Ok(Asked::Run(Args { names: owned(names), addresses: owned(addresses), ..Args::default() }))
        };
        assert_eq!(typed(""), run(&[], &[]));
        assert_eq!(typed("-s x -sy"), run(&["x", "y"], &[]));
        assert_eq!(typed("-aunix!/tmp/x -a tcp!127.0.0.1!1"), run(&[], &["unix!/tmp/x", "tcp!127.0.0.1!1"]));
    }

    #[test]
    fn wrong_flags_are_refused_with_a_reason() {
        for (line, reason) in [
            ("-x", "invalid option '-x'"),
            ("-a", "missing argument for option '-a'"),
            ("-s a/b", "-s \"a/b\": not a file name"),
            ("--compat plan9", "--compat \"plan9\": only 9front is known"),
            ("--limit", "missing argument for option '--limit'"),
            ("--limit fids=x", "--limit fids: \"x\" is not a number"),
            ("operand", "unexpected argument \"operand\""),
        ] {
            assert_eq!(typed(line), Err(Wrong(reason.to_owned())), "{line}");
        }
    }
}
