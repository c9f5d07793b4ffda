//! Where the batches go: a reply is ten times its item.

use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use super::{Failed, Work};

/// The item that makes a panic.
pub(super) const PANICS: usize = usize::MAX;

pub(super) struct FarSide {
    inner: Mutex<Inner>,
    conduct: Conduct,
}

#[derive(Default)]
struct Inner {
    batches: Vec<Vec<usize>>,
    is_open: bool,
    wakers: Vec<Waker>,
}

/// What it does with a batch.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Conduct {
    /// Replies, or panics at [`PANICS`].
    Replies,
    /// As soon as it was opened.
    RepliesWhenOpened,
    /// Forgets the reply to the first item.
    RepliesToAllButOne,
}

impl FarSide {
    pub(super) fn new(conduct: Conduct) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::default(),
            conduct,
        })
    }

    pub(super) fn work(self: &Arc<Self>) -> Work {
        let far_side = Arc::clone(self);
        Arc::new(move |items| {
            let far_side = Arc::clone(&far_side);
            Box::pin(async move {
                far_side.record(items.clone());
                if far_side.conduct == Conduct::RepliesWhenOpened {
                    far_side.opened().await;
                }
                assert!(!items.contains(&PANICS), "the batch panics");
                let mut replies: Vec<usize> = items.iter().map(|item| 10 * item).collect();
                if far_side.conduct == Conduct::RepliesToAllButOne {
                    replies.remove(0);
                }
                Ok::<_, Failed>(replies)
            })
        })
    }

    fn record(&self, items: Vec<usize>) {
        self.inner.lock().expect("no panic").batches.push(items);
    }

    async fn opened(&self) {
        poll_fn(|cx| {
            let mut inner = self.inner.lock().expect("no panic");
            if inner.is_open {
                return Poll::Ready(());
            }
            inner.wakers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Lets all batches go on.
    pub(super) fn open(&self) {
        let mut inner = self.inner.lock().expect("no panic");
        inner.is_open = true;
        let wakers = mem::take(&mut inner.wakers);
        drop(inner);
        for waker in wakers {
            waker.wake();
        }
    }

    /// Gives back the memory of what it has seen.
    pub(super) fn forget(&self) {
        self.inner.lock().expect("no panic").batches = Vec::new();
    }

    /// The items of all batches so far.
    pub(super) fn seen(&self) -> Vec<usize> {
        self.inner.lock().expect("no panic").batches.concat()
    }
}
