//! The items of a FIFO queue: a ring while they are few, a chain of blocks when they are many.
//!
//! No put ever moves more than one block's worth of items, however long the queue has become,
//! and what a spike took is given back block by block, but for one that is kept at hand.

use std::collections::VecDeque;

/// How many bytes of items go into a block.
const BLOCK_BYTES: usize = 16 * 1024;

/// At least so many items go into a block, however large they are.
const BLOCK_ITEMS_MIN: usize = 16;

/// Items in the order they came. Oldest first: `front`, then `chain`, then `back`.
pub(crate) struct Blocks<T> {
    /// Never more than a block's worth. Takes new items too, as a ring, while all others are
    /// empty.
    front: VecDeque<T>,
    /// Full blocks.
    chain: VecDeque<VecDeque<T>>,
    /// Takes new items while `front` is not the only one. Empty only if the chain is.
    back: VecDeque<T>,
    /// Items in all of them.
    len: usize,
}

impl<T> Blocks<T> {
    /// How many items make a block.
    const ITEMS: usize = {
        let bytes = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
        let items = BLOCK_BYTES / bytes;
        if items < BLOCK_ITEMS_MIN { BLOCK_ITEMS_MIN } else { items }
    };

    pub(crate) const fn new() -> Self {
        Blocks { front: VecDeque::new(), chain: VecDeque::new(), back: VecDeque::new(), len: 0 }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        let is_ring = self.len == self.front.len();
        self.len += 1;
        if is_ring && self.front.len() < Self::ITEMS {
            self.front.push_back(item);
        } else {
            self.push_behind(item);
        }
    }

    fn push_behind(&mut self, item: T) {
        if self.back.len() == Self::ITEMS {
            let full = std::mem::replace(&mut self.back, VecDeque::with_capacity(Self::ITEMS));
            self.chain.push_back(full);
        }
        if self.back.capacity() == 0 {
            self.back.reserve_exact(Self::ITEMS);
        }
        self.back.push_back(item);
    }

    /// Appends as many of `items` as there are.
    pub(crate) fn push_all(&mut self, items: impl ExactSizeIterator<Item = T>) {
        let is_ring = self.len == self.front.len();
        if is_ring && self.front.len() + items.len() <= Self::ITEMS {
            self.len += items.len();
            self.front.extend(items);
        } else {
            items.for_each(|item| self.push(item));
        }
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let item = self.front.pop_front()?;
        self.len -= 1;
        if self.front.is_empty() && self.len > 0 {
            self.advance();
        }
        Some(item)
    }

    /// Moves up to `max` items to the end of `into` and says how many.
    pub(crate) fn pop_many(&mut self, into: &mut Vec<T>, max: usize) -> usize {
        let count = max.min(self.len);
        let mut left = count;
        while left > 0 {
            let run = left.min(self.front.len());
            into.extend(self.front.drain(..run));
            self.len -= run;
            left -= run;
            if self.front.is_empty() && self.len > 0 {
                self.advance();
            }
        }
        count
    }

    /// Brings the next block to the front, which is empty.
    #[cold]
    fn advance(&mut self) {
        match self.chain.pop_front() {
            Some(block) => self.front = block,
            None => {
                std::mem::swap(&mut self.front, &mut self.back);
                self.chain.shrink_to_fit();
            }
        }
    }

    pub(crate) fn into_vec(mut self) -> Vec<T> {
        let mut items = Vec::with_capacity(self.len);
        self.pop_many(&mut items, usize::MAX);
        items
    }
}
