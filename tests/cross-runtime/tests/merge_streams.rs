//! `async-merge-streams`, on every runtime and on all of them at once.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread;

use async_dual_queue::{Fifo, FifoQueue, Receiver};
use async_merge_streams::{Merge, OnError, merge, merge_batched, try_merge};
use cross_runtime::{Runtime, Task, on_all_at_once, on_every_runtime};
use futures_lite::StreamExt;
use testkit::within_seconds;

const SOURCES: usize = 12;
const EACH: usize = 50;

type Queued<T> = Receiver<T, Fifo>;

/// Queues, each filled by a task of the runtime: the number of the source times `EACH`, and on.
fn filled<T: Send + 'static>(
    runtime: Runtime,
    item: impl Fn(usize) -> T + Clone + Send + 'static,
) -> (Vec<Task<()>>, Vec<Queued<T>>) {
    let fill = |source| {
        let (sender, receiver) = FifoQueue::bounded(2).into_channel();
        let item = item.clone();
        let task = runtime.spawn(async move {
            for number in 0..EACH {
                // Nobody reads it after an error.
                if sender.send(item(source * EACH + number)).await.is_err() {
                    return;
                }
            }
        });
        (task, receiver)
    };
    (0..SOURCES).map(fill).unzip()
}

async fn joined(tasks: Vec<Task<()>>) {
    for task in tasks {
        task.await;
    }
}

on_every_runtime! {
    async fn all_items_come_each_source_in_its_order(runtime) {
        let (tasks, sources) = filled(runtime, |item| item);
        let mut merge = merge(sources).with_index();
        let mut next = [0; SOURCES];
        while let Some((index, item)) = merge.next().await {
            let source = index.position();
            assert_eq!(item, source * EACH + next[source]);
            next[source] += 1;
        }
        assert_eq!(next, [EACH; SOURCES]);
        joined(tasks).await;
    }

    async fn all_items_come_in_batches(runtime) {
        let (tasks, sources) = filled(runtime, |item| item);
        let mut merge = merge_batched(sources, NonZeroUsize::new(7).expect("not zero"));
        let mut items = Vec::new();
        while let Some(batch) = merge.next().await {
            assert!((1..=7).contains(&batch.len()));
            items.extend(batch);
        }
        items.sort_unstable();
        assert!(items.into_iter().eq(0..SOURCES * EACH));
        joined(tasks).await;
    }

    async fn one_error_ends_all_or_comes_at_the_end(runtime) {
        let fails = |item| if item == 3 * EACH + 10 { Err(item) } else { Ok(item) };
        for (mode, at_most) in [(OnError::Raise, SOURCES * EACH), (OnError::Delay, usize::MAX)] {
            let (tasks, sources) = filled(runtime, fails);
            let mut merge = try_merge(sources).errors(mode);
            let (mut values, mut errors) = (0, Vec::new());
            while let Some(item) = merge.next().await {
                match item {
                    Ok(_) => values += 1,
                    Err(error) => errors.push(*error.first()),
                }
            }
            assert_eq!(errors, [3 * EACH + 10]);
            assert!(values < at_most);
            if mode == OnError::Delay {
                // All but the rest of the one that failed.
                assert_eq!(values, SOURCES * EACH - (EACH - 10));
            }
            drop(merge);
            joined(tasks).await;
        }
    }

    async fn sources_are_added_while_it_runs(runtime) {
        let mut merge = Merge::new();
        let mut tasks = Vec::new();
        let mut seen = 0;
        for round in 1..=3 {
            let (filling, sources) = filled(runtime, |item| item);
            tasks.extend(filling);
            for source in sources {
                merge.push(source);
                assert!(merge.next().await.is_some());
                seen += 1;
            }
            assert_eq!(seen, round * SOURCES);
        }
        while merge.next().await.is_some() {
            seen += 1;
        }
        assert_eq!(seen, 3 * SOURCES * EACH);
        joined(tasks).await;
    }
}

#[test]
fn one_merge_reads_what_every_runtime_and_a_plain_thread_send() {
    let (senders, sources): (Vec<_>, Vec<Queued<usize>>) = (0..=Runtime::ALL.len())
        .map(|_| FifoQueue::bounded(1).into_channel())
        .unzip();
    let mut senders = senders.into_iter();
    let own = senders.next().expect("one more than runtimes");
    let plain = thread::spawn(move || {
        for item in 0..EACH {
            own.send_blocking(item).expect("it is read");
        }
    });
    let reader = thread::spawn(move || {
        let mut next = [0; Runtime::ALL.len() + 1];
        cross_runtime::block_on(async {
            let mut merge = merge(sources).with_index();
            while let Some((index, item)) = merge.next().await {
                assert_eq!(item, next[index.position()]);
                next[index.position()] += 1;
            }
        });
        next
    });
    let senders = Mutex::new(senders);
    on_all_at_once(move |_| {
        let sender = senders
            .lock()
            .expect("no panic")
            .next()
            .expect("one for each");
        async move {
            for item in 0..EACH {
                sender.send(item).await.expect("it is read");
            }
        }
    });
    within_seconds(10, move || {
        plain.join().expect("no panic");
        assert_eq!(
            reader.join().expect("no panic"),
            [EACH; Runtime::ALL.len() + 1]
        );
    });
}

#[test]
fn one_merge_moves_from_runtime_to_runtime() {
    let (senders, sources): (Vec<_>, Vec<Queued<usize>>) = (0..SOURCES)
        .map(|_| FifoQueue::bounded(1).into_channel())
        .unzip();
    // Each runtime takes the merge for a while; the task that waited last is woken.
    let merge = Arc::new(Mutex::new(Some(merge(sources))));
    let sending = thread::spawn(move || {
        for item in 0..Runtime::ALL.len() * EACH {
            senders[item * 7 % SOURCES]
                .send_blocking(item)
                .expect("it is read");
        }
    });
    let mut items = Vec::new();
    for runtime in Runtime::ALL {
        let merge = Arc::clone(&merge);
        items.extend(within_seconds(30, move || {
            runtime.run(|_| async move {
                let mut taken = merge.lock().expect("no panic").take().expect("it is here");
                let mut items = Vec::new();
                while items.len() < EACH {
                    items.push(taken.next().await.expect("the sender goes on"));
                }
                *merge.lock().expect("no panic") = Some(taken);
                items
            })
        }));
    }
    within_seconds(10, move || sending.join().expect("no panic"));
    items.sort_unstable();
    assert!(items.into_iter().eq(0..Runtime::ALL.len() * EACH));
}
