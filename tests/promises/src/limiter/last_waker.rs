//! A future that moves to another task wakes that one.

use std::task::Waker;
use std::time::Instant;

use testkit::CountWaker;

use super::{LIMIT, Limiter, PERIOD, taken};
use crate::outcome::{Outcome, ensure};
use crate::polling::start;

pub(super) fn is_woken<L: Limiter>() -> Outcome {
    let limiter = taken::<L>(1, PERIOD)?;
    let (last, waker) = CountWaker::new();
    let mut acquire = limiter.acquire();
    start(&mut acquire, Waker::noop())?;
    start(&mut acquire, &waker)?;
    let until = Instant::now() + LIMIT;
    while last.wakes() == 0 {
        ensure!(Instant::now() < until, "only the first waker is woken");
        limiter.pass(PERIOD / 10);
    }
    Ok(())
}
