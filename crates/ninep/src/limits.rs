//! Limits: how much one connection may ask of the server.

/// What 9P clients may use; reaching a limit is an error text, never growth. All but the last two are for each connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the longest message, header and all: what Tversion may ask for. At most [`Limits::MSIZE_MAX`].
    pub msize_max: u32,
    /// Fids at one time.
    pub fids_max: usize,
    /// Requests that wait for their reply at one time.
    pub tags_max: usize,
    /// Bytes of writes that wait for their turn, of replies that the client has not taken yet, and of the entries of open
    /// directories: of each as many.
    pub queued_len_max: usize,
    /// Descriptors that came with writes that wait for their turn.
    pub descriptors_max: usize,
    /// Connections at one time, at all listeners of a server together.
    pub connections_max: usize,
    /// Connections at one time of one user; those of whom nobody vouches for the user count as one.
    pub connections_per_user_max: usize,
}

impl Limits {
    /// Bytes of a message besides its data, rounded up as the original did: Plan 9's `IOHDRSZ`.
    pub const HEADER_LEN: u32 = 24;
    /// The longest message ever spoken, in bytes: a MiB of data and its header.
    pub const MSIZE_MAX: u32 = (1 << 20) + Self::HEADER_LEN;
    /// The shortest msize that is offered, in bytes, to a client that does not ask for less.
    pub const MSIZE_MIN: u32 = 8 << 10;
    /// Asking for less than this many bytes is refused: replies would not fit.
    pub const MSIZE_REFUSED_BELOW: u32 = 256;
    /// Elements of a path in one Twalk (walk(5)).
    pub const NAMES_MAX: usize = 16;
    /// Descriptors that may come with one message.
    pub const DESCRIPTORS_MAX: usize = 8;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            msize_max: Self::MSIZE_MAX,
            fids_max: 8192,
            tags_max: 1024,
            queued_len_max: 32 << 20,
            descriptors_max: 64,
            connections_max: 2048,
            connections_per_user_max: 1024,
        }
    }
}
