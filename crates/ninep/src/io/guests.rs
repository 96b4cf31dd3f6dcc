//! Guests: who is connected now, at all listeners of a server together, and how many may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use super::{Seat, Workers};
use crate::{Caller, Error, Limits, errstr};

/// The connections of a server.
#[derive(Debug)]
pub struct Guests {
    limits: Limits,
    /// Who serves them; without any, the runtime that accepts them does.
    workers: Option<Workers>,
    present: Mutex<Present>,
}

#[derive(Debug, Default)]
struct Present {
    count: usize,
    /// By the number that the kernel tells; those of whom it tells none count as one user.
    of_user: HashMap<Option<u32>, usize>,
}

/// A connection that was let in; dropping it makes room for another.
#[derive(Debug)]
pub(super) struct Guest {
    guests: Arc<Guests>,
    uid: Option<u32>,
    seat: Option<Seat>,
}

impl Guests {
    /// Makes the empty house of a server with these limits, whose guests are served on the runtime that accepts them.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, workers: None, present: Mutex::default() })
    }

    /// The same, with each guest served by one of `workers`.
    #[must_use]
    pub fn served_by(workers: Workers, limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, workers: Some(workers), present: Mutex::default() })
    }

    /// How many are connected now.
    #[must_use]
    pub fn count(&self) -> usize {
        self.present().count
    }

    /// Lets a caller in.
    ///
    /// # Errors
    /// [`TOO_MANY_CLIENTS`](errstr::TOO_MANY_CLIENTS), [`TOO_MANY_CLIENTS_OF_USER`](errstr::TOO_MANY_CLIENTS_OF_USER).
    pub(super) fn admit(guests: &Arc<Self>, caller: &Caller) -> Result<Guest, Error> {
        let mut present = guests.present();
        if present.count >= guests.limits.connections_max {
            return Err(errstr::TOO_MANY_CLIENTS);
        }
        let of_user = present.of_user.get(&caller.uid).copied().unwrap_or(0);
        if of_user >= guests.limits.connections_per_user_max {
            return Err(errstr::TOO_MANY_CLIENTS_OF_USER);
        }
        present.of_user.insert(caller.uid, of_user + 1);
        present.count += 1;
        let seat = guests.workers.as_ref().map(Workers::seat);
        Ok(Guest { guests: Arc::clone(guests), uid: caller.uid, seat })
    }

    /// A panic elsewhere leaves counts that are still good.
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// What it may use.
    pub(super) fn limits(&self) -> &Limits {
        &self.guests.limits
    }

    /// The runtime that serves it.
    pub(super) fn runtime(&self) -> Handle {
        self.seat.as_ref().map_or_else(Handle::current, |seat| seat.runtime().clone())
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut present = self.guests.present();
        present.count -= 1;
        if let Some(of_user) = present.of_user.get_mut(&self.uid) {
            *of_user -= 1;
            if *of_user == 0 {
                present.of_user.remove(&self.uid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(uid: u32) -> Caller {
        Caller { uid: Some(uid), ..Caller::default() }
    }

    #[test]
    fn each_limit_has_its_text_and_who_leaves_makes_room() {
        let limits = Limits { connections_max: 3, connections_per_user_max: 2, ..Limits::default() };
        let guests = Guests::new(limits);
        let admit = |caller: &Caller| Guests::admit(&guests, caller);
        let first = admit(&user(1)).unwrap();
        let _second = admit(&user(1)).unwrap();
        assert_eq!(admit(&user(1)).map(drop), Err(errstr::TOO_MANY_CLIENTS_OF_USER));
        let third = admit(&Caller::default()).unwrap();
        assert_eq!(admit(&user(2)).map(drop), Err(errstr::TOO_MANY_CLIENTS));
        drop(first);
        let _fourth = admit(&user(1)).unwrap();
        drop(third);
        assert_eq!(guests.count(), 2);
        assert_eq!(guests.present().of_user.len(), 1, "who is not there is not kept");
    }
}
