//! The items of a FIFO queue: in a ring of slots while they are few, in a chain of blocks when they
//! are many.
//!
//! Two positions that only grow, one an end: a put writes one of them and a get the other, so
//! neither waits for what the other has just stored. Each end has a mark beside it, up to which it
//! may go *at once*, with no look at anything else: a slot is there, and whoever gave the mark has
//! made sure that nobody but the item is concerned. Beyond the mark, one looks.
//!
//! No put ever moves more than one block's worth of items, however long the queue has become,
//! and what a spike took is given back block by block, but for one that is kept at hand.

#![expect(unsafe_code, reason = "a slot holds an item only between the two positions")]

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

#[cfg(all(test, not(forebay_loom)))]
mod tests;

/// How many bytes of items go into a block, at most.
const BLOCK_BYTES: usize = 16 * 1024;

/// At least so many items go into a block, however large they are.
const BLOCK_ITEMS_MIN: usize = 16;

/// Slots of a ring that has just got its first item, and so many puts at least from one look to
/// the next.
const FIRST_SLOTS: usize = 16;

/// No position.
const NOWHERE: u64 = u64::MAX;

/// **Invariant**: exactly the positions from `get.next` up to `put.next` have items. A block is a
/// ring of `slots` slots, a power of two, in which a position's slot is its remainder; blocks follow
/// each other, `slots` positions each, in the order front, `chain`, back. The front one is the
/// back one as well, with `front_ends` nowhere, or ends there. The front block has the items up to
/// `get.until`, the back block free slots up to `put.until`, now and after each get that moves that
/// mark by `stride`.
pub(crate) struct Ring<T> {
    put: End<T>,
    get: End<T>,
    /// How far each get moves the mark for puts: 1 where both ends go round the same slots, so that
    /// what one leaves is there for the other.
    stride: u64,
    /// Slots of each block, less one; of none at all, -1.
    mask: usize,
    /// The position behind the last of the front block, if that is not the back block as well.
    front_ends: u64,
    /// Full blocks between front and back; most queues never have any.
    chain: VecDeque<Block<T>>,
    /// A block that was emptied, for the next one that is needed.
    spare: Option<Block<T>>,
}

/// Where puts go to, or gets take from.
struct End<T> {
    block: Block<T>,
    /// The position whose turn it is.
    next: u64,
    /// The mark: up to this position it may be done at once.
    until: u64,
}

/// Where slots begin. Whose they are, and how many, is the ring's to know.
struct Block<T>(NonNull<MaybeUninit<T>>);

impl<T> Clone for Block<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Block<T> {}

// SAFETY: a ring owns its blocks and the items in them, as a vector does.
unsafe impl<T: Send> Send for Ring<T> {}

impl<T> Block<T> {
    const NONE: Self = Block(NonNull::dangling());

    fn with_slots(slots: usize) -> Self {
        let slots = Box::leak(Box::<[T]>::new_uninit_slice(slots));
        Block(NonNull::from(slots).cast())
    }

    /// # Safety
    /// It has so many slots, and nobody uses it any more.
    unsafe fn free(self, slots: usize) {
        let slots = NonNull::slice_from_raw_parts(self.0, slots);
        // SAFETY: that is what `with_slots` has made; the rest is the caller's duty.
        drop(unsafe { Box::from_raw(slots.as_ptr()) });
    }

    /// # Safety
    /// It has more than `slot` slots.
    #[inline]
    unsafe fn slot(self, slot: usize) -> *mut T {
        // SAFETY: the caller's duty.
        unsafe { self.0.add(slot) }.as_ptr().cast()
    }
}

/// A slot that is free, and before the mark.
pub(crate) struct Free<'a, T>(&'a mut Ring<T>);

impl<T> Free<'_, T> {
    /// Pushes `item` there, and says how many there are.
    #[inline]
    pub(crate) fn fill(self, item: T) -> usize {
        // SAFETY: there is a free slot before the mark, and nobody else had the ring since.
        unsafe { self.0.write(item) };
        self.0.len()
    }
}

impl<T> Ring<T> {
    /// How many items make a block.
    const ITEMS: usize = {
        let bytes = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
        let items = BLOCK_BYTES / bytes;
        let items = if items < BLOCK_ITEMS_MIN { BLOCK_ITEMS_MIN } else { items };
        1 << items.ilog2()
    };

    /// A ring with no slots and no allocation.
    pub(crate) const fn new() -> Self {
        Ring {
            put: End { block: Block::NONE, next: 0, until: 0 },
            get: End { block: Block::NONE, next: 0, until: 0 },
            stride: 0,
            mask: usize::MAX,
            front_ends: NOWHERE,
            chain: VecDeque::new(),
            spare: None,
        }
    }

