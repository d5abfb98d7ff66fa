//! Items that are counted: how many were made, and how often each was dropped.

use std::cmp::Ordering;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The books of one test.
#[derive(Clone, Default)]
pub(super) struct Books(Arc<Mutex<Vec<u32>>>);

impl Books {
    /// Makes an item.
    pub(super) fn item(&self, rank: u32) -> Item {
        let mut drops = self.drops();
        drops.push(0);
        Item { rank, id: drops.len() - 1, books: self.clone() }
    }

    /// Makes as many items as that.
    pub(super) fn items(&self, count: usize) -> Vec<Item> {
        (0..count).map(|at| self.item(at as u32 % 3)).collect()
    }

    /// How many items there are that were not dropped.
    pub(super) fn alive(&self) -> usize {
        self.drops().iter().filter(|&&drops| drops == 0).count()
    }

    /// At the end: every item was dropped, and none of them twice.
    pub(super) fn balance(self) {
        let drops = self.drops();
        let leaked = drops.iter().filter(|&&drops| drops == 0).count();
        let doubled = drops.iter().filter(|&&drops| drops > 1).count();
        assert_eq!((leaked, doubled), (0, 0), "leaked and dropped twice, of {}", drops.len());
    }

    fn drops(&self) -> MutexGuard<'_, Vec<u32>> {
        // Panics are part of these tests.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An item that is in the books.
pub(super) struct Item {
    pub(super) rank: u32,
    id: usize,
    books: Books,
}

/// An item of this rank cannot be compared.
pub(super) const TOUCHY: u32 = 1_000_000;

/// An item of this rank panics when it is dropped.
pub(super) const BOMB: u32 = 2_000_000;

impl Drop for Item {
    fn drop(&mut self) {
        self.books.drops()[self.id] += 1;
        if self.rank == BOMB {
            panic_quietly();
        }
    }
}

/// Panics without the message and the backtrace, which take long, and nobody wants to read. Not
/// while a test that failed is on its way out: two at once would end all of them.
pub(super) fn panic_quietly() {
    if !std::thread::panicking() {
        resume_unwind(Box::new("as the test wants it"));
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.rank == TOUCHY || other.rank == TOUCHY {
            panic_quietly();
        }
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Item {}
