//! What bars the way: the latest of all locks, tagged or not.

use async_clock::{Clock, ManualClock};
use async_lockout::{Lockout, Tag, WaitOwned};
use fastrand::Rng;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use testkit::{CountWaker, poll_once, with_seeds};

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);
const ALMOST: Duration = Duration::from_nanos(999_999_999);

fn lockout() -> (Lockout<ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    (Lockout::with_clock(clock.clone()), clock)
}

#[test]
fn a_lock_ends_exactly_at_its_deadline() {
    let (lockout, clock) = lockout();
    let end = clock.now() + SECOND;
    lockout.lock_for(SECOND);
    clock.advance(ALMOST);
    assert!(lockout.is_locked());
    assert_eq!(lockout.locked_until(), Some(end));
    let locked = lockout.try_pass().unwrap_err();
    assert_eq!((locked.retry_at(), locked.retry_after()), (Some(end), NANO));
    clock.advance(NANO);
    assert!(!lockout.is_locked());
    assert_eq!(lockout.locked_until(), None);
    assert_eq!(lockout.try_pass(), Ok(()));
}

#[test]
fn the_longest_lock_wins() {
    let (lockout, clock) = lockout();
    lockout.lock_for(3 * SECOND);
    lockout.lock_for(SECOND);
    let tag = lockout.tag_for(2 * SECOND);
    assert_eq!(lockout.locked_until(), Some(clock.now() + 3 * SECOND));
    lockout.lock_for(4 * SECOND);
    assert_eq!(lockout.locked_until(), Some(clock.now() + 4 * SECOND));
    drop(tag);
}

#[test]
fn a_removed_tag_takes_its_own_lock_only() {
    let (lockout, clock) = lockout();
    let start = clock.now();
    let long = lockout.tag_for(5 * SECOND);
    let longer = lockout.tag_for(6 * SECOND);
    lockout.lock_for(SECOND);
    longer.remove();
    assert_eq!(lockout.locked_until(), Some(start + 5 * SECOND));
    long.remove();
    assert_eq!(lockout.locked_until(), Some(start + SECOND));
}

#[test]
fn a_dropped_tag_stays_in_force_until_its_time() {
    let (lockout, clock) = lockout();
    let end = clock.now() + 5 * SECOND;
    drop(lockout.tag_for(5 * SECOND));
    lockout.tag_for(9 * SECOND).remove();
    assert_eq!(lockout.locked_until(), Some(end));
    clock.advance(5 * SECOND);
    assert!(!lockout.is_locked());
}

#[test]
fn an_extension_never_shortens_and_revives_what_has_ended() {
    let (lockout, clock) = lockout();
    let mut tag = lockout.tag_for(5 * SECOND);
    tag.extend(SECOND);
    assert_eq!(tag.locked_until(), Some(clock.now() + 5 * SECOND));
    clock.advance(5 * SECOND);
    assert_eq!(tag.locked_until(), None);
    tag.extend(SECOND);
    assert_eq!(lockout.locked_until(), Some(clock.now() + SECOND));
    lockout.clear();
    assert_eq!((tag.locked_until(), lockout.locked_until()), (None, None));
    // Cleared means forgotten: what is left of the old lock does not come back.
    tag.extend(NANO);
    assert_eq!(lockout.locked_until(), Some(clock.now() + NANO));
    tag.remove();
    assert!(!lockout.is_locked());
}

#[test]
fn nothing_is_locked_by_zero_or_the_past() {
    let (lockout, clock) = lockout();
    let start = clock.now();
    clock.advance(SECOND);
    lockout.lock_for(Duration::ZERO);
    lockout.lock_until(start);
    lockout.lock_until(clock.now());
    let zero = lockout.tag_for(Duration::ZERO);
    let past = lockout.tag_until(start);
    assert!(!lockout.is_locked());
    assert_eq!((zero.locked_until(), past.locked_until()), (None, None));
    zero.remove();
    drop(past);
    // Before the lockout was made.
    if let Some(before) = start.checked_sub(SECOND) {
        lockout.lock_until(before);
    }
    assert_eq!(lockout.try_pass(), Ok(()));
}

#[test]
fn huge_durations_mean_for_ever_and_do_not_panic() {
    let century = Duration::from_secs(100 * 365 * 24 * 3600);
    for huge in [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_secs(i64::MAX.unsigned_abs()),
        Duration::from_nanos(u64::MAX),
    ] {
        let (lockout, clock) = lockout();
        clock.advance(SECOND);
        lockout.lock_for(huge);
        let locked = lockout.try_pass().unwrap_err();
        assert!(locked.is_for_ever(), "{huge:?}");
        assert_eq!(
            (locked.retry_at(), locked.retry_after()),
            (None, Duration::MAX)
        );
        assert!(
            lockout.locked_until() > Some(clock.now() + century),
            "{huge:?}"
        );

        let (count, waker) = CountWaker::new();
        let mut wait = lockout.wait();
        assert!(poll_once(&mut wait, &waker).is_pending());
        assert_eq!(clock.pending(), 0, "{huge:?}: there is nothing to wait for");
        clock.advance(century);
        assert!(lockout.is_locked(), "{huge:?}");
        lockout.clear();
        assert_eq!(count.wakes(), 1, "{huge:?}");
        assert!(poll_once(&mut wait, &waker).is_ready(), "{huge:?}");
    }
}

#[test]
fn a_lock_without_end_ends_with_its_tag() {
    let (lockout, clock) = lockout();
    let tag = lockout.tag_for(Duration::MAX);
    let (count, waker) = CountWaker::new();
    let mut wait = lockout.wait();
    assert!(poll_once(&mut wait, &waker).is_pending());
    clock.advance(1_000_000 * SECOND);
    lockout.lock_for(SECOND);
    tag.remove();
    assert_eq!(count.wakes(), 0, "the other lock stands");
    clock.advance(SECOND);
    assert_eq!(count.wakes(), 1);
    assert!(poll_once(&mut wait, &waker).is_ready());
}