    /// How many items were ever popped.
    #[inline]
    pub(crate) fn popped(&self) -> u64 {
        self.get.next
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        (self.put.next - self.get.next) as usize
    }

    /// Slots of each block.
    #[inline]
    fn slots(&self) -> usize {
        self.mask.wrapping_add(1)
    }

    /// The number of a position's slot in its block.
    #[inline]
    fn slot(&self, position: u64) -> usize {
        position as usize & self.mask
    }

    fn is_one_block(&self) -> bool {
        self.front_ends == NOWHERE
    }

    /// The position behind the last slot of the back block.
    fn back_ends(&self) -> u64 {
        let slots = self.slots() as u64;
        if self.is_one_block() {
            return self.get.next + slots;
        }
        self.front_ends + (self.chain.len() as u64 + 1) * slots
    }

    /// A slot for an item that may be pushed at once.
    #[inline]
    pub(crate) fn free_at_once(&mut self) -> Option<Free<'_, T>> {
        (self.put.next < self.put.until).then_some(Free(self))
    }

    /// Whether the next item may be popped at once.
    #[inline]
    pub(crate) fn may_pop_at_once(&self) -> bool {
        self.get.next < self.get.until && self.get.next < self.put.next
    }

    /// Pops the oldest item, which [it may](Self::may_pop_at_once).
    #[inline]
    pub(crate) fn pop_at_once(&mut self) -> T {
        assert!(self.may_pop_at_once(), "the caller looked at the mark");
        // SAFETY: there is an item, and before the mark it is in the front block.
        unsafe { self.read() }
    }

    /// Opens the way for puts as far as there are slots, but never beyond `len_max` items.
    pub(crate) fn open_puts(&mut self, len_max: usize) {
        let mut ends = self.back_ends();
        if self.put.next == ends {
            ends = self.extend();
        }
        self.put.until = ends.min(self.get.next.saturating_add(len_max as u64));
        self.stride = u64::from(self.is_one_block());
    }

    /// Opens the way for gets.
    pub(crate) fn open_gets(&mut self) {
        if self.get.next == self.front_ends && self.len() > 0 {
            self.advance();
        }
        self.get.until = self.front_ends;
    }

    /// From now on every put has to look.
    #[inline]
    pub(crate) fn shut_puts(&mut self) {
        (self.put.until, self.stride) = (0, 0);
    }

    /// From now on every get has to look.
    #[inline]
    pub(crate) fn shut_gets(&mut self) {
        self.get.until = 0;
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if self.put.next == self.back_ends() {
            self.extend();
        }
        // SAFETY: the back block does not end here, or not any more.
        unsafe { self.write(item) };
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.len() == 0 {
            return None;
        }
        if self.get.next == self.front_ends {
            self.advance();
        }
        // SAFETY: there is an item, and the front block does not end before it.
        Some(unsafe { self.read() })
    }

    /// Writes the item that is pushed next.
    ///
    /// # Safety
    /// The back block has a free slot.
    #[inline]
    unsafe fn write(&mut self, item: T) {
        // SAFETY: with a slot there is a block, and the mask makes it a slot's number.
        let slot = unsafe { self.put.block.slot(self.slot(self.put.next)) };
        // SAFETY: by the invariant that slot holds no item.
        unsafe { slot.write(item) };
        self.put.next += 1;
    }

    /// Reads the item that is popped next.
    ///
    /// # Safety
    /// There is one, in the front block.
    #[inline]
    unsafe fn read(&mut self) -> T {
        // SAFETY: with an item there is a block, and the mask makes it a slot's number.
        let slot = unsafe { self.get.block.slot(self.slot(self.get.next)) };
        self.get.next += 1;
        self.put.until += self.stride;
        // SAFETY: by the invariant that slot holds an item, and the position has gone past it, so
        // nobody reads it again.
        unsafe { slot.read() }
    }

    /// Finds room behind the last slot, a larger ring or the next block, and says up to where.
    #[cold]
    fn extend(&mut self) -> u64 {
        let slots = self.slots();
        if self.is_one_block() && slots < Self::ITEMS {
            self.resize((2 * slots).clamp(FIRST_SLOTS, Self::ITEMS));
            return self.back_ends();
        }
        let fresh = self.spare.take().unwrap_or_else(|| Block::with_slots(Self::ITEMS));
        if self.is_one_block() {
            self.front_ends = self.put.next;
            self.get.until = self.get.until.min(self.front_ends);
            self.stride = 0;
        } else {
            self.chain.push_back(self.put.block);
        }
        self.put.block = fresh;
        self.back_ends()
    }

    /// Gives the only block `slots` slots instead, more than it has.
    fn resize(&mut self, slots: usize) {
        let (larger, mask) = (Block::<T>::with_slots(slots), slots - 1);
        for position in self.get.next..self.put.next {
            // SAFETY: by the invariant there is an item, in the only block.
            let from = unsafe { self.get.block.slot(self.slot(position)) };
            // SAFETY: the mask makes it a slot's number.
            let to = unsafe { larger.slot(position as usize & mask) };
            // SAFETY: they are two allocations, and all positions have slots of their own.
            unsafe { to.copy_from_nonoverlapping(from, 1) };
        }
        self.free(self.get.block);
        (self.put.block, self.get.block, self.mask) = (larger, larger, mask);
    }

    /// Brings the next block to the front, whose items are all gone.
    #[cold]
    fn advance(&mut self) {
        let empty = self.get.block;
        match self.chain.pop_front() {
            Some(next) => {
                self.get.block = next;
                self.front_ends += self.slots() as u64;
            }
            None => {
                self.get.block = self.put.block;
                (self.front_ends, self.chain) = (NOWHERE, VecDeque::new());
            }
        }
        match self.spare {
            None => self.spare = Some(empty),
            Some(_) => self.free(empty),
        }
    }

    /// Frees a block that is in no place any more, or about to be replaced.
    fn free(&self, block: Block<T>) {
        if self.slots() > 0 {
            // SAFETY: all blocks have so many slots; each was made once and is freed once.
            unsafe { block.free(self.slots()) };
        }
    }

    /// Moves the first `count` of `items` behind the others.
    pub(crate) fn push_many(&mut self, items: &mut Vec<T>, count: usize) {
        assert!(count <= items.len(), "no more is pushed than there is");
        let rest = items.len() - count;
        let from = items.as_mut_ptr();
        // SAFETY: 0 is no more than there are; what is moved out now is not dropped here.
        unsafe { items.set_len(0) };
        let mut done = 0;
        while done < count {
            let mut ends = self.back_ends();
            if self.put.next == ends {
                ends = self.extend();
            }
            let slot = self.slot(self.put.next);
            let run = (count - done).min((ends - self.put.next) as usize).min(self.slots() - slot);
            // SAFETY: the mask makes it a slot's number.
            let to = unsafe { self.put.block.slot(slot) };
            // SAFETY: the vector has `count` items, of which `done` were moved.
            let run_of_items = unsafe { from.add(done) };
            // SAFETY: neither the back block nor its memory ends before the run does.
            unsafe { to.copy_from_nonoverlapping(run_of_items, run) };
            self.put.next += run as u64;
            done += run;
        }
        // SAFETY: there are no fewer than `count`.
        let behind = unsafe { from.add(count) };
        // SAFETY: the rest lies there; it goes to where the vector begins.
        unsafe { from.copy_from(behind, rest) };
        // SAFETY: that is what is at the front now.
        unsafe { items.set_len(rest) };
    }

    /// Moves up to `max` items to the end of `into` and says how many.
    pub(crate) fn pop_many(&mut self, into: &mut Vec<T>, max: usize) -> usize {
        let count = max.min(self.len());
        into.reserve(count);
        let mut left = count;
        while left > 0 {
            if self.get.next == self.front_ends {
                self.advance();
            }
            let slot = self.slot(self.get.next);
            let run = left.min((self.front_ends - self.get.next) as usize).min(self.slots() - slot);
            // SAFETY: there is an item, so there is a block, and the mask makes it a slot's number.
            let from = unsafe { self.get.block.slot(slot) };
            // SAFETY: `reserve` has made room for `count` items behind the others.
            let to = unsafe { into.as_mut_ptr().add(into.len()) };
            // SAFETY: by the invariant the run holds items; it and the vector are two allocations.
            unsafe { to.copy_from_nonoverlapping(from, run) };
            self.get.next += run as u64;
            self.put.until += run as u64 * self.stride;
            // SAFETY: these items were just moved there, and the position has gone past where they
            // were.
            unsafe { into.set_len(into.len() + run) };
            left -= run;
        }
        count
    }

    /// Takes all there is, and gives the room back.
    pub(crate) fn take_all(&mut self) -> Vec<T> {
        let mut items = Vec::new();
        self.pop_many(&mut items, usize::MAX);
        let (put, get) = (self.put.next, self.get.next);
        drop(std::mem::replace(self, Ring::new()));
        (self.put.next, self.get.next) = (put, get);
        items
    }
}

impl<T> Drop for Ring<T> {
    #[inline]
    fn drop(&mut self) {
        if self.slots() == 0 {
            return;
        }
        let mut left = Vec::new();
        self.pop_many(&mut left, usize::MAX);
        // The items go last: dropping one of them may panic.
        self.free(self.get.block);
        if !self.is_one_block() {
            self.free(self.put.block);
        }
        self.chain.iter().for_each(|&block| self.free(block));
        self.spare.take().into_iter().for_each(|block| self.free(block));
    }
}
