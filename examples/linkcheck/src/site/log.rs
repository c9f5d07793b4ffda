//! What the server has seen, and what that says about the client.

use std::time::{Duration, Instant};

use super::pages;
use crate::politeness::Lock;

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The client's number for it.
    pub id: Option<u64>,
    /// Path and query.
    pub path: String,
    /// When its head was complete.
    pub arrived: Instant,
    /// When the client says that it sent it.
    pub sent: Option<Instant>,
}

/// A lockout as the server imposed it.
#[derive(Clone, Copy, Debug)]
pub struct Imposed {
    /// The request that was answered 429 or 503.
    pub id: Option<u64>,
    /// Immediately before the answer was written.
    pub answered: Instant,
    /// Until when nobody was to come.
    pub until: Instant,
}

/// All that the server has seen.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The requests, in no particular order.
    pub requests: Vec<Seen>,
    /// The lockouts, in no particular order.
    pub imposed: Vec<Imposed>,
}

/// How the client kept to the lockouts.
#[derive(Clone, Copy, Debug)]
pub struct Lockouts {
    /// How often the server locked it out.
    pub imposed: usize,
    /// Requests that arrived within a lockout but had been sent before the client could know.
    pub under_way: usize,
    /// Requests that nothing excuses.
    pub violations: usize,
}

impl Log {
    /// The most requests that arrived within any half-open window of length `per`.
    ///
    /// It is enough to look at the windows that begin with an arrival: any other can be moved
    /// later, up to the next arrival, without losing one.
    #[must_use]
    pub fn busiest_window(&self, per: Duration) -> usize {
        let mut arrivals: Vec<Instant> = self.requests.iter().map(|seen| seen.arrived).collect();
        arrivals.sort_unstable();
        let mut end = 0;
        let mut most = 0;
        for (begin, first) in arrivals.iter().enumerate() {
            while end < arrivals.len() && arrivals[end].duration_since(*first) < per {
                end += 1;
            }
            most = most.max(end - begin);
        }
        most
    }

    /// Judges every request by the lockouts of the server and the `locks` of the client.
    ///
    /// A request is a violation
    /// - if it was sent while a lock of the client was in force, or
    /// - if it arrived within a lockout of the server, unless it was sent before the client had
    ///   read the answer that imposed it (see [`crate::politeness`] for why that is exact).
    ///
    /// A lockout that the client did not turn into a lock excuses nobody.
    #[must_use]
    pub fn lockouts(&self, locks: &[Lock]) -> Lockouts {
        let mut under_way = 0;
        let mut violations = 0;
        for seen in &self.requests {
            let sent_while_locked = seen.sent.is_none_or(|sent| {
                locks
                    .iter()
                    .any(|lock| lock.from <= sent && sent < lock.until)
            });
            let (mut arrived_within, mut is_excused) = (false, true);
            for imposed in &self.imposed {
                if imposed.answered <= seen.arrived && seen.arrived < imposed.until {
                    arrived_within = true;
                    let lock = locks.iter().find(|lock| Some(lock.request) == imposed.id);
                    is_excused &= match (seen.sent, lock) {
                        (Some(sent), Some(lock)) => sent < lock.from,
                        _ => false,
                    };
                }
            }
            if sent_while_locked || !is_excused {
                violations += 1;
            } else if arrived_within {
                under_way += 1;
            }
        }
        Lockouts {
            imposed: self.imposed.len(),
            under_way,
            violations,
        }
    }

    /// How many requests were for what `robots.txt` disallows.
    #[must_use]
    pub fn disallowed(&self) -> usize {
        self.requests
            .iter()
            .filter(|seen| pages::is_disallowed(&seen.path))
            .count()
    }
}
