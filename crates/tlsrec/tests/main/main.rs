//! The record layer seen from outside: known answers, the device's conformance list, properties.

#[cfg(test)]
mod device;
#[cfg(test)]
mod kat;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod support;
