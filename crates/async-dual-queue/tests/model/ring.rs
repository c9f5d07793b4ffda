//! The ring: bounded, work-conserving, and without what takes a lock on the items.

use std::num::NonZeroUsize;

use async_dual_queue::{Fairness, Queue, Ring, SendFuture};

use crate::reference::By;
use crate::{Kind, Reserving, cuts, histories};

impl Kind for Ring {
    const BY: By = By::Arrival;
    const ON_RING: bool = true;

    fn queue(capacity: usize, _: Fairness) -> Queue<u64, Self> {
        Queue::with_capacity(NonZeroUsize::new(capacity).expect("a ring has a capacity"))
    }

    fn id(id: u64) -> u64 {
        id
    }

    fn try_send(queue: &Queue<u64, Self>, id: u64, _: u8) -> Result<(), (bool, u64)> {
        let sent = queue.try_send(id);
        sent.map_err(|error| (error.is_full(), error.into_inner()))
    }

    fn send(queue: &Queue<u64, Self>, id: u64, _: u8) -> SendFuture<'_, u64, Self> {
        queue.send(id)
    }

    fn force(_: &Queue<u64, Self>, _: u64, _: u8) -> Option<Result<Option<u64>, u64>> {
        None
    }

    fn reserve(_: &Queue<u64, Self>) -> Option<Reserving<'_>> {
        None
    }

    fn set_capacity(_: &Queue<u64, Self>, _: usize) -> bool {
        false
    }
}

#[test]
fn ring() {
    histories::<Ring>(&[1, 2, 3], &[Fairness::WorkConserving]);
}

#[test]
fn ring_cut_after_each_step() {
    cuts::<Ring>(&[1, 2, 3], Fairness::WorkConserving);
}
