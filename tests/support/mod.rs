//! What whole-house tests stand on: processes, ports, certificates, a factotum, our programs, other people's programs, a wire in memory
//! and a device at each of its ends.
//! Nothing here asserts a fact about the house; it only finds out.

pub(crate) mod certs;
pub(crate) mod device;
pub(crate) mod factotum;
pub(crate) mod guest;
pub(crate) mod inetd;
pub(crate) mod missing;
pub(crate) mod mount;
pub(crate) mod peers;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod programs;
pub(crate) mod python;
pub(crate) mod server;
pub(crate) mod side;
pub(crate) mod wire;
