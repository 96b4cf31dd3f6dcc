//! Attributes as factotum writes them: `proto=dp9ik dom=example.com user=glenda !password='it''s secret'` (factotum(4)).
//!
//! One text is a key, a template that asks for one, or a line of a file of keys. What the attributes mean is said elsewhere.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A list of attributes.
///
/// There is no `Debug`: values of attributes whose names begin with `!` are secret. [`shown`](Self::shown) leaves them out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeySpec {
    attrs: Vec<Attr>,
}

/// One attribute.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
struct Attr {
    name: String,
    value: Value,
}

#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
enum Value {
    /// `name=value`; a name alone has an empty value.
    Is(String),
    /// `name?`: there must be one.
    Any,
}

/// Why a text is no list of attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A quote that nobody closes.
    OpenQuote,
    /// A value without a name.
    NoName,
    /// The same attribute twice.
    Twice,
}

impl KeySpec {
    /// Reads attributes from a text.
    ///
    /// # Errors
    /// The text is no list of attributes.
    pub fn parse(text: &str) -> Result<KeySpec, Fault> {
        let mut spec = KeySpec::default();
        for word in words(text)? {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Value::Is(value.to_owned())),
                None => match word.strip_suffix('?') {
                    Some(name) => (name, Value::Any),
                    None => (word.as_str(), Value::Is(String::new())),
                },
            };
            if name.is_empty() {
                return Err(Fault::NoName);
            }
            if spec.attrs.iter().any(|attr| attr.name == name) {
                return Err(Fault::Twice);
            }
            spec.attrs.push(Attr { name: name.to_owned(), value });
        }
        Ok(spec)
    }

    /// Gives the value of an attribute.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let attr = self.attrs.iter().find(|attr| attr.name == name)?;
        match &attr.value {
            Value::Is(value) => Some(value),
            Value::Any => None,
        }
    }

    /// Tells whether `self`, a key, is what the template asks for: each attribute that it names is there, with its value
    /// where it gives one.
    #[must_use]
    pub fn matches(&self, template: &KeySpec) -> bool {
        template.attrs.iter().all(|asked| match &asked.value {
            Value::Is(value) => self.value(&asked.name) == Some(value),
            Value::Any => self.value(&asked.name).is_some(),
        })
    }

    /// Writes the attributes for people: of a secret one only the name, with a question mark (factotum(4)).
    #[must_use]
    pub fn shown(&self) -> String {
        let words = self.attrs.iter().map(|attr| match &attr.value {
            Value::Any => format!("{}?", attr.name),
            Value::Is(_) if attr.name.starts_with('!') => format!("{}?", attr.name),
            Value::Is(value) => format!("{}={}", attr.name, quoted(value)),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Cuts a text into words: white space between them, quotes around what has some in it, a quote itself written twice (`rc(1)`).
fn words(text: &str) -> Result<Vec<Zeroizing<String>>, Fault> {
    let mut words = Vec::new();
    let mut word = Zeroizing::new(String::with_capacity(text.len()));
    let (mut is_word, mut is_quoted) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\'' if is_quoted && chars.next_if_eq(&'\'').is_some() => word.push('\''),
            '\'' => (is_quoted, is_word) = (!is_quoted, true),
            _ if char.is_ascii_whitespace() && !is_quoted => {
                if is_word {
                    let next = Zeroizing::new(String::with_capacity(text.len()));
                    words.push(std::mem::replace(&mut word, next));
                }
                is_word = false;
            }
            _ => {
                word.push(char);
                is_word = true;
            }
        }
    }
    if is_quoted {
        return Err(Fault::OpenQuote);
    }
    if is_word {
        words.push(word);
    }
    Ok(words)
}

/// Writes a word so that it is read as one: in quotes if it needs them (`rc(1)`).
#[must_use]
pub fn quoted(value: &str) -> String {
    if value.is_empty() || value.contains(|char: char| char.is_ascii_whitespace() || char == '\'') {
        format!("'{}'", value.replace('\'', "''"))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> KeySpec {
        KeySpec::parse(text).map_err(|fault| format!("{fault:?}")).unwrap()
    }

    #[test]
    fn quotes_keep_white_space_and_each_other() {
        let spec = spec("proto=dp9ik  user=glenda\t!password='it''s 1 secret' 'dom=a b' empty= flag");
        let values = ["proto", "user", "!password", "dom", "empty", "flag"].map(|name| spec.value(name));
        assert_eq!(
            values,
            [Some("dp9ik"), Some("glenda"), Some("it's 1 secret"), Some("a b"), Some(""), Some("")]
        );
        assert_eq!(spec.value("other"), None);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, fault) in [
            ("user='glenda", Fault::OpenQuote),
            ("=glenda", Fault::NoName),
            ("?", Fault::NoName),
            ("user=a user=b", Fault::Twice),
        ] {
            assert!(KeySpec::parse(text).err() == Some(fault), "{text}");
        }
    }

    #[test]
    fn a_template_asks_for_what_it_names() {
        let key = spec("proto=dp9ik dom=x user=glenda !hex=00");
        for (template, is_met) in [
            ("", true),
            ("proto=dp9ik user? !hex?", true),
            ("dom=x", true),
            ("dom=y", false),
            ("owner?", false),
            ("flag", false),
        ] {
            assert_eq!(key.matches(&spec(template)), is_met, "{template}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(spec("user='a b' !password=x dom? flag").shown(), "user='a b' !password? dom? flag=''");
    }
}
