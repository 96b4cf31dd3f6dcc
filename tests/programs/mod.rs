//! Our programs, as processes, against the world.

mod bulk;
mod certificates;
mod elsewhere;
mod interop;
mod keyupdates;
mod keyusage;
mod matrix;
mod mounted;
mod probes;
mod psk;
mod resumption;
mod rfc6066;
mod secrets;
mod tls13;
