//! Keys are found by whatever is equivalent to them.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;

use async_lru::{Equivalent, LruCache};

#[derive(PartialEq, Eq, Hash, Debug)]
struct Key {
    host: String,
    port: u16,
}

/// The borrowed parts of a key.
struct Parts<'a>(&'a str, u16);

impl Hash for Parts<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.hash(state);
    }
}

impl Equivalent<Key> for Parts<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.host && self.1 == key.port
    }
}

fn key(host: &str, port: u16) -> Key {
    Key {
        host: host.to_owned(),
        port,
    }
}

#[test]
fn a_struct_of_borrowed_parts_finds_a_key_of_owned_ones() {
    let mut cache = LruCache::new(NonZeroUsize::new(4).unwrap());
    let _ = cache.insert(key("a", 1), "one");
    let _ = cache.insert(key("a", 2), "two");
    assert_eq!(cache.get(&Parts("a", 1)), Some(&"one"));
    assert_eq!(cache.get(&Parts("b", 1)), None);
    assert!(cache.contains_key(&Parts("a", 2)));
    assert_eq!(
        cache.remove_entry(&Parts("a", 2)),
        Some((key("a", 2), "two"))
    );
}

#[cfg(all(feature = "sync", feature = "ttl"))]
#[test]
fn it_does_so_in_every_kind_of_map() {
    use async_lru::{TtlLruCache, WeightedLruCache, sync};
    use std::time::Duration;

    let (one, parts) = (|| key("a", 1), Parts("a", 1));
    let capacity = NonZeroUsize::MIN;
    let mut timed = TtlLruCache::new(capacity, Duration::MAX);
    let _ = timed.insert(one(), 1);
    assert_eq!(timed.get(&parts), Some(&1));
    let mut weighted = WeightedLruCache::new(1, |_: &Key, _: &u32| 1);
    assert!(weighted.insert(one(), 1).is_ok());
    assert_eq!(weighted.get(&parts), Some(&1));
    let shared = sync::LruCache::new(capacity);
    let _ = shared.insert(one(), 1);
    assert_eq!(shared.get_copied(&parts), Some(1));
    let shared = sync::TtlLruCache::new(capacity, Duration::MAX);
    let _ = shared.insert(one(), 1);
    assert_eq!(shared.get_copied(&parts), Some(1));
}
