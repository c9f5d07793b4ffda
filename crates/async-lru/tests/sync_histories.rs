//! Whatever racing threads are told, some order of their calls explains it.
//!
//! Three threads make four calls each on a map of one shard; then an order is sought that keeps to
//! what each saw end before it began, and in which a plain list gives the same answers.
//! Seen to fail, by hand: with `remove` that compares under one lock and removes under another, and
//! with `get` that does not count as a use.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use async_lru::DefaultHashBuilder;
use async_lru::sync::{Cached, Inserted, LruCache};
use fastrand::Rng;
use testkit::within_seconds;

const THREADS: u32 = 3;
const CALLS: u32 = 4;
const CAPACITY: usize = 2;
const KEYS: u32 = 3;

#[derive(Clone, Copy, Debug)]
enum Call {
    Get(u32),
    Insert(u32, u32),
    TryInsert(u32, u32),
    GetOrInsert(u32, u32),
    Add(u32, u32),
    Remove(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Value(Option<u32>),
    New,
    Replaced(u32),
    Evicted(u32, u32),
    There(u32),
}

#[derive(Clone, Copy, Debug)]
struct Event {
    call: Call,
    answer: Answer,
    begun: usize,
    ended: usize,
}

fn choose(rng: &mut Rng, value: u32) -> Call {
    let key = rng.u32(..KEYS);
    match rng.u32(..8) {
        0 | 1 => Call::Get(key),
        2 | 3 => Call::Insert(key, value),
        4 => Call::TryInsert(key, value),
        5 => Call::GetOrInsert(key, value),
        6 => Call::Add(key, value),
        _ => Call::Remove(key),
    }
}

fn make(cache: &LruCache<u32, u32>, call: Call) -> Answer {
    let value = |cached: Option<Cached<u32, u32>>| Answer::Value(cached.map(|cached| *cached));
    match call {
        Call::Get(key) => Answer::Value(cache.get_copied(&key)),
        Call::Insert(key, new) => match cache.insert(key, new) {
            Inserted::New => Answer::New,
            Inserted::Replaced(old) => Answer::Replaced(*old),
            Inserted::Evicted(old) => Answer::Evicted(*old.key(), *old),
            other => panic!("{other:?}"),
        },
        Call::TryInsert(key, new) => match cache.try_insert(key, new) {
            Ok(cached) => Answer::Value(Some(*cached)),
            Err(occupied) => Answer::There(**occupied.there()),
        },
        Call::GetOrInsert(key, new) => value(Some(cache.get_or_insert_with(key, || new))),
        Call::Add(key, more) => value(cache.update(&key, |old| Some(old + more))),
        Call::Remove(key) => value(cache.remove(&key)),
    }
}

/// The most recently used first.
type List = Vec<(u32, u32)>;

fn answer(list: &mut List, call: Call) -> Answer {
    let (Call::Get(key)
    | Call::Insert(key, _)
    | Call::TryInsert(key, _)
    | Call::GetOrInsert(key, _)
    | Call::Add(key, _)
    | Call::Remove(key)) = call;
    let place = list.iter().position(|pair| pair.0 == key);
    let there = place.map(|place| list.remove(place).1);
    let (kept, answer) = match (call, there) {
        (Call::Get(_) | Call::Remove(_) | Call::Add(..), None) => (None, Answer::Value(None)),
        (Call::Get(_) | Call::GetOrInsert(..), Some(old)) => (Some(old), Answer::Value(there)),
        (Call::Remove(_), Some(_)) => (None, Answer::Value(there)),
        (Call::Add(_, more), Some(old)) => (Some(old + more), Answer::Value(Some(old + more))),
        (Call::Insert(_, new), Some(old)) => (Some(new), Answer::Replaced(old)),
        (Call::TryInsert(..), Some(old)) => (Some(old), Answer::There(old)),
        (Call::Insert(_, new), None) => (Some(new), Answer::New),
        (Call::TryInsert(_, new) | Call::GetOrInsert(_, new), None) => {
            (Some(new), Answer::Value(Some(new)))
        }
    };
    if let Some(value) = kept {
        list.insert(0, (key, value));
    }
    match list.get(CAPACITY).copied() {
        None => answer,
        Some((key, value)) => {
            list.pop();
            if answer == Answer::New {
                Answer::Evicted(key, value)
            } else {
                answer
            }
        }
    }
}

/// Whether some order of the events from here on explains their answers; `done` has a bit for each.
fn explained(events: &[Event], done: u32, list: &List, tried: &mut HashSet<(u32, List)>) -> bool {
    if done.count_ones() as usize == events.len() {
        return true;
    }
    if !tried.insert((done, list.clone())) {
        return false;
    }
    let open = |at: &usize| done & (1 << at) == 0;
    let soonest_end = (0..events.len())
        .filter(open)
        .map(|at| events[at].ended)
        .min();
    (0..events.len()).filter(open).any(|at| {
        // What ended before this one began comes before it.
        let mut list = list.clone();
        Some(events[at].begun) < soonest_end
            && answer(&mut list, events[at].call) == events[at].answer
            && explained(events, done | 1 << at, &list, tried)
    })
}

fn history(rng: &mut Rng) -> Vec<Event> {
    let (capacity, hasher) = (
        NonZeroUsize::new(CAPACITY).unwrap(),
        DefaultHashBuilder::default(),
    );
    let cache = LruCache::with_shards(capacity, NonZeroUsize::MIN, hasher);
    let (clock, barrier) = (AtomicUsize::new(0), Barrier::new(THREADS as usize));
    let (cache, clock, barrier) = (&cache, &clock, &barrier);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let mut rng = rng.fork();
                scope.spawn(move || {
                    barrier.wait();
                    let each = (0..CALLS).map(|number| {
                        let call = choose(&mut rng, 100 * (thread + 1) + number);
                        let begun = clock.fetch_add(1, Ordering::SeqCst);
                        let answer = make(cache, call);
                        let ended = clock.fetch_add(1, Ordering::SeqCst);
                        Event {
                            call,
                            answer,
                            begun,
                            ended,
                        }
                    });
                    each.collect::<Vec<_>>()
                })
            })
            .collect();
        let events = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap());
        events.collect()
    })
}

#[test]
fn every_history_has_an_order_that_explains_it() {
    within_seconds(120, || {
        testkit::with_seeds(3_000, |rng| {
            let events = history(rng);
            let is_explained = explained(&events, 0, &List::new(), &mut HashSet::new());
            assert!(is_explained, "{events:#?}");
        });
    });
}

#[test]
fn an_answer_that_no_order_explains_is_found() {
    let event = |call, answer, begun, ended| Event {
        call,
        answer,
        begun,
        ended,
    };
    let events = [
        event(Call::Insert(0, 1), Answer::New, 0, 1),
        event(Call::Get(0), Answer::Value(None), 2, 3),
    ];
    assert!(!explained(&events, 0, &List::new(), &mut HashSet::new()));
    let overlapping = [
        event(Call::Insert(0, 1), Answer::New, 0, 2),
        event(Call::Get(0), Answer::Value(None), 1, 3),
    ];
    assert!(explained(
        &overlapping,
        0,
        &List::new(),
        &mut HashSet::new()
    ));
}
