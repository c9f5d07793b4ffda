//! A merge of straw: slow, simple and sound, or wrong in one way that is asked for.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use super::{Merge, Source, promises};
use crate::bites::{self, Bite};
use crate::outcome::Outcome;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    AsksTheEnded,
    ClearsTooLate,
    FirstWakerStays,
    ForgetsBehindAnItem,
    ForgetsItsSources,
    KeepsPlaces,
    PanicEndsAll,
    SourcesKeepTheirTask,
    StaysAtItsEnd,
}

/// The probes that no peer of the table fails.
pub(crate) const BITES: &[Bite<Fault>] = &[
    ("wakes", "are_heard_during_the_poll", Fault::ClearsTooLate),
    (
        "wakes",
        "are_not_lost_behind_an_item",
        Fault::ForgetsBehindAnItem,
    ),
    ("last_waker", "is_woken", Fault::FirstWakerStays),
    (
        "last_waker",
        "is_woken_by_each_source",
        Fault::SourcesKeepTheirTask,
    ),
    (
        "sources",
        "are_not_asked_after_their_end",
        Fault::AsksTheEnded,
    ),
    ("sources", "come_after_the_end", Fault::StaysAtItsEnd),
    (
        "sources",
        "may_wake_when_they_are_gone",
        Fault::ForgetsItsSources,
    ),
    ("panicking_sources", "harm_no_other", Fault::PanicEndsAll),
    ("memory", "sources_leave_nothing", Fault::KeepsPlaces),
    ("threads", "lose_no_item", Fault::ForgetsBehindAnItem),
];

bites::straw!(promises::<Straw>);

struct Straw {
    /// By place; places that were left are taken again.
    sources: Vec<Option<Source>>,
    shared: Arc<Mutex<Shared>>,
    /// Whose turn it is.
    turn: usize,
    is_over: bool,
    fault: Fault,
}

#[derive(Default)]
struct Shared {
    /// By place: whether it is to be asked.
    woken: Vec<bool>,
    task: Option<Waker>,
}

/// The waker of a source.
struct SourceWaker {
    shared: Arc<Mutex<Shared>>,
    place: usize,
    /// Whom it wakes, if that is not the task of the merge's last poll.
    task: Option<Waker>,
}

impl Wake for SourceWaker {
    fn wake(self: Arc<Self>) {
        let mut shared = self.shared.lock().expect("no panic");
        shared.woken[self.place] = true;
        let last = shared.task.take();
        drop(shared);
        let task = self.task.clone().or(last);
        if let Some(task) = task {
            task.wake();
        }
    }
}

impl Straw {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no panic")
    }

    fn register(&self, waker: &Waker) {
        let waker = waker.clone();
        let mut shared = self.shared();
        let stays = shared.task.is_some() && self.fault == Fault::FirstWakerStays;
        let replaced = if stays {
            Some(waker)
        } else {
            shared.task.replace(waker)
        };
        drop(shared);
        drop(replaced);
    }

    /// The next source that is to be asked, from whose turn it is.
    fn next(&self) -> Option<usize> {
        let shared = self.shared();
        let count = shared.woken.len();
        let mut places = (0..count).map(|step| (self.turn + step) % count);
        places.find(|place| shared.woken[*place])
    }

    fn ask(&mut self, place: usize, task: &Waker) -> Poll<Option<usize>> {
        let Some(source) = &mut self.sources[place] else {
            return Poll::Pending;
        };
        let shared = Arc::clone(&self.shared);
        let keeps = self.fault == Fault::SourcesKeepTheirTask;
        let waker = Waker::from(Arc::new(SourceWaker {
            shared,
            place,
            task: keeps.then(|| task.clone()),
        }));
        let mut cx = Context::from_waker(&waker);
        let asked = catch_unwind(AssertUnwindSafe(|| source.as_mut().poll_next(&mut cx)));
        match asked {
            Ok(Poll::Ready(None)) if self.fault == Fault::AsksTheEnded => {}
            Ok(Poll::Ready(None)) => self.sources[place] = None,
            Ok(_) => {}
            Err(panic) => {
                self.sources[place] = None;
                if self.fault == Fault::PanicEndsAll {
                    self.sources.clear();
                    self.shared().woken.clear();
                }
                resume_unwind(panic);
            }
        }
        asked.unwrap_or(Poll::Pending)
    }
}

impl Merge for Straw {
    fn of(sources: Vec<Source>) -> Self {
        let woken = vec![true; sources.len()];
        Self {
            sources: sources.into_iter().map(Some).collect(),
            shared: Arc::new(Mutex::new(Shared { woken, task: None })),
            turn: 0,
            is_over: false,
            fault: FAULT.get(),
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        self.register(cx.waker());
        if self.fault == Fault::AsksTheEnded {
            self.shared().woken.fill(true);
        }
        while let Some(place) = self.next() {
            if self.fault != Fault::ClearsTooLate {
                self.shared().woken[place] = false;
            }
            let asked = self.ask(place, cx.waker());
            if self.fault == Fault::ClearsTooLate {
                self.shared().woken[place] = false;
            }
            if let Poll::Ready(Some(item)) = asked {
                self.turn = place + 1;
                let mut shared = self.shared();
                if self.fault == Fault::ForgetsBehindAnItem {
                    shared.woken.fill(false);
                }
                shared.woken[place] = true;
                return Poll::Ready(Some(item));
            }
        }
        let is_empty = self.sources.iter().all(Option::is_none);
        self.is_over |= is_empty && self.fault == Fault::StaysAtItsEnd;
        if is_empty || self.is_over {
            return Poll::Ready(None);
        }
        Poll::Pending
    }

    fn push(&mut self, source: Source) -> Outcome {
        let free = self.sources.iter().position(Option::is_none);
        let free = free.filter(|_| self.fault != Fault::KeepsPlaces);
        let mut shared = self.shared();
        let place = free.unwrap_or(shared.woken.len());
        if free.is_none() {
            shared.woken.push(false);
        }
        drop(shared);
        if free.is_none() {
            self.sources.push(None);
        }
        self.sources[place] = Some(source);
        let shared = Arc::clone(&self.shared);
        if !self.is_over {
            let task = None;
            Waker::from(Arc::new(SourceWaker {
                shared,
                place,
                task,
            }))
            .wake();
        }
        Ok(())
    }
}

impl Drop for Straw {
    fn drop(&mut self) {
        if self.fault == Fault::ForgetsItsSources {
            mem::forget(mem::take(&mut self.sources));
        }
    }
}
