//! Our programs, as processes, against the world.

mod bulk;
mod certificates;
mod interop;
mod mounted;
