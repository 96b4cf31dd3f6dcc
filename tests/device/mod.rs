//! The device as its clients see it, over 9P.

mod files;
mod mount;
