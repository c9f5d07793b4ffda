//! Random programs against a naive model: a list that is searched from end to end.
//!
//! Time is virtual. After each step: whoever polls gets what the model says is first, each payload
//! comes out exactly once, as many consumers have been woken as there are items due (all, if there
//! are fewer), and no more.

use async_clock::{Clock, ManualClock, WallClock};
use async_scheduler::{Base, Due, Items, JoinOwned, NextOwned, Scheduler, Token, TryNextError};
use fastrand::Rng;
use futures_lite::Stream;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};
use testkit::{CountWaker, Drops, Item, poll_once, with_seeds};

type Id = u32;

struct Payload {
    id: Id,
    _item: Item,
}

/// What the model knows of an item; `None` never comes.
struct Pending<At> {
    at: Option<At>,
    sequence: u32,
    id: Id,
    token: Token,
}

enum Colour<At: Base<ManualClock>> {
    Next(NextOwned<Payload, At, ManualClock>),
    Stream(Items<Payload, At, ManualClock>),
}

struct Consumer<At: Base<ManualClock>> {
    colour: Colour<At>,
    /// Has been polled, and was pending.
    waits: bool,
    count: Arc<CountWaker>,
    waker: Waker,
}

impl<At: Base<ManualClock>> Consumer<At> {
    fn poll(&mut self) -> Poll<Option<Due<Payload, At, ManualClock>>> {
        self.count.reset();
        let polled = match &mut self.colour {
            Colour::Next(next) => poll_once(next, &self.waker),
            Colour::Stream(stream) => {
                Pin::new(stream).poll_next(&mut Context::from_waker(&self.waker))
            }
        };
        self.waits = polled.is_pending();
        polled
    }

    fn is_woken(&self) -> bool {
        self.count.wakes() > 0
    }
}

type Joining<At> = (JoinOwned<Payload, At, ManualClock>, Arc<CountWaker>, Waker);

struct World<At: Base<ManualClock>> {
    clock: ManualClock,
    base: Foundation<At>,
    scheduler: Scheduler<Payload, At, ManualClock>,
    pending: Vec<Pending<At>>,
    old_tokens: Vec<Token>,
    consumers: Vec<Consumer<At>>,
    dues: Vec<Due<Payload, At, ManualClock>>,
    joins: Vec<Joining<At>>,
    drops: Drops,
    out: HashSet<Id>,
    closed: bool,
    next_id: Id,
    sequence: u32,
}

/// What differs between the bases.
#[derive(Clone, Copy)]
struct Foundation<At> {
    now: fn(&ManualClock) -> At,
    plus: fn(At, Duration) -> At,
    minus: fn(At, Duration) -> At,
    jumps: bool,
}

/// How long a jump of the clock may go unnoticed.
const LOOK: Duration = Duration::from_millis(3);

impl<At: Base<ManualClock>> World<At> {
    fn now(&self) -> At {
        (self.base.now)(&self.clock)
    }

    fn first(&self) -> Option<usize> {
        let now = self.now();
        let due = |index: &usize| self.pending[*index].at.is_some_and(|at| at <= now);
        (0..self.pending.len())
            .filter(due)
            .min_by_key(|index| (self.pending[*index].at, self.pending[*index].sequence))
    }

    fn due(&self) -> usize {
        let now = self.now();
        let due = |item: &&Pending<At>| item.at.is_some_and(|at| at <= now);
        self.pending.iter().filter(due).count()
    }

    fn is_over(&self) -> bool {
        self.closed && self.pending.is_empty()
    }

    fn is_idle(&self) -> bool {
        self.pending.is_empty() && self.dues.is_empty()
    }

    fn some_time(&self, rng: &mut Rng) -> Option<At> {
        let by = Duration::from_millis(rng.u64(..12));
        match rng.u8(..10) {
            0 => None,
            1 | 2 => Some((self.base.minus)(self.now(), by)),
            _ => Some((self.base.plus)(self.now(), by)),
        }
    }

    fn comes_out(&mut self, payload: &Payload) {
        assert!(self.out.insert(payload.id), "{} twice", payload.id);
    }

    fn schedule(&mut self, rng: &mut Rng) {
        let at = self.some_time(rng);
        let (id, sequence) = (self.next_id, self.sequence);
        self.next_id += 1;
        self.sequence += 1;
        let payload = Payload {
            id,
            _item: self.drops.item(),
        };
        let scheduled = match at {
            Some(at) => self.scheduler.schedule_at(at, payload),
            None => self.scheduler.schedule_in(Duration::MAX, payload),
        };
        match scheduled {
            Ok(token) => {
                assert!(!self.closed);
                let item = Pending {
                    at,
                    sequence,
                    id,
                    token,
                };
                self.pending.push(item);
            }
            Err(refused) => {
                assert!(self.closed && refused.is_closed());
                self.comes_out(&refused.into_inner());
            }
        }
    }

