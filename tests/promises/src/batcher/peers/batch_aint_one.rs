//! batch-aint-one's batcher, whose worker is a task of tokio.

use std::fmt;
use std::time::Duration;

use batch_aint_one::{Batcher as Aint, BatchingPolicy, Limits, OnFull, Processor};
use tokio::runtime::Runtime;

use super::super::{Batcher, Failed, Replied, Work};
use super::runtime;
use crate::outcome::Outcome;
use crate::polling::Boxed;

/// More than any probe submits at a time.
const ROOMY: usize = 100_000;

pub(crate) struct BatchAintOne {
    batcher: Aint<Works>,
    runtime: Runtime,
}

#[derive(Clone)]
struct Works(Work);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no reply")
    }
}

impl Processor for Works {
    type Key = ();
    type Input = usize;
    type Output = usize;
    type Error = Failed;
    type Resources = ();

    async fn acquire_resources(&self, (): ()) -> Result<(), Failed> {
        Ok(())
    }

    async fn process(
        &self,
        (): (),
        inputs: impl Iterator<Item = usize> + Send,
        (): (),
    ) -> Result<Vec<usize>, Failed> {
        self.0(inputs.collect()).await
    }
}

impl Batcher for BatchAintOne {
    fn new(items: usize, wait: Duration, work: Work) -> Self {
        let runtime = runtime();
        let limits = Limits::builder()
            .max_batch_size(items)
            .max_key_concurrency(1)
            .max_key_queued_items(ROOMY)
            .build();
        let batcher = {
            let _entered = runtime.enter();
            Aint::builder()
                .name("probe")
                .processor(Works(work))
                .limits(limits)
                .batching_policy(BatchingPolicy::Duration(wait, OnFull::Process))
                .build()
        };
        Self { batcher, runtime }
    }

    fn submit(&self, item: usize) -> Boxed<'_, Replied> {
        let add = self.batcher.add((), item);
        Box::pin(async { add.await.map_err(|_| Failed) })
    }

    #[expect(clippy::disallowed_methods, reason = "its worker runs meanwhile")]
    fn pass(&self, time: Duration) {
        self.runtime
            .block_on(async { tokio::time::sleep(time).await });
    }

    fn close(&self) -> Outcome {
        let worker = self.batcher.worker_handle();
        self.runtime.block_on(worker.shut_down());
        Ok(())
    }
}
