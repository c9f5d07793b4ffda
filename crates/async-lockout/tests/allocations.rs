//! What is allocated: nothing on the way in, and nothing that stays.

use async_clock::ManualClock;
use async_lockout::{FifoLockout, Lockout};
use std::task::Waker;
use std::time::Duration;
use testkit::{CountingAllocator, count_allocations, poll_once};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn checks_locks_and_passes_allocate_nothing() {
    let lockout = Lockout::new();
    let fifo = FifoLockout::builder().probe(true).build();
    let allocations = count_allocations(|| {
        assert_eq!(lockout.try_pass(), Ok(()));
        assert!(poll_once(&mut lockout.wait(), Waker::noop()).is_ready());
        assert!(poll_once(&mut fifo.wait(), Waker::noop()).is_ready());
        drop(fifo.try_acquire());
        lockout.lock_for(SECOND);
        fifo.lock_for(SECOND);
        assert!(lockout.is_locked() && lockout.try_pass().is_err());
        assert!(fifo.locked_until().is_some() && fifo.try_acquire().is_err());
        lockout.clear();
        fifo.clear();
    });
    assert_eq!(allocations.calls, 0);
}

#[test]
fn waiting_again_allocates_nothing() {
    let fifo = FifoLockout::builder().clock(ManualClock::new()).build();
    let lockout = Lockout::with_clock(ManualClock::new());
    // Without an end, so that no timer is set: a manual clock allocates for those.
    let round = || {
        fifo.lock_for(Duration::MAX);
        lockout.lock_for(Duration::MAX);
        let (mut first, mut second) = (fifo.acquire(), lockout.wait());
        assert!(poll_once(&mut first, Waker::noop()).is_pending());
        assert!(poll_once(&mut second, Waker::noop()).is_pending());
        fifo.clear();
        lockout.clear();
        assert!(poll_once(&mut first, Waker::noop()).is_ready());
        assert!(poll_once(&mut second, Waker::noop()).is_ready());
    };
    round();
    assert_eq!(count_allocations(round).calls, 0);
}

#[test]
fn the_memory_of_a_crowd_is_given_back() {
    let lockout = Lockout::with_clock(ManualClock::new());
    let tags: Vec<_> = (0..100).map(|_| lockout.tag_for(Duration::MAX)).collect();
    let allocations = count_allocations(|| {
        let mut crowd: Vec<_> = (0..10_000).map(|_| lockout.wait()).collect();
        for wait in &mut crowd {
            assert!(poll_once(wait, Waker::noop()).is_pending());
        }
        tags.into_iter().for_each(async_lockout::Tag::remove);
        assert!(
            crowd
                .iter_mut()
                .all(|wait| poll_once(wait, Waker::noop()).is_ready())
        );
    });
    assert!(
        allocations.bytes > 300_000,
        "a crowd needs memory: {allocations:?}"
    );
    assert!(allocations.live_bytes <= 0, "{allocations:?}");
}

#[test]
fn forgotten_tags_do_not_pile_up() {
    let clock = ManualClock::new();
    let lockout = Lockout::with_clock(clock.clone());
    drop(lockout.tag_for(SECOND)); // an empty B-tree keeps a node
    let allocations = count_allocations(|| {
        for _ in 0..1000 {
            drop(lockout.tag_for(3600 * SECOND));
        }
    });
    assert_eq!(allocations.live_bytes, 0);
    assert!(lockout.is_locked());
}
