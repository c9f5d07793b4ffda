//! Keys whose `Hash` and `Eq` answer at random: the map forgets or doubles what it likes, but it stays
//! bounded and linked, drops every value once, and comes to an end.

mod support;

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;

use async_lru::LruCache;
use fastrand::Rng;
use support::foreign::{Value, values};

thread_local! {
    static RANDOM: RefCell<Rng> = const { RefCell::new(Rng::with_seed(1)) };
}

fn random(below: u64) -> u64 {
    RANDOM.with_borrow_mut(|random| random.u64(..below))
}

struct Liar;

impl Hash for Liar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(random(8));
    }
}

impl PartialEq for Liar {
    fn eq(&self, _: &Self) -> bool {
        random(3) == 0
    }
}

impl Eq for Liar {}

#[test]
fn answers_at_random_break_no_more_than_lookups() {
    testkit::with_seeds(20, |rng| {
        RANDOM.set(rng.fork());
        let before = values();
        let capacity = rng.usize(1..40);
        let mut cache = LruCache::new(NonZeroUsize::new(capacity).expect("above zero"));
        for _ in 0..5_000 {
            match rng.u32(..10) {
                0..=4 => drop(cache.insert(Liar, Value::new(1))),
                5..=6 => drop(cache.get(&Liar).map(|value| value.0)),
                7 => drop(cache.remove(&Liar)),
                8 => drop(cache.pop_lru()),
                _ => {
                    let kept = rng.usize(1..=capacity);
                    drop(cache.resize(NonZeroUsize::new(kept).expect("above zero")));
                }
            }
            assert!(cache.len() <= cache.capacity().get());
            assert_eq!(cache.iter().count(), cache.len());
            assert_eq!(cache.iter().rev().count(), cache.len());
            assert_eq!(
                values() - before,
                isize::try_from(cache.len()).expect("few")
            );
        }
        drop(cache);
        assert_eq!(values(), before);
    });
}
