//! Merges of streams: what a contender implements, the promises, and the contenders.

mod fairness;
mod last_waker;
mod memory;
mod ours;
mod panicking_sources;
mod panicking_wakers;
mod peers;
mod sources;
#[cfg(test)]
pub(crate) mod straw;
mod tap;
mod threads;
mod wakers_that_call_back;
mod wakes;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use testkit::CountWaker;

use crate::outcome::{Outcome, ensure, lacks};
use crate::primitive::{Contender, Promise, promises};

/// What is merged.
pub(crate) type Source = Pin<Box<dyn Stream<Item = usize> + Send>>;

/// A merge under test.
///
/// What a contender's API does not have stays as it is here.
pub(crate) trait Merge: Sized + Send + 'static {
    fn of(sources: Vec<Source>) -> Self;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>>;

    /// Adds a source while it runs.
    fn push(&mut self, _source: Source) -> Outcome {
        lacks("sources that come later")
    }
}

/// Asks once.
fn poll(merge: &mut impl Merge, waker: &Waker) -> Poll<Option<usize>> {
    merge.poll_next(&mut Context::from_waker(waker))
}

/// Asks a merge that has to wait.
fn start(merge: &mut impl Merge, waker: &Waker) -> Outcome {
    let waits = poll(merge, waker).is_pending();
    ensure!(waits, "ready where it has to wait");
    Ok(())
}

/// Asks as often as its task is woken by that: then each source was asked.
fn park(merge: &mut impl Merge) -> Outcome {
    let (count, waker) = CountWaker::new();
    for _ in 0..100 {
        count.reset();
        start(merge, &waker)?;
        if count.wakes() == 0 {
            return Ok(());
        }
    }
    ensure!(false, "it wakes its task for ever");
    Ok(())
}

/// The rows of the table; each group is in the file of its name.
fn promises<M: Merge>() -> Vec<Promise> {
    promises! { M;
        fairness {
            each_has_its_turn: Steps "Of ten sources that are always ready each appears in any 20 items";
            who_becomes_ready_has_its_turn: Steps "A source that becomes ready beside nine such appears in the next 20 items";
        }
        wakes {
            ask_nobody_else: Steps "Of 100 sources only that one is asked again which has woken";
            are_heard_during_the_poll: Steps "A source that wakes during its own poll is asked again";
            are_not_lost_behind_an_item: Steps "Of two sources that wake at once both are asked, without another wake";
        }
        last_waker {
            is_woken: Steps "A merge wakes the waker of its last poll";
            is_woken_by_each_source: Steps "… also for a source that was not asked by that poll";
        }
        sources {
            are_dropped_at_their_end: Steps "A source that has ended is dropped while the others go on";
            are_not_asked_after_their_end: Steps "… and is not asked again";
            wake_when_they_are_pushed: Steps "A source that is pushed while the merge waits wakes its task";
            come_after_the_end: Steps "A merge that was at its end gives the items of a source that is pushed";
            may_wake_when_they_are_gone: Steps "Wakers of sources may be called when the merge is gone";
        }
        panicking_sources {
            harm_no_other: Steps "A source that panics harms none of the others";
        }
        wakers_that_call_back {
            woken_task: Steps "A task's waker may wake another source when it is woken";
            cloned_task: Steps "A task's waker may wake a source when it is cloned";
            dropped_task: Steps "A task's waker may wake a source when it is replaced and dropped";
        }
        panicking_wakers {
            leave_the_merge_usable: Steps "A waker that panics leaves the merge usable, and no item is lost";
        }
        memory {
            items_allocate_nothing: Steps "An item of a source that is always ready allocates nothing";
            wakes_allocate_nothing: Steps "An item that a source was waited for allocates nothing";
            sources_leave_nothing: Steps "Sources that come and go leave no memory behind";
        }
        threads {
            lose_no_item: Race "Threads that feed the sources: no item is lost or out of its source's order, no wake-up is lost";
        }
    }
}

/// The columns of the table.
pub(crate) fn contenders() -> Vec<Contender> {
    use ours::Ours;
    use peers::{FuturesBuffered, FuturesConcurrency, FuturesUtil, TokioStream, Unicycle};
    vec![
        Contender::ours(
            "async-merge-streams",
            "async-merge-streams",
            promises::<Ours>(),
        ),
        Contender::peer("futures-util", promises::<FuturesUtil>()),
        Contender::peer("futures-buffered", promises::<FuturesBuffered>()),
        Contender::peer("futures-concurrency", promises::<FuturesConcurrency>()),
        Contender::peer("tokio-stream", promises::<TokioStream>()),
        Contender::peer("unicycle", promises::<Unicycle>()),
    ]
}
