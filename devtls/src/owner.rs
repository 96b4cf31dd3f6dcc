//! Owner: whose a conversation is.
//!
//! The name decides; the number is what dialects and mounts show that have no names.

/// A user, as a conversation knows its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The name.
    pub name: String,
    /// The number, where the machine knows one.
    pub uid: Option<u32>,
}

impl Owner {
    /// Makes an owner of whom nothing but the name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Owner {
        Owner { name: name.into(), uid: None }
    }
}
