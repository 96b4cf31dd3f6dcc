//! The arithmetic of TLS 1.3, for both roles (RFC 8446 §7.1): secrets from secrets, the hash of messages that they are tied to,
//! and what is signed.
//!
//! ```text
//! psk: PreSharedKey ---> schedule: EarlySecret ----- a binder for each that is offered
//!                            | a shared secret
//!                        HandshakeSecret ----------- TrafficSecret of each side ---+--- Finished
//!                            |                                                     |
//!                        MasterSecret -------------- TrafficSecret of each side ---+--- line: the device's keys
//!                                     -------------- ExporterSecret
//!                                     -------------- ResumptionSecret --- the PreSharedKey of a ticket
//! ```
//!
//! A stage of the schedule is consumed by the next: nobody derives from a secret that should be gone.

pub(crate) mod line;
pub(crate) mod psk;
pub(crate) mod schedule;
pub(crate) mod sign;
pub(crate) mod transcript;

mod hkdf;

#[cfg(test)]
mod kat;
