//! The ground the other tests stand on: what runs where.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use cross_runtime::{Runtime, on_all_at_once, on_every_runtime, run_watched};
use futures_lite::future::yield_now;

on_every_runtime! {
    async fn a_task_runs_beside_the_body(runtime) {
        let task = runtime.spawn(async {
            yield_now().await;
            7
        });
        yield_now().await;
        assert_eq!(task.await, 7);
    }

    async fn a_body_may_be_without_its_runtime() {
        yield_now().await;
    }
}

#[test]
fn a_panic_of_the_body_reaches_the_test() {
    for runtime in Runtime::ALL {
        let body = |_| async { panic!("on purpose") };
        let result = catch_unwind(AssertUnwindSafe(|| run_watched(runtime, body)));
        assert!(result.is_err(), "{runtime:?}");
    }
}

#[test]
fn tokio_is_entered_on_tokio_only() {
    let entered = on_all_at_once(|_| async { tokio::runtime::Handle::try_current().is_ok() });
    assert_eq!(entered, [true, true, false, false, false]);
}

#[test]
fn all_at_once_means_on_as_many_threads() {
    // The threads wait for each other, or nobody gets on.
    let meeting = std::sync::Arc::new(std::sync::Barrier::new(Runtime::ALL.len()));
    let mut threads = on_all_at_once(move |_| {
        meeting.wait();
        async { thread::current().id() }
    });
    threads.sort_by_key(|id| format!("{id:?}"));
    threads.dedup();
    assert_eq!(threads.len(), Runtime::ALL.len());
}
