//! Slots whose pairs may expire.

use equivalent::Equivalent;

use super::Slots;
use crate::extra::Aging;
use crate::ring::Slot;

/// What is known of a key.
pub(crate) enum Known {
    Absent,
    Live(Slot),
    Expired(Slot),
}

/// A pair that had to go for another one.
pub(crate) enum Victim<K, V> {
    Expired((K, V)),
    Live((K, V)),
}

impl<K, V, X: Aging> Slots<K, V, X> {
    #[inline]
    pub(crate) fn know<Q: Equivalent<K> + ?Sized>(&self, hash: u32, key: &Q, now: X::Now) -> Known {
        match self.find(hash, key) {
            None => Known::Absent,
            Some(slot) if self.extra.is_expired(slot, now) => Known::Expired(slot),
            Some(slot) => Known::Live(slot),
        }
    }

    /// Takes note that a slot was used.
    #[inline]
    pub(crate) fn touch(&mut self, slot: Slot, now: X::Now) {
        self.order.promote(slot);
        self.extra.touch(slot, now);
    }

    /// Takes note that a slot has got another value.
    #[inline]
    pub(crate) fn write(&mut self, slot: Slot, now: X::Now, ttl: X::Ttl) {
        self.order.promote(slot);
        self.extra.write(slot, now, ttl);
    }

    /// Inserts a pair whose key is not there; if there is no room, an expired pair goes before a
    /// live one.
    #[inline]
    pub(crate) fn admit(
        &mut self,
        hash: u32,
        pair: (K, V),
        (now, ttl): (X::Now, X::Ttl),
        capacity: usize,
    ) -> (Slot, Option<Victim<K, V>>) {
        let (slot, victim) = if self.len() < capacity {
            (self.push(hash, pair, capacity), None)
        } else {
            let last = self.order.last();
            match self.extra.expired(last, now) {
                Some(slot) => (slot, Some(Victim::Expired(self.reuse(slot, hash, pair)))),
                None => (last, Some(Victim::Live(self.reuse(last, hash, pair)))),
            }
        };
        self.extra.write(slot, now, ttl);
        (slot, victim)
    }

    /// Removes a pair that has expired.
    pub(crate) fn pop_expired(&mut self, now: X::Now) -> Option<(K, V)> {
        let slot = self.extra.expired(self.order.last(), now)?;
        Some(self.remove(slot))
    }
}
