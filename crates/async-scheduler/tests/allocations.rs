//! What is allocated: nothing once the memory has grown, and nothing that stays.

use async_clock::{Clock, ManualClock};
use async_scheduler::{Scheduler, Token};
use std::task::Waker;
use std::time::{Duration, Instant};
use testkit::{CountingAllocator, count_allocations, poll_once};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn items_allocate_nothing_once_there_is_room() {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    let now = clock.now();
    let round = || {
        let mut tokens = [None::<Token>; 50];
        for (n, token) in (0..).zip(&mut tokens) {
            *token = scheduler.schedule_at(now + n * SECOND / 100, n).ok();
        }
        for token in tokens.iter().flatten().step_by(3) {
            assert!(scheduler.cancel(*token).is_some());
        }
        for token in tokens.iter().flatten().skip(1).step_by(3) {
            assert!(scheduler.reschedule(*token, now));
        }
        clock.advance(SECOND);
        while let Ok(due) = scheduler.try_next() {
            drop(due);
        }
        assert!(scheduler.is_idle());
    };
    round();
    assert_eq!(count_allocations(round).calls, 0);
}

#[test]
fn waiting_allocates_nothing_once_there_is_room() {
    let scheduler = Scheduler::with_clock(ManualClock::new());
    // Never, so that no timer is set: a manual clock allocates for those.
    let token = scheduler.schedule_in(Duration::MAX, 1).unwrap();
    let round = || {
        let (mut next, mut join) = (scheduler.next(), scheduler.join());
        assert!(poll_once(&mut next, Waker::noop()).is_pending());
        assert!(poll_once(&mut join, Waker::noop()).is_pending());
        assert!(scheduler.reschedule_in(token, Duration::ZERO));
        assert!(scheduler.reschedule_in(token, Duration::MAX));
        assert!(poll_once(&mut next, Waker::noop()).is_pending());
    };
    round();
    assert_eq!(count_allocations(round).calls, 0);
}

#[test]
fn on_the_system_clock_parking_and_taking_allocate_nothing() {
    let scheduler = Scheduler::new();
    let far = Instant::now() + 3600 * SECOND;
    scheduler.schedule_at(far, 0).unwrap();
    let round = || {
        let mut next = scheduler.next();
        assert!(poll_once(&mut next, Waker::noop()).is_pending());
        scheduler.schedule_in(Duration::ZERO, 1).unwrap();
        assert!(poll_once(&mut next, Waker::noop()).is_ready());
    };
    round();
    assert_eq!(count_allocations(round).calls, 0);
}

type Numbers = Scheduler<u64, Instant, ManualClock>;

#[test]
fn the_memory_of_many_items_is_given_back() {
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    let ends: [fn(&Numbers, Vec<Token>); 3] = [
        |scheduler, tokens| {
            for token in tokens {
                scheduler.cancel(token).unwrap();
            }
        },
        |scheduler, _| drop(scheduler.clear()),
        |scheduler, _| while scheduler.try_next().is_ok() {},
    ];
    for end in ends {
        let allocations = count_allocations(|| {
            let tokens: Vec<_> = (0..10_000)
                .map(|n| scheduler.schedule_at(clock.now(), n).unwrap())
                .collect();
            end(&scheduler, tokens);
        });
        assert!(
            allocations.bytes > 300_000,
            "many items need memory: {allocations:?}"
        );
        assert!(allocations.live_bytes <= 0, "{allocations:?}");
    }
}

#[test]
fn the_sizes_are_those_of_the_documentation() {
    assert_eq!(size_of::<Option<Token>>(), 8);
    let scheduler = Scheduler::with_clock(ManualClock::new());
    let (count, now) = (1_u16 << 14, Instant::now());
    let allocations = count_allocations(|| {
        for n in 0..count {
            scheduler.schedule_at(now, u64::from(n)).unwrap();
        }
    });
    // The vectors hold exactly a power of two now.
    let each = usize::try_from(allocations.live_bytes).unwrap() / usize::from(count);
    assert!((8 + 24..=8 + 60).contains(&each), "{each} bytes per item");
}
