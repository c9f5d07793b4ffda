//! The futures of a keyed limiter: they look the key up at their first poll.

use super::engine::{Engine, Entered};
use crate::acquire::Acquire;
use crate::acquire_by::AcquireBy;
use crate::error::{AcquireByError, AcquireError};
use crate::policy::Policy;
use crate::ticket::Handle;
use async_clock::Clock;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// Whom a request asks, and for which key; borrowed or owned.
pub(super) enum Asked<'a, K, P: Policy, C: Clock> {
    Borrowed(&'a Arc<Engine<K, P, C>>, &'a K),
    Owned(Arc<Engine<K, P, C>>, K),
}

impl<K, P: Policy, C: Clock> Asked<'_, K, P, C> {
    fn get(&self) -> (&Engine<K, P, C>, &K) {
        match self {
            Self::Borrowed(engine, key) => (engine, key),
            Self::Owned(engine, key) => (engine, key),
        }
    }
}

/// Moves: `New` → `Waiting` → `Done`, or `New` → `Done`.
enum Stage<'a, K, P: Policy, C: Clock, F> {
    New(Asked<'a, K, P, C>),
    Waiting(F),
    Done,
}

impl<K, P: Policy, C: Clock, F> Stage<'_, K, P, C, F> {
    fn name(&self) -> &'static str {
        match self {
            Self::New(_) => "New",
            Self::Waiting(_) => "Waiting",
            Self::Done => "Done",
        }
    }
}

/// Waits for permits of one key; the future of [`Keyed::acquire`].
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Errors
///
/// As [`Acquire`], and [`AcquireError::KeysFull`].
///
/// # Examples
///
/// ```
/// use async_ratelimiter::Keyed;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let per_host = Keyed::new(NonZeroU32::MIN, Duration::from_secs(1));
/// futures_lite::future::block_on(per_host.acquire(&"example.org")).unwrap();
/// assert!(per_host.try_acquire(&"example.org").is_err());
/// ```
///
/// [`Keyed::acquire`]: crate::Keyed::acquire
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct KeyedAcquire<'a, K, P: Policy, C: Clock> {
    permits: u32,
    stage: Stage<'a, K, P, C, Acquire<'static, P, C>>,
}

impl<'a, K, P: Policy, C: Clock> KeyedAcquire<'a, K, P, C> {
    pub(super) fn new(asked: Asked<'a, K, P, C>, permits: u32) -> Self {
        Self {
            permits,
            stage: Stage::New(asked),
        }
    }
}

// Nothing in it is pinned.
impl<K, P: Policy, C: Clock> Unpin for KeyedAcquire<'_, K, P, C> {}

impl<K: Hash + Eq + Clone, P: Policy, C: Clock> Future for KeyedAcquire<'_, K, P, C> {
    type Output = Result<(), AcquireError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        if let Stage::New(asked) = &me.stage {
            let (engine, key) = asked.get();
            let shared = match engine.grant(key, me.permits) {
                Entered::Live(shared) => Ok(shared),
                Entered::Limited(..) => engine.live(key).ok_or(Err(AcquireError::KeysFull)),
                Entered::Granted => Err(Ok(())),
                Entered::ExceedsLimit => Err(Err(AcquireError::ExceedsLimit)),
                Entered::KeysFull => Err(Err(AcquireError::KeysFull)),
            };
            match shared {
                Ok(shared) => {
                    me.stage = Stage::Waiting(Acquire::new(Handle::Owned(shared), me.permits));
                }
                Err(result) => {
                    me.stage = Stage::Done;
                    return Poll::Ready(result);
                }
            }
        }
        let Stage::Waiting(future) = &mut me.stage else {
            return Poll::Pending;
        };
        let polled = Pin::new(future).poll(cx);
        if polled.is_ready() {
            me.stage = Stage::Done;
        }
        polled
    }
}

impl<K, P: Policy, C: Clock> fmt::Debug for KeyedAcquire<'_, K, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedAcquire")
            .field("permits", &self.permits)
            .field("stage", &self.stage.name())
            .finish_non_exhaustive()
    }
}

/// Waits for permits of one key if they come in time; the future of [`Keyed::acquire_by`].
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Errors
///
/// As [`AcquireBy`], and [`AcquireByError::KeysFull`].
///
/// # Examples
///
/// ```
/// use async_ratelimiter::Keyed;
/// use std::num::NonZeroU32;
/// use std::time::{Duration, Instant};
///
/// let per_host = Keyed::new(NonZeroU32::MIN, Duration::from_secs(60));
/// per_host.try_acquire(&"example.org").unwrap();
/// let soon = Instant::now() + Duration::from_secs(1);
/// let refused = futures_lite::future::block_on(per_host.acquire_by(&"example.org", soon));
/// assert!(refused.unwrap_err().is_would_exceed()); // at once
/// ```
///
/// [`Keyed::acquire_by`]: crate::Keyed::acquire_by
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct KeyedAcquireBy<'a, K, P: Policy, C: Clock> {
    permits: u32,
    deadline: Instant,
    stage: Stage<'a, K, P, C, AcquireBy<'static, P, C>>,
}

impl<'a, K, P: Policy, C: Clock> KeyedAcquireBy<'a, K, P, C> {
    pub(super) fn new(asked: Asked<'a, K, P, C>, permits: u32, deadline: Instant) -> Self {
        Self {
            permits,
            deadline,
            stage: Stage::New(asked),
        }
    }
}

// Nothing in it is pinned.
impl<K, P: Policy, C: Clock> Unpin for KeyedAcquireBy<'_, K, P, C> {}

impl<K: Hash + Eq + Clone, P: Policy, C: Clock> Future for KeyedAcquireBy<'_, K, P, C> {
    type Output = Result<(), AcquireByError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.get_mut();
        if let Stage::New(asked) = &me.stage {
            let (engine, key) = asked.get();
            let shared = match engine.grant_by(key, me.permits, me.deadline) {
                Entered::Live(shared) => Ok(shared),
                Entered::Limited(at, _) if at >= engine.epoch.end(me.deadline) => {
                    let ready_at = engine.epoch.instant(at);
                    Err(Err(AcquireByError::WouldExceed { ready_at }))
                }
                Entered::Limited(..) => engine.live(key).ok_or(Err(AcquireByError::KeysFull)),
                Entered::Granted => Err(Ok(())),
                Entered::ExceedsLimit => Err(Err(AcquireByError::ExceedsLimit)),
                Entered::KeysFull => Err(Err(AcquireByError::KeysFull)),
            };
            match shared {
                Ok(shared) => {
                    let handle = Handle::Owned(shared);
                    let future = AcquireBy::new(handle, me.permits, me.deadline);
                    me.stage = Stage::Waiting(future);
                }
                Err(result) => {
                    me.stage = Stage::Done;
                    return Poll::Ready(result);
                }
            }
        }
        let Stage::Waiting(future) = &mut me.stage else {
            return Poll::Pending;
        };
        let polled = Pin::new(future).poll(cx);
        if polled.is_ready() {
            me.stage = Stage::Done;
        }
        polled
    }
}

impl<K, P: Policy, C: Clock> fmt::Debug for KeyedAcquireBy<'_, K, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedAcquireBy")
            .field("permits", &self.permits)
            .field("deadline", &self.deadline)
            .field("stage", &self.stage.name())
            .finish_non_exhaustive()
    }
}
