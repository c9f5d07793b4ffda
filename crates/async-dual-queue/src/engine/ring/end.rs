//! The end of a queue, and taking everything out.

use async_waitlist::{Key, Polled, WakeBatch};
use std::iter;
use std::task::{Context, Poll};

use super::{RingEngine, Waiters};
use crate::engine::Ticket;
use crate::engine::wake::Wakers;

impl<T> RingEngine<T> {
    pub(super) fn take_all(&self) -> Vec<(T, ())> {
        let mut wakers = Wakers::default();
        let mut waiters = self.lock();
        let items = self.take_out(&mut waiters, &mut wakers);
        self.clear_flags(&waiters);
        drop(waiters);
        items
    }

    /// Takes out what is in the ring and what is parked, which is granted.
    fn take_out(&self, waiters: &mut Waiters<T>, wakers: &mut Wakers) -> Vec<(T, ())> {
        // No more than fits: senders that come meanwhile could keep it from ever ending.
        let most = self.ring.capacity();
        let mut items: Vec<_> = self.ring.pops().take(most).collect();
        while let Some((item, waker)) = waiters.senders.grant_first() {
            items.extend(item);
            wakers.0.extend(waker);
        }
        items.into_iter().zip(iter::repeat(())).collect()
    }

    pub(super) fn end_sending(&self) -> bool {
        // The ring's mark decides; whoever sets it tells the others.
        let closed = self.ring.close();
        if closed {
            self.announce_the_end();
        }
        closed
    }

    pub(super) fn end_all(&self) -> Vec<(T, ())> {
        self.ring.close();
        let items = self.take_all();
        self.announce_the_end();
        items
    }

    pub(super) fn end_receiving(&self) {
        self.ring.close();
        let items: Vec<T> = self.ring.pops().collect();
        WakeBatch::in_rounds(|batch| {
            let mut waiters = self.lock();
            let done = waiters.senders.refuse_all(batch);
            self.clear_flags(&waiters);
            done
        });
        self.announce_the_end();
        drop(items);
    }

    /// Wakes those whom the end concerns; the mark is set, so nobody joins them (#4).
    fn announce_the_end(&self) {
        WakeBatch::in_rounds(|batch| {
            let mut waiters = self.lock();
            let done = waiters.receivers.grant_all(batch);
            self.clear_flags(&waiters);
            done
        });
        WakeBatch::in_rounds(|batch| self.lock().watchers.grant_all(batch));
    }

    pub(super) fn poll_end(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<()> {
        let mut spare = None;
        loop {
            let mut waiters = self.lock();
            match &*ticket {
                Ticket::Done => return Poll::Pending,
                Ticket::New if self.ring.is_closed() => {
                    *ticket = Ticket::Done;
                    return Poll::Ready(());
                }
                Ticket::New => {
                    if let Some(waker) = spare.take() {
                        *ticket = Ticket::Waiting(waiters.watchers.insert((), waker));
                        return Poll::Pending;
                    }
                }
                Ticket::Waiting(key) => match waiters.watchers.poll(key, cx.waker(), &mut spare) {
                    Polled::Waiting => return Poll::Pending,
                    Polled::NeedsWaker => {}
                    Polled::Granted | Polled::Refused => {
                        let released = ticket.take().map(|key| waiters.watchers.release(key));
                        let trash = waiters.watchers.shrink();
                        drop(waiters);
                        drop((released, trash));
                        return Poll::Ready(());
                    }
                },
            }
            drop(waiters);
            spare = Some(cx.waker().clone());
        }
    }

    pub(super) fn leave_watchers(&self, key: Key) {
        let mut waiters = self.lock();
        let released = waiters.watchers.release(key);
        let trash = waiters.watchers.shrink();
        drop(waiters);
        drop((released, trash));
    }
}
