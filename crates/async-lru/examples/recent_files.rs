//! The ten files that were opened last, each with its size, and what falls out of the list.

use async_lru::{Inserted, LruCache};
use std::num::NonZeroUsize;

fn main() {
    let ten = NonZeroUsize::new(10).expect("ten is not zero");
    let mut recent: LruCache<String, u64> = LruCache::new(ten);

    for n in 0..10 {
        let inserted = recent.insert(format!("file {n}"), n * 100);
        assert_eq!(inserted, Inserted::New);
    }
    // Opened again: now the last to go.
    assert_eq!(recent.get("file 0"), Some(&0));

    let forgotten = recent.insert("file 10".to_string(), 1000).evicted();
    assert_eq!(forgotten, Some(("file 1".to_string(), 100)));

    let latest: Vec<&str> = recent.keys().take(2).map(String::as_str).collect();
    assert_eq!(latest, ["file 10", "file 0"]);
}
