//! A load on its way, with its berth: polled inside a guard, to its end.

use super::Berth;
use crate::LoadError;
use crate::cycle::{LoadId, Polling};
use async_waitlist::quietly;
use pin_project_lite::pin_project;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

pin_project! {
    /// A load with its berth, in one allocation.
    struct Trip<F, B> {
        // `None` once it is over.
        #[pin]
        load: Option<F>,
        berth: B,
        begun: bool,
    }
}

/// A load of whatever type, with its berth.
pub(super) trait Voyage<B: Berth> {
    /// Tells the berth that the load begins, if it does, and polls the load.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Value>;

    /// Drops the load.
    fn unload(self: Pin<&mut Self>);

    fn berth(self: Pin<&mut Self>) -> &mut B;
}

/// A voyage whose load may go to any thread.
pub(super) type SharedVoyage<B> = dyn Voyage<B> + Send;

/// A voyage whose load stays on its thread.
pub(super) type LocalVoyage<B> = dyn Voyage<B>;

/// What came of a poll.
pub(super) enum Step<T: ?Sized, B: Berth> {
    Pending(Pin<Box<T>>),
    Ended(End<T, B>),
}

/// The end of a load, which has been dropped.
pub(super) struct End<T: ?Sized, B: Berth> {
    /// What is left of it: the berth.
    pub(super) voyage: Pin<Box<T>>,
    pub(super) outcome: Result<B::Value, LoadError>,
    /// There is one if there is a value.
    pub(super) note: Option<B::Note>,
    /// There is one if there is no value.
    pub(super) panic: Option<Payload>,
}

#[inline]
pub(super) fn embark<F, B>(load: F, berth: B) -> Pin<Box<impl Voyage<B> + use<F, B>>>
where
    F: Future<Output = B::Value>,
    B: Berth,
{
    Box::pin(Trip {
        load: Some(load),
        berth,
        begun: false,
    })
}

impl<F, B> Voyage<B> for Trip<F, B>
where
    F: Future<Output = B::Value>,
    B: Berth,
{
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Value> {
        let me = self.project();
        if !*me.begun {
            *me.begun = true;
            me.berth.begin();
        }
        let load = me.load.as_pin_mut();
        load.expect("a load ends once").poll(cx)
    }

    #[inline]
    fn unload(self: Pin<&mut Self>) {
        self.project().load.set(None);
    }

    #[inline]
    fn berth(self: Pin<&mut Self>) -> &mut B {
        self.project().berth
    }
}

/// Polls a load. A value is judged here, after the load has been dropped.
pub(super) fn drive<T, B>(
    mut voyage: Pin<Box<T>>,
    id: LoadId,
    tag: &B::Tag,
    waker: &Waker,
) -> Step<T, B>
where
    T: Voyage<B> + ?Sized,
    B: Berth,
{
    let _polling = Polling::enter(id); // also while the load is dropped and the value judged
    // Unwind safe: after a panic nobody looks at the load again, and it is only dropped.
    let polled = catch_unwind(AssertUnwindSafe(|| {
        voyage.as_mut().poll(&mut Context::from_waker(waker))
    }));
    let value = match polled {
        Ok(Poll::Pending) => return Step::Pending(voyage),
        Ok(Poll::Ready(value)) => value,
        Err(panic) => {
            quietly(|| voyage.as_mut().unload());
            return Step::Ended(End::panicked(voyage, panic));
        }
    };
    // Unwind safe: after a panic the berth is told that there is no value.
    let judged = catch_unwind(AssertUnwindSafe(|| {
        voyage.as_mut().unload();
        voyage.as_mut().berth().judge(tag, &value)
    }));
    Step::Ended(match judged {
        Ok(note) => End {
            voyage,
            outcome: Ok(value),
            note: Some(note),
            panic: None,
        },
        Err(panic) => {
            quietly(|| drop(value));
            End::panicked(voyage, panic)
        }
    })
}

/// Gives up a load that nobody waits for.
pub(super) fn desert<T, B>(mut voyage: Pin<Box<T>>, slot: &B::Slot)
where
    T: Voyage<B> + ?Sized,
    B: Berth,
{
    // The load after that, when nobody can find the flight any more.
    voyage.as_mut().berth().desert(slot);
}

impl<T: ?Sized, B: Berth> End<T, B> {
    #[cold]
    fn panicked(voyage: Pin<Box<T>>, panic: Payload) -> Self {
        Self {
            voyage,
            outcome: Err(LoadError::Panicked(message(&*panic))),
            note: None,
            panic: Some(panic),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> Arc<str> {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(no message)").into()
}
