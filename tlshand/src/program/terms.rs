//! Which of the versions and groups that are on a program keeps to: flags that all three programs have.
//!
//! They narrow what is offered or taken; what is off is switched on elsewhere.

use lexopt::Parser;
use tlswire::{Group, ProtocolVersion};

use crate::GROUPS;
use crate::program::flags::{Wrong, words};

/// The flags as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// `--min-version`: none older than this.
    pub version_min: Option<ProtocolVersion>,
    /// `--max-version`: none newer than this.
    pub version_max: Option<ProtocolVersion>,
    /// `--groups`: these, the preferred one first; the usual ones if none.
    pub groups: Vec<Group>,
}

impl Terms {
    /// Takes the value of the flag called `long` if it is one of these; tells whether it was.
    ///
    /// # Errors
    /// The value is missing or makes no sense.
    pub fn take(&mut self, long: &str, parser: &mut Parser) -> Result<bool, Wrong> {
        match long {
            "min-version" => self.version_min = Some(version(parser, "--min-version")?),
            "max-version" => self.version_max = Some(version(parser, "--max-version")?),
            "groups" => self.groups = groups(parser)?,
            _ => return Ok(false),
        }
        if let (Some(min), Some(max)) = (self.version_min, self.version_max)
            && min > max
        {
            return Err(Wrong("--min-version is above --max-version".to_owned()));
        }
        Ok(true)
    }

    /// Narrows a configuration's lists.
    pub fn apply(&self, versions: &mut Vec<ProtocolVersion>, groups: &mut Vec<Group>) {
        versions.retain(|version| {
            self.version_min.is_none_or(|min| *version >= min)
                && self.version_max.is_none_or(|max| *version <= max)
        });
        if !self.groups.is_empty() {
            groups.clone_from(&self.groups);
        }
    }
}

fn version(parser: &mut Parser, flag: &str) -> Result<ProtocolVersion, Wrong> {
    let word = words(parser, flag)?;
    let found = VERSIONS.iter().find(|(known, _)| *known == word);
    found
        .map(|(_, version)| *version)
        .ok_or_else(|| Wrong(format!("{flag} {word:?}: ssl3, 1.0, 1.1, 1.2 or 1.3")))
}

fn groups(parser: &mut Parser) -> Result<Vec<Group>, Wrong> {
    let list = words(parser, "--groups")?;
    let known = |name: &str| Group::by_name(name).filter(|group| GROUPS.contains(group));
    let named = |name: &str| {
        known(name).ok_or_else(|| {
            let names: Vec<&str> = GROUPS.iter().map(|group| group.name()).collect();
            Wrong(format!("--groups: {name:?} is none of {}", names.join(" ")))
        })
    };
    list.split(',').map(named).collect()
}

/// The words for versions.
const VERSIONS: [(&str, ProtocolVersion); 5] = [
    ("ssl3", ProtocolVersion::SSL3),
    ("1.0", ProtocolVersion::TLS10),
    ("1.1", ProtocolVersion::TLS11),
    ("1.2", ProtocolVersion::TLS12),
    ("1.3", ProtocolVersion::TLS13),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(flags: &[(&str, &str)]) -> Result<Terms, Wrong> {
        let mut terms = Terms::default();
        for (long, value) in flags {
            let mut parser = Parser::from_args([value]);
            assert!(terms.take(long, &mut parser)?);
        }
        Ok(terms)
    }

    #[test]
    fn what_is_not_named_stays_as_it_was() {
        let all = vec![ProtocolVersion::TLS13, ProtocolVersion::TLS12, ProtocolVersion::TLS11];
        for (flags, left) in [
            (&[][..], &all[..]),
            (&[("max-version", "1.2")], &all[1..]),
            (&[("min-version", "1.2")], &all[..2]),
            (&[("min-version", "1.3"), ("max-version", "1.3")], &all[..1]),
        ] {
            let (mut versions, mut groups) = (all.clone(), vec![Group::X25519]);
            typed(flags).unwrap().apply(&mut versions, &mut groups);
            assert_eq!((&versions[..], &groups[..]), (left, &[Group::X25519][..]));
        }
        let (mut versions, mut groups) = (all.clone(), vec![Group::X25519]);
        typed(&[("groups", "P-384,secp384r1mlkem1024")]).unwrap().apply(&mut versions, &mut groups);
        assert_eq!((versions, groups), (all, vec![Group::SECP384R1, Group::SECP384R1_MLKEM1024]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for flags in [
            &[("max-version", "1.4")][..],
            &[("max-version", "")],
            &[("min-version", "1.3"), ("max-version", "1.2")],
            &[("groups", "x448")],
            &[("groups", "x25519,")],
        ] {
            assert!(typed(flags).is_err(), "{flags:?}");
        }
        assert!(!Terms::default().take("group", &mut Parser::from_args([""])).unwrap());
    }
}
