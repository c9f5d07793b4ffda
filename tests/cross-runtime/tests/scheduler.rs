//! `async-scheduler`, on every runtime and on all of them at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use async_clock::{Clock, ManualClock};
use async_scheduler::{Due, Every, Misfire, Scheduler};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use futures_lite::StreamExt;
use testkit::within_seconds;

const HOUR: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(15);

on_every_runtime! {
    async fn an_item_comes_no_earlier_than_its_time() {
        let scheduler = Scheduler::new();
        let at = Instant::now() + SHORT;
        scheduler.schedule_at(at, "item").unwrap();
        let due = scheduler.next().await.unwrap();
        assert!(Instant::now() >= at);
        assert_eq!((*due, due.scheduled_for()), ("item", at));
        let wall = Scheduler::wall();
        let at = SystemTime::now() + SHORT;
        wall.schedule_at(at, "item").unwrap();
        assert_eq!(wall.next().await.unwrap().scheduled_for(), at);
    }

    async fn tasks_share_what_is_due(runtime) {
        let clock = ManualClock::new();
        let scheduler = Scheduler::<usize, Instant, _>::with_clock(clock.clone());
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let items = scheduler.stream();
                runtime.spawn(items.map(Due::into_inner).collect::<Vec<usize>>())
            })
            .collect();
        for n in 0..100 {
            scheduler.schedule_in(HOUR, n).unwrap();
        }
        clock.advance(HOUR);
        scheduler.close_after_drain();
        let mut all = Vec::new();
        for task in tasks {
            let items = task.await;
            assert!(items.is_sorted());
            all.extend(items);
        }
        all.sort_unstable();
        assert!(all.into_iter().eq(0..100));
    }

    async fn a_parked_task_is_woken_by_an_earlier_item(runtime) {
        let clock = ManualClock::new();
        let scheduler = Scheduler::with_clock(clock.clone());
        scheduler.schedule_in(2 * HOUR, "later").unwrap();
        let next = scheduler.next_owned();
        let task = runtime.spawn(async move { next.await.unwrap().into_inner() });
        clock.wait_for_timers(1).await; // it is parked
        let token = scheduler.schedule_in(3 * HOUR, "sooner").unwrap();
        assert!(scheduler.reschedule_in(token, HOUR));
        clock.advance(HOUR);
        assert_eq!(task.await, "sooner");
    }

    async fn occurrences_come_in_their_phase(runtime) {
        let scheduler = Scheduler::new();
        let first = Instant::now() + SHORT / 3;
        let every = Every::starting_at(first, SHORT / 3);
        scheduler.schedule_every(every, Misfire::burst(), ()).unwrap();
        let ticks = scheduler.stream().take(4).map(|due| due.scheduled_for());
        let ticks = runtime.spawn(ticks.collect::<Vec<Instant>>()).await;
        assert!(ticks.into_iter().eq((0..4).map(|n| first + n * (SHORT / 3))));
    }

    async fn join_waits_for_tasks_and_threads(runtime) {
        let scheduler = Scheduler::new();
        for n in 0..20 {
            scheduler.schedule_in(n * SHORT / 20, n).unwrap();
        }
        let worked = Arc::new(AtomicUsize::new(0));
        let (items, counted) = (scheduler.stream(), Arc::clone(&worked));
        let task = runtime.spawn(items.for_each(move |due| {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(due);
        }));
        let (blocking, counted) = (scheduler.clone(), Arc::clone(&worked));
        let thread = thread::spawn(move || {
            while let Some(due) = blocking.next_blocking() {
                counted.fetch_add(1, Ordering::SeqCst);
                drop(due);
            }
        });
        scheduler.join().await;
        assert_eq!(worked.load(Ordering::SeqCst), 20);
        scheduler.close();
        task.await;
        thread.join().unwrap();
    }
}

#[test]
fn one_scheduler_serves_every_runtime_and_a_plain_thread() {
    const ITEMS: usize = 200;
    let clock = ManualClock::new();
    let scheduler = Scheduler::with_clock(clock.clone());
    let seen = Arc::new(Mutex::new(vec![0; ITEMS]));
    let (shared, counted) = (scheduler.clone(), Arc::clone(&seen));
    let consume = move |_: Runtime| {
        let (mut items, seen) = (shared.stream(), Arc::clone(&counted));
        async move {
            while let Some(due) = items.next().await {
                seen.lock().unwrap()[*due] += 1;
                drop(due);
                futures_lite::future::yield_now().await;
            }
        }
    };
    let plain = thread::spawn({
        let consume = consume.clone();
        move || cross_runtime::block_on(consume(Runtime::BlockOn))
    });
    let feeder = thread::spawn(move || {
        for n in 0..ITEMS {
            let at = clock.now() + HOUR;
            scheduler.schedule_at(at, n).unwrap();
            if n % 7 == 0 {
                clock.advance(HOUR / 2);
            }
        }
        clock.advance(HOUR);
        scheduler.join_blocking();
        scheduler.close();
    });
    on_all_at_once(consume);
    within_seconds(10, move || {
        plain.join().expect("no panic");
        feeder.join().expect("no panic");
    });
    assert_eq!(*seen.lock().unwrap(), [1; ITEMS]);
}
