//! The limits that `--limit` sets: their names, their defaults, and how far they go.

use std::fmt::Write as _;

/// The limits of the device and of its clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// What conversations may keep.
    pub(crate) device: devtls::Limits,
    /// What 9P clients may use.
    pub(crate) clients: ninep::Limits,
}

/// One limit.
struct Setting {
    name: &'static str,
    what: &'static str,
    min: u64,
    max: u64,
    get: fn(&Bounds) -> u64,
    set: fn(&mut Bounds, u64),
}

impl Bounds {
    /// Sets a limit as `name=value` says.
    ///
    /// # Errors
    /// A text for people: there is no such limit, or it cannot be that.
    pub(crate) fn set(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("{text:?}: must be name=value"))?;
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        let setting = setting.ok_or_else(|| format!("{name:?}: no such limit, --help lists them"))?;
        let number = number(value).ok_or_else(|| format!("{name}: {value:?} is not a number"))?;
        let Setting { min, max, .. } = *setting;
        if !(min..=max).contains(&number) {
            return Err(format!("{name}: must be {min} to {max}"));
        }
        (setting.set)(self, number);
        Ok(())
    }

    /// Gives a line for each limit: its name, its default and what it bounds.
    pub(crate) fn listed() -> String {
        let defaults = Bounds::default();
        SETTINGS.iter().fold(String::new(), |mut lines, Setting { name, what, get, .. }| {
            let _ = writeln!(lines, "  {name:22} {:<9} {what}", get(&defaults));
            lines
        })
    }
}

/// Reads a number; `K`, `M` and `G` behind it are powers of 1024.
fn number(text: &str) -> Option<u64> {
    let (digits, shift) = match text.strip_suffix(['K', 'M', 'G']) {
        Some(digits) if text.ends_with('K') => (digits, 10),
        Some(digits) if text.ends_with('M') => (digits, 20),
        Some(digits) => (digits, 30),
        None => (text, 0),
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| is_plain)?;
    number.checked_mul(1 << shift)
}

/// Narrows a number that a setting's maximum has bounded already.
fn narrow<T: TryFrom<u64> + Bounded>(number: u64) -> T {
    T::try_from(number).unwrap_or(T::MAX)
}

/// Numbers that have a largest.
trait Bounded {
    const MAX: Self;
}

impl Bounded for u32 {
    const MAX: u32 = u32::MAX;
}

impl Bounded for usize {
    const MAX: usize = usize::MAX;
}