    fn cancel(&mut self, rng: &mut Rng) {
        if !self.old_tokens.is_empty() && rng.u8(..4) == 0 {
            let token = self.old_tokens[rng.usize(..self.old_tokens.len())];
            assert!(self.scheduler.cancel(token).is_none(), "a stale token");
            assert!(!self.scheduler.reschedule(token, self.now()));
        } else if !self.pending.is_empty() {
            let item = self.pending.swap_remove(rng.usize(..self.pending.len()));
            let payload = self.scheduler.cancel(item.token).expect("it is pending");
            assert_eq!(payload.id, item.id);
            self.old_tokens.push(item.token);
            self.comes_out(&payload);
        }
    }

    fn reschedule(&mut self, rng: &mut Rng) {
        if self.pending.is_empty() {
            return;
        }
        let index = rng.usize(..self.pending.len());
        let (at, token) = (self.some_time(rng), self.pending[index].token);
        let moved = match at {
            Some(at) => self.scheduler.reschedule(token, at),
            None => self.scheduler.reschedule_in(token, Duration::MAX),
        };
        assert!(moved);
        self.pending[index].at = at;
        self.pending[index].sequence = self.sequence;
        self.sequence += 1;
    }

    /// What was yielded must be what the model says.
    fn yielded(&mut self, due: Option<Due<Payload, At, ManualClock>>) {
        let Some(index) = self.first() else {
            assert!(
                due.is_none() && self.is_over(),
                "{:?} is not due",
                due.map(|due| due.id)
            );
            return;
        };
        let item = self.pending.swap_remove(index);
        let due = due.expect("there is one that is due");
        assert_eq!((due.id, Some(due.scheduled_for())), (item.id, item.at));
        assert_eq!(due.token(), item.token);
        self.old_tokens.push(item.token);
        self.comes_out(&due);
        self.dues.push(due);
    }

    fn try_next(&mut self) {
        match self.scheduler.try_next() {
            Ok(due) => self.yielded(Some(due)),
            Err(error) => {
                assert!(self.first().is_none());
                let first = self.pending.iter().filter_map(|item| item.at).min();
                assert_eq!(self.scheduler.peek(), first);
                match first {
                    Some(at) => assert_eq!(error, TryNextError::NotDue(at)),
                    None if self.is_over() => assert_eq!(error, TryNextError::Closed),
                    None => assert_eq!(error, TryNextError::Empty),
                }
            }
        }
    }

    fn arrive(&mut self, rng: &mut Rng) {
        let (count, waker) = CountWaker::new();
        let colour = if rng.bool() {
            Colour::Next(self.scheduler.next_owned())
        } else {
            Colour::Stream(self.scheduler.stream())
        };
        self.consumers.push(Consumer {
            colour,
            waits: false,
            count,
            waker,
        });
        self.poll(self.consumers.len() - 1);
    }

    fn poll(&mut self, index: usize) {
        match self.consumers[index].poll() {
            Poll::Pending => assert!(self.first().is_none() && !self.is_over(), "it is due"),
            Poll::Ready(due) => {
                let is_over = due.is_none();
                self.yielded(due);
                if is_over || matches!(self.consumers[index].colour, Colour::Next(_)) {
                    self.consumers.swap_remove(index);
                }
            }
        }
    }

    fn pass_time(&mut self, rng: &mut Rng) {
        let by = Duration::from_millis(rng.u64(..8));
        if self.base.jumps && rng.u8(..3) == 0 {
            let far = by * if rng.bool() { 1 } else { 1_000_000 };
            if rng.bool() {
                self.clock.jump_wall_forward(far);
            } else {
                self.clock.jump_wall_back(far);
            }
            self.clock.advance(LOOK);
        } else {
            self.clock.advance(by);
        }
    }

    fn take_all(&mut self, close: bool) {
        let payloads = if close {
            self.closed = true;
            self.scheduler.close()
        } else {
            self.scheduler.clear()
        };
        // What never comes is last.
        let key = |item: &Pending<At>| (item.at.is_none(), item.at, item.sequence);
        self.pending.sort_by_key(key);
        let ids = payloads.iter().map(|payload| payload.id);
        assert!(ids.eq(self.pending.iter().map(|item| item.id)));
        self.old_tokens
            .extend(self.pending.drain(..).map(|item| item.token));
        for payload in &payloads {
            self.comes_out(payload);
        }
    }

