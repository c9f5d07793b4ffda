//! A blocking call sleeps until it is woken or late, and disturbs nothing else on its thread.

use async_waitlist::blocking::{Backoff, block_on, block_on_deadline, block_on_timeout};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};
use testkit::within_seconds;

const LONG: Duration = Duration::from_secs(3600);

/// Ready at the `n`-th poll; before that it sends its waker each time.
fn ready_at(n: usize, wakers: Sender<Waker>) -> impl Future<Output = usize> + Unpin {
    let mut polls = 0;
    poll_fn(move |cx| {
        polls += 1;
        if polls == n {
            return Poll::Ready(n);
        }
        wakers.send(cx.waker().clone()).unwrap();
        Poll::Pending
    })
}

type BoxFuture = Box<dyn Future<Output = usize> + Unpin>;

/// Runs `blocks` with a future that is ready at its third poll and is woken by another thread.
fn woken_by_another_thread<T>(blocks: impl FnOnce(BoxFuture) -> T) -> T {
    let (sender, wakers) = channel::<Waker>();
    let waking = thread::spawn(move || wakers.iter().for_each(Waker::wake));
    let result = blocks(Box::new(ready_at(3, sender)));
    waking.join().unwrap();
    result
}

/// Wakes itself, and is ready at the `n`-th poll.
fn wakes_itself(n: usize) -> impl Future<Output = usize> + Unpin {
    let mut polls = 0;
    poll_fn(move |cx| {
        polls += 1;
        if polls == n {
            return Poll::Ready(n);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn a_ready_future_needs_one_poll() {
    let at_once = || wakes_itself(1);
    assert_eq!(block_on(at_once()), 1);
    assert_eq!(block_on_timeout(&mut at_once(), Duration::ZERO), Some(1));
    assert_eq!(block_on_timeout(&mut at_once(), LONG), Some(1));
    assert_eq!(block_on_deadline(&mut at_once(), Instant::now()), Some(1));
}

#[test]
fn a_wake_from_another_thread_ends_the_sleep() {
    within_seconds(10, || {
        assert_eq!(woken_by_another_thread(block_on), 3);
        assert_eq!(
            woken_by_another_thread(|mut f| block_on_timeout(&mut f, LONG)),
            Some(3)
        );
        let at = Instant::now() + LONG;
        assert_eq!(
            woken_by_another_thread(|mut f| block_on_deadline(&mut f, at)),
            Some(3)
        );
    });
}

#[test]
fn a_wake_before_the_sleep_is_not_lost() {
    within_seconds(10, || {
        assert_eq!(block_on(wakes_itself(1000)), 1000);
        assert_eq!(block_on_timeout(&mut wakes_itself(1000), LONG), Some(1000));
    });
}

#[test]
fn many_wakes_at_once_are_one() {
    within_seconds(10, || {
        let mut polls = 0;
        block_on(poll_fn(|cx| {
            polls += 1;
            if polls > 3 {
                return Poll::Ready(());
            }
            (0..100).for_each(|_| cx.waker().wake_by_ref());
            Poll::Pending
        }));
        assert_eq!(polls, 4);
    });
}

#[test]
fn a_wake_of_an_earlier_call_is_not_for_the_next() {
    within_seconds(10, || {
        let mut polls = 0;
        let waker = block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        waker.wake_by_ref();
        let counted = poll_fn(|_| {
            polls += 1;
            Poll::<()>::Pending
        });
        assert_eq!(
            block_on_timeout(&mut Box::pin(counted), Duration::from_millis(20)),
            None
        );
        assert_eq!(polls, 2, "one at first, and one when the time is up");
    });
}

#[test]
fn nested_calls_do_not_take_each_others_wakes() {
    within_seconds(20, || {
        // The outer waker is called while the inner call sleeps; the inner one must not take it.
        let nested = |depth: usize| {
            let mut polls = 0;
            poll_fn(move |cx| {
                polls += 1;
                if polls > 2 {
                    return Poll::Ready(polls);
                }
                cx.waker().wake_by_ref();
                for _ in 0..depth {
                    assert_eq!(woken_by_another_thread(block_on), 3);
                }
                Poll::Pending
            })
        };
        for _ in 0..50 {
            assert_eq!(block_on(nested(2)), 3);
            assert_eq!(block_on(async { block_on(nested(1)) }), 3);
        }
    });
}

#[test]
fn a_panic_of_the_future_leaves_the_thread_usable() {
    within_seconds(10, || {
        let panics = poll_fn(|_| -> Poll<()> { resume_unwind(Box::new("the future")) });
        let call = || block_on(panics);
        let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"the future"));
        assert_eq!(woken_by_another_thread(block_on), 3);
    });
}

#[test]
fn a_call_from_a_destructor_of_thread_variables_works() {
    struct BlocksWhenDropped(Sender<usize>);
    impl Drop for BlocksWhenDropped {
        fn drop(&mut self) {
            self.0.send(woken_by_another_thread(block_on)).unwrap();
        }
    }
    thread_local! {
        static BEFORE: std::cell::RefCell<Option<BlocksWhenDropped>> =
            const { std::cell::RefCell::new(None) };
        static AFTER: std::cell::RefCell<Option<BlocksWhenDropped>> =
            const { std::cell::RefCell::new(None) };
    }

    within_seconds(10, || {
        let (sender, results) = channel();
        thread::spawn(move || {
            // Whichever order they are destroyed in, one comes after the parker's own variable.
            BEFORE.set(Some(BlocksWhenDropped(sender.clone())));
            block_on(ready(()));
            AFTER.set(Some(BlocksWhenDropped(sender)));
        })
        .join()
        .unwrap();
        assert!(results.iter().eq([3, 3]));
    });
}

#[test]
fn a_limit_of_zero_polls_and_returns() {
    within_seconds(10, || {
        assert_eq!(block_on_timeout(&mut pending::<()>(), Duration::ZERO), None);
        assert_eq!(
            block_on_deadline(&mut pending::<()>(), Instant::now()),
            None
        );
        let past = Instant::now()
            .checked_sub(Duration::from_millis(1))
            .unwrap();
        assert_eq!(block_on_deadline(&mut pending::<()>(), past), None);
        assert_eq!(block_on_deadline(&mut ready(1), past), Some(1));
    });
}

#[test]
fn the_last_poll_comes_after_the_limit() {
    within_seconds(10, || {
        let at = Instant::now() + Duration::from_millis(5);
        // Nobody wakes it: only the last poll can find it ready.
        let granted_in_time = || {
            poll_fn(move |_| {
                if Instant::now() >= at {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
        };
        assert_eq!(block_on_deadline(&mut granted_in_time(), at), Some(()));
        let past = Instant::now() + Duration::from_millis(5);
        let mut polls = 0;
        let mut never = poll_fn(|_| {
            polls += 1;
            Poll::<()>::Pending
        });
        assert_eq!(block_on_deadline(&mut never, past), None);
        assert!(Instant::now() >= past, "it gave up early");
        assert_eq!(polls, 2);
    });
}

#[test]
fn a_future_that_always_wakes_itself_is_late_all_the_same() {
    within_seconds(10, || {
        let limit = Duration::from_millis(5);
        assert_eq!(block_on_timeout(&mut wakes_itself(usize::MAX), limit), None);
    });
}

#[test]
fn a_limit_beyond_the_clock_never_comes() {
    within_seconds(10, || {
        assert_eq!(
            woken_by_another_thread(|mut f| block_on_timeout(&mut f, Duration::MAX)),
            Some(3)
        );
        let mut far = Instant::now();
        while let Some(farther) = far.checked_add(Duration::from_secs(1 << 60)) {
            far = farther;
        }
        assert_eq!(
            woken_by_another_thread(|mut f| block_on_deadline(&mut f, far)),
            Some(3)
        );
    });
}

#[test]
fn after_a_limit_the_future_may_be_driven_on() {
    within_seconds(10, || {
        let (sender, wakers) = channel::<Waker>();
        let mut future = ready_at(3, sender);
        assert_eq!(block_on_timeout(&mut future, Duration::ZERO), None);
        // Two polls have been made: the next is the third.
        assert_eq!(block_on_timeout(&mut future, Duration::ZERO), Some(3));
        assert_eq!(wakers.try_iter().count(), 2);
    });
}

/// `std::thread::park` has one token per thread, and user code may rely on it.
#[test]
fn a_park_token_of_the_user_survives() {
    within_seconds(10, || {
        for polls in [1, 2, 50] {
            // Left before the call.
            thread::current().unpark();
            block_on(wakes_itself(polls));
            thread::park(); // returns at once
        }
        for _ in 0..100 {
            // Left while the call sleeps, just before it is woken.
            let (sender, wakers) = channel::<Waker>();
            let sleeper = thread::current();
            let waking = thread::spawn(move || {
                for waker in wakers {
                    sleeper.unpark();
                    waker.wake();
                }
            });
            assert_eq!(block_on(ready_at(2, sender)), 2);
            waking.join().unwrap();
            thread::park(); // returns at once
        }
    });
}

#[test]
fn a_token_of_the_user_is_no_wake() {
    within_seconds(10, || {
        let mut polls = 0;
        let mut counted = poll_fn(|_| {
            polls += 1;
            Poll::<()>::Pending
        });
        thread::current().unpark();
        assert_eq!(
            block_on_timeout(&mut counted, Duration::from_millis(5)),
            None
        );
        assert_eq!(polls, 2);
        thread::park(); // takes the token away
    });
}

#[test]
fn many_threads_wake_one_sleeper_without_losing_a_wake() {
    within_seconds(60, || {
        const THREADS: usize = 4;
        for _ in 0..200 {
            let start = Arc::new(Barrier::new(THREADS + 1));
            let wakers: Vec<Sender<Waker>> = (0..THREADS)
                .map(|_| {
                    let (sender, wakers) = channel::<Waker>();
                    let start = Arc::clone(&start);
                    thread::spawn(move || {
                        start.wait();
                        wakers.iter().for_each(Waker::wake);
                    });
                    sender
                })
                .collect();
            start.wait();
            // Each poll hands the waker to one of them, and nobody else will wake.
            let mut polls = 0;
            block_on(poll_fn(|cx| {
                polls += 1;
                if polls > 20 {
                    return Poll::Ready(());
                }
                wakers[polls % THREADS].send(cx.waker().clone()).unwrap();
                Poll::Pending
            }));
        }
    });
}

#[test]
fn a_backoff_ends() {
    let mut backoff = Backoff::new();
    let spins = (0..1000).take_while(|_| backoff.spin()).count();
    let alone = thread::available_parallelism().is_ok_and(|n| n.get() == 1);
    // Fewer where a yield has given the processor away for long.
    let (least, most) = if alone { (1, 30) } else { (6, 35) };
    assert!((least..=most).contains(&spins), "{spins} spins");
    assert!(!backoff.spin(), "it stays spent");
}
