//! What a kind of map keeps for each slot beside its pair.

use crate::ring::Slot;

/// Something per slot, which follows the slots when they are added, removed or renumbered.
pub(crate) trait Extra {
    /// Adds a slot, the next number.
    fn push(&mut self);

    /// Removes a slot; the last one takes its number.
    fn swap_remove(&mut self, slot: Slot);

    /// Has two slots change their numbers.
    fn swap(&mut self, a: Slot, b: Slot);

    fn clear(&mut self);

    /// Makes room for exactly so many slots.
    fn reserve_exact(&mut self, slots: usize);

    fn shrink_to_fit(&mut self);

    /// The bytes allocated.
    fn allocated(&self) -> usize;
}

/// Nothing.
impl Extra for () {
    #[inline]
    fn push(&mut self) {}

    #[inline]
    fn swap_remove(&mut self, _: Slot) {}

    #[inline]
    fn swap(&mut self, _: Slot, _: Slot) {}

    fn clear(&mut self) {}

    fn reserve_exact(&mut self, _: usize) {}

    fn shrink_to_fit(&mut self) {}

    fn allocated(&self) -> usize {
        0
    }
}

/// When pairs expire.
#[cfg(any(feature = "ttl", feature = "sync"))]
pub(crate) trait Aging: Extra {
    /// What the clock shows.
    type Instant: Copy;

    /// An instant as it is kept here.
    type Now: Copy;

    /// How long a pair is to live.
    type Ttl: Copy;

    /// Takes note of an instant, before which no other comes any more.
    fn advance(&mut self, instant: Self::Instant) -> Self::Now;

    fn is_expired(&self, slot: Slot, now: Self::Now) -> bool;

    /// Takes note that a slot has got a value.
    fn write(&mut self, slot: Slot, now: Self::Now, ttl: Self::Ttl);

    /// Takes note that a slot was used.
    fn touch(&mut self, slot: Slot, now: Self::Now);

    /// A slot that has expired; `last` is the least recently used one, 0 if there is none.
    fn expired(&self, last: Slot, now: Self::Now) -> Option<Slot>;
}

/// Never.
#[cfg(feature = "sync")]
impl Aging for () {
    type Instant = ();
    type Now = ();
    type Ttl = ();

    #[inline]
    fn advance(&mut self, (): ()) {}

    #[inline]
    fn is_expired(&self, _: Slot, (): ()) -> bool {
        false
    }

    #[inline]
    fn write(&mut self, _: Slot, (): (), (): ()) {}

    #[inline]
    fn touch(&mut self, _: Slot, (): ()) {}

    #[inline]
    fn expired(&self, _: Slot, (): ()) -> Option<Slot> {
        None
    }
}
