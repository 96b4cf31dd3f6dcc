//! The client's TLS 1.3 against a server that says whatever a test wants.

mod certificate;
mod encrypted;
mod finished;
mod hello;
mod order;
mod psk;
mod request;
mod retry;
mod script;
