//! The client against a server that says whatever a test wants.

mod certificate;
mod exchange;
mod files;
mod hello;
mod order;
mod recorded;
mod rfc6066;
mod script;
mod tls13;
