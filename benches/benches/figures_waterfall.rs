//! Batchers: what an item costs on its way in, a submit with its reply, and chunks of a stream.

use std::fmt;
use std::future::{Future, ready};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_waterfall::{Batch, Waterfall, chunks};
use batch_aint_one::{Batcher, BatchingPolicy, Limits, OnFull, Processor};
use benches::turns::Turns;
use benches::{Figures, figure, float};
use dataloader::BatchFn;
use dataloader::non_cached::Loader;
use futures_core::Stream;
use futures_util::future::join_all;
use futures_util::stream;
use testkit::{CountWaker, count_allocations};
use tokio::runtime::{Builder, Runtime};
use tokio_stream::StreamExt as _;
use ultra_batch::{BatchExecutor, Executor};

#[global_allocator]
static ALLOC: testkit::CountingAllocator = testkit::CountingAllocator::new();

/// Items of a batch.
const BATCH: usize = 100;
/// Callers that submit at the same time.
const CALLERS: usize = 1000;
/// Longer than anything here takes.
const WAIT: Duration = Duration::from_millis(100);

fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("it is not zero")
}

fn now<F: Future>(future: F, waker: &Waker) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(waker)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("not ready"),
    }
}

fn turn<F: Future + Unpin>(driver: &mut F, waker: &Waker) {
    let polled = Pin::new(driver).poll(&mut Context::from_waker(waker));
    assert!(polled.is_pending(), "nothing ends here");
}

/// A hundred items are put, and taken out as a batch.
fn put(figures: &Figures) {
    let ours = || {
        let waker = CountWaker::new().1;
        let (handle, mut driver) = Waterfall::builder(n(BATCH), WAIT).build(|batch: Batch<u64>| {
            black_box(batch.sum::<u64>());
            ready(Ok::<(), ()>(()))
        });
        turn(&mut driver, &waker);
        move || {
            for item in 0..100_u64 {
                now(handle.put(black_box(item)), &waker).expect("it is not stopped");
            }
            turn(&mut driver, &waker);
        }
    };
    let tokio = || {
        let waker = CountWaker::new().1;
        let (sender, mut receiver) = tokio::sync::mpsc::channel(4 * BATCH);
        let mut batch = Vec::with_capacity(BATCH);
        move || {
            for item in 0..100_u64 {
                now(sender.send(black_box(item)), &waker).expect("it is not closed");
            }
            assert_eq!(now(receiver.recv_many(&mut batch, BATCH), &waker), BATCH);
            black_box(batch.drain(..).sum::<u64>());
        }
    };
    Turns::take_each(figures, "waterfall/put", BATCH, |turns| {
        turns.add("ours", ours());
        turns.add("tokio", tokio());
    });
    if figures.want(&["waterfall/put"]) {
        let mut operation = ours();
        (0..10).for_each(|_| operation());
        let allocated = count_allocations(operation).calls;
        figure(
            "waterfall/put",
            "ours",
            float(allocated) / float(BATCH),
            "allocations",
        );
    }
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().build().expect("a runtime")
}

/// The reply to a key.
fn reply(key: u64) -> u64 {
    key ^ 1
}

/// A thousand callers at once on one thread; the time is that of each.
fn measure_submits<F>(
    turns: &mut Turns,
    contender: &'static str,
    runtime: Runtime,
    mut submit: impl FnMut(u64) -> F + 'static,
) where
    F: Future<Output = u64>,
{
    let mut next = 0;
    turns.add(contender, move || {
        let keys = next..next + CALLERS as u64;
        next = keys.end;
        let replies = runtime.block_on(join_all(keys.clone().map(&mut submit)));
        assert!(keys.zip(replies).all(|(key, got)| got == reply(key)));
    });
}

#[derive(Clone)]
struct Replies;

#[derive(Clone, Debug)]
struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it never fails")
    }
}

impl Processor for Replies {
    type Key = ();
    type Input = u64;
    type Output = u64;
    type Error = Never;
    type Resources = ();