/// All of them, in the order of the manual page.
const SETTINGS: [Setting; 16] = [
    Setting {
        name: "conversations",
        what: "conversations in all",
        min: 1,
        max: COUNT_MAX,
        get: |bounds| bounds.device.conversations.into(),
        set: |bounds, number| bounds.device.conversations = narrow(number),
    },
    Setting {
        name: "conversations-per-user",
        what: "conversations that one user has opened",
        min: 1,
        max: COUNT_MAX,
        get: |bounds| bounds.device.conversations_per_user.into(),
        set: |bounds, number| bounds.device.conversations_per_user = narrow(number),
    },
    Setting {
        name: "hand-queue",
        what: "bytes that wait for the reader of hand",
        min: 1,
        max: LEN_MAX,
        get: |bounds| wide(bounds.device.hand_queue_len),
        set: |bounds, number| bounds.device.hand_queue_len = narrow(number),
    },
    Setting {
        name: "read-ahead",
        what: "bytes of the channel that are read ahead after `opened`",
        min: 1,
        max: LEN_MAX,
        get: |bounds| wide(bounds.device.read_ahead_len),
        set: |bounds, number| bounds.device.read_ahead_len = narrow(number),
    },
    Setting {
        name: "wire-queue",
        what: "bytes that wait in one direction of wire",
        min: 1,
        max: LEN_MAX,
        get: |bounds| wide(bounds.device.wire_queue_len),
        set: |bounds, number| bounds.device.wire_queue_len = narrow(number),
    },
    Setting {
        name: "write-queue",
        what: "bytes of a conversation's writes that wait for its channel",
        min: 1,
        max: LEN_MAX,
        get: |bounds| wide(bounds.device.write_queue_len),
        set: |bounds, number| bounds.device.write_queue_len = narrow(number),
    },
    Setting {
        name: "idle-records",
        what: "records in a row that may bring nothing",
        min: 0,
        max: COUNT_MAX,
        get: |bounds| bounds.device.idle_records.into(),
        set: |bounds, number| bounds.device.idle_records = narrow(number),
    },
    Setting {
        name: "unknown-warnings",
        what: "unknown warnings in a row",
        min: 0,
        max: COUNT_MAX,
        get: |bounds| bounds.device.unknown_warnings.into(),
        set: |bounds, number| bounds.device.unknown_warnings = narrow(number),
    },
    Setting {
        name: "records-per-key",
        what: "records under one key of TLS 1.3, before the device moves to the next",
        min: 2,
        max: 1 << 24,
        get: |bounds| bounds.device.records_per_key,
        set: |bounds, number| bounds.device.records_per_key = number,
    },
    Setting {
        name: "clients",
        what: "9P connections in all",
        min: 1,
        max: COUNT_MAX,
        get: |bounds| wide(bounds.clients.connections_max),
        set: |bounds, number| bounds.clients.connections_max = narrow(number),
    },
    Setting {
        name: "clients-per-user",
        what: "9P connections of one user; all those by TCP count as one user",
        min: 1,
        max: COUNT_MAX,
        get: |bounds| wide(bounds.clients.connections_per_user_max),
        set: |bounds, number| bounds.clients.connections_per_user_max = narrow(number),
    },
    Setting {
        name: "msize",
        what: "bytes of a 9P message",
        min: ninep::Limits::MSIZE_MIN as u64,
        max: ninep::Limits::MSIZE_MAX as u64,
        get: |bounds| bounds.clients.msize_max.into(),
        set: |bounds, number| bounds.clients.msize_max = narrow(number),
    },
    Setting {
        name: "fids",
        what: "fids of a 9P connection",
        min: 1,
        max: COUNT_MAX,
        get: |bounds| wide(bounds.clients.fids_max),
        set: |bounds, number| bounds.clients.fids_max = narrow(number),
    },
    Setting {
        name: "requests",
        what: "requests of a 9P connection that wait for their reply",
        min: 1,
        max: u16::MAX as u64,
        get: |bounds| wide(bounds.clients.tags_max),
        set: |bounds, number| bounds.clients.tags_max = narrow(number),
    },
    Setting {
        name: "queue",
        what: "bytes of writes, of replies and of directories that a 9P connection keeps, of each",
        min: ninep::Limits::MSIZE_MIN as u64,
        max: LEN_MAX,
        get: |bounds| wide(bounds.clients.queued_len_max),
        set: |bounds, number| bounds.clients.queued_len_max = narrow(number),
    },
    Setting {
        name: "descriptors",
        what: "descriptors that wait with writes of a 9P connection",
        min: 0,
        max: COUNT_MAX,
        get: |bounds| wide(bounds.clients.descriptors_max),
        set: |bounds, number| bounds.clients.descriptors_max = narrow(number),
    },
];

/// Widens a length or count.
fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// As many of anything as one machine serves, and few enough for a qid.
const COUNT_MAX: u64 = 1 << 20;
/// As many bytes as anybody may keep.
const LEN_MAX: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_set_by_its_name_and_no_other_changes() {
        for setting in &SETTINGS {
            let mut bounds = Bounds::default();
            let other = if (setting.get)(&bounds) == setting.max { setting.min } else { setting.max };
            assert_eq!(bounds.set(&format!("{}={other}", setting.name)), Ok(()), "{}", setting.name);
            for read in &SETTINGS {
                let expected = if read.name == setting.name { other } else { (read.get)(&Bounds::default()) };
                assert_eq!((read.get)(&bounds), expected, "{} after {}", read.name, setting.name);
            }
        }
    }

    #[test]
    fn defaults_are_within_their_bounds() {
        for Setting { name, min, max, get, .. } in &SETTINGS {
            assert!((*min..=*max).contains(&get(&Bounds::default())), "{name}");
        }
    }

    #[test]
    fn what_no_limit_can_be_is_refused_with_a_reason() {
        for (text, reason) in [
            ("fids", "\"fids\": must be name=value"),
            ("", "\"\": must be name=value"),
            ("=1", "\"\": no such limit, --help lists them"),
            ("fid=1", "\"fid\": no such limit, --help lists them"),
            ("fids=", "fids: \"\" is not a number"),
            ("fids=many", "fids: \"many\" is not a number"),
            ("fids=-1", "fids: \"-1\" is not a number"),
            ("fids=+1", "fids: \"+1\" is not a number"),
            ("fids=1k", "fids: \"1k\" is not a number"),
            ("fids=18446744073709551615G", "fids: \"18446744073709551615G\" is not a number"),
            ("fids=0", "fids: must be 1 to 1048576"),
            ("fids=2M", "fids: must be 1 to 1048576"),
            ("msize=8191", "msize: must be 8192 to 1048600"),
        ] {
            assert_eq!(Bounds::default().set(text), Err(reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn numbers_may_be_powers_of_1024() {
        let mut bounds = Bounds::default();
        for (text, number) in [("queue=8K", 8 << 10), ("queue=3M", 3 << 20), ("queue=1G", 1 << 30)] {
            assert_eq!(bounds.set(text), Ok(()));
            assert_eq!(bounds.clients.queued_len_max, number, "{text}");
        }
    }
}
