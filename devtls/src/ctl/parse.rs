//! A line written to `ctl`, as a command.
//!
//! One write is one command (tls(3)). This file judges the shape of the line and the usage texts; it
//! knows no conversation, and what a command needs before it may run is in `run`.

use zeroize::Zeroizing;

use crate::errstr::Error;

/// One control command.
#[derive(Debug, PartialEq, Eq)]
pub enum Cmd {
    /// `fd open-fd version`: take a channel.
    Fd {
        /// The descriptor's number; `None` where the word is no number.
        number: Option<i64>,
        /// The version to put into records until `version` says another.
        version: i64,
    },
    /// `wire vers`: the file `wire` is the channel.
    Wire(i64),
    /// `version vers`: from now on exactly this version.
    Version(i64),
    /// `secret hashalg encalg isclient secretdata`: stage keys for both directions.
    Secret {
        /// A name of `hashalgs`.
        hash: String,
        /// A name of `encalgs`.
        enc: String,
        /// Whether we are the client.
        is_client: bool,
        /// The decoded secret data.
        data: SecretData,
        /// Whether the MAC is over what was encrypted (RFC 7366).
        is_etm: bool,
    },
    /// `changecipher`: send change_cipher_spec and use the staged keys.
    Changecipher,
    /// `changecipher in`: use the staged keys for what comes in.
    ChangecipherIn,
    /// `keyupdate [request]`: move to our next key.
    Keyupdate {
        /// Whether the peer is to move to its next key too.
        is_asking: bool,
    },
    /// `maxrec out [in]`: the longest payloads of records.
    Maxrec {
        /// Of those that we send, in bytes.
        outgoing: i64,
        /// Of those that we take, in bytes; `None` leaves them.
        incoming: Option<i64>,
    },
    /// `pad n`: what the lengths of records are multiples of.
    Pad(i64),
    /// `skipearly n`: drop up to that many bytes of records that are no record for us.
    Skipearly(i64),
    /// `opened`: application data may move.
    Opened,
    /// `stream`: readers of `data` need no record boundaries.
    Stream,
    /// `alert n`: send that alert.
    Alert(i64),
    /// `hangup`: send close_notify and stop.
    Hangup,
    /// `debug [on|off]`: trace this conversation, or don't.
    Debug(bool),
    /// `note key value`: what the handshake wants `status` to show.
    Note {
        /// One of the keys of tls(3).
        key: String,
        /// The value, one word.
        value: String,
    },
}

/// The bytes of a `secret` command: wiped when dropped, never printed.
#[derive(PartialEq, Eq)]
pub struct SecretData(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for SecretData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

/// Reads one command.
///
/// # Errors
/// `short control request` for an empty one, the usage line for a known word with the wrong number
/// of fields, `bad arg in system call` for an unknown word.
pub fn parse(line: &[u8]) -> Result<Cmd, Error> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let line = text(line);
    let fields = tokenize(&line);
    let fields: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    match *fields.as_slice() {
        [] => Err(Error::ShortRequest),
        ["fd", number, version] => Ok(Cmd::Fd { number: strict_number(number), version: number_of(version) }),
        ["fd", ..] => Err(Error::Usage("usage: fd open-fd version")),
        ["wire", version] => Ok(Cmd::Wire(number_of(version))),
        ["wire", ..] => Err(Error::Usage("usage: wire vers")),
        ["version", version] => Ok(Cmd::Version(number_of(version))),
        ["version", ..] => Err(Error::Usage("usage: version vers")),
        ["secret", hash, enc, is_client, data, ref etm @ ..] if matches!(etm, [] | ["etm"]) => {
            Ok(Cmd::Secret {
                hash: hash.to_owned(),
                enc: enc.to_owned(),
                is_client: number_of(is_client) != 0,
                data: SecretData(base64(data)),
                is_etm: !etm.is_empty(),
            })
        }
        ["secret", ..] => Err(Error::Usage("usage: secret hashalg encalg isclient secretdata")),
        ["changecipher"] => Ok(Cmd::Changecipher),
        ["changecipher", "in"] => Ok(Cmd::ChangecipherIn),
        ["changecipher", ..] => Err(Error::Usage("usage: changecipher")),
        ["keyupdate"] => Ok(Cmd::Keyupdate { is_asking: false }),
        ["keyupdate", "request"] => Ok(Cmd::Keyupdate { is_asking: true }),
        ["keyupdate", ..] => Err(Error::Usage("usage: keyupdate [request]")),
        ["maxrec", outgoing] => Ok(Cmd::Maxrec { outgoing: number_of(outgoing), incoming: None }),
        ["maxrec", outgoing, incoming] => {
            Ok(Cmd::Maxrec { outgoing: number_of(outgoing), incoming: Some(number_of(incoming)) })
        }
        ["maxrec", ..] => Err(Error::Usage("usage: maxrec out [in]")),
        ["pad", number] => Ok(Cmd::Pad(number_of(number))),
        ["pad", ..] => Err(Error::Usage("usage: pad n")),
        ["skipearly", number] => Ok(Cmd::Skipearly(number_of(number))),
        ["skipearly", ..] => Err(Error::Usage("usage: skipearly n")),
        ["opened"] => Ok(Cmd::Opened),
        ["opened", ..] => Err(Error::Usage("usage: opened")),
        ["stream"] => Ok(Cmd::Stream),
        ["stream", ..] => Err(Error::Usage("usage: stream")),
        ["alert", number] => Ok(Cmd::Alert(number_of(number))),
        ["alert", ..] => Err(Error::Usage("usage: alert n")),
        ["hangup", ..] => Ok(Cmd::Hangup),
        // Only exactly one word that is not `on` switches it off, as in the original.
        ["debug", word] => Ok(Cmd::Debug(word == "on")),
        ["debug", ..] => Ok(Cmd::Debug(true)),
        ["note", key, value] => Ok(Cmd::Note { key: key.to_owned(), value: value.to_owned() }),
        ["note", ..] => Err(Error::Usage("usage: note key value")),
        _ => Err(Error::BadArg),
    }
}

