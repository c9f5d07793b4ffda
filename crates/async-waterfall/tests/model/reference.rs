//! The reference: batches as lists of lists, searched from end to end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use async_waterfall::{Cause, Counts, Overflow};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    pub(crate) max_items: usize,
    pub(crate) max_wait: Duration,
    pub(crate) max_weight: Option<u32>,
    pub(crate) capacity: usize,
    pub(crate) overflow: Overflow,
    pub(crate) max_in_flight: usize,
    pub(crate) retries: u32,
    pub(crate) delay: Duration,
}

/// Where an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// With a future that has not been polled, or back with the test.
    Outside,
    Refused,
    Full,
    Parked,
    Queued,
    InFlight,
    Delivered,
    /// Number of the failure, see `Outcome`.
    Failed(u8),
    Evicted,
    Stopped,
    TakenBack,
}

#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) items: Vec<(u32, u32)>,
    since: Instant,
    /// Full, or too heavy for the next one.
    sealed: bool,
    /// A barrier or the capacity wants it to go.
    hurried: bool,
}

#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) items: Vec<u32>,
    pub(crate) attempts: u32,
    /// Being called, or to be called at this instant.
    pub(crate) retry_at: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) config: Config,
    pub(crate) places: BTreeMap<u32, Place>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) parked: Vec<(u32, u32, Instant)>,
    pub(crate) running: Vec<Running>,
    pub(crate) closed: bool,
    pub(crate) given_up: bool,
    /// Put, not submitted.
    pub(crate) puts: Vec<u32>,
    pub(crate) returned: Vec<u32>,
}

