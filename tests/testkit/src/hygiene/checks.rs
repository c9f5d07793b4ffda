//! The checks themselves: each panics where its promise is broken.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::thread;

use super::{Check, Crowd, Setup};
use crate::poll::poll_pinned;
use crate::raw_waker::{Event, hooked};
use crate::waker::{CountWaker, panicking};

/// Runs one check on a fresh setup.
pub(super) fn run<F: Future>(
    check: Check,
    make: &dyn Fn() -> Setup<F>,
    crowd: Option<&(dyn Fn() -> Crowd<F> + Send + Sync)>,
) {
    let case = Case::new(make());
    match check {
        Check::CompletesWhenFired => completes_when_fired(case),
        Check::LastWakerWins => last_waker_wins(case),
        Check::OnlyTheLastWakerIsWoken => only_the_last_waker_is_woken(case),
        Check::PollingAgainDoesNotWake => polling_again_does_not_wake(case),
        Check::WakeMayCallBack => wake_may_call_back(case),
        Check::CloneMayCallBack => clone_may_call_back(case),
        Check::AReplacedWakerMayCallBack => a_replaced_waker_may_call_back(case),
        Check::DroppingTheFutureMayCallBack => dropping_the_future_may_call_back(case),
        Check::DroppingTheFutureDropsItsWakers => {
            dropping_the_future_drops_its_wakers(case);
            a_fired_future_drops_its_wakers(Case::new(make()));
        }
        Check::APanickingWakerHarmsNobodyElse => {
            a_panicking_waker_leaves_the_primitive_usable(case);
            if let Some(crowd) = crowd {
                a_panicking_waker_harms_no_other(crowd());
            }
        }
        Check::FusedAfterCompletion => fused_after_completion(case),
    }
}

/// A setup with its future pinned.
struct Case<F> {
    future: Pin<Box<F>>,
    fire: Box<dyn FnOnce()>,
    touch: Arc<dyn Fn() + Send + Sync>,
}

impl<F: Future> Case<F> {
    fn new(
        Setup {
            future,
            fire,
            touch,
        }: Setup<F>,
    ) -> Self {
        Self {
            future: Box::pin(future),
            fire,
            touch,
        }
    }

    fn poll(&mut self, waker: &Waker) -> Poll<F::Output> {
        poll_pinned(self.future.as_mut(), waker)
    }

    /// Polls a future that has not been fired.
    fn poll_pending(&mut self, waker: &Waker) {
        assert!(
            self.poll(waker).is_pending(),
            "it is ready before it is fired"
        );
    }

    /// Polls a future that has been fired.
    fn poll_ready(&mut self) {
        assert!(
            self.poll(Waker::noop()).is_ready(),
            "it is pending after it was fired"
        );
    }

