//! By rank: the most urgent first.

use super::Line;
use crate::{Aging, Priority, Ties, context};
use async_waitlist::{Key, Polled, Released, Trash, WaitHeap, WaitList, WakeBatch};
use std::num::NonZeroU32;
use std::task::Waker;

/// The waiters, the smallest [`Rank`] first.
///
/// Most programs know few priorities, and so the waiters of a few have queues: there a waiter comes
/// and goes in constant time.
/// All others stand in a heap, and so do those that have changed their priority, for their arrivals
/// would not fit to the end of a queue.
///
/// # Invariants
///
/// 1. All that wait in one queue have its priority, and stand in the order of their arrivals, which
///    is that of their ranks.
/// 2. No two queues in which somebody waits have the same priority.
/// 3. `first` is the smallest rank of all that wait.
/// 4. No two waiters have the same arrival.
#[derive(Debug)]
#[expect(unnameable_types, reason = "sealed: the private side of a semaphore")]
pub struct Ranked {
    /// At most `QUEUES`. One in which nobody waits is free for another priority.
    queues: Vec<Queue>,
    heap: WaitHeap<Rank, u32>,
    first: Option<First>,
    /// The number of the next to arrive.
    arrival: i64,
    rule: Rule,
}

#[derive(Debug)]
struct Queue {
    priority: Priority,
    list: WaitList<Want>,
}

#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "sealed: the private side of a semaphore")]
pub struct Want {
    permits: u32,
    arrival: i64,
}

/// The order, of ranks and then of ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(unnameable_types, reason = "sealed: the private side of a semaphore")]
pub struct Rank {
    /// `priority × step`, and with aging plus `arrival`. It never changes by itself, so nothing has
    /// to be sorted anew as time goes by.
    ///
    /// It does not overflow: `priority × step` is at most 2^62, and so many arrivals there will not
    /// be.
    urgency: i64,
    /// `arrival`; negative if who comes last is first.
    tie: i64,
}

/// How ranks are made.
#[derive(Clone, Copy, Debug)]
struct Rule {
    step: i64,
    /// Whether arrivals make ranks.
    ages: bool,
    last_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct First {
    rank: Rank,
    permits: u32,
    /// The number of its queue, or `HEAP`.
    stands: u8,
}

/// What a waiter holds: the key, and of which list.
#[derive(Debug)]
#[expect(unnameable_types, reason = "sealed: the private side of a semaphore")]
pub struct Place {
    key: Key,
    /// The number of its queue, or `HEAP`.
    stands: u8,
}

/// Memory of a queue or of the heap.
#[derive(Debug)]
#[expect(unnameable_types, reason = "sealed: the private side of a semaphore")]
pub enum RankedTrash {
    OfQueue(Trash<Want>),
    OfHeap(Trash<u32, Rank>),
}

/// How many queues there are at most.
const QUEUES: usize = 8;

/// The number that stands for the heap: of no queue.
const HEAP: u8 = u8::MAX;

impl Ranked {
    pub(crate) const fn new(aging: Aging, ties: Ties) -> Self {
        let (step, ages) = match aging {
            Aging::None => (1, false),
            Aging::Arrivals(step) => (capped(step), true),
        };
        // With aging, who is first of equals is decided by the bound on the wait.
        let last_first = !ages && matches!(ties, Ties::Lifo);
        Self {
            queues: Vec::new(),
            heap: WaitHeap::new(),
            first: None,
            arrival: 0,
            rule: Rule {
                step,
                ages,
                last_first,
            },
        }
    }

    /// Moves a waiter to the place that it would have, had it come with that priority; one that was
    /// granted has none any more.
    ///
    /// Only while nobody has been refused.
    pub(crate) fn set_priority(
        &mut self,
        at: Place,
        priority: Priority,
        trash: &mut Option<RankedTrash>,
    ) -> Place {
        if !self.waits(&at) {
            return at;
        }
        let Released::Waiting(want, Some(waker)) = self.take_out(at, trash) else {
            unreachable!("it waits, and nobody is ever nudged");
        };
        let rank = self.rule.rank(priority, want.arrival);
        let key = self.heap.insert(rank, want.permits, waker);
        self.note_newcomer(rank, want.permits, HEAP);
        Place { key, stands: HEAP }
    }

