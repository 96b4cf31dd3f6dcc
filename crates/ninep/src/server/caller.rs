//! Caller: who is at the other end of a connection, as far as the kernel tells.

/// Who the kernel says is at the other end. The same for every attach of a connection; what a client says of itself is
/// the `uname` of its Tattach.
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
