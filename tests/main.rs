//! Whole-house tests, by room.
