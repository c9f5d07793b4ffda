//! async-fn-cache, and async-single-flight, which keeps nothing.

use std::num::NonZeroUsize;

use async_fn_cache::{FnCache as OurCache, FnCacheBuilder};
use async_single_flight::Group as OurGroup;

use super::{Cache, Call, Load, Loaded, Value};
use crate::outcome::Outcome;

pub(crate) type FnCache = OurCache<u64, Loaded>;
pub(crate) type Group = OurGroup<u64, Loaded>;

fn builder() -> FnCacheBuilder<u64, Loaded> {
    OurCache::builder().evict_errors()
}

impl Cache for FnCache {
    fn new() -> Self {
        builder().build()
    }

    fn bounded(values: usize) -> Outcome<Self> {
        let values = NonZeroUsize::new(values).expect("at least one");
        Ok(builder().capacity(values).build())
    }

    fn get(&self, key: u64, load: Load) -> Call<'_> {
        Box::pin(self.get_with(key, || load))
    }

    fn kept(&self, key: u64) -> Outcome<Option<Value>> {
        Ok(self.try_get(&key).ok().and_then(Result::ok))
    }

    fn insert(&self, key: u64, value: Value) -> Outcome {
        self.insert(key, Ok(value));
        Ok(())
    }

    fn invalidate(&self, key: u64) -> Outcome {
        self.invalidate(&key);
        Ok(())
    }
}

impl Cache for Group {
    fn new() -> Self {
        Self::new()
    }

    fn get(&self, key: u64, load: Load) -> Call<'_> {
        Box::pin(self.work(key, || load))
    }

    fn invalidate(&self, key: u64) -> Outcome {
        self.forget(&key);
        Ok(())
    }
}
