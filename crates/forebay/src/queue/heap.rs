//! The items of a priority queue: the greatest comes out, among equals the one put first.
//!
//! A binary heap (Williams, "Algorithm 232: Heapsort", 1964) whose way down goes to a leaf and
//! up again (Wegener, "Bottom-up heapsort", 1993). Not the standard library's, because the `Ord` of
//! an item is the user's and may panic: here every move is a swap and an item is taken only when
//! all comparisons are made, so whichever is cut short, all items are still there. At worst some
//! come out too early or too late.

use std::cmp::Ordering;

use super::order::shrinks;

pub(crate) struct Heap<T> {
    /// The parent of each is at half its index, and does not come after it.
    entries: Vec<Entry<T>>,
    /// How many items were ever pushed; the next one's place among its equals.
    pushed: u64,
    moves: Moves<T>,
}

/// What compares items, apart, so that only making a heap asks for `T: Ord`.
struct Moves<T> {
    /// Brings the entry at an index up to where it belongs.
    rise: fn(&mut [Entry<T>], usize),
    /// Brings the entry at an index, which has no parent or one that comes out earlier, to where it
    /// belongs.
    settle: fn(&mut [Entry<T>], usize),
}

struct Entry<T> {
    item: T,
    pushed: u64,
}

impl<T: Ord> Entry<T> {
    /// Whether it comes out earlier.
    #[inline]
    fn is_before(&self, other: &Self) -> bool {
        match self.item.cmp(&other.item) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => self.pushed < other.pushed,
        }
    }
}

fn rise<T: Ord>(entries: &mut [Entry<T>], mut at: usize) {
    while at > 0 {
        let parent = (at - 1) / 2;
        if !entries[at].is_before(&entries[parent]) {
            break;
        }
        entries.swap(at, parent);
        at = parent;
    }
}

/// Down to a leaf, and up again from there.
fn settle<T: Ord>(entries: &mut [Entry<T>], mut at: usize) {
    loop {
        let (left, right) = (2 * at + 1, 2 * at + 2);
        if left >= entries.len() {
            break;
        }
        let goes_right = right < entries.len() && entries[right].is_before(&entries[left]);
        let child = if goes_right { right } else { left };
        entries.swap(at, child);
        at = child;
    }
    rise(entries, at);
}

impl<T> Heap<T> {
    pub(crate) const fn new() -> Self
    where
        T: Ord,
    {
        let moves = Moves { rise: rise::<T>, settle: settle::<T> };
        Heap { entries: Vec::new(), pushed: 0, moves }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline(never)]
    pub(crate) fn push(&mut self, item: T) {
        let last = self.entries.len();
        self.entries.push(Entry { item, pushed: self.pushed });
        self.pushed += 1;
        if last > 0 {
            (self.moves.rise)(&mut self.entries, last);
        }
    }

    /// Takes the item whose turn it is.
    #[inline(never)]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.remove(0)
    }

    /// Takes the item that was pushed longest ago.
    pub(crate) fn pop_oldest(&mut self) -> Option<T> {
        let oldest = (0..self.entries.len()).min_by_key(|&at| self.entries[at].pushed)?;
        self.remove(oldest)
    }

    /// Takes the item at `at`.
    #[inline]
    fn remove(&mut self, at: usize) -> Option<T> {
        let last = self.entries.len().checked_sub(1)?;
        if at < last {
            self.entries.swap(at, last);
            (self.moves.settle)(&mut self.entries[..last], at);
        }
        let entry = self.entries.pop();
        if shrinks(self.entries.len(), self.entries.capacity()) {
            self.entries.shrink_to(self.entries.capacity() / 2);
        }
        entry.map(|entry| entry.item)
    }

    /// Takes everything, in turn.
    pub(crate) fn take_all(&mut self) -> Vec<T> {
        // Heapsort, in place: the next to come out goes behind those that are left.
        for end in (1..self.entries.len()).rev() {
            self.entries.swap(0, end);
            (self.moves.settle)(&mut self.entries[..end], 0);
        }
        let sorted = std::mem::take(&mut self.entries);
        sorted.into_iter().rev().map(|entry| entry.item).collect()
    }
}
