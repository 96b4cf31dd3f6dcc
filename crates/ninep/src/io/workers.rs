//! Workers: threads that serve connections, each with a poller of its own.
//!
//! A connection stays with the thread that it was given to. Threads that take work from each other, as those of tokio's pool do, wake
//! one another for nearly every message, to look for work that is not there.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread;

use tokio::runtime::{Builder, Handle, LocalOptions};
use tokio::sync::oneshot;

/// The threads. Each ends when the last reference to it has gone, and with it what is left of its work.
#[derive(Debug)]
pub struct Workers {
    first: Arc<Worker>,
    others: Vec<Arc<Worker>>,
}

#[derive(Debug)]
struct Worker {
    runtime: Handle,
    /// Nothing is ever sent: its end is the message.
    _end: oneshot::Sender<()>,
}

/// A connection's place at a worker, until it is dropped.
#[derive(Debug)]
pub struct Seat(Arc<Worker>);

impl Workers {
    /// Starts as many threads as the system has processors for us.
    ///
    /// # Errors
    /// It has no threads or no pollers left.
    pub fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let others: io::Result<_> = (1..count).map(|_| Worker::start()).collect();
        Ok(Self { first: Worker::start()?, others: others? })
    }

    /// Gives a connection a place at the worker that has the fewest.
    #[must_use]
    pub fn seat(&self) -> Seat {
        let fewest = self.others.iter().fold(&self.first, |fewest, other| {
            if Arc::strong_count(other) < Arc::strong_count(fewest) { other } else { fewest }
        });
        Seat(Arc::clone(fewest))
    }
}

impl Worker {
    fn start() -> io::Result<Arc<Self>> {
        let (tell, told) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("worker".to_owned()).spawn(move || {
            // One that stays where it was made: a program of such runtimes alone is made without tokio's pool of threads.
            match Builder::new_current_thread().enable_all().build_local(LocalOptions::default()) {
                Ok(runtime) => {
                    let _ = tell.send(Ok(runtime.handle().clone()));
                    let _: Result<(), _> = runtime.block_on(ended);
                    runtime.shutdown_background();
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        })?;
        let runtime = told.recv().map_err(io::Error::other)??;
        Ok(Arc::new(Self { runtime, _end: end }))
    }
}

impl Seat {
    /// The runtime of the worker.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        &self.0.runtime
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::ThreadId;

    use super::*;

    async fn place_of(seat: &Seat) -> ThreadId {
        seat.runtime().spawn(async { thread::current().id() }).await.unwrap()
    }

    #[tokio::test]
    async fn connections_are_spread_and_who_leaves_makes_room() {
        let (first, others) =
            (Worker::start().unwrap(), vec![Worker::start().unwrap(), Worker::start().unwrap()]);
        let workers = Workers { first, others };
        let mut seats: Vec<Seat> = (0..6).map(|_| workers.seat()).collect();
        let mut places = HashSet::new();
        for seat in &seats {
            places.insert(place_of(seat).await);
        }
        assert_eq!(places.len(), 3);
        let left = seats.remove(1);
        let place = place_of(&left).await;
        drop(left);
        assert_eq!(place_of(&workers.seat()).await, place);
    }

    #[tokio::test]
    async fn a_worker_lasts_as_long_as_a_connection_that_it_has_and_then_its_tasks_end() {
        let workers = Workers::start().unwrap();
        let seat = workers.seat();
        drop(workers);
        let (held, dropped) = oneshot::channel::<()>();
        seat.runtime().spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        place_of(&seat).await;
        drop(seat);
        assert!(dropped.await.is_err(), "the task is gone, and what it had");
    }
}
