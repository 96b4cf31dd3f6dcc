//! Whole-house tests, by room. One binary: each room is a line here.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod device;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod hand;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod v9fs;
