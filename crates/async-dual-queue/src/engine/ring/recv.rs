//! Receiving.

use async_waitlist::{Key, Polled, WakeBatch};
use std::task::{Context, Poll};

use super::slots::PopError;
use super::{RECEIVERS, RingEngine, SENDERS, Waiters};
use crate::engine::Ticket;
use crate::engine::wake::wake;
use crate::error::{RecvError, TryRecvError};

impl<T> RingEngine<T> {
    #[inline]
    pub(super) fn pop_now(&self) -> Result<T, TryRecvError> {
        let Some(item) = self.ring.pop_at_once() else {
            return self.pop_slowly();
        };
        if self.is_set(SENDERS) {
            self.visit_to_refill();
        }
        Ok(item)
    }

    #[cold]
    fn pop_slowly(&self) -> Result<T, TryRecvError> {
        match self.ring.pop() {
            Ok(item) => {
                if self.is_set(SENDERS) {
                    self.visit_to_refill();
                }
                Ok(item)
            }
            Err(PopError::Empty) if !self.is_set(SENDERS) => Err(TryRecvError::Empty),
            Err(_) => self.pop_or_unpark(),
        }
    }

    /// Takes from the ring or from a parked sender: somebody may be on the way to refill, and after
    /// the end nobody is.
    #[cold]
    fn pop_or_unpark(&self) -> Result<T, TryRecvError> {
        let mut batch = WakeBatch::new();
        let mut waiters = self.lock();
        let popped = self.take(&mut waiters, &mut batch);
        self.settle(&mut waiters, &mut batch);
        drop(waiters);
        batch.wake_all();
        popped
    }

    /// Takes the next item, under the lock; `settle` has to follow.
    fn take(&self, waiters: &mut Waiters<T>, batch: &mut WakeBatch) -> Result<T, TryRecvError> {
        match self.ring.pop() {
            Ok(item) => Ok(item),
            Err(why) => match waiters.senders.grant_first() {
                Some((Some(parked), sender)) => {
                    batch.push(sender);
                    Ok(parked)
                }
                _ if why == PopError::Closed => Err(TryRecvError::Closed),
                _ => Err(TryRecvError::Empty),
            },
        }
    }

    #[inline]
    pub(super) fn begin_to_pop(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, RecvError>> {
        match self.pop_now() {
            Ok(item) => {
                *ticket = Ticket::Done;
                Poll::Ready(Ok(item))
            }
            Err(TryRecvError::Closed) => {
                *ticket = Ticket::Done;
                Poll::Ready(Err(RecvError))
            }
            Err(TryRecvError::Empty) => self.pop_or_wait(ticket, cx),
        }
    }

    #[cold]
    fn pop_or_wait(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        let waker = cx.waker().clone();
        let mut batch = WakeBatch::new();
        let mut waiters = self.lock();
        self.set(RECEIVERS);
        let popped = match self.take(&mut waiters, &mut batch) {
            Ok(item) => Ok(item),
            Err(TryRecvError::Closed) => Err(RecvError),
            Err(TryRecvError::Empty) => {
                *ticket = Ticket::Waiting(waiters.receivers.insert((), waker));
                return Poll::Pending;
            }
        };
        self.settle(&mut waiters, &mut batch);
        drop(waiters);
        *ticket = Ticket::Done;
        batch.wake_all();
        Poll::Ready(popped)
    }

    #[inline(never)]
    pub(super) fn go_on_to_pop(
        &self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, RecvError>> {
        let mut spare = None;
        loop {
            let mut batch = WakeBatch::new();
            let mut waiters = self.lock();
            let Ticket::Waiting(key) = &*ticket else {
                return Poll::Pending;
            };
            match waiters.receivers.poll(key, cx.waker(), &mut spare) {
                Polled::Waiting => return Poll::Pending,
                Polled::NeedsWaker => {}
                Polled::Granted | Polled::Refused => {
                    // What comes after the flag is set is announced to those who wait.
                    let popped = match self.take(&mut waiters, &mut batch) {
                        Err(TryRecvError::Empty) => {
                            self.set(RECEIVERS);
                            self.take(&mut waiters, &mut batch)
                        }
                        popped => popped,
                    };
                    let output = match popped {
                        Ok(item) => Some(Ok(item)),
                        Err(TryRecvError::Closed) => Some(Err(RecvError)),
                        Err(TryRecvError::Empty) => None,
                    };
                    if let Some(output) = output {
                        let released = ticket.take().map(|key| waiters.receivers.release(key));
                        let trash = waiters.receivers.shrink();
                        self.settle(&mut waiters, &mut batch);
                        drop(waiters);
                        drop((released, trash));
                        batch.wake_all();
                        return Poll::Ready(output);
                    }
                    // Somebody else was faster: back to the front.
                    if let Some(waker) = spare.take() {
                        waiters.receivers.requeue_front(key, (), waker);
                        return Poll::Pending;
                    }
                    self.clear_flags(&waiters);
                }
            }
            drop(waiters);
            spare = Some(cx.waker().clone());
        }
    }

    pub(super) fn leave_receivers(&self, key: Key) {
        let mut waiters = self.lock();
        let released = waiters.receivers.release(key);
        let next = self.notify(&mut waiters);
        let trash = waiters.receivers.shrink();
        self.clear_flags(&waiters);
        drop(waiters);
        drop((released, trash));
        wake(next);
    }

    pub(super) fn pop_many(&self, out: &mut Vec<T>, max: usize) -> Result<usize, TryRecvError> {
        let before = out.len();
        out.reserve(self.ring.len().min(max));
        while out.len() - before < max {
            let most = max - (out.len() - before);
            out.extend(self.ring.pops().take(most));
            if self.is_set(SENDERS) && self.visit_to_refill() {
                continue;
            }
            if out.len() - before == max {
                break;
            }
            // The ring is empty, or refilled.
            match self.pop_now() {
                Ok(item) => out.push(item),
                Err(why) if out.len() == before => return Err(why),
                Err(_) => break,
            }
        }
        Ok(out.len() - before)
    }
}
