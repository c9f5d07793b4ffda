//! A delay queue of straw: slow, simple and sound, or wrong in one way that is asked for.

use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::{DelayQueue, promises};
use crate::bites::{self, Bite};
use crate::measure::let_them_wait;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    ClearStopsTheTimer,
    EndsSilently,
    FirstInsertIsSilent,
    FirstWakerStays,
    InsertMovesTheTimer,
    InsertNeverMovesTheTimer,
    KeepsRemoved,
    LosesRemovedDue,
    MovesSilently,
    NeverForgets,
    RemoveStopsTheTimer,
    RoundsDown,
}

/// The probes that no peer of the table fails.
pub(crate) const BITES: &[Bite<Fault>] = &[
    (
        "parked_consumer",
        "hears_of_a_first_item",
        Fault::FirstInsertIsSilent,
    ),
    (
        "parked_consumer",
        "hears_of_an_earlier_item",
        Fault::InsertNeverMovesTheTimer,
    ),
    (
        "parked_consumer",
        "hears_of_earlier_and_earlier_items",
        Fault::InsertNeverMovesTheTimer,
    ),
    (
        "parked_consumer",
        "hears_of_an_overdue_item",
        Fault::InsertNeverMovesTheTimer,
    ),
    (
        "parked_consumer",
        "hears_of_an_item_moved_earlier",
        Fault::MovesSilently,
    ),
    (
        "parked_consumer",
        "hears_of_an_item_moved_to_the_past",
        Fault::MovesSilently,
    ),
    (
        "parked_consumer",
        "hears_of_an_item_moved_later",
        Fault::KeepsRemoved,
    ),
    (
        "parked_consumer",
        "hears_of_the_second_item",
        Fault::RemoveStopsTheTimer,
    ),
    (
        "parked_consumer",
        "hears_of_an_item_after_a_clear",
        Fault::ClearStopsTheTimer,
    ),
    (
        "parked_consumer",
        "is_not_delayed",
        Fault::InsertMovesTheTimer,
    ),
    (
        "parked_consumer",
        "hears_of_the_end_by_remove",
        Fault::EndsSilently,
    ),
    (
        "parked_consumer",
        "hears_of_the_end_by_clear",
        Fault::EndsSilently,
    ),
    ("last_waker", "is_woken", Fault::FirstWakerStays),
    ("order", "nothing_comes_early", Fault::RoundsDown),
    ("tokens", "remove_gives_the_item_back", Fault::KeepsRemoved),
    ("tokens", "removes_what_is_due", Fault::LosesRemovedDue),
    ("memory", "taken_items_leave_nothing", Fault::NeverForgets),
];

bites::straw!(promises::<Straw>);

struct Straw {
    items: Vec<Entry>,
    tokens: usize,
    is_ending: bool,
    waker: Option<Waker>,
    /// When the consumer is woken.
    timer: Option<Instant>,
    heap: Vec<usize>,
    fault: Fault,
}

/// An item, and `None` for the time of one that never comes.
#[derive(Clone, Copy)]
struct Entry {
    at: Option<Instant>,
    token: usize,
    item: usize,
}

impl Straw {
    /// The first item: the earliest, and of these the one that was there first.
    fn first(&self) -> Option<usize> {
        let timed = (0..self.items.len()).filter(|index| self.items[*index].at.is_some());
        timed.min_by_key(|index| (self.items[*index].at, self.items[*index].token))
    }

    fn set_timer(&mut self) {
        self.timer = self.first().and_then(|first| self.items[first].at);
        self.fire();
    }

    /// What a timer does that runs beside the probe.
    fn fire(&mut self) {
        if self.timer.is_some_and(|at| at <= Instant::now()) {
            self.timer = None;
            self.wake();
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn tell_the_end(&mut self) {
        if self.items.is_empty() && self.is_ending && self.fault != Fault::EndsSilently {
            self.wake();
        }
    }

    fn insert(&mut self, at: Option<Instant>, item: usize) -> usize {
        let was_empty = self.items.is_empty();
        self.tokens += 1;
        let token = self.tokens;
        self.items.push(Entry { at, token, item });
        match self.fault {
            Fault::FirstInsertIsSilent if was_empty => {}
            Fault::InsertNeverMovesTheTimer if self.timer.is_some() => {}
            Fault::InsertMovesTheTimer => self.timer = at,
            _ => self.set_timer(),
        }
        token
    }

    fn find(&self, token: usize) -> Option<usize> {
        self.items.iter().position(|entry| entry.token == token)
    }
}

impl DelayQueue for Straw {
    type Token = usize;

    fn new() -> Self {
        Self {
            items: Vec::new(),
            tokens: 0,
            is_ending: false,
            waker: None,
            timer: None,
            heap: Vec::new(),
            fault: FAULT.get(),
        }
    }

    fn insert_at(&mut self, at: Instant, item: usize) -> usize {
        self.insert(Some(at), item)
    }

    fn insert_in(&mut self, delay: Duration, item: usize) -> usize {
        self.insert(Instant::now().checked_add(delay), item)
    }

    fn reset_at(&mut self, token: &usize, at: Instant) -> bool {
        let Some(index) = self.find(*token) else {
            return false;
        };
        let entry = self.items[index];
        if self.fault != Fault::KeepsRemoved {
            self.items.remove(index);
        }
        self.items.push(Entry {
            at: Some(at),
            ..entry
        });
        if self.fault != Fault::MovesSilently {
            self.set_timer();
        }
        true
    }

    fn remove(&mut self, token: &usize) -> Option<usize> {
        let index = self.find(*token)?;
        let entry = self.items[index];
        let is_due = entry.at.is_some_and(|at| at <= Instant::now());
        match self.fault {
            Fault::KeepsRemoved => return Some(entry.item),
            Fault::LosesRemovedDue if is_due => return None,
            Fault::NeverForgets => self.heap.push(entry.item),
            _ => {}
        }
        self.items.remove(index);
        if self.fault == Fault::RemoveStopsTheTimer {
            self.timer = None;
        } else {
            self.set_timer();
        }
        self.tell_the_end();
        Some(entry.item)
    }

    fn clear(&mut self) {
        self.items.clear();
        self.set_timer();
        if self.fault == Fault::ClearStopsTheTimer {
            self.fault = Fault::FirstInsertIsSilent;
        }
        self.tell_the_end();
    }

    fn end(&mut self) {
        self.is_ending = true;
        self.tell_the_end();
    }

    fn poll(&mut self, waker: &Waker) -> Poll<Option<usize>> {
        if self.waker.is_none() || self.fault != Fault::FirstWakerStays {
            self.waker = Some(waker.clone());
        }
        let Some(first) = self.first() else {
            let is_over = self.items.is_empty() && self.is_ending;
            return if is_over {
                Poll::Ready(None)
            } else {
                Poll::Pending
            };
        };
        let early = match self.fault {
            Fault::RoundsDown => Duration::from_millis(1),
            _ => Duration::ZERO,
        };
        if self.items[first].at <= Some(Instant::now() + early) {
            let entry = self.items.remove(first);
            return Poll::Ready(Some(entry.item));
        }
        if self.fault != Fault::InsertMovesTheTimer && self.timer.is_none() {
            self.set_timer();
        }
        Poll::Pending
    }

    fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            let_them_wait(Duration::from_micros(100));
            self.fire();
        }
    }
}
