//! Whatever is dropped, at whatever moment, no permit is lost and the next one is served.

mod support;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use support::{on_both, poll, queue};
use testkit::{CountWaker, drop_after_each_poll};

/// What the other side does between two polls.
type Counter<S> = (&'static str, fn(&S));

/// An acquire and a use of its permits, in four polls at most: it waits, it waits on, it has them,
/// and it has given them back.
struct Work<F: Future> {
    acquire: F,
    permit: Option<F::Output>,
}

impl<F: Future<Output: Unpin> + Unpin> Future for Work<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.permit.take().is_some() {
            return Poll::Ready(());
        }
        if let Poll::Ready(permit) = Pin::new(&mut self.acquire).poll(cx) {
            self.permit = Some(permit);
        }
        Poll::Pending
    }
}

on_both! {
    /// Whatever the other side does, and after however many polls the one ahead is dropped: the one
    /// behind gets its permit or is refused, and the books are right.
    fn cut<F>(
        make: impl Fn(&Arc<Semaphore>) -> F,
        counters: &[Counter<Semaphore>],
    ) where
        F: Future<Output: Unpin> + Unpin,
    {
        for (name, counter) in counters {
            let mut cuts = 0;
            let completed = drop_after_each_poll(
                5,
                || {
                    let semaphore = Arc::new(Semaphore::new(2));
                    semaphore.try_acquire_many(2).unwrap().forget();
                    let mut ahead = make(&semaphore);
                    assert!(poll(&mut ahead).is_pending());
                    let mut behind = semaphore.acquire_owned();
                    let (count, waker) = CountWaker::new();
                    assert!(testkit::poll_once(&mut behind, &waker).is_pending());
                    let work = Work { acquire: ahead, permit: None };
                    (work, (semaphore, behind, count))
                },
                |(semaphore, _, _)| {
                    counter(semaphore);
                    semaphore.assert_invariants();
                },
                |(semaphore, mut behind, count), polls| {
                    cuts += 1;
                    semaphore.assert_invariants();
                    semaphore.add_permits(4);
                    semaphore.assert_invariants();
                    assert!(count.wakes() > 0, "{name}: after {polls} polls nobody woke it");
                    let polled = poll(&mut behind);
                    assert!(polled.is_ready(), "{name}: after {polls} polls it still waits");
                    drop(polled);
                    semaphore.assert_invariants();
                    assert_eq!(semaphore.waiting(), 0, "{name}: after {polls} polls");
                },
            );
            assert!(cuts >= 3, "{name}: {cuts} cuts, completed: {completed:?}");
        }
    }

    const COUNTERS: &[Counter<Semaphore>] = &[
        ("nothing", |_| {}),
        ("add one", |semaphore| semaphore.add_permits(1)),
        ("add three", |semaphore| semaphore.add_permits(3)),
        ("add and reduce", |semaphore| {
            semaphore.add_permits(2);
            semaphore.reduce_permits(1);
        }),
        ("reduce and add", |semaphore| {
            semaphore.reduce_permits(1);
            semaphore.add_permits(2);
        }),
        ("add and forget", |semaphore| {
            semaphore.add_permits(1);
            semaphore.forget_permits(1);
        }),
        ("add and try", |semaphore| {
            semaphore.add_permits(1);
            drop(semaphore.try_acquire());
        }),
        ("another comes and goes", |semaphore| {
            let mut other = semaphore.acquire();
            drop(poll(&mut other));
        }),
        ("close", |semaphore| assert!(semaphore.close() || semaphore.is_closed())),
        ("add and close", |semaphore| {
            semaphore.add_permits(1);
            semaphore.close();
        }),
    ];

    #[test]
    fn an_acquire_dropped_after_any_poll_loses_nothing() {
        cut(Semaphore::acquire_owned, COUNTERS);
    }

    #[test]
    fn an_acquire_of_many_dropped_after_any_poll_loses_nothing() {
        cut(|semaphore| semaphore.acquire_many_owned(2), COUNTERS);
    }

    #[test]
    fn a_future_dropped_before_its_first_poll_was_never_there() {
        let semaphore = Arc::new(Semaphore::new(0));
        drop((semaphore.acquire(), semaphore.acquire_owned()));
        assert_eq!((semaphore.waiting(), Arc::strong_count(&semaphore)), (0, 1));
    }

    #[test]
    fn a_cancelled_waiter_leaves_the_queue_at_once() {
        let semaphore = Semaphore::new(0);
        let mut waiters: Vec<_> = (0..10).map(|_| semaphore.acquire()).collect();
        for waiter in &mut waiters {
            assert!(poll(waiter).is_pending());
        }
        while let Some(waiter) = waiters.pop() {
            drop(waiter);
            assert_eq!(semaphore.waiting(), waiters.len());
            semaphore.assert_invariants();
        }
    }

    #[test]
    fn a_chain_of_dropped_grants_ends_at_one_who_takes_it() {
        let semaphore = Semaphore::new(0);
        let mut waiters: Vec<_> = (0..30).map(|_| semaphore.acquire()).collect();
        let wakes: Vec<_> = waiters.iter_mut().map(queue).collect();
        semaphore.add_permits(1);
        for (turn, waiter) in waiters.into_iter().enumerate() {
            assert_eq!(wakes[turn].wakes(), 1);
            assert!(wakes[turn + 1..].iter().all(|each| each.wakes() == 0));
            drop(waiter);
        }
        assert_eq!(semaphore.available_permits(), 1);
    }

    #[test]
    fn a_forgotten_waiter_costs_its_permit_and_nobody_else_anything() {
        let semaphore = Semaphore::new(0);
        let mut forgotten = semaphore.acquire();
        assert!(poll(&mut forgotten).is_pending());
        std::mem::forget(forgotten);
        let mut behind = semaphore.acquire();
        let woken = queue(&mut behind);
        semaphore.add_permits(1);
        assert_eq!(woken.wakes(), 0);
        semaphore.add_permits(1);
        assert_eq!(woken.wakes(), 1);
        semaphore.assert_invariants();
    }

    #[test]
    fn the_place_is_kept_while_the_future_is_only_borrowed() {
        let semaphore = Semaphore::new(0);
        let mut first = semaphore.acquire();
        for _ in 0..3 {
            let raced = futures_lite::future::or(
                async { Some((&mut first).await) },
                async { None },
            );
            assert!(futures_lite::future::block_on(raced).is_none());
        }
        let mut second = semaphore.acquire();
        assert!(poll(&mut second).is_pending());
        semaphore.add_permits(1);
        assert!(poll(&mut second).is_pending());
        assert!(poll(&mut first).is_ready());
    }

    #[test]
    fn a_waker_whose_clone_panics_costs_neither_place_nor_permit() {
        let semaphore = Semaphore::new(0);
        let mut acquire = semaphore.acquire();
        let mut poll_badly = || {
            let waker = testkit::on_clone(|| panic!("this clone panics on purpose"));
            let poll = || testkit::poll_once(&mut acquire, &waker).is_pending();
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(poll))
        };
        assert!(poll_badly().is_err());
        assert_eq!(semaphore.waiting(), 0);
        assert!(testkit::poll_once(&mut acquire, Waker::noop()).is_pending());
        let mut poll_badly = || {
            let waker = testkit::on_clone(|| panic!("this clone panics on purpose"));
            let poll = || testkit::poll_once(&mut acquire, &waker).is_pending();
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(poll))
        };
        assert!(poll_badly().is_err());
        assert_eq!(semaphore.waiting(), 1);
        semaphore.add_permits(1);
        assert!(poll(&mut acquire).is_ready());
        assert_eq!(semaphore.available_permits(), 1);
        semaphore.assert_invariants();
    }
}
