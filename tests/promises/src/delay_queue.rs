//! Delay queues: what a contender implements, the promises, and the contenders.

mod far_times;
mod last_waker;
mod memory;
mod order;
mod ours;
mod panicking_wakers;
mod parked_consumer;
mod peers;
#[cfg(test)]
pub(crate) mod straw;
mod tokens;

use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use testkit::CountWaker;

use crate::outcome::{Outcome, ensure};
use crate::primitive::{Contender, Promise, promises};

/// A delay queue under test, on the clock of the system.
pub(crate) trait DelayQueue: Sized + 'static {
    type Token: Clone;

    fn new() -> Self;

    fn insert_at(&mut self, at: Instant, item: usize) -> Self::Token;

    fn insert_in(&mut self, delay: Duration, item: usize) -> Self::Token;

    /// Whether the item was still there.
    fn reset_at(&mut self, token: &Self::Token, at: Instant) -> bool;

    fn remove(&mut self, token: &Self::Token) -> Option<usize>;

    fn clear(&mut self);

    /// Nothing more comes: the queue is at its end once it is empty.
    fn end(&mut self);

    /// The next item that is due; `None` at the end.
    fn poll(&mut self, waker: &Waker) -> Poll<Option<usize>>;

    /// Lets time pass, in which timers fire.
    fn pass(&mut self, time: Duration);
}

/// Until something that has to wait for a moment.
const SOON: Duration = Duration::from_millis(20);

/// Longer than any probe.
const FAR: Duration = Duration::from_secs(3600);

/// What comes so late does not come.
const LIMIT: Duration = Duration::from_secs(1);

/// Whoever waits for items, and is polled when it was woken, and else not.
struct Consumer {
    count: Arc<CountWaker>,
    waker: Waker,
}

impl Consumer {
    /// Waits on a queue in which nothing is due.
    fn parked(queue: &mut impl DelayQueue) -> Outcome<Self> {
        let (count, waker) = CountWaker::new();
        let consumer = Self { count, waker };
        consumer.parks(queue)?;
        Ok(consumer)
    }

    fn parks(&self, queue: &mut impl DelayQueue) -> Outcome {
        self.count.reset();
        // An empty queue may be at its end, for the time being.
        let nothing = matches!(queue.poll(&self.waker), Poll::Pending | Poll::Ready(None));
        ensure!(nothing, "an item comes before its time");
        Ok(())
    }

    /// Waits until it was woken and finds something: an item, or the end.
    fn finds(&self, queue: &mut impl DelayQueue, within: Duration) -> Outcome<Option<usize>> {
        let until = Instant::now() + within;
        loop {
            while self.count.wakes() == 0 {
                ensure!(Instant::now() < until, "it sleeps on");
                queue.pass(Duration::from_millis(1));
            }
            self.count.reset();
            if let Poll::Ready(found) = queue.poll(&self.waker) {
                return Ok(found);
            }
        }
    }

    /// Waits for this item.
    fn gets(&self, queue: &mut impl DelayQueue, item: usize) -> Outcome {
        match self.finds(queue, LIMIT)? {
            None => ensure!(false, "it is told of an end"),
            Some(found) => ensure!(found == item, "another item comes"),
        }
        Ok(())
    }
}

/// The rows of the table; each group is in the file of its name.
fn promises<Q: DelayQueue>() -> Vec<Promise> {
    promises! { Q;
        parked_consumer {
            hears_of_a_first_item: Steps "A consumer that waits is woken for an item that is inserted into the empty queue";
            hears_of_an_earlier_item: Steps "A consumer that waits is woken for an earlier item that is inserted";
            hears_of_earlier_and_earlier_items: Steps "… for the earliest of several that are inserted one after another";
            hears_of_an_overdue_item: Steps "… for one whose time has passed already";
            hears_of_an_item_moved_earlier: Steps "A consumer that waits is woken for an item that was moved to an earlier time";
            hears_of_an_item_moved_to_the_past: Steps "… and for one that was moved to a time that has passed";
            hears_of_an_item_moved_later: Steps "… and for one that was moved later, at its new time";
            hears_of_the_second_item: Steps "After the first item was removed, the second one comes at its time";
            hears_of_an_item_after_a_clear: Steps "After a clear, the next item comes at its time";
            is_not_delayed: Steps "An item that is inserted later delays none before it";
            hears_of_the_end_by_remove: Steps "A consumer that waits is woken for the end when the last item is removed";
            hears_of_the_end_by_clear: Steps "… and when all are cleared";
        }
        last_waker {
            is_woken: Steps "A queue wakes the waker of its last poll";
        }
        panicking_wakers {
            leave_the_queue_usable: Steps "A waker that panics leaves the delay queue usable";
        }
        order {
            equal_times_keep_their_order: Steps "Items for the same time come in the order in which they were inserted";
            close_times_keep_their_order: Steps "Items come in the order of their times, a tenth of a millisecond apart";
            nothing_comes_early: Steps "No item comes before its time";
        }
        far_times {
            three_years: Steps "An item may be three years ahead";
            for_ever: Steps "A delay of `Duration::MAX` is one that does not end";
        }
        tokens {
            remove_gives_the_item_back: Steps "An item that is removed is given back and does not come";
            removes_what_is_due: Steps "… also one that is due and was not yet taken";
            are_refused_when_spent: Steps "A token whose item has come is refused";
            touch_no_other_item: Steps "… also when another item was inserted since: that one stays";
        }
        memory {
            taken_items_leave_nothing: Steps "Items that come and go leave no memory behind";
            a_burst_is_given_back: Steps "After 10 000 items that were removed their memory is given back";
        }
    }
}

/// The columns of the table.
pub(crate) fn contenders() -> Vec<Contender> {
    use ours::Ours;
    use peers::TokioUtil;
    vec![
        Contender::ours("async-scheduler", "async-scheduler", promises::<Ours>()),
        Contender::peer("tokio-util", promises::<TokioUtil>()),
    ]
}
