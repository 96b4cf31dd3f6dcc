//! TLS 1.3 with everybody, where it goes another way than the plain one.

mod client;
mod server;
