//! dataloader's loader without a cache: whichever caller has yielded for long enough delivers the
//! batch of all.

use std::collections::HashMap;
use std::time::Duration;

use dataloader::BatchFn;
use dataloader::non_cached::Loader;

use super::super::{Batcher, Failed, Replied, Work};
use crate::measure::let_them_wait;
use crate::outcome::{Outcome, lacks};
use crate::polling::Boxed;

pub(crate) struct Dataloader(Loader<usize, usize, Works>);

pub(crate) struct Works(Work);

impl BatchFn<usize, usize> for Works {
    async fn load(&mut self, keys: &[usize]) -> HashMap<usize, usize> {
        let replies = self.0(keys.to_vec()).await.unwrap_or_default();
        // From the back: the reply that is missing is that to the first.
        let keys = keys.iter().rev().copied();
        keys.zip(replies.into_iter().rev()).collect()
    }
}

impl Batcher for Dataloader {
    fn new(items: usize, _: Duration, work: Work) -> Self {
        Self(Loader::new(Works(work)).with_max_batch_size(items))
    }

    fn waits() -> Outcome {
        lacks("a wait by the clock")
    }

    fn submit(&self, item: usize) -> Boxed<'_, Replied> {
        let load = self.0.try_load(item);
        Box::pin(async { load.await.map_err(|_| Failed) })
    }

    fn pass(&self, time: Duration) {
        let_them_wait(time);
    }
}
