//! Random programs in virtual time, against a naive reference: where every item is, which batch goes
//! when, and what everybody is told.
//!
//! The driver is polled only when its waker was called, so a lost wake-up shows as a batch that is
//! due and does not go.

#[path = "model/checks.rs"]
mod checks;
#[path = "model/reference.rs"]
mod reference;
#[path = "model/world.rs"]
mod world;

use testkit::{with_seeds, within_seconds};
use world::World;

#[test]
fn every_item_is_in_one_place_and_every_batch_goes_in_time() {
    within_seconds(50, || {
        with_seeds(400, |rng| {
            let mut world = World::new(rng);
            for _ in 0..rng.usize(20..120) {
                world.step(rng);
                world.check();
            }
            world.end(rng);
        });
    });
}
