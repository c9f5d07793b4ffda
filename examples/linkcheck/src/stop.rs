//! The wish to stop early, as Ctrl-C says it.

use std::convert::Infallible;
use std::future::Future;

use async_channel::{Receiver, Sender};
use futures_lite::future;

/// A flag that can be raised from any thread and waited for by any task; clones share it.
#[derive(Clone, Debug)]
pub struct Stop {
    /// Closed once the flag is raised; nothing is ever sent.
    sender: Sender<Infallible>,
    receiver: Receiver<Infallible>,
}

/// The flag was raised before the awaited thing happened.
#[derive(Clone, Copy, Debug)]
pub struct Stopped;

impl Stop {
    /// Creates a flag that is down.
    #[must_use]
    pub fn new() -> Self {
        let (sender, receiver) = async_channel::bounded(1);
        Self { sender, receiver }
    }

    /// Raises the flag; returns whether it was still down.
    #[expect(clippy::must_use_candidate, reason = "the answer matters to few")]
    pub fn stop(&self) -> bool {
        self.sender.close()
    }

    /// Whether the flag is up.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.sender.is_closed()
    }

    /// Waits until the flag is up.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn stopped(&self) {
        // Nothing is ever sent, so this ends with the channel.
        let _ = self.receiver.recv().await;
    }

    /// Runs `future`, and gives it up as soon as the flag is raised.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `future`; nothing else is lost.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the flag was raised first.
    pub async fn or_stopped<T>(&self, future: impl Future<Output = T>) -> Result<T, Stopped> {
        let stopped = async {
            self.stopped().await;
            Err(Stopped)
        };
        future::or(async { Ok(future.await) }, stopped).await
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
