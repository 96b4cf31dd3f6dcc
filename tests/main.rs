//! Whole-house tests, by room. One binary: each room is a line here.

#[cfg(test)]
mod support;