    async fn acquire_resources(&self, (): ()) -> Result<(), Never> {
        Ok(())
    }

    async fn process(
        &self,
        (): (),
        inputs: impl Iterator<Item = u64> + Send,
        (): (),
    ) -> Result<Vec<u64>, Never> {
        Ok(inputs.map(reply).collect())
    }
}

impl Executor for Replies {
    type Value = u64;
    type Result = u64;
    type Error = Never;

    async fn execute(&self, values: Vec<u64>) -> Result<Vec<u64>, Never> {
        Ok(values.into_iter().map(reply).collect())
    }
}

impl BatchFn<u64, u64> for Replies {
    async fn load(&mut self, keys: &[u64]) -> std::collections::HashMap<u64, u64> {
        keys.iter().map(|key| (*key, reply(*key))).collect()
    }
}

fn submit(figures: &Figures) {
    Turns::take_each(figures, "waterfall/submit_1000_by_100", CALLERS, |turns| {
        let ours = runtime();
        let (handle, driver) = Waterfall::builder(n(BATCH), WAIT)
            .capacity(n(CALLERS))
            .build(|batch: Batch<u64>| ready(Ok::<Vec<u64>, ()>(batch.map(reply).collect())));
        ours.spawn(driver);
        measure_submits(turns, "ours", ours, move |key| {
            let submit = handle.submit(key);
            async { submit.await.expect("it never fails") }
        });

        let aint = runtime();
        let batcher = {
            let _entered = aint.enter();
            let limits = Limits::builder()
                .max_batch_size(BATCH)
                .max_key_concurrency(1)
                .max_key_queued_items(10 * CALLERS)
                .build();
            Batcher::builder()
                .name("bench")
                .processor(Replies)
                .limits(limits)
                .batching_policy(BatchingPolicy::Duration(WAIT, OnFull::Process))
                .build()
        };
        measure_submits(turns, "batch-aint-one", aint, move |key| {
            let batcher = batcher.clone();
            async move { batcher.add((), key).await.expect("it never fails") }
        });

        let ultra = runtime();
        let executor = {
            let _entered = ultra.enter();
            BatchExecutor::build(Replies)
                .eager_batch_size(Some(BATCH))
                .delay_duration(WAIT)
                .finish()
        };
        measure_submits(turns, "ultra-batch", ultra, move |key| {
            let executor = executor.clone();
            async move {
                let reply = executor.execute(key).await.expect("it never fails");
                reply.expect("each key has a reply")
            }
        });

        let loader = Loader::new(Replies).with_max_batch_size(BATCH);
        measure_submits(turns, "dataloader", runtime(), move |key| {
            let loader = loader.clone();
            async move { loader.load(key).await }
        });
    });
}

/// A stream without end that is always ready.
fn endless() -> impl Stream<Item = u64> + Unpin {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut item = NEXT.fetch_add(1, Ordering::Relaxed);
    stream::poll_fn(move |_| {
        item = black_box(item + 1);
        Poll::Ready(Some(item))
    })
}

fn chunk<S: Stream<Item = Vec<u64>>>(stream: S) -> impl FnMut() {
    let (mut stream, waker) = (Box::pin(stream), CountWaker::new().1);
    move || {
        let mut cx = Context::from_waker(&waker);
        match stream.as_mut().poll_next(&mut cx) {
            Poll::Ready(chunk) => drop(black_box(chunk)),
            Poll::Pending => panic!("the stream is always ready"),
        }
    }
}

fn chunked(figures: &Figures) {
    for size in [1, 10] {
        Turns::take_each(
            figures,
            &format!("waterfall/chunks_{size}"),
            size,
            |turns| {
                turns.add("ours", chunk(chunks(endless(), n(size), WAIT)));
                let runtime = runtime();
                let mut next = chunk(endless().chunks_timeout(size, WAIT));
                turns.add("tokio-stream", move || {
                    let _entered = runtime.enter();
                    next();
                });
            },
        );
    }
}

fn main() {
    let figures = Figures::from_args();
    put(&figures);
    submit(&figures);
    chunked(&figures);
}
