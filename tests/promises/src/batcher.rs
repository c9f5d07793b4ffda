//! Batchers: what a contender implements, the promises, and the contenders.

mod caller;
mod cancelled_caller;
mod far_side;
mod last_waker;
mod memory;
mod ours;
mod panicking_batches;
mod peers;
mod replies;
#[cfg(test)]
pub(crate) mod straw;
mod the_end;
mod timing;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::outcome::{Outcome, lacks};
use crate::polling::Boxed;
use crate::primitive::{Contender, Promise, promises};

/// What a batch is given to: it returns a reply for each item.
pub(crate) type Work = Arc<dyn Fn(Vec<usize>) -> Working + Send + Sync>;

type Working = Pin<Box<dyn Future<Output = Result<Vec<usize>, Failed>> + Send>>;

/// There is no reply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

/// A caller's reply.
type Replied = Result<usize, Failed>;

/// A batcher under test, with whatever runs it.
///
/// What a contender's API does not have stays as it is here.
pub(crate) trait Batcher: Sized + 'static {
    /// Batches of so many items at most, one at a time, that wait so long for more.
    fn new(items: usize, wait: Duration, work: Work) -> Self;

    /// Whether batches wait by the clock at all.
    fn waits() -> Outcome {
        Ok(())
    }

    /// Puts an item into a batch and waits for its reply.
    fn submit(&self, item: usize) -> Boxed<'_, Replied>;

    /// Lets time pass, in which it runs.
    fn pass(&self, time: Duration);

    /// Begins the end: what was accepted may still be delivered.
    fn close(&self) -> Outcome {
        lacks("close")
    }
}

/// Longer than any probe.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// Until a batch goes that has to go by time.
const SOON: Duration = Duration::from_millis(20);

/// The rows of the table; each group is in the file of its name.
fn promises<B: Batcher>() -> Vec<Promise> {
    promises! { B;
        panicking_batches {
            fail_for_their_callers: Steps "A batch that panics fails for its callers, who neither hang nor panic themselves";
            harm_no_later_batch: Steps "After a batch that panics the next one is delivered";
        }
        cancelled_caller {
            takes_its_item_along: Steps "A caller that goes before its batch takes its item along";
            harms_no_neighbour: Steps "A caller that goes while its batch is delivered harms none of its neighbours";
            harms_no_later_batch: Steps "… and none of those who come later";
        }
        replies {
            are_those_of_the_items: Steps "Each caller gets the reply to its own item";
            do_not_shift: Steps "When a reply is missing nobody gets that of a neighbour, and nobody hangs";
        }
        timing {
            a_full_batch_goes_at_once: Steps "A full batch goes at once";
            a_lone_item_goes_in_time: Steps "An item without company goes when it has waited for so long as was said";
            a_trickle_puts_nothing_off: Steps "… also when others keep coming, each before the wait of the last is over";
        }
        the_end {
            delivers_what_was_accepted: Steps "What was accepted before the end is delivered or refused, without a wait for company";
            refuses_what_comes_later: Steps "Who comes after the end is refused and does not hang";
        }
        last_waker {
            is_woken: Steps "A reply wakes the waker of its caller's last poll";
        }
        memory {
            delivered_items_leave_nothing: Steps "Items that were delivered leave no memory behind";
            cancelled_callers_leave_nothing: Steps "Callers that went before their batch leave no memory behind";
        }
    }
}

/// The columns of the table.
pub(crate) fn contenders() -> Vec<Contender> {
    use ours::Ours;
    use peers::{BatchAintOne, Dataloader};
    vec![
        Contender::ours("async-waterfall", "async-waterfall", promises::<Ours>()),
        Contender::peer("batch-aint-one", promises::<BatchAintOne>()),
        Contender::peer("dataloader", promises::<Dataloader>()),
    ]
}
