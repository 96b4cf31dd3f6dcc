//! The server's states.
