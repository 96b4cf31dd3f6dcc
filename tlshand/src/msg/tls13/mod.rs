//! The messages that only TLS 1.3 has, or that it lays out anew (RFC 8446 §4). The hellos are common to all versions and stand
//! with them in [`crate::msg::hello`].

pub(crate) mod cert;
pub(crate) mod encrypted;
mod print;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod ticket;
pub(crate) mod update;

#[cfg(test)]
mod tests;
