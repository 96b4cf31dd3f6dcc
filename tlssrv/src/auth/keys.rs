//! The file of keys for Plan 9's authentication: whose it must be, and which of its lines count.

use std::path::Path;

use factotum::keyspec::KeySpec;
use factotum::p9any::{self, Key, Proto};
use tlshand::program::secret_file;

use crate::exit::Fatal;

/// Which protocols may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protos {
    /// dp9ik.
    Safe,
    /// p9sk1 too, whose tickets anybody opens who listens and guesses.
    All,
}

/// Reads the keys of `file` that `words` ask for, such as `dom=example.com user=glenda`.
///
/// # Errors
/// The file cannot be read, others may read it, a line is no key, or none is asked for.
pub fn load(file: &Path, words: &str, protos: Protos) -> Result<Vec<Key>, Fatal> {
    let wrong = |why: &str| Fatal::configuration(format!("{}: {why}", file.display()));
    let template =
        KeySpec::parse(words).map_err(|_| Fatal::configuration(format!("-k {words:?}: not attributes")))?;
    let text = secret_file::read_ours(file, "keys", FILE_LEN_MAX).map_err(|why| wrong(&why))?;
    let mut keys = p9any::keys(&text).map_err(|(line, fault)| wrong(&format!("line {line}: {fault}")))?;
    keys.retain(|key| protos == Protos::All || key.proto == Proto::Dp9ik);
    keys.retain(|key| is_asked_for(key, &template));
    if keys.is_empty() {
        return Err(wrong(match protos {
            Protos::Safe => "no such key of proto=dp9ik (p9sk1 only with --allow p9sk1)",
            Protos::All => "no such key of proto=dp9ik or proto=p9sk1",
        }));
    }
    Ok(keys)
}

fn is_asked_for(key: &Key, template: &KeySpec) -> bool {
    let says = |name: &str, value: &str| template.value(name).is_none_or(|asked| asked == value);
    says("proto", key.proto.name()) && says("dom", &key.domain) && says("user", &key.user)
}

/// Bytes of a file of keys.
const FILE_LEN_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const TEXT: &str = "key proto=p9sk1 dom=x user=glenda !password=a\nkey proto=dp9ik dom=x user=glenda !password=a\n\
        key proto=dp9ik dom=y user=rob !password=a\n";

    fn loaded(text: &str, mode: u32, words: &str, protos: Protos) -> Result<Vec<String>, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let keys = load(&file, words, protos);
        let shown = |key: &Key| format!("{}@{}", key.proto.name(), key.domain);
        keys.map(|keys| keys.iter().map(shown).collect())
            .map_err(|fatal| fatal.text.replace(&file.display().to_string(), "FILE"))
    }

    #[test]
    fn only_what_is_allowed_and_asked_for_is_used() {
        let texts = |words: &[&str]| Ok(words.iter().map(|&word| word.to_owned()).collect());
        assert_eq!(loaded(TEXT, 0o600, "", Protos::Safe), texts(&["dp9ik@x", "dp9ik@y"]));
        assert_eq!(loaded(TEXT, 0o600, "", Protos::All), texts(&["p9sk1@x", "dp9ik@x", "dp9ik@y"]));
        assert_eq!(loaded(TEXT, 0o600, "user=rob", Protos::All), texts(&["dp9ik@y"]));
        let none = "FILE: no such key of proto=dp9ik (p9sk1 only with --allow p9sk1)";
        assert_eq!(loaded(TEXT, 0o600, "dom=z", Protos::Safe), Err(none.to_owned()));
        assert_eq!(loaded(TEXT, 0o600, "'", Protos::Safe), Err("-k \"'\": not attributes".to_owned()));
    }

    #[test]
    fn a_file_that_others_read_is_refused() {
        for mode in [0o644, 0o640, 0o602] {
            let refused = "FILE: others can read these keys: chmod go= the file";
            assert_eq!(loaded(TEXT, mode, "", Protos::Safe), Err(refused.to_owned()), "{mode:o}");
        }
    }

    #[test]
    fn a_bad_line_is_named_and_not_repeated() {
        let text = "# keys\nkey proto=dp9ik dom=x user=glenda !hex=secret\n";
        let refused = "FILE: line 2: !hex must be 16 bytes for dp9ik and 7 for p9sk1";
        assert_eq!(loaded(text, 0o600, "", Protos::Safe), Err(refused.to_owned()));
        assert_eq!(
            loaded(&"#".repeat(70_000), 0o600, "", Protos::Safe),
            Err("FILE: too long for a file of keys".to_owned())
        );
    }
}
