//! What Plan 9's authentication is made of: keys from passwords, tickets and authenticators, and the password-authenticated
//! exchange of dp9ik (authsrv(6)).
//!
//! Who says what to whom, and when, is `p9any`'s affair.

pub mod des;
mod field;
pub mod pak;
pub mod password;
mod point;
pub mod ticket;

pub use des::DesKey;
pub use pak::{Exchange, PakHash};
pub use ticket::{Authenticator, Sealer, Ticket, TicketRequest};

#[cfg(test)]
mod tests;