#[test]
fn the_last_instant_is_as_good_as_never() {
    let (lockout, clock) = lockout();
    let mut last = clock.now();
    let mut step = Duration::from_secs(u64::MAX / 2);
    while step > NANO {
        match last.checked_add(step) {
            Some(later) => last = later,
            None => step /= 2,
        }
    }
    lockout.lock_until(last);
    assert!(lockout.try_pass().unwrap_err().is_for_ever());
}

#[test]
fn errors_say_how_long() {
    let (lockout, _clock) = lockout();
    lockout.lock_for(Duration::from_millis(1500));
    let locked = lockout.try_pass().unwrap_err();
    assert_eq!(locked.to_string(), "locked for another 1.5s");
    assert!(!locked.is_for_ever());
    lockout.lock_for(Duration::MAX);
    let locked = lockout.try_pass().unwrap_err();
    assert_eq!(locked.to_string(), "locked until the lock is lifted");
}

#[test]
fn handles_share_one_lockout() {
    let (lockout, _clock) = lockout();
    let other = lockout.clone();
    other.lock_for(SECOND);
    assert!(lockout.is_locked());
    assert!(!Lockout::<async_clock::SystemClock>::default().is_locked());
}

/// When a lock ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    At(Instant),
    Never,
}

/// All that was locked, one by one.
#[derive(Default)]
struct Model {
    /// Locks without a tag, and those of dropped tags.
    plain: Vec<End>,
    /// `None`: cleared.
    tags: Vec<(Tag<ManualClock>, Option<End>)>,
}

impl Model {
    /// The end of the lock in force.
    fn end(&self, now: Instant) -> Option<End> {
        let tags = self.tags.iter().filter_map(|(_, end)| *end);
        let ends = self.plain.iter().copied().chain(tags);
        ends.filter(|end| *end > End::At(now)).max()
    }

    fn change(&mut self, rng: &mut Rng, lockout: &Lockout<ManualClock>, clock: &ManualClock) {
        let now = clock.now();
        let duration = match rng.u8(..12) {
            0 => Duration::ZERO,
            1 => Duration::MAX,
            _ => NANO * rng.u32(..20),
        };
        let end = now.checked_add(duration).map_or(End::Never, End::At);
        match rng.u8(..10) {
            0 => {
                lockout.lock_for(duration);
                self.plain.push(end);
            }
            1 => {
                let at = now.checked_add(duration).unwrap_or(now);
                lockout.lock_until(at);
                self.plain.push(End::At(at));
            }
            2 => self.tags.push((lockout.tag_for(duration), Some(end))),
            3..=6 if !self.tags.is_empty() => {
                let index = rng.usize(..self.tags.len());
                match rng.u8(..4) {
                    0 => self.tags.swap_remove(index).0.remove(),
                    1 => {
                        let (tag, end) = self.tags.swap_remove(index);
                        drop(tag);
                        self.plain.extend(end);
                    }
                    _ => {
                        let (tag, old) = &mut self.tags[index];
                        tag.extend(duration);
                        *old = (*old).max(Some(end));
                    }
                }
            }
            7 if rng.bool() => {
                lockout.clear();
                self.plain.clear();
                self.tags.iter_mut().for_each(|(_, end)| *end = None);
            }
            _ => clock.advance(NANO * rng.u32(..15)),
        }
    }
}

struct Waiter {
    wait: WaitOwned<ManualClock>,
    count: Arc<CountWaker>,
    waker: Waker,
}

/// Random locks, extensions, removals and clearings, against one who remembers each lock; with
/// waiters that poll only when they are woken.
#[test]
fn the_lock_in_force_is_the_latest_of_all() {
    with_seeds(300, |rng| {
        let (lockout, clock) = lockout();
        let mut model = Model::default();
        let mut waiters: Vec<Waiter> = Vec::new();
        for _ in 0..120 {
            model.change(rng, &lockout, &clock);
            let (now, end) = (clock.now(), model.end(clock.now()));
            assert_eq!(lockout.is_locked(), end.is_some());
            match (lockout.try_pass(), end) {
                (Ok(()), None) => assert_eq!(lockout.locked_until(), None),
                (Err(locked), Some(end)) => {
                    let (at, after) = match end {
                        End::At(end) => (Some(end), end - now),
                        End::Never => (None, Duration::MAX),
                    };
                    assert_eq!((locked.retry_at(), locked.retry_after()), (at, after));
                }
                (passed, end) => panic!("{passed:?}, but the lock ends {end:?}"),
            }
            waiters.retain_mut(|Waiter { wait, count, waker }| {
                if count.wakes() == 0 {
                    assert!(end.is_some(), "no lock, and a waiter was not woken");
                    return true;
                }
                count.reset();
                let polled = poll_once(wait, waker);
                assert_eq!(
                    polled,
                    if end.is_some() {
                        Poll::Pending
                    } else {
                        Poll::Ready(())
                    }
                );
                polled.is_pending()
            });
            if rng.u8(..3) == 0 {
                let (count, waker) = CountWaker::new();
                let mut wait = lockout.wait_owned();
                let polled = poll_once(&mut wait, &waker);
                assert_eq!(polled.is_pending(), end.is_some());
                if polled.is_pending() {
                    waiters.push(Waiter { wait, count, waker });
                }
            }
            if !waiters.is_empty() && rng.u8(..10) == 0 {
                drop(waiters.swap_remove(rng.usize(..waiters.len())));
            }
        }
    });
}
