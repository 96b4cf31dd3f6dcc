//! Goodbyes: what goes on for a moment after a connection has been given up, and is waited for before the program ends.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// All goodbyes under way. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Goodbyes {
    count: Arc<watch::Sender<usize>>,
}

/// One of them.
struct Counted(Goodbyes);

impl Goodbyes {
    /// Runs `goodbye` in a task of its own.
    pub fn spawn(&self, goodbye: impl Future<Output = ()> + Send + 'static) {
        self.count.send_modify(|count| *count += 1);
        let counted = Counted(self.clone());
        // Without a runtime the program is over already.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                goodbye.await;
                drop(counted);
            });
        }
    }

    /// Waits until none is under way, `time_max` at most.
    pub async fn settled(&self, time_max: Duration) {
        let mut count = self.count.subscribe();
        let _ = tokio::time::timeout(time_max, count.wait_for(|count| *count == 0)).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn the_end_waits_for_every_goodbye() {
        let goodbyes = Goodbyes::default();
        let (tell, told) = oneshot::channel::<()>();
        goodbyes.spawn(async move {
            let _ = told.await;
        });
        let settled = goodbyes.settled(Duration::from_secs(60));
        tokio::pin!(settled);
        let soon = tokio::time::timeout(Duration::from_millis(20), settled.as_mut()).await;
        assert!(soon.is_err(), "one is under way");
        drop(tell);
        settled.await;
    }
}
