//! How many permits a period has.

use std::time::{Duration, Instant};

use super::{Limiter, PERIOD, taken};
use crate::outcome::{Outcome, ensure};

const PERMITS: u32 = 10;

/// Whoever refills a bucket while it is being emptied gives nearly twice as many (governor#219).
///
/// After rests of different lengths all that can be had is taken.
pub(super) fn hold_no_more<L: Limiter>() -> Outcome {
    for tenths in [0, 5, 9, 15] {
        let limiter = L::new(PERMITS, PERIOD);
        limiter.pass(PERIOD * tenths / 10);
        // When each call began and ended; the permit was given in between.
        let mut calls = Vec::new();
        let until = Instant::now() + 3 * PERIOD;
        while Instant::now() < until {
            let begun = Instant::now();
            if limiter.try_acquire() {
                calls.push((begun, Instant::now()));
            } else {
                limiter.pass(Duration::from_micros(100));
            }
        }
        let within = |pair: &&[(Instant, Instant)]| {
            let (first, last) = (pair[0], pair[pair.len() - 1]);
            last.1 - first.0 < PERIOD
        };
        let crowded = calls.windows(PERMITS as usize + 1).filter(within).count();
        ensure!(crowded == 0, "some hold more");
    }
    Ok(())
}

pub(super) fn are_used_again<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(PERMITS, PERIOD)?;
    limiter.pass(PERIOD + PERIOD / 2);
    for number in 0..PERMITS {
        ensure!(limiter.try_acquire(), "only {number} of {PERMITS}");
    }
    Ok(())
}

pub(super) fn may_be_endless<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(PERMITS, Duration::MAX)?;
    limiter.pass(PERIOD);
    ensure!(!limiter.try_acquire(), "it ends");
    Ok(())
}