/// Makes a text of a line; what is not UTF-8 becomes a character that is in no word and no alphabet here.
fn text(line: &[u8]) -> Zeroizing<String> {
    // Room for the longest result at once: the line may hold a secret, and growing would leave a copy behind.
    let len_max = line.len().saturating_mul(char::REPLACEMENT_CHARACTER.len_utf8());
    let mut text = Zeroizing::new(String::with_capacity(len_max));
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// Cuts a line at runs of blanks; single quotes group, and a doubled quote inside them is one quote
/// (tokenize(2)). Fields may hold secrets, so each is wiped.
fn tokenize(line: &str) -> Vec<Zeroizing<String>> {
    // Room for all of it at once: a field that grew by moving would leave a copy behind.
    let new_field = || Zeroizing::new(String::with_capacity(line.len()));
    let mut fields = Vec::new();
    let mut field: Option<Zeroizing<String>> = None;
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' if is_quoted && chars.peek() == Some(&'\'') => {
                chars.next();
                field.get_or_insert_with(new_field).push('\'');
            }
            '\'' => {
                is_quoted = !is_quoted;
                field.get_or_insert_with(new_field);
            }
            ' ' | '\t' | '\r' | '\n' if !is_quoted => fields.extend(field.take()),
            c => field.get_or_insert_with(new_field).push(c),
        }
    }
    fields.extend(field);
    fields
}

/// Reads an integer the way C does with its base detected: blanks, a sign, `0x` or `0` for the base, digits
/// up to the first that is none; no digits are 0, and too many are the largest number of 32 bits, which is
/// what Plan 9's `long` has.
fn number_of(word: &str) -> i64 {
    let word = word.trim_start_matches([' ', '\t', '\r', '\n']);
    let (word, is_negative) = match word.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (word.strip_prefix('+').unwrap_or(word), false),
    };
    let (digits, base) = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(rest) => (rest, 16),
        None if word.starts_with('0') => (word, 8),
        None => (word, 10),
    };
    let value = digits
        .chars()
        .map_while(|c| c.to_digit(base))
        .fold(0_i64, |sum, digit| sum.saturating_mul(i64::from(base)).saturating_add(i64::from(digit)));
    let value = if is_negative { -value } else { value };
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
}

/// Reads an integer where a word that does not begin like one is not 0 but nothing.
fn strict_number(word: &str) -> Option<i64> {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit()).then(|| number_of(word))
}

