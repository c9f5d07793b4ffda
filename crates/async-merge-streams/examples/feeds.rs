//! Feeds that come and go, read by one task; which feed an item came from, and one that fails.

use async_merge_streams::{Merge, OnError, merge, try_merge};
use futures_lite::future::block_on;
use futures_lite::{Stream, StreamExt, stream};
use std::pin::Pin;

type Feed = Pin<Box<dyn Stream<Item = Result<u32, &'static str>>>>;

fn feed(from: u32, items: u32) -> Feed {
    Box::pin(stream::iter((from..from + items).map(Ok)))
}

fn main() {
    // Which feed said what; one leaves while the others go on.
    let mut feeds: Merge<Feed> = merge([feed(10, 2), feed(20, 3)]);
    let third = feeds.push(feed(30, 9));
    let mut feeds = feeds.with_index();
    let seen = block_on(async {
        let mut seen = Vec::new();
        while let Some((index, item)) = feeds.next().await {
            seen.push(item.expect("these feeds don't fail"));
            if index == third && seen.len() > 5 {
                drop(feeds.get_mut().remove(third));
            }
        }
        seen
    });
    assert_eq!(seen, [10, 20, 30, 11, 21, 31, 22]);

    // A feed that fails ends; the others are read to their ends, and then it is told.
    let broken: Feed = Box::pin(stream::iter([Ok(1), Err("hung up")]));
    let mut feeds = try_merge([broken, feed(20, 2)]).errors(OnError::Delay);
    let (items, errors) = block_on(async {
        let mut items = Vec::new();
        loop {
            match feeds.next().await {
                Some(Ok(item)) => items.push(item),
                Some(Err(errors)) => break (items, errors),
                None => unreachable!("one feed fails"),
            }
        }
    });
    assert_eq!((items, *errors.first()), (vec![1, 20, 21], "hung up"));
}