impl Reference {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            places: BTreeMap::new(),
            batches: Vec::new(),
            parked: Vec::new(),
            running: Vec::new(),
            closed: false,
            given_up: false,
            puts: Vec::new(),
            returned: Vec::new(),
        }
    }

    pub(crate) fn queued(&self) -> usize {
        self.batches.iter().map(|batch| batch.items.len()).sum()
    }

    pub(crate) fn set(&mut self, id: u32, place: Place) {
        self.places.insert(id, place);
    }

    pub(crate) fn offer(&mut self, id: u32, weight: u32, now: Instant, may_wait: bool) {
        let full = self.queued() >= self.config.capacity || !self.parked.is_empty();
        if self.closed {
            self.set(id, Place::Refused);
        } else if full && self.config.overflow == Overflow::DropOldest {
            let oldest = self.batches[0].items.remove(0).0;
            self.set(oldest, Place::Evicted);
            self.batches.retain(|batch| !batch.items.is_empty());
            self.push(id, weight, now);
        } else if full && self.config.overflow == Overflow::Wait && may_wait {
            self.set(id, Place::Parked);
            self.parked.push((id, weight, now));
        } else if full {
            self.set(id, Place::Full);
        } else {
            self.push(id, weight, now);
        }
    }

    fn push(&mut self, id: u32, weight: u32, since: Instant) {
        let limit = self.config.max_weight.unwrap_or(u32::MAX);
        let weight = if self.config.max_weight.is_some() {
            weight
        } else {
            0
        };
        let fits = |batch: &Batch| {
            let sum: u32 = batch.items.iter().map(|(_, weight)| weight).sum();
            !batch.sealed && sum + weight <= limit
        };
        if !self.batches.last().is_some_and(fits) {
            if let Some(last) = self.batches.last_mut() {
                last.sealed = true;
            }
            self.batches.push(Batch {
                items: Vec::new(),
                since,
                sealed: false,
                hurried: false,
            });
        }
        let batch = self.batches.last_mut().unwrap();
        batch.items.push((id, weight));
        let sum: u32 = batch.items.iter().map(|(_, weight)| weight).sum();
        batch.sealed = batch.items.len() >= self.config.max_items || sum >= limit;
        self.set(id, Place::Queued);
        if self.queued() >= self.config.capacity {
            let batch = self.batches.last_mut().unwrap();
            batch.hurried |= !batch.sealed;
        }
    }

    fn admit(&mut self) {
        while !self.closed && !self.parked.is_empty() && self.queued() < self.config.capacity {
            let (id, weight, since) = self.parked.remove(0);
            self.push(id, weight, since);
        }
    }

    /// The owner of an item takes it back, if that is possible.
    pub(crate) fn take_back(&mut self, id: u32) -> bool {
        match self.places[&id] {
            Place::Parked => self.parked.retain(|(parked, ..)| *parked != id),
            Place::Queued if !self.puts.contains(&id) => {
                for batch in &mut self.batches {
                    batch.items.retain(|(item, _)| *item != id);
                }
                self.batches.retain(|batch| !batch.items.is_empty());
                self.set(id, Place::TakenBack);
                self.admit();
                return true;
            }
            _ => return false,
        }
        self.set(id, Place::Outside);
        true
    }

    pub(crate) fn hurry(&mut self) {
        if let Some(batch) = self.batches.last_mut() {
            batch.hurried = true;
        }
    }

    pub(crate) fn close(&mut self) {
        self.closed = true;
        for (id, ..) in std::mem::take(&mut self.parked) {
            self.set(id, Place::Refused);
        }
    }

    pub(crate) fn give_up(&mut self) {
        self.close();
        self.given_up = true;
        for batch in std::mem::take(&mut self.batches) {
            for (id, _) in batch.items {
                self.set(id, Place::Stopped);
                if self.puts.contains(&id) {
                    self.returned.push(id);
                }
            }
        }
        for run in std::mem::take(&mut self.running) {
            for id in run.items {
                self.set(id, Place::Failed(u8::MAX));
            }
        }
    }

    /// Whether a batch has to go now, if there is a place for it.
    pub(crate) fn is_due(&self, batch: &Batch, now: Instant) -> bool {
        let late = batch.since.checked_add(self.config.max_wait);
        batch.sealed || batch.hurried || self.closed || late.is_some_and(|late| late <= now)
    }

    /// The first batch goes, and has to be allowed to.
    pub(crate) fn dispatch(&mut self, count: usize, cause: Cause, now: Instant) {
        assert!(self.running.len() < self.config.max_in_flight, "{self:?}");
        let batch = self.batches.remove(0);
        assert!(self.is_due(&batch, now), "{batch:?} goes early: {cause:?}");
        assert_eq!(batch.items.len(), count, "{batch:?}");
        assert!(count <= self.config.max_items);
        if let Some(limit) = self.config.max_weight {
            let sum: u32 = batch.items.iter().map(|(_, weight)| weight).sum();
            assert!(sum <= limit || count == 1, "{batch:?} is too heavy");
        }
        let items: Vec<u32> = batch.items.iter().map(|(id, _)| *id).collect();
        for &id in &items {
            self.set(id, Place::InFlight);
        }
        let (attempts, retry_at) = (0, Some(now));
        self.running.push(Running {
            items,
            attempts,
            retry_at,
        });
        self.admit();
    }

    /// The callback is called with `items`.
    pub(crate) fn called(&mut self, items: &[u32], now: Instant) {
        let run = self.running.iter_mut().find(|run| run.items == items);
        let run = run.unwrap_or_else(|| panic!("nobody waits for a call with {items:?}"));
        let at = run.retry_at.take();
        assert!(at.is_some_and(|at| at <= now), "{items:?} is called early");
        run.attempts += 1;
    }

    /// The call with `items` has ended: well, or with a failure and `taken` items taken out.
    pub(crate) fn ended(&mut self, items: &[u32], failure: Option<(u8, usize)>, now: Instant) {
        let at = self.running.iter().position(|run| run.items == items);
        let at = at.expect("a call that was begun");
        let Some((number, taken)) = failure else {
            for id in self.running.swap_remove(at).items {
                self.set(id, Place::Delivered);
            }
            return;
        };
        let run = &mut self.running[at];
        let again = taken < items.len() && run.attempts <= self.config.retries;
        let failed: Vec<u32> = if again {
            run.retry_at = now.checked_add(self.config.delay);
            run.items.drain(..taken).collect()
        } else {
            self.running.swap_remove(at).items
        };
        for id in failed {
            self.set(id, Place::Failed(number));
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let count = |which: fn(Place) -> bool| {
            let places = self.places.values();
            places.filter(|place| which(**place)).count() as u64
        };
        let mut counts = Counts::default();
        counts.queued = count(|place| place == Place::Queued);
        counts.in_flight = count(|place| place == Place::InFlight);
        counts.delivered = count(|place| place == Place::Delivered);
        counts.failed = count(|place| matches!(place, Place::Failed(_)));
        counts.undelivered =
            count(|place| matches!(place, Place::Evicted | Place::Stopped | Place::TakenBack));
        counts.accepted = counts.queued
            + counts.in_flight
            + counts.delivered
            + counts.failed
            + counts.undelivered;
        counts
    }

    /// Whether an item that was accepted is settled.
    pub(crate) fn is_settled(&self, id: u32) -> bool {
        !matches!(self.places[&id], Place::Queued | Place::InFlight)
    }
}
