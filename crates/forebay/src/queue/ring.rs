//! Slots in a ring, for as many items as it has slots.
//!
//! Two positions that only grow, one a side: a put writes one of them and a get the other, so
//! neither waits for what the other has just stored. They wrap around with the integer.

#![expect(unsafe_code, reason = "a slot holds an item only between the two positions")]

use std::mem::MaybeUninit;

/// **Invariant**: `tail - head` is at most the number of slots, and exactly the slots of the
/// positions from `head` up to `tail` hold items. The number of slots is a power of two, or 0, and
/// a position's slot is its remainder.
pub(crate) struct Ring<T> {
    slots: Box<[MaybeUninit<T>]>,
    /// Position of the oldest item.
    head: usize,
    /// Position of the next one.
    tail: usize,
}

impl<T> Ring<T> {
    /// A ring with no slots and no allocation.
    pub(crate) fn new() -> Self {
        Ring { slots: Box::new([]), head: 0, tail: 0 }
    }

    /// A ring of `slots` slots, rounded up to a power of two.
    pub(crate) fn with_slots(slots: usize) -> Self {
        Ring { slots: Box::new_uninit_slice(slots.next_power_of_two()), head: 0, tail: 0 }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.tail.wrapping_sub(self.head)
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    pub(crate) fn has_slot(&self) -> bool {
        self.len() < self.slots.len()
    }

    /// The number of a position's slot.
    #[inline]
    fn slot(&self, position: usize) -> usize {
        position & self.slots.len().wrapping_sub(1)
    }

    /// Puts `item` behind the others.
    ///
    /// # Panics
    /// When there is no slot.
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        assert!(self.has_slot(), "the caller looked for a slot");
        let slot = self.slot(self.tail);
        // SAFETY: there is at least one slot, so the mask makes it a slot's number.
        let slot = unsafe { self.slots.get_unchecked_mut(slot) };
        // By the invariant the slot of `tail` is free while there is one.
        slot.write(item);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Takes the oldest item.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        let slot = self.slot(self.head);
        self.head = self.head.wrapping_add(1);
        // SAFETY: it is not empty, so there are slots, and the mask makes it a slot's number.
        let slot = unsafe { self.slots.get_unchecked(slot) };
        // SAFETY: by the invariant the slot of the old `head` holds an item, and `head` has gone
        // past it, so nobody reads it again.
        Some(unsafe { slot.assume_init_read() })
    }

    /// Moves the oldest `count` items, or as many as there are, to the end of `into`.
    pub(crate) fn pop_many(&mut self, into: &mut Vec<T>, count: usize) -> usize {
        let count = count.min(self.len());
        into.reserve(count);
        let mut left = count;
        while left > 0 {
            let slot = self.slot(self.head);
            let run = left.min(self.slots.len() - slot);
            let from = self.slots[slot..slot + run].as_ptr().cast::<T>();
            // SAFETY: `reserve` has made room for `count` items behind the others.
            let to = unsafe { into.as_mut_ptr().add(into.len()) };
            // SAFETY: by the invariant the run holds items; it and the vector are two allocations.
            unsafe { from.copy_to_nonoverlapping(to, run) };
            self.head = self.head.wrapping_add(run);
            // SAFETY: these items were just moved there, and `head` has gone past where they were.
            unsafe { into.set_len(into.len() + run) };
            left -= run;
        }
        count
    }

    /// Gives it `slots` slots instead, as many as it has items at least.
    pub(crate) fn resize(&mut self, slots: usize) {
        let mut larger = Ring::with_slots(slots.max(self.len()));
        while let Some(item) = self.pop() {
            larger.push(item);
        }
        *self = larger;
    }
}

impl<T> Drop for Ring<T> {
    #[inline]
    fn drop(&mut self) {
        if self.is_empty() {
            return;
        }
        let mut left = Vec::new();
        self.pop_many(&mut left, usize::MAX);
    }
}
