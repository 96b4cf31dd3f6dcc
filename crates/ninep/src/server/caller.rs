//! Who asks: what the kernel says of a connection, what a client says of itself, and what becomes of the two.

/// Who the kernel says is at the other end. The same for every attach of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The user number, where the kernel tells it (unix sockets).
    pub uid: Option<u32>,
    /// The group number, where the kernel tells it.
    pub gid: Option<u32>,
    /// The process that connected, where the kernel tells it. Not always the one that writes now.
    pub pid: Option<i32>,
    /// The user's name, or its number as text where it has no name; empty where nothing is known (TCP).
    pub user: String,
}

/// Whom a Tattach says that it is for (attach(5)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim<'a> {
    /// By name; empty where the client has none to say.
    pub uname: &'a str,
    /// By number, where the dialect has one and the client says it.
    pub n_uname: Option<u32>,
}

/// A user as whom somebody has attached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The name, or the number as text where it has no name.
    pub name: String,
    /// The number, where the machine knows one.
    pub uid: Option<u32>,
    /// The number of the user's group, where the machine knows one.
    pub gid: Option<u32>,
}

impl<'a> Claim<'a> {
    /// Makes the claim of a client that has only a name to say.
    #[must_use]
    pub const fn named(uname: &'a str) -> Self {
        Self { uname, n_uname: None }
    }
}

impl User {
    /// Makes a user of whom nothing but the name is known.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), uid: None, gid: None }
    }
}

impl From<Caller> for User {
    fn from(caller: Caller) -> Self {
        Self { name: caller.user, uid: caller.uid, gid: caller.gid }
    }
}
