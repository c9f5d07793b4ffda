//! The wake-ups that `DelayQueue` of tokio-timer, tokio and tokio-util has lost over the years, and
//! its panics: here with a consumer that is parked, on a clock that stands still unless told.

use async_clock::{Clock, ManualClock};
use async_scheduler::{NextOwned, Scheduler, Token};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use testkit::{CountWaker, poll_once};

const MS: Duration = Duration::from_millis(1);
const NANO: Duration = Duration::from_nanos(1);
const YEAR: Duration = Duration::from_secs(31_556_952);

struct Parked {
    clock: ManualClock,
    scheduler: Scheduler<&'static str, Instant, ManualClock>,
    epoch: Instant,
    next: NextOwned<&'static str, Instant, ManualClock>,
    count: Arc<CountWaker>,
    waker: Waker,
}

impl Parked {
    /// A consumer that waits for what is scheduled here.
    fn after(items: &[(&'static str, u32)]) -> (Self, Vec<Token>) {
        let clock = ManualClock::new();
        let scheduler = Scheduler::with_clock(clock.clone());
        let epoch = clock.now();
        let tokens = items
            .iter()
            .map(|&(item, ms)| scheduler.schedule_at(epoch + ms * MS, item).unwrap())
            .collect();
        let (count, waker) = CountWaker::new();
        let mut next = scheduler.next_owned();
        assert!(poll_once(&mut next, &waker).is_pending());
        let parked = Self {
            clock,
            scheduler,
            epoch,
            next,
            count,
            waker,
        };
        (parked, tokens)
    }

    fn at(&self, ms: u32) -> Instant {
        self.epoch + ms * MS
    }

    /// The consumer is woken at that time, not a nanosecond before, and finds the item.
    fn is_woken_at(&mut self, ms: u32, item: &str) {
        let until = self.at(ms) - self.clock.now();
        if let Some(early) = until.checked_sub(NANO) {
            self.clock.advance(early);
            assert_eq!(self.count.wakes(), 0, "too early");
        }
        self.clock.advance(self.at(ms) - self.clock.now());
        self.is_woken(item);
    }

    fn is_woken(&mut self, item: &str) {
        assert_eq!(self.count.wakes(), 1, "nobody woke the consumer");
        match poll_once(&mut self.next, &self.waker) {
            Poll::Ready(Some(due)) => assert_eq!(*due, item),
            other => panic!("{other:?} instead of {item}"),
        }
    }

    fn parks_again(&mut self) {
        self.count.reset();
        self.next = self.scheduler.next_owned();
        assert!(poll_once(&mut self.next, &self.waker).is_pending());
    }
}

/// tokio#849: an item that was moved to an earlier time did not wake.
#[test]
fn tokio_849_an_item_moved_earlier() {
    for far in [64, 100, 192, 200, 5000] {
        let (mut parked, tokens) = Parked::after(&[("foo", far)]);
        parked.clock.advance(3 * MS);
        assert!(parked.scheduler.reschedule(tokens[0], parked.at(5)));
        parked.is_woken_at(5, "foo");
    }
}

/// tokio#854: an earlier item, inserted while the queue was waiting, did not wake.
#[test]
fn tokio_854_an_earlier_item_while_parked() {
    let (mut parked, _) = Parked::after(&[("foo", 10_000)]);
    parked.scheduler.schedule_at(parked.at(600), "bar").unwrap();
    // Polling once more has no effect on it.
    assert!(poll_once(&mut parked.next, &parked.waker).is_pending());
    parked.is_woken_at(600, "bar");
}

/// tokio#868: moving several items several times panicked.
#[test]
fn tokio_868_several_items_moved_several_times() {
    let (mut parked, tokens) = Parked::after(&[("loss", 200), ("idle", 250)]);
    for (token, ms) in [(0, 300), (1, 350), (0, 400)] {
        assert!(parked.scheduler.reschedule(tokens[token], parked.at(ms)));
    }
    parked.is_woken_at(350, "idle");
    parked.parks_again();
    parked.is_woken_at(400, "loss");
}

/// tokio#1700: after an item was yielded, inserting a later one postponed those before it.
#[test]
fn tokio_1700_a_later_item_after_one_was_yielded() {
    let (mut parked, _) = Parked::after(&[("1", 1000), ("2", 2000)]);
    parked.is_woken_at(1000, "1");
    parked.scheduler.schedule_at(parked.at(9000), "9").unwrap();
    parked.parks_again();
    parked.scheduler.schedule_at(parked.at(8000), "8").unwrap();
    parked.is_woken_at(2000, "2");
}

/// tokio#2217: inserting before the first threw the waiting task's registration away.
#[test]
fn tokio_2217_earlier_and_earlier_items_without_a_poll() {
    let (mut parked, _) = Parked::after(&[("last", 100)]);
    for (item, ms) in [("c", 30), ("b", 20), ("a", 10)] {
        parked.scheduler.schedule_at(parked.at(ms), item).unwrap();
    }
    parked.is_woken_at(10, "a");
}

/// tokio#2290: an item moved into the part of the wheel that had passed already did not wake.
#[test]
fn tokio_2290_the_first_item_moved_later() {
    let (mut parked, tokens) = Parked::after(&[("foo", 100)]);
    parked.clock.advance(80 * MS);
    assert!(parked.scheduler.reschedule(tokens[0], parked.at(120)));
    parked.is_woken_at(120, "foo");
}

/// tokio#6751: with the last item removed the queue was at its end, and did not say so.
/// Here that is an end if the scheduler is closed, and else there is more to wait for.
#[test]
fn tokio_6751_the_last_item_removed() {
    let (mut parked, tokens) = Parked::after(&[("foo", 100)]);
    assert_eq!(parked.scheduler.cancel(tokens[0]), Some("foo"));
    assert_eq!(parked.count.wakes(), 0, "there is nothing to do");
    parked.scheduler.schedule_at(parked.at(50), "bar").unwrap();
    parked.is_woken_at(50, "bar");

    let (mut parked, tokens) = Parked::after(&[("foo", 100)]);
    parked.scheduler.close_after_drain();
    assert_eq!(parked.count.wakes(), 0);
    assert_eq!(parked.scheduler.cancel(tokens[0]), Some("foo"));
    assert_eq!(parked.count.wakes(), 1);
    assert!(matches!(
        poll_once(&mut parked.next, &parked.waker),
        Poll::Ready(None)
    ));
}

/// tokio#8274: an item moved to a time that has passed did not wake.
#[test]
fn tokio_8274_an_item_moved_to_the_past() {
    let (mut parked, tokens) = Parked::after(&[("foo", 100)]);
    parked.clock.advance(50 * MS);
    assert!(parked.scheduler.reschedule(tokens[0], parked.epoch));
    parked.is_woken("foo");
}

/// tokio#8274, by insertion.
#[test]
fn an_item_inserted_in_the_past() {
    let (mut parked, _) = Parked::after(&[("foo", 100)]);
    parked.clock.advance(50 * MS);
    parked.scheduler.schedule_at(parked.epoch, "bar").unwrap();
    parked.is_woken("bar");
}

/// tokio#8320: the end by `clear` did not wake.
#[test]
fn tokio_8320_clear() {
    let (mut parked, _) = Parked::after(&[("foo", 100), ("bar", 50)]);
    assert_eq!(parked.scheduler.clear(), ["bar", "foo"]);
    assert_eq!(parked.count.wakes(), 0, "there is nothing to do");
    parked.scheduler.schedule_at(parked.at(70), "baz").unwrap();
    parked.is_woken_at(70, "baz");

    let (mut parked, _) = Parked::after(&[("foo", 100)]);
    parked.scheduler.close_after_drain();
    parked.scheduler.clear();
    assert_eq!(parked.count.wakes(), 1);
    assert!(matches!(
        poll_once(&mut parked.next, &parked.waker),
        Poll::Ready(None)
    ));
}

/// `remove` of the first, `peek`, and the memory given back: what is left comes at its time.
#[test]
fn the_first_item_removed_leaves_the_second() {
    let (mut parked, tokens) = Parked::after(&[("foo", 100), ("bar", 150)]);
    assert_eq!(parked.scheduler.cancel(tokens[0]), Some("foo"));
    assert_eq!(parked.scheduler.peek(), Some(parked.at(150)));
    parked.is_woken_at(150, "bar");
}

/// `compact` moved items, and their keys with them.
#[test]
fn memory_given_back_while_parked_leaves_tokens_and_wake_ups() {
    let (mut parked, _) = Parked::after(&[]);
    let many: Vec<Token> = (1000..2000)
        .map(|ms| parked.scheduler.schedule_at(parked.at(ms), "many").unwrap())
        .collect();
    for token in &many {
        assert_eq!(parked.scheduler.cancel(*token), Some("many"));
    }
    let kept = parked.scheduler.schedule_at(parked.at(9), "kept").unwrap();
    assert!(
        many.iter()
            .all(|token| parked.scheduler.cancel(*token).is_none())
    );
    assert!(parked.scheduler.reschedule(kept, parked.at(7)));
    parked.is_woken_at(7, "kept");
}

/// tokio#3270: a token used after its item was due, and moved, confused the queue.
#[test]
fn tokio_3270_tokens_of_items_that_are_due() {
    let (parked, tokens) = Parked::after(&[("b", 64), ("c", 64)]);
    let past = parked.scheduler.schedule_at(parked.epoch, "past").unwrap();
    assert!(parked.scheduler.reschedule(past, parked.at(128)));
    assert!(parked.scheduler.reschedule(past, parked.at(64)));
    parked.clock.advance(64 * MS);
    assert_eq!(*parked.scheduler.try_next().unwrap(), "b");
    assert_eq!(parked.scheduler.cancel(tokens[0]), None);
    assert!(parked.scheduler.reschedule(tokens[1], parked.at(65)));
    assert_eq!(parked.scheduler.cancel(past), Some("past"));
    assert_eq!(parked.scheduler.cancel(past), None);
    parked.clock.advance(MS);
    assert_eq!(*parked.scheduler.try_next().unwrap(), "c");
    assert!(parked.scheduler.is_empty());
}

/// tokio-util#5536, kube-rs/kube#1772, restatedev/restate#5017: a panic above 2^36 milliseconds.
#[test]
fn schedules_three_years_ahead() {
    let (mut parked, _) = Parked::after(&[("soon", 1)]);
    let ahead = parked.epoch + 3 * YEAR;
    parked.scheduler.schedule_at(ahead, "three years").unwrap();
    parked.scheduler.schedule_in(100 * YEAR, "later").unwrap();
    parked.is_woken_at(1, "soon");
    parked.parks_again();
    let until = ahead - parked.clock.now();
    parked.clock.advance(until.checked_sub(NANO).unwrap());
    assert_eq!(parked.count.wakes(), 0);
    parked.clock.advance(NANO);
    parked.is_woken("three years");
}

/// And one that has been alive for so long.
#[test]
fn schedules_after_three_years() {
    let (mut parked, _) = Parked::after(&[]);
    parked.clock.advance(3 * YEAR);
    let at = parked.clock.now() + MS;
    parked.scheduler.schedule_at(at, "old").unwrap();
    parked.clock.advance(MS);
    parked.is_woken("old");
}
