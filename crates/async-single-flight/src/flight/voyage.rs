//! A load on its way, with its berth: polled inside a guard, to its end.

use super::Berth;
use crate::LoadError;
use crate::cycle::{LoadId, Polling};
use crate::relay::quietly;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// A load and its berth; `F` is `dyn Future`, with or without `Send`.
pub(super) struct Voyage<F: ?Sized, B> {
    load: Pin<Box<F>>,
    berth: B,
    begun: bool,
}

/// What came of a poll.
pub(super) enum Step<F: ?Sized, B: Berth> {
    Pending(Voyage<F, B>),
    Ended(End<B>),
}

/// The end of a load.
pub(super) struct End<B: Berth> {
    pub(super) outcome: Result<B::Value, LoadError>,
    /// There is one if there is a value.
    pub(super) note: Option<B::Note>,
    pub(super) berth: B,
    /// There is one if there is no value.
    pub(super) panic: Option<Payload>,
}

impl<F: ?Sized, B> Voyage<F, B> {
    pub(super) fn new(load: Pin<Box<F>>, berth: B) -> Self {
        let begun = false;
        Self { load, berth, begun }
    }

    /// Gives up a load that nobody waits for.
    pub(super) fn desert(self, slot: &B::Slot)
    where
        B: Berth,
    {
        // The load last, when nobody can find the flight any more.
        let Self { load, berth, .. } = self;
        berth.desert(slot);
        drop(load);
    }
}

impl<F, B> Voyage<F, B>
where
    F: Future<Output = B::Value> + ?Sized,
    B: Berth,
{
    /// Polls the load. A value is judged here, after the load has been dropped.
    pub(super) fn poll(mut self, id: LoadId, tag: &B::Tag, waker: &Waker) -> Step<F, B> {
        let _polling = Polling::enter(id); // also while the load is dropped and the value judged
        // Unwind safe: after a panic nobody looks at the load again, and it is only dropped.
        let polled = catch_unwind(AssertUnwindSafe(|| {
            if !self.begun {
                self.begun = true;
                self.berth.begin();
            }
            self.load.as_mut().poll(&mut Context::from_waker(waker))
        }));
        let value = match polled {
            Ok(Poll::Pending) => return Step::Pending(self),
            Ok(Poll::Ready(value)) => value,
            Err(panic) => {
                let Self { load, berth, .. } = self;
                quietly(|| drop(load));
                return Step::Ended(End::panicked(berth, panic));
            }
        };
        let Self {
            load, mut berth, ..
        } = self;
        // Unwind safe: after a panic the berth is told that there is no value.
        let judged = catch_unwind(AssertUnwindSafe(|| {
            drop(load);
            berth.judge(tag, &value)
        }));
        Step::Ended(match judged {
            Ok(note) => End {
                outcome: Ok(value),
                note: Some(note),
                berth,
                panic: None,
            },
            Err(panic) => {
                quietly(|| drop(value));
                End::panicked(berth, panic)
            }
        })
    }
}

impl<B: Berth> End<B> {
    #[cold]
    fn panicked(berth: B, panic: Payload) -> Self {
        Self {
            outcome: Err(LoadError::Panicked(message(&*panic))),
            note: None,
            berth,
            panic: Some(panic),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> Arc<str> {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(no message)").into()
}
