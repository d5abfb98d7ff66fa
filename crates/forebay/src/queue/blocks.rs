//! The items of a FIFO queue: a ring while they are few, a chain of blocks when they are many.
//!
//! No put ever moves more than one block's worth of items, however long the queue has become,
//! and what a spike took is given back block by block, but for one that is kept at hand.

use std::collections::VecDeque;

use super::ring::Ring;

/// How many bytes of items go into a block, at most.
const BLOCK_BYTES: usize = 16 * 1024;

/// At least so many items go into a block, however large they are.
const BLOCK_ITEMS_MIN: usize = 16;

/// Slots of a ring that has just got its first item.
const FIRST_SLOTS: usize = 4;

/// Blocks, oldest first.
type Chain<T> = Option<Box<VecDeque<Ring<T>>>>;

/// Items in the order they came. Oldest first: the front, then `chain`, then the back.
pub(crate) struct Blocks<T> {
    /// Gets take from one of them and puts go to one of them: to the same, as a ring, while it
    /// has room for all there is.
    ends: [Ring<T>; 2],
    /// Which of them gets take from. Empty only if there are no items.
    front: usize,
    /// Which of them puts go to.
    back: usize,
    /// Full blocks between the two; most queues never have any.
    chain: Chain<T>,
}

impl<T> Blocks<T> {
    /// How many items make a block.
    const ITEMS: usize = {
        let bytes = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
        let items = BLOCK_BYTES / bytes;
        let items = if items < BLOCK_ITEMS_MIN { BLOCK_ITEMS_MIN } else { items };
        1 << items.ilog2()
    };

    pub(crate) fn new() -> Self {
        Blocks { ends: [Ring::new(), Ring::new()], front: 0, back: 0, chain: None }
    }

    pub(crate) fn len(&self) -> usize {
        let behind = match self.front == self.back {
            true => 0,
            false => {
                self.chain.as_ref().map_or(0, |chain| chain.len()) * Self::ITEMS + self.back().len()
            }
        };
        self.front().len() + behind
    }

    #[inline]
    fn front(&self) -> &Ring<T> {
        &self.ends[self.front & 1]
    }

    #[inline]
    fn front_mut(&mut self) -> &mut Ring<T> {
        &mut self.ends[self.front & 1]
    }

    #[inline]
    fn back(&self) -> &Ring<T> {
        &self.ends[self.back & 1]
    }

    #[inline]
    fn back_mut(&mut self) -> &mut Ring<T> {
        &mut self.ends[self.back & 1]
    }

    /// Whether a push needs no more than to write the item.
    #[inline]
    pub(crate) fn has_slot(&self) -> bool {
        self.back().has_slot()
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if !self.has_slot() {
            self.extend();
        }
        self.back_mut().push(item);
    }

    /// Finds room behind the last item: a larger ring, or the next block.
    #[cold]
    fn extend(&mut self) {
        let slots = self.back().slots();
        if slots < Self::ITEMS {
            self.back_mut().resize(FIRST_SLOTS.max(2 * slots).min(Self::ITEMS));
            return;
        }
        if self.front == self.back {
            self.back ^= 1;
        } else {
            let full = std::mem::replace(self.back_mut(), Ring::new());
            self.chain.get_or_insert_default().push_back(full);
        }
        if self.back().slots() < Self::ITEMS {
            *self.back_mut() = Ring::with_slots(Self::ITEMS);
        }
    }

    /// Appends as many of `items` as there are.
    pub(crate) fn push_all(&mut self, items: impl ExactSizeIterator<Item = T>) {
        items.for_each(|item| self.push(item));
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let item = self.front_mut().pop()?;
        if self.front != self.back && self.front().is_empty() {
            self.advance();
        }
        Some(item)
    }

    /// Moves up to `max` items to the end of `into` and says how many.
    pub(crate) fn pop_many(&mut self, into: &mut Vec<T>, max: usize) -> usize {
        let mut taken = 0;
        while taken < max {
            let run = self.front_mut().pop_many(into, max - taken);
            if run == 0 {
                break;
            }
            taken += run;
            if self.front != self.back && self.front().is_empty() {
                self.advance();
            }
        }
        taken
    }

    /// Brings the next block to the front, which is empty.
    #[cold]
    fn advance(&mut self) {
        match self.chain.as_mut().and_then(|chain| chain.pop_front()) {
            Some(block) => *self.front_mut() = block,
            None => {
                self.front = self.back;
                self.chain = None;
            }
        }
    }

    pub(crate) fn into_vec(mut self) -> Vec<T> {
        let mut items = Vec::with_capacity(self.len());
        self.pop_many(&mut items, usize::MAX);
        items
    }
}
