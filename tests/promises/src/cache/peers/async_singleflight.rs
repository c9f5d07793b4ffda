//! `async_singleflight`'s group, which keeps nothing.

use async_singleflight::Group;

use super::super::{Cache, Call, Failed, Load, Value};

pub(crate) type AsyncSingleflight = Group<u64, Value, Failed>;

impl Cache for AsyncSingleflight {
    fn new() -> Self {
        Self::new()
    }

    fn get(&self, key: u64, load: Load) -> Call<'_> {
        Box::pin(async move { self.work(&key, load).await.map_err(|_| Failed) })
    }
}
