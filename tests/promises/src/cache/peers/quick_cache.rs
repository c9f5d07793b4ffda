//! `quick_cache`'s cache for several threads.

use quick_cache::sync::Cache as Quick;

use super::super::{Cache, Call, Load, Value};
use crate::outcome::Outcome;

pub(crate) type QuickCache = Quick<u64, Value>;

/// More than any probe needs.
const ROOMY: usize = 100_000;

impl Cache for QuickCache {
    fn new() -> Self {
        Self::new(ROOMY)
    }

    fn bounded(values: usize) -> Outcome<Self> {
        Ok(Self::new(values))
    }

    fn get(&self, key: u64, load: Load) -> Call<'_> {
        Box::pin(async move { self.get_or_insert_async(&key, load).await })
    }

    fn kept(&self, key: u64) -> Outcome<Option<Value>> {
        Ok(self.get(&key))
    }

    fn insert(&self, key: u64, value: Value) -> Outcome {
        self.insert(key, value);
        Ok(())
    }

    fn invalidate(&self, key: u64) -> Outcome {
        self.remove(&key);
        Ok(())
    }
}
