//! A load on its way, with its berth: polled inside a guard, to its end.

use super::Berth;
use crate::LoadError;
use crate::cycle::{LoadId, Polling};
use async_waitlist::quietly;
use pin_project_lite::pin_project;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
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

/// Polls a load. When it ends it is dropped here, and then its value judged.
///
/// Only the berth is left of the voyage then.
pub(super) fn drive<T, B>(
    mut voyage: Pin<&mut T>,
    id: LoadId,
    tag: &B::Tag,
    waker: &Waker,
) -> Poll<Result<B::Value, Payload>>
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
        Ok(Poll::Pending) => return Poll::Pending,
        Ok(Poll::Ready(value)) => value,
        Err(panic) => {
            quietly(|| voyage.unload());
            return Poll::Ready(Err(panic));
        }
    };
    // Unwind safe: after a panic the berth is told that there is no value.
    let judged = catch_unwind(AssertUnwindSafe(|| {
        voyage.as_mut().unload();
        voyage.berth().judge(tag, &value);
    }));
    Poll::Ready(match judged {
        Ok(()) => Ok(value),
        Err(panic) => {
            quietly(|| drop(value));
            Err(panic)
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

/// The outcome of a load that panicked.
#[cold]
pub(super) fn crashed(panic: &Payload) -> LoadError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    LoadError::Panicked(text.unwrap_or("(no message)").into())
}
