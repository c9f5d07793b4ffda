//! asyncband's map of once cells.

use asyncband::once::OnceMap as Band;

use super::super::{Cache, Call, Load, Value};
use crate::outcome::Outcome;

pub(crate) type OnceMap = Band<u64, Value>;

impl Cache for OnceMap {
    fn new() -> Self {
        Self::new()
    }

    fn get(&self, key: u64, load: Load) -> Call<'_> {
        Box::pin(self.try_compute(key, async move || load.await))
    }

    fn kept(&self, key: u64) -> Outcome<Option<Value>> {
        Ok(self.get(&key))
    }

    fn invalidate(&self, key: u64) -> Outcome {
        self.discard(&key);
        Ok(())
    }
}