    /// A waker that touches the primitive on `event`, and how often it has.
    ///
    /// Not while a failed check unwinds: a second panic would end the process.
    fn touching(&self, event: Event) -> (Arc<AtomicUsize>, Waker) {
        let touch = Arc::clone(&self.touch);
        let touches = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&touches);
        let waker = hooked(move |seen| {
            if seen == event && !thread::panicking() {
                touch();
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        (touches, waker)
    }
}

fn completes_when_fired<F: Future>(mut case: Case<F>) {
    let (count, waker) = CountWaker::new();
    case.poll_pending(&waker);
    (case.touch)();
    case.poll_pending(&waker);
    case = case.fired();
    assert!(count.wakes() > 0, "it was fired and nobody was woken");
    case.poll_ready();
    (case.touch)();
}

fn last_waker_wins<F: Future>(mut case: Case<F>) {
    let ((_, first), (last, last_waker)) = (CountWaker::new(), CountWaker::new());
    case.poll_pending(&first);
    case.poll_pending(&last_waker);
    case = case.fired();
    assert!(last.wakes() > 0, "the waker of the last poll was not woken");
    case.poll_ready();
}

fn only_the_last_waker_is_woken<F: Future>(mut case: Case<F>) {
    let wakers: Vec<_> = (0..3).map(|_| CountWaker::new()).collect();
    for (_, waker) in &wakers {
        case.poll_pending(waker);
    }
    // Back to one it has seen before: it is the last poll that counts, not the newest waker.
    let (last, last_waker) = &wakers[1];
    case.poll_pending(last_waker);
    drop(case.fired());
    assert!(last.wakes() > 0, "the waker of the last poll was not woken");
    for index in [0, 2] {
        let woken = wakers[index].0.wakes();
        assert_eq!(
            woken, 0,
            "the waker of poll {index} was woken, and poll 3 was the last"
        );
    }
}

fn polling_again_does_not_wake<F: Future>(mut case: Case<F>) {
    let ((count, waker), (other, other_waker)) = (CountWaker::new(), CountWaker::new());
    for _ in 0..3 {
        case.poll_pending(&waker);
    }
    case.poll_pending(&other_waker);
    assert_eq!(
        count.wakes() + other.wakes(),
        0,
        "a pending poll woke somebody"
    );
}

fn wake_may_call_back<F: Future>(mut case: Case<F>) {
    let (touches, waker) = case.touching(Event::Woken);
    case.poll_pending(&waker);
    case = case.fired();
    assert!(
        touches.load(Ordering::SeqCst) > 0,
        "it was fired and nobody was woken"
    );
    case.poll_ready();
}

fn clone_may_call_back<F: Future>(mut case: Case<F>) {
    let (touches, waker) = case.touching(Event::Cloned);
    case.poll_pending(&waker);
    assert!(
        touches.load(Ordering::SeqCst) > 0,
        "a pending poll kept no waker"
    );
    case = case.fired();
    case.poll_ready();
}

fn a_replaced_waker_may_call_back<F: Future>(mut case: Case<F>) {
    let (touches, waker) = case.touching(Event::Dropped);
    case.poll_pending(&waker);
    drop(waker);
    let (count, last) = CountWaker::new();
    case.poll_pending(&last);
    case = case.fired();
    assert!(
        count.wakes() > 0,
        "the waker that took the other's place was not woken"
    );
    case.poll_ready();
    drop(case);
    assert!(
        touches.load(Ordering::SeqCst) > 1,
        "the replaced waker was never dropped"
    );
}

fn dropping_the_future_may_call_back<F: Future>(mut case: Case<F>) {
    let (touches, waker) = case.touching(Event::Dropped);
    case.poll_pending(&waker);
    drop(waker);
    drop(case.future);
    assert!(
        touches.load(Ordering::SeqCst) > 1,
        "its waker outlived the future"
    );
    (case.touch)();
    // What would have made it ready finds nobody, and that is all.
    (case.fire)();
    (case.touch)();
}

fn dropping_the_future_drops_its_wakers<F: Future>(mut case: Case<F>) {
    let (first_kept, first) = kept();
    let (last_kept, last) = kept();
    case.poll_pending(&first);
    case.poll_pending(&last);
    drop((first, last));
    drop(case.future);
    let left = first_kept.load(Ordering::SeqCst) + last_kept.load(Ordering::SeqCst);
    assert_eq!(left, 0, "the dropped future left wakers behind");
    drop(case.fire);
}

fn a_fired_future_drops_its_wakers<F: Future>(mut case: Case<F>) {
    let (kept, waker) = kept();
    case.poll_pending(&waker);
    drop(waker);
    case = case.fired();
    case.poll_ready();
    drop(case);
    assert_eq!(
        kept.load(Ordering::SeqCst),
        0,
        "the completed future left wakers behind"
    );
}

fn a_panicking_waker_leaves_the_primitive_usable<F: Future>(mut case: Case<F>) {
    case.poll_pending(&panicking());
    case = case.fired_caught();
    (case.touch)();
    case.poll_ready();
    drop(case.future);
    (case.touch)();
}

fn a_panicking_waker_harms_no_other<F: Future>(Crowd { futures, fire }: Crowd<F>) {
    assert!(futures.len() > 1, "a crowd is two futures at least");
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let counts: Vec<_> = futures.iter().map(|_| CountWaker::new()).collect();
    // Neither the first nor the last: some stand in front of it, some behind.
    let bad = futures.len() / 2;
    for (index, future) in futures.iter_mut().enumerate() {
        let panics = panicking();
        let waker = if index == bad {
            &panics
        } else {
            &counts[index].1
        };
        let pending = poll_pinned(future.as_mut(), waker).is_pending();
        assert!(
            pending,
            "future {index} of the crowd is ready before it is fired"
        );
    }
    let _ = catch_unwind(AssertUnwindSafe(fire));
    for (index, future) in futures.iter_mut().enumerate() {
        let woken = index == bad || counts[index].0.wakes() > 0;
        assert!(
            woken,
            "future {index} of the crowd was not woken, as the waker of {bad} panicked"
        );
        let ready = poll_pinned(future.as_mut(), Waker::noop()).is_ready();
        assert!(
            ready,
            "future {index} of the crowd is pending after it was fired"
        );
    }
}

fn fused_after_completion<F: Future>(mut case: Case<F>) {
    let (count, waker) = CountWaker::new();
    case.poll_pending(&waker);
    case = case.fired();
    assert!(
        case.poll(&waker).is_ready(),
        "it is pending after it was fired"
    );
    count.reset();
    for _ in 0..3 {
        let _ = case.poll(&waker);
    }
    assert_eq!(count.wakes(), 0, "a poll after completion woke somebody");
    (case.touch)();
}

impl<F> Case<F> {
    fn fired(mut self) -> Self {
        self.take_fire()();
        self
    }

    /// Fires where a waker may panic: whether that panic comes out is the primitive's choice.
    fn fired_caught(mut self) -> Self {
        let _ = catch_unwind(AssertUnwindSafe(self.take_fire()));
        self
    }

    fn take_fire(&mut self) -> Box<dyn FnOnce()> {
        std::mem::replace(&mut self.fire, Box::new(|| panic!("a setup is fired once")))
    }
}

/// A waker, and how many of it and its clones exist.
fn kept() -> (Arc<AtomicUsize>, Waker) {
    let kept = Arc::new(AtomicUsize::new(1));
    let counted = Arc::clone(&kept);
    let waker = hooked(move |event| match event {
        Event::Cloned => drop(counted.fetch_add(1, Ordering::SeqCst)),
        Event::Dropped => drop(counted.fetch_sub(1, Ordering::SeqCst)),
        Event::Woken => {}
    });
    (kept, waker)
}
