//! Sources that are woken from other threads.

mod support;

use async_merge_streams::{merge, merge_batched};
use futures_lite::{StreamExt, future::block_on};
use std::num::NonZeroUsize;
use std::thread;
use support::{Tap, taps};
use testkit::within_seconds;

const SOURCES: usize = 300;
const ITEMS: usize = 60_000;

/// Four threads send all items to random sources, each of which gets its own in order.
fn send(taps: Vec<Tap<usize>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        thread::scope(|scope| {
            for quarter in 0..4 {
                let taps = &taps;
                scope.spawn(move || {
                    for item in (quarter..ITEMS).step_by(4) {
                        taps[item * 7919 % SOURCES].send(item);
                    }
                });
            }
        });
        for tap in &taps {
            tap.close();
        }
    })
}

#[test]
fn nothing_is_lost_when_threads_send() {
    within_seconds(60, || {
        let (taps, sources) = taps(SOURCES);
        let mut merge = merge(sources);
        let sender = send(taps);
        let mut seen = vec![false; ITEMS];
        block_on(async {
            while let Some(item) = merge.next().await {
                assert!(
                    !std::mem::replace(&mut seen[item], true),
                    "{item} came twice"
                );
            }
        });
        sender.join().unwrap();
        assert!(seen.into_iter().all(|seen| seen));
    });
}

#[test]
fn nothing_is_lost_in_batches_when_threads_send() {
    within_seconds(60, || {
        let (taps, sources) = taps(SOURCES);
        let merge = merge_batched(sources, NonZeroUsize::new(64).unwrap());
        let sender = send(taps);
        let batches: Vec<Vec<usize>> = block_on(merge.collect());
        sender.join().unwrap();
        assert!(batches.iter().all(|batch| (1..=64).contains(&batch.len())));
        let mut items = batches.concat();
        items.sort_unstable();
        assert!(items.into_iter().eq(0..ITEMS));
    });
}
