//! No source starves another.

mod support;

use async_merge_streams::{Merge, merge, merge_batched, try_merge};
use futures_lite::stream;
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::task::{Poll, Waker};
use support::{Boxed, Endless, FromFn, poll, ready, tap};

/// Around the edges of a word, of a segment, and of a summary.
const COUNTS: [usize; 9] = [1, 2, 3, 63, 64, 65, 130, 4096, 4161];

/// The longest stretch without an item of some source.
fn longest_gap(items: impl Iterator<Item = usize>, sources: usize) -> usize {
    let (mut last, mut longest, mut now) = (vec![0; sources], 0, 0);
    for source in items {
        now += 1;
        longest = longest.max(now - last[source]);
        last[source] = now;
    }
    last.into_iter()
        .map(|last| now - last + 1)
        .fold(longest, usize::max)
}

#[test]
fn in_any_2n_items_of_n_ready_sources_each_appears() {
    for count in COUNTS {
        let mut merge = merge((0..count).map(Endless));
        let items = (0..10 * count).map(|_| ready(&mut merge).unwrap());
        let gap = longest_gap(items, count);
        assert!(gap <= 2 * count, "{gap} items without one of {count}");
    }
}

#[test]
fn sources_that_are_ready_have_their_turns_by_position() {
    for count in COUNTS {
        let mut merge = merge((0..count).map(Endless));
        for round in 0..3 {
            for source in 0..count {
                let item = ready(&mut merge);
                assert_eq!(item, Some(source), "round {round} of {count}");
            }
        }
    }
}

#[test]
fn a_source_that_becomes_ready_waits_for_two_items_of_any_other_at_most() {
    for count in [1, 2, 3, 64, 65, 200] {
        for place in [0, count / 2, count] {
            for before in 0..2 * count {
                let (tap, source) = tap();
                let mut merge = Merge::new();
                let mut source = Some(source);
                for other in 0..=count {
                    let boxed: Boxed<usize> = match source.take_if(|_| other == place) {
                        Some(source) => Box::pin(source),
                        None => Box::pin(Endless(other)),
                    };
                    merge.push(boxed);
                }
                for _ in 0..=count + before {
                    assert_ne!(ready(&mut merge), Some(place));
                }
                assert!(tap.send(place), "it was asked before");
                let mut seen = vec![0; count + 1];
                while let Some(item) = ready(&mut merge) {
                    if item == place {
                        break;
                    }
                    seen[item] += 1;
                    assert!(seen[item] <= 2, "{item} gave a third item before {place}");
                }
            }
        }
    }
}

#[test]
fn a_new_source_waits_for_two_items_of_any_other_at_most() {
    for count in [1, 2, 64, 200] {
        for before in 0..2 * count {
            let mut merge: Merge<_> = (0..count).map(Endless).collect();
            for _ in 0..before {
                assert!(ready(&mut merge).is_some());
            }
            merge.push(Endless(count));
            let items = (0..=2 * count).map(|_| ready(&mut merge));
            let seen: HashSet<_> = items.collect();
            assert!(seen.contains(&Some(count)), "{count} after {before}");
        }
    }
}

#[test]
fn errors_do_not_take_turns_from_others() {
    let sources = (0..100).map(|source| stream::repeat(Ok::<_, ()>(source)));
    let mut merge = try_merge(sources);
    for round in 0..3 {
        for source in 0..100 {
            assert_eq!(ready(&mut merge), Some(Ok(source)), "round {round}");
        }
    }
}

#[test]
fn each_batch_has_something_of_each() {
    let max = NonZeroUsize::new(130).unwrap();
    let mut merge = merge_batched((0..65).map(Endless), max);
    for _ in 0..5 {
        let mut batch = ready(&mut merge).unwrap();
        batch.sort_unstable();
        assert!(
            batch
                .into_iter()
                .eq((0..65).flat_map(|source| [source, source]))
        );
    }
}

/// tokio#2319: `a.merge(b).merge(c).merge(d)` gives `d` half of all items, and `a` an eighth.
#[test]
fn regression_tokio_2319_no_source_gets_less_than_another() {
    let mut merge = merge((0..20).map(Endless));
    let mut counts = vec![0; 20];
    for _ in 0..20_000 {
        counts[ready(&mut merge).unwrap()] += 1;
    }
    assert_eq!(counts, [1000; 20]);
}

/// futures-rs#2135: one that is always ready is asked again and again while others wait.
#[test]
fn regression_futures_rs_2135_a_greedy_source_has_one_item_per_round() {
    let mut left = [5_usize; 3];
    let greedy = FromFn(move |cx: &mut std::task::Context<'_>| {
        // Says it is ready all the time.
        cx.waker().wake_by_ref();
        Poll::Ready(Some(0))
    });
    let modest = [1, 2].map(Endless);
    let mut merge = async_merge_streams::merge!(greedy, modest[0].clone(), modest[1].clone());
    for _ in 0..15 {
        let item = poll(&mut merge, Waker::noop());
        let Poll::Ready(Some(source)) = item else {
            panic!("{item:?}");
        };
        left[source] -= 1;
    }
    assert_eq!(left, [0; 3]);
}
