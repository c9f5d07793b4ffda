//! Merges: the time per item, with all sources ready, and with one at a time.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use async_merge_streams::{merge, merge_batched};
use benches::Figures;
use benches::turns::Turns;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_concurrency::stream::Merge as _;
use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::stream::select_all;
use testkit::CountWaker;

/// What the contenders merge, and what is one operation with the merge.
trait Scenario {
    type Source: Stream<Item = u64> + Unpin + 'static;
    /// What the operations need beside the merge.
    type World: 'static;

    fn sources(&self) -> (Self::World, Vec<Self::Source>);

    fn operation(world: Self::World, merge: Task<impl Stream + 'static>) -> impl FnMut() + 'static;
}

/// A merge, and the waker of the task that polls it.
struct Task<M> {
    merge: Pin<Box<M>>,
    waker: Waker,
}

impl<M: Stream> Task<M> {
    fn new(merge: M) -> Self {
        Self {
            merge: Box::pin(merge),
            waker: CountWaker::new().1,
        }
    }

    fn poll(&mut self) -> Poll<Option<M::Item>> {
        let mut cx = Context::from_waker(&self.waker);
        self.merge.as_mut().poll_next(&mut cx)
    }

    /// The next item, which is there: a merge that is pending yields.
    fn next(&mut self) -> M::Item {
        loop {
            if let Poll::Ready(item) = self.poll() {
                return item.expect("no source ends");
            }
        }
    }

    /// Polls until every source has been asked.
    fn settle(&mut self) {
        for _ in 0..200 {
            assert!(self.poll().is_pending(), "no source has anything");
        }
    }
}

fn measure<S: Scenario>(figures: &Figures, name: &str, scenario: &S, sources: usize) {
    Turns::take(figures, name, |turns| {
        turns.at_least(8 * sources);
        macro_rules! contender {
            ($name:literal, $merge:expr) => {
                let (world, sources) = scenario.sources();
                turns.add($name, S::operation(world, Task::new($merge(sources))));
            };
        }
        contender!("ours", merge);
        contender!("futures-buffered", |sources| {
            let mut merge = futures_buffered::MergeUnbounded::new();
            for source in sources {
                merge.push(source);
            }
            merge
        });
        contender!("futures-concurrency", |sources: Vec<S::Source>| sources
            .merge());
        contender!("futures-util", select_all);
        contender!("unicycle", |sources| {
            let mut merge = unicycle::StreamsUnordered::new();
            for source in sources {
                merge.push(source);
            }
            merge
        });
        // It asks all of them each time; with more, a single turn takes milliseconds.
        if sources <= 1000 {
            contender!("tokio-stream", |sources: Vec<S::Source>| {
                let mut merge = tokio_stream::StreamMap::new();
                for (key, source) in sources.into_iter().enumerate() {
                    merge.insert(key, source);
                }
                merge
            });
        }
    });
}

/// A source that is ready for ever, or never.
struct Steady {
    next: Option<u64>,
}

impl Stream for Steady {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<u64>> {
        let Some(next) = self.next else {
            return Poll::Pending;
        };
        self.next = Some(next + 1);
        Poll::Ready(Some(next))
    }
}

/// So many sources, of which one in so many is ready all the time.
#[derive(Clone, Copy)]
struct Ready {
    sources: usize,
    one_in: usize,
}

impl Scenario for Ready {
    type Source = Steady;
    type World = ();

    fn sources(&self) -> ((), Vec<Steady>) {
        let one_in = self.one_in;
        let source = |at: usize| Steady {
            next: (at % one_in == 0).then_some(0),
        };
        ((), (0..self.sources).map(source).collect())
    }

    fn operation((): (), mut task: Task<impl Stream + 'static>) -> impl FnMut() + 'static {
        move || drop(task.next())
    }
}

type Senders = Vec<UnboundedSender<u64>>;

fn channels(count: usize) -> (Senders, Vec<UnboundedReceiver<u64>>) {
    (0..count).map(|_| unbounded()).unzip()
}

/// Sends to a random one.
fn send(senders: &Senders, random: &mut fastrand::Rng) {
    let sender = &senders[random.usize(..senders.len())];
    sender.unbounded_send(1).expect("the source is there");
}

/// So many channels; an item is sent, and received.
struct Sparse {
    sources: usize,
    /// Whether the task goes to wait after each item.
    waits: bool,
}

impl Scenario for Sparse {
    type Source = UnboundedReceiver<u64>;
    type World = (Senders, bool);

    fn sources(&self) -> (Self::World, Vec<Self::Source>) {
        let (senders, sources) = channels(self.sources);
        ((senders, self.waits), sources)
    }

    fn operation(
        (senders, waits): Self::World,
        mut task: Task<impl Stream + 'static>,
    ) -> impl FnMut() + 'static {
        task.settle();
        let mut random = testkit::rng(7);
        move || {
            send(&senders, &mut random);
            drop(task.next());
            assert!(!waits || task.poll().is_pending(), "there was one item");
        }
    }
}

/// Items in batches, by the item.
fn batched(figures: &Figures) {
    const BATCH: usize = 64;
    let scenario = Ready {
        sources: 100,
        one_in: 1,
    };
    let max = BATCH.try_into().expect("it is not zero");
    Turns::take_each(figures, "merge/batched/100", BATCH, |turns| {
        let mut ours = Task::new(merge_batched(scenario.sources().1, max));
        turns.add("ours", move || ours.next());
        let chunks = select_all(scenario.sources().1).ready_chunks(BATCH);
        let mut chunks = Task::new(chunks);
        turns.add("futures-util", move || chunks.next());
        let mut merge = futures_buffered::MergeUnbounded::new();
        scenario
            .sources()
            .1
            .into_iter()
            .for_each(|source| merge.push(source));
        let mut chunks = Task::new(merge.ready_chunks(BATCH));
        turns.add("futures-buffered", move || chunks.next());
    });
}

fn main() {
    let figures = Figures::from_args();
    for sources in [2, 10, 100, 1000] {
        let scenario = Ready { sources, one_in: 1 };
        measure(
            &figures,
            &format!("merge/ready/{sources}"),
            &scenario,
            sources,
        );
    }
    let scenario = Ready {
        sources: 1000,
        one_in: 100,
    };
    measure(&figures, "merge/one_percent_ready/1000", &scenario, 1000);
    for (sources, name) in [(10, "10"), (100, "100"), (1000, "1k"), (10_000, "10k")] {
        let scenario = Sparse {
            sources,
            waits: false,
        };
        measure(
            &figures,
            &format!("merge/sparse/{name}"),
            &scenario,
            sources,
        );
    }
    for (sources, name) in [(10, "10"), (1000, "1k")] {
        let scenario = Sparse {
            sources,
            waits: true,
        };
        measure(
            &figures,
            &format!("merge/waiting/{name}"),
            &scenario,
            sources,
        );
    }
    batched(&figures);
}