    fn waits(&self, at: &Place) -> bool {
        match self.queue(at.stands) {
            Some(queue) => queue.list.payload(&at.key).is_some(),
            None => self.heap.payload(&at.key).is_some(),
        }
    }

    /// Frees a slot, and looks who is first then.
    #[inline]
    fn take_out(&mut self, at: Place, trash: &mut Option<RankedTrash>) -> Released<Want> {
        let Place { key, stands } = at;
        let released = if let Some(queue) = self.queues.get_mut(usize::from(stands)) {
            let released = queue.list.release(key);
            if let Some(freed) = queue.list.shrink() {
                *trash = Some(RankedTrash::OfQueue(freed));
            }
            released
        } else {
            let released = self.heap.release(key);
            if let Some(freed) = self.heap.shrink() {
                *trash = Some(RankedTrash::OfHeap(freed));
            }
            let arrival = |rank| self.rule.arrival(rank);
            released.map(|(rank, permits)| Want {
                permits,
                arrival: arrival(rank),
            })
        };
        if let Released::Waiting(want, _) = &released {
            let first = self.first.map(|first| self.rule.arrival(first.rank));
            if first == Some(want.arrival) {
                self.first = self.find_first(); // it was the first (#4)
            }
        }
        released
    }

    /// Takes a queue for that priority; `HEAP` if there is none.
    #[inline]
    fn queue_for(&mut self, priority: Priority) -> u8 {
        if self.rule.last_first {
            return HEAP; // whoever comes is first of its equals
        }
        let mut vacant = None;
        for (number, queue) in (0..).zip(&self.queues) {
            if queue.priority == priority {
                return number;
            }
            if queue.list.waiting() == 0 {
                vacant = Some(number);
            }
        }
        self.relabel(vacant, priority)
    }

    /// Gives the priority a queue in which nobody waits, or a new one; `HEAP` if there are too many.
    #[cold]
    fn relabel(&mut self, vacant: Option<u8>, priority: Priority) -> u8 {
        if let Some(number) = vacant {
            self.queues[usize::from(number)].priority = priority;
            return number;
        }
        let number = self.queues.len();
        if number == QUEUES {
            return HEAP;
        }
        let list = WaitList::new();
        self.queues.push(Queue { priority, list });
        u8::try_from(number).expect("there are few queues")
    }

    #[inline]
    fn note_newcomer(&mut self, rank: Rank, permits: u32, stands: u8) {
        if self.first.is_none_or(|first| rank < first.rank) {
            self.first = Some(First {
                rank,
                permits,
                stands,
            });
        }
    }

    /// The first once the one before it has left, which stood there.
    #[inline]
    fn find_next(&self, stood: u8) -> Option<First> {
        // Without aging, the next of a queue is as urgent as the one before it, and so comes before
        // all that stand in other queues (#2).
        let next = self.head(stood).filter(|_| !self.rule.ages);
        match (next, self.heap.first_key()) {
            (Some(next), None) => Some(next),
            (Some(next), Some(&top)) if next.rank < top => Some(next),
            _ => self.find_first(),
        }
    }

    /// The first of the top of the heap and the heads of the queues.
    fn find_first(&self) -> Option<First> {
        let top = self.heap.first_key().zip(self.heap.first());
        let top = top.map(|(&rank, &permits)| First {
            rank,
            permits,
            stands: HEAP,
        });
        let heads = (0..)
            .zip(&self.queues)
            .filter_map(|(number, _)| self.head(number));
        heads.chain(top).min_by_key(|first| first.rank)
    }

    #[inline]
    fn head(&self, stands: u8) -> Option<First> {
        let queue = self.queue(stands)?;
        let &Want { permits, arrival } = queue.list.first()?;
        let rank = self.rule.rank(queue.priority, arrival);
        Some(First {
            rank,
            permits,
            stands,
        })
    }