/// Decodes base64, skipping every character that is none of its alphabet, `=` included, wherever it
/// stands; two or three characters at the end give one or two bytes (tls(3)).
///
/// Not a library's decoder: none is this lenient, and the leniency is the interface.
fn base64(text: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    let (mut bits, mut bit_count) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            let [.., low] = (bits >> bit_count).to_be_bytes();
            bytes.push(low);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(line: &str) -> String {
        parse(line.as_bytes()).expect_err("a wrong shape").text().into_owned()
    }

    #[test]
    fn an_empty_command_is_short() {
        assert_eq!(parse(b""), Err(Error::ShortRequest));
        assert_eq!(parse(b"\n"), Err(Error::ShortRequest));
        assert_eq!(parse(b" \t "), Err(Error::ShortRequest));
    }

    #[test]
    fn an_unknown_word_is_a_bad_arg() {
        assert_eq!(parse(b"bogus"), Err(Error::BadArg));
        assert_eq!(parse(b"Version 1"), Err(Error::BadArg));
        assert_eq!(parse(b"\xff\xfe"), Err(Error::BadArg));
        assert_eq!(parse(b"''"), Err(Error::BadArg));
    }

    #[test]
    fn bytes_that_are_no_text_stand_for_nothing() {
        let Ok(Cmd::Secret { hash, data, .. }) = parse(b"secret \xffsha1 clear 0 a\xff\xc3G\xf0Vs") else {
            panic!("a whole command");
        };
        assert_eq!((hash.as_str(), &**data.0), ("\u{fffd}sha1", &b"hel"[..]));
    }

    #[test]
    fn each_wrong_shape_has_its_usage_line() {
        for line in ["fd 0", "fd a b c"] {
            assert_eq!(usage(line), "usage: fd open-fd version");
        }
        for line in ["version", "version 1 2"] {
            assert_eq!(usage(line), "usage: version vers");
        }
        assert_eq!(usage("wire"), "usage: wire vers");
        assert_eq!(usage("secret"), "usage: secret hashalg encalg isclient secretdata");
        assert_eq!(usage("changecipher x"), "usage: changecipher");
        assert_eq!(usage("opened x"), "usage: opened");
        assert_eq!(usage("alert"), "usage: alert n");
        assert_eq!(usage("note sni"), "usage: note key value");
        for line in ["keyupdate x", "keyupdate request x"] {
            assert_eq!(usage(line), "usage: keyupdate [request]");
        }
        for line in ["maxrec", "maxrec 1 2 3"] {
            assert_eq!(usage(line), "usage: maxrec out [in]");
        }
        for line in ["pad", "pad 1 2"] {
            assert_eq!(usage(line), "usage: pad n");
        }
    }

    #[test]
    fn one_write_is_one_command() {
        assert_eq!(parse(b"debug off\nversion 1"), Ok(Cmd::Debug(true)));
    }

    #[test]
    fn debug_is_off_only_by_one_other_word() {
        assert_eq!(parse(b"debug"), Ok(Cmd::Debug(true)));
        assert_eq!(parse(b"debug on"), Ok(Cmd::Debug(true)));
        assert_eq!(parse(b"debug off"), Ok(Cmd::Debug(false)));
        assert_eq!(parse(b"debug whatever"), Ok(Cmd::Debug(false)));
    }

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (word, value) in [
            ("0x301", 769),
            ("0X301", 769),
            ("769", 769),
            ("01401", 769),
            ("769zzz", 769),
            ("abc", 0),
            ("-1", -1),
            ("+7", 7),
            ("99999999999999999999", 0x7fff_ffff),
            ("-99999999999999999999", -0x8000_0000),
            ("' 7'", 7),
            ("0x", 0),
            ("08", 0),
        ] {
            assert_eq!(parse(format!("version {word}").as_bytes()), Ok(Cmd::Version(value)), "{word}");
        }
    }

    #[test]
    fn quotes_group_even_the_command_word() {
        assert_eq!(parse(b"'fd' '7' 769zzz\n"), Ok(Cmd::Fd { number: Some(7), version: 0x301 }));
        assert_eq!(
            parse(b"note sni 'it''s here'"),
            Ok(Cmd::Note { key: "sni".into(), value: "it's here".into() })
        );
    }

    #[test]
    fn a_descriptor_that_is_no_number_is_nothing() {
        assert_eq!(parse(b"fd /srv/foo 0x303"), Ok(Cmd::Fd { number: None, version: 0x303 }));
    }

    #[test]
    fn what_follows_a_nul_is_not_read() {
        assert_eq!(parse(b"opened\0x"), Ok(Cmd::Opened));
    }

    #[test]
    fn base64_skips_what_it_does_not_know() {
        assert_eq!(**base64("aGVsbG8="), *b"hello");
        assert_eq!(**base64("=a-G\u{e9}V=sbG8"), *b"hello");
        assert_eq!(**base64("aG"), *b"h");
        assert_eq!(**base64("aGV"), *b"he");
        assert!(base64("a").is_empty());
        assert!(base64("x").is_empty());
    }

    #[test]
    fn a_secret_is_never_printed() {
        let cmd = parse(b"secret clear aes_128_gcm_aead 1 aGVsbG8=").expect("a whole command");
        let text = format!("{cmd:?}");
        assert!(
            text.contains("aes_128_gcm_aead") && !text.contains("104") && !text.contains("aGVs"),
            "{text}"
        );
    }
}
