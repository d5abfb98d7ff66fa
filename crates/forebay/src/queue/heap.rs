//! The items of a priority queue: the greatest comes out, among equals the one put first.
//!
//! A binary heap (Williams, "Algorithm 232: Heapsort", 1964) whose way down goes to a leaf and
//! up again (Wegener, "Bottom-up heapsort", 1993). Not the standard library's, because the `Ord` of
//! an item is the user's and may panic: here every move is a swap and an item is taken only when
//! all comparisons are made, so whichever is cut short, all items are still there. At worst some
//! come out too early or too late.

use std::cmp::Ordering;

use super::order::{Rank, shrinks};

pub(crate) struct Heap<T> {
    /// The parent of each is at half its index, and does not come after it.
    entries: Vec<Entry<T>>,
    /// How many items were ever pushed; the next one's place among its equals.
    pushed: u64,
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

impl<T: Ord> Heap<T> {
    pub(crate) const fn new() -> Self {
        Heap { entries: Vec::new(), pushed: 0 }
    }

    /// Brings the entry at `at` up to where it belongs.
    fn rise(&mut self, mut at: usize) {
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.entries[at].is_before(&self.entries[parent]) {
                break;
            }
            self.entries.swap(at, parent);
            at = parent;
        }
    }

    /// Brings the entry at `at` down to a leaf of those before `end`, and says which.
    fn sink(&mut self, mut at: usize, end: usize) -> usize {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            if left >= end {
                return at;
            }
            let goes_right = right < end && self.entries[right].is_before(&self.entries[left]);
            let child = if goes_right { right } else { left };
            self.entries.swap(at, child);
            at = child;
        }
    }

    /// Takes the item at `at`.
    fn remove(&mut self, at: usize) -> Option<T> {
        let last = self.entries.len().checked_sub(1)?;
        self.entries.swap(at, last);
        if at < last {
            let leaf = self.sink(at, last);
            self.rise(leaf);
        }
        let entry = self.entries.pop();
        if shrinks(self.entries.len(), self.entries.capacity()) {
            self.entries.shrink_to(self.entries.capacity() / 2);
        }
        entry.map(|entry| entry.item)
    }
}

impl<T: Ord> Rank<T> for Heap<T> {
    fn len(&self) -> usize {
        self.entries.len()
    }

    fn push(&mut self, item: T) {
        self.entries.push(Entry { item, pushed: self.pushed });
        self.pushed += 1;
        self.rise(self.entries.len() - 1);
    }

    fn pop(&mut self) -> Option<T> {
        self.remove(0)
    }

    fn pop_oldest(&mut self) -> Option<T> {
        let oldest = (0..self.entries.len()).min_by_key(|&at| self.entries[at].pushed)?;
        self.remove(oldest)
    }

    fn take_all(&mut self) -> Vec<T> {
        // Heapsort, in place: the next to come out goes behind those that are left.
        for end in (1..self.entries.len()).rev() {
            self.entries.swap(0, end);
            let leaf = self.sink(0, end);
            self.rise(leaf);
        }
        let sorted = std::mem::take(&mut self.entries);
        sorted.into_iter().rev().map(|entry| entry.item).collect()
    }
}
