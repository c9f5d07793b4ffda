//! Random programs against a naive model: what comes, in which order, who is woken, and how often.

mod support;

use async_merge_streams::{Index, Merge, WithIndex};
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Poll, Waker};
use support::{Source, Tap, poll, tap};
use testkit::CountWaker;

/// A source as the model sees it.
struct Modelled {
    index: Index,
    tap: Tap<u64>,
    items: VecDeque<u64>,
    closed: bool,
    /// How many items each of the others has given since this one became ready.
    overtaken: Vec<(Index, usize)>,
}

impl Modelled {
    fn is_ready(&self) -> bool {
        self.closed || !self.items.is_empty()
    }
}

struct Model {
    merge: WithIndex<Source<u64>>,
    sources: Vec<Modelled>,
    /// Of sources that are gone.
    late: Vec<Waker>,
    known: Vec<Index>,
    next: u64,
    task: (Arc<CountWaker>, Waker),
    /// The last poll was pending.
    waits: bool,
    /// Something has happened since that the task has to be woken for.
    due: bool,
}

impl Model {
    fn new() -> Self {
        Self {
            merge: Merge::new().with_index(),
            sources: Vec::new(),
            late: Vec::new(),
            known: Vec::new(),
            next: 0,
            task: CountWaker::new(),
            waits: false,
            due: false,
        }
    }

    /// A source was woken, or so.
    fn happened(&mut self, something: bool) {
        self.due |= something;
        let wakes = usize::from(self.waits && self.due);
        assert_eq!(self.task.0.wakes(), wakes, "a waiting task is woken once");
    }

    fn push(&mut self) {
        let (tap, source) = tap();
        let index = self.merge.get_mut().push(source);
        assert!(self.known.iter().all(|known| *known < index), "{index:?}");
        self.known.push(index);
        self.sources.push(Modelled {
            index,
            tap,
            items: VecDeque::new(),
            closed: false,
            overtaken: Vec::new(),
        });
        self.happened(true);
    }

    fn remove(&mut self, rng: &mut fastrand::Rng) {
        if self.known.is_empty() {
            return;
        }
        let index = self.known[rng.usize(..self.known.len())];
        let is_there = self.sources.iter().position(|source| source.index == index);
        assert_eq!(self.merge.get_ref().contains(index), is_there.is_some());
        assert_eq!(
            self.merge.get_mut().remove(index).is_some(),
            is_there.is_some()
        );
        if let Some(at) = is_there {
            self.forget(at);
            self.happened(self.sources.is_empty());
        }
    }

    /// A source is gone.
    fn forget(&mut self, at: usize) {
        let gone = self.sources.remove(at);
        self.late.extend(gone.tap.waker());
    }

    fn touch(&mut self, rng: &mut fastrand::Rng) {
        if self.sources.is_empty() {
            return;
        }
        let at = rng.usize(..self.sources.len());
        let source = &mut self.sources[at];
        let woken = match rng.u8(..8) {
            0 => {
                source.closed = true;
                source.tap.close()
            }
            1 => source.tap.wake(),
            _ if source.closed => false,
            _ => {
                self.next += 1;
                source.items.push_back(self.next);
                source.tap.send(self.next)
            }
        };
        self.happened(woken);
    }

    fn wake_late(&mut self, rng: &mut fastrand::Rng) {
        if !self.late.is_empty() {
            self.late[rng.usize(..self.late.len())].wake_by_ref();
            self.happened(true);
        }
    }

    fn poll(&mut self, rng: &mut fastrand::Rng) {
        if rng.bool() {
            self.task = CountWaker::new();
        }
        self.task.0.reset();
        let polled = poll(&mut self.merge, &self.task.1);
        // What has nothing more to say is dropped on the way, in an order that is not ours to say.
        let here = self.merge.get_ref();
        for at in (0..self.sources.len()).rev() {
            let source = &self.sources[at];
            if !here.contains(source.index) {
                assert!(
                    source.closed && source.items.is_empty(),
                    "it had more to give"
                );
                self.sources.remove(at);
            }
        }
        assert_eq!(here.len(), self.sources.len());
        self.waits = polled.is_pending();
        self.due = false;
        match polled {
            Poll::Ready(None) => assert!(self.sources.is_empty()),
            Poll::Ready(Some((index, item))) => self.given(index, item),
            Poll::Pending => {
                assert!(!self.sources.is_empty());
                if self.task.0.wakes() == 0 {
                    let ready = self.sources.iter().filter(|source| source.is_ready());
                    assert_eq!(ready.count(), 0, "it waits, and something is ready");
                } else {
                    // A budget has run out.
                    assert_eq!(self.task.0.wakes(), 1);
                    self.due = true;
                }
            }
        }
    }

    fn given(&mut self, from: Index, item: u64) {
        assert_eq!(
            self.task.0.wakes(),
            0,
            "an item came, and the task was woken"
        );
        for source in &mut self.sources {
            if source.index == from {
                assert_eq!(source.items.pop_front(), Some(item), "{from:?}");
                source.overtaken.clear();
            } else if source.is_ready() {
                let count = source
                    .overtaken
                    .iter_mut()
                    .find(|(index, _)| *index == from);
                match count {
                    Some((_, count)) => *count += 1,
                    None => source.overtaken.push((from, 1)),
                }
                let most = source.overtaken.iter().map(|(_, count)| *count).max();
                assert!(most <= Some(2), "{:?} is starved by {from:?}", source.index);
            }
        }
    }

    fn run(&mut self, steps: usize, rng: &mut fastrand::Rng) {
        for _ in 0..steps {
            match rng.u8(..32) {
                0..3 => self.push(),
                3 => self.remove(rng),
                4 => self.wake_late(rng),
                5..18 => self.touch(rng),
                _ => self.poll(rng),
            }
        }
        // All that was sent is given.
        for source in &mut self.sources {
            source.closed = true;
            source.tap.close();
        }
        while !self.sources.is_empty() {
            self.poll(rng);
        }
        self.poll(rng);
    }
}

#[test]
fn random_programs_do_what_the_model_does() {
    testkit::within_seconds(60, || {
        testkit::with_seeds(600, |rng| {
            let steps = rng.usize(..400);
            Model::new().run(steps, rng);
        });
    });
}

#[test]
fn random_programs_with_many_sources_do_what_the_model_does() {
    testkit::within_seconds(60, || {
        testkit::with_seeds(20, |rng| {
            let mut model = Model::new();
            for _ in 0..rng.usize(100..300) {
                model.push();
            }
            model.run(1500, rng);
        });
    });
}
