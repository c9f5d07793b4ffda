//! Each check of the hygiene suite is failed by a future that breaks its promise, and by no other.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use testkit::hygiene::{Case, Check, Crowd, Setup};

/// What is wrong with a [`Gate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Nothing,
    NeverOpens,
    WakesNobody,
    KeepsTheFirstWaker,
    WakesEveryWaker,
    WakesThePollingTask,
    WakesUnderTheLock,
    ClonesUnderTheLock,
    DropsTheReplacedUnderTheLock,
    DropsTheLastUnderTheLock,
    LeavesItsWakerBehind,
    OpensAfterWaking,
    StopsAtAPanic,
    PanicsAfterCompletion,
    LeaksWhenFired,
}

/// Opens once, for any number of waiters.
struct Gate {
    fault: Fault,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    waiters: BTreeMap<usize, Vec<Waker>>,
    next: usize,
}

impl Gate {
    fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Self {
            fault,
            state: Mutex::default(),
        })
    }

    fn wait(self: &Arc<Self>) -> Wait {
        let mut state = self.lock();
        state.next += 1;
        Wait {
            gate: Arc::clone(self),
            id: state.next,
            completed: false,
        }
    }

    fn open(&self) {
        let mut state = self.lock();
        state.open = self.fault != Fault::OpensAfterWaking && self.fault != Fault::NeverOpens;
        let waiters = std::mem::take(&mut state.waiters);
        match self.fault {
            Fault::WakesNobody => {}
            Fault::WakesUnderTheLock => waiters.into_values().flatten().for_each(Waker::wake),
            Fault::StopsAtAPanic | Fault::OpensAfterWaking => {
                drop(state);
                waiters.into_values().flatten().for_each(Waker::wake);
                self.lock().open = true;
            }
            _ => {
                drop(state);
                // A panic goes on at the end, when all have been woken.
                let mut panic = None;
                for waker in waiters.into_values().flatten() {
                    if self.fault == Fault::LeaksWhenFired {
                        std::mem::forget(waker.clone());
                    }
                    let wake = std::panic::AssertUnwindSafe(|| waker.wake());
                    panic = std::panic::catch_unwind(wake).err().or(panic);
                }
                if let Some(panic) = panic {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }

    /// What a waker does that calls back; where it would deadlock, it panics.
    fn touch(&self) {
        assert!(self.state.try_lock().is_ok(), "called under the lock");
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Wait {
    gate: Arc<Gate>,
    id: usize,
    completed: bool,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let fault = self.gate.fault;
        assert!(
            !self.completed || fault != Fault::PanicsAfterCompletion,
            "polled again"
        );
        let gate = Arc::clone(&self.gate);
        let clone = (fault != Fault::ClonesUnderTheLock).then(|| cx.waker().clone());
        if fault == Fault::WakesThePollingTask {
            cx.waker().wake_by_ref();
        }
        let mut replaced = Vec::new();
        let mut state = gate.lock();
        if state.open {
            self.completed = true;
            return Poll::Ready(());
        }
        let waker = clone.unwrap_or_else(|| cx.waker().clone());
        let wakers = state.waiters.entry(self.id).or_default();
        match fault {
            Fault::WakesEveryWaker => {}
            Fault::KeepsTheFirstWaker if !wakers.is_empty() => {
                drop(state);
                drop(waker);
                return Poll::Pending;
            }
            Fault::DropsTheReplacedUnderTheLock => wakers.clear(),
            _ => replaced = std::mem::take(wakers),
        }
        wakers.push(waker);
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        match self.gate.fault {
            Fault::LeavesItsWakerBehind => {}
            Fault::DropsTheLastUnderTheLock => drop(state.waiters.remove(&self.id)),
            _ => {
                let wakers = state.waiters.remove(&self.id);
                drop(state);
                drop(wakers);
            }
        }
    }
}

fn case(fault: Fault) -> Case<Wait> {
    let setup = move || {
        let gate = Gate::new(fault);
        let (fired, touched) = (Arc::clone(&gate), Arc::clone(&gate));
        Setup {
            future: gate.wait(),
            fire: Box::new(move || fired.open()),
            touch: Arc::new(move || touched.touch()),
        }
    };
    let crowd = move || {
        let gate = Gate::new(fault);
        Crowd {
            futures: (0..5).map(|_| gate.wait()).collect(),
            fire: Box::new(move || gate.open()),
        }
    };
    Case::new(format!("{fault:?}"), setup).crowd(crowd).fused()
}

/// Asserts that exactly the `expected` checks fail.
#[track_caller]
fn assert_fails(fault: Fault, expected: &[Check]) {
    let failures = case(fault).failures();
    let failed: Vec<Check> = failures.iter().map(|(check, _)| *check).collect();
    assert_eq!(failed, expected, "{fault:?}: {failures:#?}");
}

#[test]
fn a_clean_future_passes() {
    case(Fault::Nothing).check();
}

#[test]
fn completes_when_fired_bites() {
    assert_fails(
        Fault::NeverOpens,
        &[
            Check::CompletesWhenFired,
            Check::LastWakerWins,
            Check::WakeMayCallBack,
            Check::CloneMayCallBack,
            Check::AReplacedWakerMayCallBack,
            Check::DroppingTheFutureDropsItsWakers,
            Check::APanickingWakerHarmsNobodyElse,
            Check::FusedAfterCompletion,
        ],
    );
}

#[test]
fn a_future_that_is_never_woken_fails_wherever_a_wake_is_due() {
    assert_fails(
        Fault::WakesNobody,
        &[
            Check::CompletesWhenFired,
            Check::LastWakerWins,
            Check::OnlyTheLastWakerIsWoken,
            Check::WakeMayCallBack,
            Check::AReplacedWakerMayCallBack,
            Check::APanickingWakerHarmsNobodyElse,
        ],
    );
}

#[test]
fn last_waker_wins_bites() {
    assert_fails(
        Fault::KeepsTheFirstWaker,
        &[
            Check::LastWakerWins,
            Check::OnlyTheLastWakerIsWoken,
            Check::AReplacedWakerMayCallBack,
        ],
    );
}

#[test]
fn only_the_last_waker_is_woken_bites() {
    assert_fails(Fault::WakesEveryWaker, &[Check::OnlyTheLastWakerIsWoken]);
}

#[test]
fn polling_again_does_not_wake_bites() {
    assert_fails(
        Fault::WakesThePollingTask,
        &[
            // The wakers of the polls before the last were woken, too.
            Check::OnlyTheLastWakerIsWoken,
            Check::PollingAgainDoesNotWake,
            // The wake, and with it the panic, comes in the poll.
            Check::APanickingWakerHarmsNobodyElse,
            Check::FusedAfterCompletion,
        ],
    );
}

#[test]
fn wake_may_call_back_bites() {
    assert_fails(
        Fault::WakesUnderTheLock,
        &[
            Check::WakeMayCallBack,
            // The panic poisons the lock.
            Check::APanickingWakerHarmsNobodyElse,
        ],
    );
}

#[test]
fn clone_may_call_back_bites() {
    assert_fails(Fault::ClonesUnderTheLock, &[Check::CloneMayCallBack]);
}

#[test]
fn a_replaced_waker_may_call_back_bites() {
    assert_fails(
        Fault::DropsTheReplacedUnderTheLock,
        &[Check::AReplacedWakerMayCallBack],
    );
}

#[test]
fn dropping_the_future_may_call_back_bites() {
    assert_fails(
        Fault::DropsTheLastUnderTheLock,
        &[Check::DroppingTheFutureMayCallBack],
    );
}

#[test]
fn dropping_the_future_drops_its_wakers_bites() {
    assert_fails(
        Fault::LeavesItsWakerBehind,
        &[
            Check::DroppingTheFutureMayCallBack,
            Check::DroppingTheFutureDropsItsWakers,
        ],
    );
    assert_fails(
        Fault::LeaksWhenFired,
        &[Check::DroppingTheFutureDropsItsWakers],
    );
}

#[test]
fn a_panicking_waker_harms_nobody_else_bites() {
    assert_fails(
        Fault::OpensAfterWaking,
        &[Check::APanickingWakerHarmsNobodyElse],
    );
    assert_fails(
        Fault::StopsAtAPanic,
        &[Check::APanickingWakerHarmsNobodyElse],
    );
}

#[test]
fn fused_after_completion_bites() {
    assert_fails(Fault::PanicsAfterCompletion, &[Check::FusedAfterCompletion]);
}

#[test]
fn fused_after_completion_is_asked_of_fused_futures_only() {
    let setup = || {
        let gate = Gate::new(Fault::PanicsAfterCompletion);
        let (fired, touched) = (Arc::clone(&gate), Arc::clone(&gate));
        Setup {
            future: gate.wait(),
            fire: Box::new(move || fired.open()),
            touch: Arc::new(move || touched.touch()),
        }
    };
    Case::new("not fused", setup).check();
}

#[test]
#[should_panic(expected = "wait fails:\n  completes_when_fired: it is ready before it is fired")]
fn the_report_names_the_future_the_check_and_the_reason() {
    let setup = || Setup {
        future: std::future::ready(()),
        fire: Box::new(|| {}),
        touch: Arc::new(|| {}),
    };
    Case::new("wait", setup).check();
}

#[test]
fn a_deadlock_is_reported() {
    let setup = || {
        let lock = Arc::new(Mutex::new(()));
        let touched = Arc::clone(&lock);
        Setup {
            future: std::future::poll_fn(move |cx| {
                let _guard = lock.lock();
                drop(cx.waker().clone());
                Poll::<()>::Pending
            }),
            fire: Box::new(|| {}),
            touch: Arc::new(move || drop(touched.lock())),
        }
    };
    let failures = Case::new("wait", setup)
        .limit(Duration::from_secs(1))
        .failures();
    let (_, reason) = failures
        .iter()
        .find(|(check, _)| *check == Check::CloneMayCallBack)
        .expect("it hangs");
    assert!(reason.ends_with("a deadlock?"), "{reason}");
}
