//! The device as its clients see it, over 9P.

mod client;
mod clients;
mod files;
mod mount;
mod operations;
mod records;
mod service;
mod updates;
mod wire;
