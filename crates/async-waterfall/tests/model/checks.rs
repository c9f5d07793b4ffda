//! What callers are told, against where the reference has their items.

use std::mem;
use std::task::Poll;

use async_waterfall::{Failure, PutError, Report, SubmitError};

use super::reference::{Place, Reference};
use super::world::{Error, Thing};

pub(crate) fn check_put(id: u32, place: Place, polled: Poll<Result<(), PutError<Thing>>>) -> bool {
    match (polled, place) {
        (Poll::Pending, Place::Parked) => return false,
        (Poll::Ready(Err(PutError::Full(thing))), Place::Full)
        | (Poll::Ready(Err(PutError::Stopped(thing))), Place::Refused) => assert_eq!(thing.id, id),
        (
            Poll::Ready(Ok(())),
            Place::Queued
            | Place::InFlight
            | Place::Delivered
            | Place::Failed(_)
            | Place::Evicted
            | Place::Stopped,
        ) => {}
        (polled, _) => panic!("put {id}: {polled:?} at {place:?}"),
    }
    true
}

pub(crate) fn check_submit(
    id: u32,
    place: Place,
    polled: Poll<Result<u32, SubmitError<Thing, Error>>>,
) -> bool {
    match (polled, place) {
        (Poll::Pending, Place::Parked | Place::Queued | Place::InFlight) => return false,
        (Poll::Ready(Ok(reply)), Place::Delivered) => assert_eq!(reply, 10 * id),
        (Poll::Ready(Err(SubmitError::Full(thing))), Place::Full)
        | (Poll::Ready(Err(SubmitError::Evicted(thing))), Place::Evicted)
        | (Poll::Ready(Err(SubmitError::Stopped(thing))), Place::Stopped | Place::Refused) => {
            assert_eq!(thing.id, id);
        }
        (Poll::Ready(Err(SubmitError::Failed(failure))), Place::Failed(number)) => {
            let fits = match &failure {
                Failure::Error(error) => number == 0 && **error == "no route",
                Failure::Panicked(panic) => number == 1 && panic.message() == Some("bang"),
                Failure::WrongCount { got, .. } => number == 2 && *got == 0,
                Failure::Abandoned => number == u8::MAX,
                _ => false,
            };
            assert!(fits, "submit {id}: {failure:?} for {number}");
        }
        (polled, _) => panic!("submit {id}: {polled:?} at {place:?}"),
    }
    true
}

pub(crate) fn check_report(report: &Report<Thing>, reference: &mut Reference) {
    let counts = reference.counts();
    assert_eq!(
        (report.delivered, report.failed, report.undelivered),
        (counts.delivered, counts.failed, counts.undelivered),
    );
    assert_eq!(counts.queued + counts.in_flight, 0);
    let returned: Vec<u32> = report.returned.iter().map(|thing| thing.id).collect();
    assert_eq!(returned, mem::take(&mut reference.returned));
}
