//! Our programs, as processes, against the world.

mod bulk;
mod certificates;
mod elsewhere;
mod interop;
mod matrix;
mod mounted;
mod tls13;