    fn join(&mut self) {
        let (count, waker) = CountWaker::new();
        let mut join = self.scheduler.join_owned();
        let ready = poll_once(&mut join, &waker).is_ready();
        assert_eq!(ready, self.is_idle());
        if !ready {
            self.joins.push((join, count, waker));
        }
    }

    fn act(&mut self, rng: &mut Rng) {
        match rng.u8(..32) {
            0..=8 => self.schedule(rng),
            9..=11 => self.cancel(rng),
            12..=14 => self.reschedule(rng),
            15 | 16 => self.try_next(),
            17..=19 if self.consumers.len() < 6 => self.arrive(rng),
            20..=22 if !self.consumers.is_empty() => self.poll(rng.usize(..self.consumers.len())),
            23 if !self.consumers.is_empty() => {
                drop(
                    self.consumers
                        .swap_remove(rng.usize(..self.consumers.len())),
                );
            }
            24 | 25 if !self.dues.is_empty() => {
                drop(self.dues.swap_remove(rng.usize(..self.dues.len())));
            }
            26 => self.join(),
            27 if rng.u8(..8) == 0 => self.take_all(false),
            28 if rng.u8(..16) == 0 => self.take_all(true),
            28 if rng.u8(..16) == 0 => {
                self.closed = true;
                self.scheduler.close_after_drain();
            }
            _ => self.pass_time(rng),
        }
    }

    fn woken(&self) -> usize {
        let woken = |consumer: &&Consumer<At>| consumer.waits && consumer.is_woken();
        self.consumers.iter().filter(woken).count()
    }

    fn check(&mut self, woken_before: usize) {
        let waits = self
            .consumers
            .iter()
            .filter(|consumer| consumer.waits)
            .count();
        let needed = if self.is_over() {
            waits
        } else {
            self.due().min(waits)
        };
        let woken = self.woken();
        assert!(woken >= needed, "{woken} of {waits} woken, {needed} needed");
        assert!(
            woken <= needed.max(woken_before),
            "{woken} woken, {needed} needed"
        );
        assert_eq!(self.scheduler.len(), self.pending.len());
        assert_eq!(self.scheduler.is_idle(), self.is_idle());
        let idle = self.is_idle();
        self.joins.retain_mut(|(join, count, waker)| {
            assert_eq!(count.wakes() > 0, idle, "a join is woken when all is done");
            !idle || poll_once(join, waker).is_pending()
        });
        assert!(!idle || self.joins.is_empty());
        assert!(self.clock.pending() <= 1, "one timer at most");
    }

    /// Polls all that are woken until nothing is due any more.
    fn settle(&mut self) {
        while let Some(index) = (0..self.consumers.len())
            .find(|index| self.consumers[*index].waits && self.consumers[*index].is_woken())
        {
            self.poll(index);
            let woken = self.woken();
            self.check(woken);
        }
    }
}

fn run<At: Base<ManualClock>>(
    base: Foundation<At>,
    make: impl Fn(ManualClock) -> Scheduler<Payload, At, ManualClock>,
) {
    with_seeds(600, |rng| {
        let clock = ManualClock::new();
        let mut world = World {
            scheduler: make(clock.clone()),
            clock,
            base,
            pending: Vec::new(),
            old_tokens: Vec::new(),
            consumers: Vec::new(),
            dues: Vec::new(),
            joins: Vec::new(),
            drops: Drops::new(),
            out: HashSet::new(),
            closed: false,
            next_id: 0,
            sequence: 0,
        };
        for _ in 0..150 {
            let woken = world.woken();
            world.act(rng);
            world.check(woken);
            if rng.bool() {
                world.settle();
            }
        }
        // Whatever is left is dropped with the scheduler, once.
        let (all, pending) = (world.next_id as usize, world.pending.len());
        assert_eq!(world.out.len() + pending, all);
        let drops = world.drops.clone();
        assert_eq!(drops.live(), pending + world.dues.len());
        drop(world);
        assert_eq!(drops.live(), 0);
        assert_eq!(drops.dropped(), all);
    });
}

#[test]
fn it_is_the_model_on_the_monotonic_clock() {
    run::<Instant>(
        Foundation {
            now: Clock::now,
            plus: |at, by| at + by,
            minus: |at, by| at.checked_sub(by).unwrap(),
            jumps: false,
        },
        Scheduler::with_clock,
    );
}

#[test]
fn it_is_the_model_on_a_clock_that_jumps() {
    run::<SystemTime>(
        Foundation {
            now: WallClock::system_now,
            plus: |at, by| at + by,
            minus: |at, by| at.checked_sub(by).unwrap(),
            jumps: true,
        },
        |clock| Scheduler::wall_with(clock, LOOK),
    );
}
