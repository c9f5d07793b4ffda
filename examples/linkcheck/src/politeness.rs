//! What keeps the crawl polite: for each host one rate limiter and one lockout.
//!
//! # The promise
//!
//! 1. *No window of length `per` sees more than `n` requests, measured at the server.*
//!    A request reaches the server at some unknown moment between the limiter's grant and the
//!    arrival of the answer's head.
//!    The limiter's guard is held over that whole span, so whichever moment it was, it counts.
//! 2. *Nothing is sent while the host has locked us out.*
//!    The limiter comes first and the lockout last, and the lockout is looked at once more when the
//!    connection stands and the next thing to happen is the write.
//!
//! # What "sent" and "locked" mean
//!
//! The server's lockout begins when it answers 429; ours can only begin once we have read that.
//! Requests that were under way in between can't be recalled, by anybody.
//! What can be promised, and is: no request is written to its socket between the instant at which
//! the answer's head had been read and the lock was set, and the end of that lock.
//! One mutex, `locks`, puts the two in order:
//!
//! - [`Host::unless_locked`] checks the lockout and has the request written under it;
//! - [`Host::lock_for`] sets the lockout and takes the instant from which on it holds under it.
//!
//! So a request is either written before the lock (and is excused, if it arrives within the
//! server's lockout), or it sees the lock and waits.
//! There is no third case that a grace would have to cover.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_clock::timeout;
use async_lockout::Lockout;
use async_ratelimiter::RateLimiter;
use url::Url;

use crate::duration;

/// At most `requests` in any window of length `per`; written `20/1s`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// How many requests a window may see.
    pub requests: NonZeroU32,
    /// The length of the window; not zero.
    pub per: Duration,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (requests, per) = text
            .split_once('/')
            .ok_or("a rate is written N/TIME, for example 20/1s")?;
        let requests = requests
            .trim()
            .parse()
            .map_err(|_| format!("`{requests}` is not a whole number from 1 to {}", u32::MAX))?;
        let per = duration::parse(per.trim())?;
        if per.is_zero() {
            return Err("the time of a rate can't be zero".to_owned());
        }
        Ok(Self { requests, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:?}", self.requests, self.per)
    }
}

/// All hosts that were met so far.
#[derive(Debug)]
pub struct Politeness {
    rate: Rate,
    /// A host that asks for a longer pause than this is given up.
    max_wait: Duration,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

impl Politeness {
    /// Creates the limits that each host shall have.
    #[must_use]
    pub fn new(rate: Rate, max_wait: Duration) -> Self {
        Self {
            rate,
            max_wait,
            hosts: Mutex::default(),
        }
    }

    /// The host that `url` names. All of its ports and both schemes share one limit.
    #[must_use]
    pub fn host(&self, url: &Url) -> Arc<Host> {
        let name = url.host_str().unwrap_or_default().to_owned();
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(name).or_insert_with(|| {
            Arc::new(Host {
                limiter: RateLimiter::new(self.rate.requests, self.rate.per),
                lockout: Lockout::new(),
                max_wait: self.max_wait,
                locks: Mutex::default(),
            })
        });
        Arc::clone(host)
    }

    /// How long the last of the locks in force will last, if there is one.
    #[must_use]
    pub fn locked_for(&self) -> Option<Duration> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.values().filter_map(|host| host.locked_for()).max()
    }

    /// The locks that all hosts have asked for, in no particular order.
    #[must_use]
    pub fn locks(&self) -> Vec<Lock> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.values().flat_map(|host| host.locks()).collect()
    }
}

/// One host: its limiter, its lockout, and the record of its locks.
#[derive(Debug)]
pub struct Host {
    /// Take its guard before anything else, and drop it when the answer's head has been read.
    pub limiter: RateLimiter,
    lockout: Lockout,
    max_wait: Duration,
    /// The locks so far; its mutex orders sending and locking (see the module's docs).
    locks: Mutex<Vec<Lock>>,
}

/// A lock as the client saw it.
#[derive(Clone, Copy, Debug)]
pub struct Lock {
    /// The request whose answer asked for it.
    pub request: u64,
    /// From here on nothing was sent…
    pub from: Instant,
    /// …until here.
    pub until: Instant,
}

/// The host asked for a longer pause than we are ready to wait for.
#[derive(Clone, Copy, Debug)]
pub struct TooLong {
    /// What is left of the pause.
    pub left: Duration,
}

impl Host {
    /// Waits until no lock is in force.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses nothing.
    ///
    /// # Errors
    ///
    /// [`TooLong`] when that lies further away than the longest wait that was allowed.
    pub async fn unlocked(&self) -> Result<(), TooLong> {
        loop {
            let Some(left) = self.locked_for() else {
                return Ok(());
            };
            if left > self.max_wait {
                return Err(TooLong { left });
            }
            // The lock may grow while we wait: then it is looked at again, at the latest after
            // the longest wait. `Elapsed` and the lock's end are both answered by that look.
            let _ = timeout(self.max_wait, self.lockout.wait()).await;
        }
    }

    /// Runs `send` if the host is not locked; no lock is set while it runs.
    ///
    /// `send` has to be short, and must not call back into this host.
    pub fn unless_locked<T>(&self, send: impl FnOnce() -> T) -> Option<T> {
        let _order = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        (!self.lockout.is_locked()).then(send)
    }

    /// Sends nothing more for `pause`, as the answer to `request` asked.
    pub fn lock_for(&self, request: u64, pause: Duration) {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        self.lockout.lock_for(pause);
        let from = Instant::now();
        // Not later than the lockout's own end, which counts from a slightly earlier instant for
        // this lock and may lie further away because of another.
        if let Some(until) = self.lockout.locked_until() {
            locks.push(Lock {
                request,
                from,
                until,
            });
        }
    }

    /// How long the lock in force will last, if there is one.
    #[must_use]
    pub fn locked_for(&self) -> Option<Duration> {
        let until = self.lockout.locked_until()?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The locks so far.
    #[must_use]
    pub fn locks(&self) -> Vec<Lock> {
        let locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.clone()
    }
}
