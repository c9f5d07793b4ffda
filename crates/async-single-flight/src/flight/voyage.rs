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
        #[pin]
        load: F,
        // `None` once it is over.
        berth: Option<B>,
        begun: bool,
    }
}

/// A load of whatever type, with its berth.
pub(super) trait Voyage<B: Berth> {
    /// Tells the berth that the load begins, if it does, and polls the load.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Value>;

    /// Takes the berth out.
    fn disembark(self: Pin<&mut Self>) -> B;
}

/// A voyage whose load may go to any thread.
pub(super) type SharedVoyage<B> = dyn Voyage<B> + Send;

/// A voyage whose load stays on its thread.
pub(super) type LocalVoyage<B> = dyn Voyage<B>;

/// What came of a poll.
pub(super) enum Step<T: ?Sized, B: Berth> {
    Pending(Pin<Box<T>>),
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

#[inline]
pub(super) fn embark<F, B>(load: F, berth: B) -> Pin<Box<impl Voyage<B> + use<F, B>>>
where
    F: Future<Output = B::Value>,
    B: Berth,
{
    Box::pin(Trip {
        load,
        berth: Some(berth),
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
            if let Some(berth) = me.berth {
                berth.begin();
            }
        }
        me.load.poll(cx)
    }

    #[inline]
    fn disembark(self: Pin<&mut Self>) -> B {
        let berth = self.project().berth.take();
        berth.expect("a load ends once")
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
            let berth = voyage.as_mut().disembark();
            quietly(|| drop(voyage));
            return Step::Ended(End::panicked(berth, panic));
        }
    };
    let mut berth = voyage.as_mut().disembark();
    // Unwind safe: after a panic the berth is told that there is no value.
    let judged = catch_unwind(AssertUnwindSafe(|| {
        drop(voyage);
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

/// Gives up a load that nobody waits for.
pub(super) fn desert<T, B>(mut voyage: Pin<Box<T>>, slot: &B::Slot)
where
    T: Voyage<B> + ?Sized,
    B: Berth,
{
    // The load last, when nobody can find the flight any more.
    voyage.as_mut().disembark().desert(slot);
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
