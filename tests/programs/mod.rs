//! Our programs, as processes, against the world.

mod bulk;
mod certificates;
mod interop;
mod matrix;
mod mounted;
