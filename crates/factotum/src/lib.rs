//! Private keys, or the road to them.