    #[inline]
    fn queue(&self, number: u8) -> Option<&Queue> {
        self.queues.get(usize::from(number))
    }
}

impl Line for Ranked {
    type Wish = Option<Priority>;
    type Urgency = Priority;
    type Place = Place;
    type Trash = RankedTrash;

    #[inline]
    fn settle(wish: &mut Option<Priority>) -> Priority {
        *wish.get_or_insert_with(context::current)
    }

    fn waiting(&self) -> usize {
        let queued = self.queues.iter().map(|queue| queue.list.waiting());
        queued.sum::<usize>() + self.heap.waiting()
    }

    #[inline]
    fn first(&self) -> Option<u32> {
        Some(self.first?.permits)
    }

    fn may_pass(&self, priority: Priority) -> bool {
        let rank = self.rule.rank(priority, self.arrival);
        self.first.is_none_or(|first| rank < first.rank)
    }

    fn passed(&mut self) {
        self.arrival += 1;
    }

    #[inline]
    fn insert(&mut self, priority: Priority, permits: u32, waker: Waker) -> Place {
        let arrival = self.arrival;
        self.arrival += 1;
        let rank = self.rule.rank(priority, arrival);
        let stands = self.queue_for(priority);
        let key = match self.queues.get_mut(usize::from(stands)) {
            Some(queue) => queue.list.insert(Want { permits, arrival }, waker),
            None => self.heap.insert(rank, permits, waker),
        };
        self.note_newcomer(rank, permits, stands);
        Place { key, stands }
    }

    #[inline]
    fn poll(&mut self, at: &Place, waker: &Waker, spare: &mut Option<Waker>) -> Polled {
        match self.queues.get_mut(usize::from(at.stands)) {
            Some(queue) => queue.list.poll(&at.key, waker, spare),
            None => self.heap.poll(&at.key, waker, spare),
        }
    }

    #[inline]
    fn grant_first(&mut self) -> Option<Waker> {
        let stands = self.first?.stands;
        let waker = match self.queues.get_mut(usize::from(stands)) {
            Some(queue) => queue.list.grant_first()?.1,
            None => self.heap.grant_first()?.2,
        };
        self.first = self.find_next(stands);
        waker
    }

    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        let mut queues = self.queues.iter_mut();
        let done = queues.all(|queue| queue.list.refuse_all(batch)) && self.heap.refuse_all(batch);
        self.first = self.find_first();
        done
    }

    #[inline]
    fn release(&mut self, at: Place, trash: &mut Option<RankedTrash>) -> Released<()> {
        self.take_out(at, trash).map(drop)
    }

    fn assert_invariants(&self) {
        for queue in &self.queues {
            queue.list.assert_invariants();
            let arrivals = queue.list.iter().map(|want| want.arrival);
            assert!(arrivals.is_sorted(), "#1: {queue:?}");
            let same = |other: &&Queue| other.priority == queue.priority;
            assert_eq!(self.queues.iter().filter(same).count(), 1, "#2: {queue:?}");
        }
        self.heap.assert_invariants();
        assert_eq!(self.first, self.find_first(), "#3");
    }
}

impl Rule {
    #[inline]
    fn rank(self, priority: Priority, arrival: i64) -> Rank {
        let age = if self.ages { arrival } else { 0 };
        Rank {
            urgency: i64::from(priority) * self.step + age,
            tie: if self.last_first { -arrival } else { arrival },
        }
    }

    /// The arrival of one that has this rank.
    #[inline]
    fn arrival(self, rank: Rank) -> i64 {
        if self.last_first { -rank.tie } else { rank.tie }
    }
}

/// A step of aging; one so large that ranks could overflow is cut to what cannot.
const fn capped(step: NonZeroU32) -> i64 {
    const MOST: u32 = i32::MAX.unsigned_abs();
    let step = step.get();
    (if step < MOST { step } else { MOST }) as i64
}
