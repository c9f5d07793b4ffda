//! Dropping what waits for an item loses none.

mod support;

use async_merge_streams::{OnError, merge, merge_batched, try_merge};
use futures_core::Stream;
use std::cell::RefCell;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::rc::Rc;
use support::{Source, Tap, taps};
use testkit::drop_after_each_poll;

type Outcome = Result<u32, u32>;

/// The merge, what it gave, the ends to send from, and what is sent next.
type World<S> = (
    Rc<RefCell<S>>,
    Rc<RefCell<Vec<u32>>>,
    Vec<Tap<Outcome>>,
    u32,
);

/// A future that waits for three items is dropped after each number of its polls; between two
/// polls, one more source has something.
fn check<S: Stream + Unpin>(
    merged: impl Fn(Vec<Source<Outcome>>) -> S,
    values: impl Fn(S::Item) -> Vec<u32>,
) {
    let values = &values;
    let make = || {
        let (taps, sources) = taps(7);
        let merge = Rc::new(RefCell::new(merged(sources)));
        let got = Rc::new(RefCell::new(Vec::new()));
        let (borrowed, gets) = (Rc::clone(&merge), Rc::clone(&got));
        let future = async move {
            while gets.borrow().len() < 3 {
                let next = poll_fn(|cx| Pin::new(&mut *borrowed.borrow_mut()).poll_next(cx));
                let item = next.await.expect("nobody closes");
                gets.borrow_mut().extend(values(item));
            }
        };
        (future, (merge, got, taps, 0))
    };
    let step = |(_, _, taps, sent): &mut World<S>| {
        for source in [*sent, *sent + 3] {
            taps[source as usize % 7].send(Ok(*sent));
        }
        *sent += 1;
    };
    let check = |(merge, got, taps, sent): World<S>, polls: usize| {
        for tap in &taps {
            tap.close();
        }
        let mut got = got.borrow().clone();
        let mut merge = merge.borrow_mut();
        while let Some(item) = support::ready(&mut *merge) {
            got.extend(values(item));
        }
        got.sort_unstable();
        let expected: Vec<u32> = (0..sent).flat_map(|item| [item, item]).collect();
        assert_eq!(got, expected, "dropped after {polls} polls");
    };
    let completed = drop_after_each_poll(20, make, step, check);
    assert!(completed.is_some_and(|polls| polls > 2), "{completed:?}");
}

#[test]
fn a_dropped_wait_for_an_item_loses_nothing() {
    check(merge, |item| vec![item.unwrap()]);
    check(
        |sources| merge(sources).with_index(),
        |(_, item)| vec![item.unwrap()],
    );
}

#[test]
fn a_dropped_wait_for_a_value_loses_nothing() {
    check(try_merge, |item| vec![item.unwrap()]);
    check(
        |sources| try_merge(sources).errors(OnError::Delay),
        |item| vec![item.unwrap()],
    );
    check(
        |sources| try_merge(sources).suppress(|_, _| {}),
        |item| vec![item],
    );
}

#[test]
fn a_dropped_wait_for_a_batch_loses_nothing() {
    for max in 1..5 {
        let max = NonZeroUsize::new(max).unwrap();
        check(
            |sources| merge_batched(sources, max),
            |batch| batch.into_iter().map(Result::unwrap).collect(),
        );
    }
}
