//! A caller that moves to another task wakes that one.

use std::task::Waker;
use std::time::{Duration, Instant};

use testkit::CountWaker;

use super::far_side::{Conduct, FarSide};
use super::{Batcher, SOON};
use crate::outcome::{Outcome, ensure};
use crate::polling::{poll, start};

pub(super) fn is_woken<B: Batcher>() -> Outcome {
    B::waits()?;
    let far_side = FarSide::new(Conduct::Replies);
    let batcher = B::new(100, SOON, far_side.work());
    let mut submit = batcher.submit(1);
    start(&mut submit, Waker::noop())?;
    let (last, waker) = CountWaker::new();
    start(&mut submit, &waker)?;
    let until = Instant::now() + Duration::from_secs(1);
    while far_side.seen().is_empty() {
        ensure!(Instant::now() < until, "its batch does not go");
        batcher.pass(Duration::from_millis(1));
    }
    batcher.pass(SOON);
    ensure!(last.wakes() > 0, "only the first waker is woken");
    let ready = poll(&mut submit, &waker).is_ready();
    ensure!(ready, "it is woken for nothing");
    Ok(())
}
