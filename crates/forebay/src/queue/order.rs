//! The order in which items are got: first in first out, last in first out, or by priority.
//!
//! The three differ in nothing but where an item goes in and which one comes out, so that is
//! all this file decides. Room that a spike took is given back as it drains.

use std::collections::VecDeque;

use super::heap::Heap;
use super::ring::Ring;

/// Up to this many slots are kept when a queue runs empty, so that a short queue never
/// goes to the allocator.
const SLOTS_KEPT: usize = 64;

/// The items of a queue, in the order it hands them out, and how many they were.
pub(crate) struct Order<T> {
    /// First in, first out, as most are; at hand, because most calls need nothing else. Under
    /// another order it has never had an item, and nothing is ever done at once.
    pub(crate) fifo: Ring<T>,
    other: Option<Box<Other<T>>>,
}

/// Any other order.
struct Other<T> {
    items: Ranking<T>,
    /// How many items came out. How many went in follows from it, whatever panics on the way.
    popped: u64,
}

pub(crate) enum Ranking<T> {
    /// The newest comes out.
    Lifo(VecDeque<T>),
    /// The greatest comes out, among equals the oldest.
    Priority(Heap<T>),
}

impl<T> Order<T> {
    /// First in, first out, unless another ranking is given.
    #[inline]
    pub(crate) fn of(ranking: Option<Ranking<T>>) -> Self {
        let other = ranking.map(|items| Box::new(Other { items, popped: 0 }));
        Order { fifo: Ring::new(), other }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.other.as_deref() {
            None => "fifo",
            Some(Other { items: Ranking::Lifo(_), .. }) => "lifo",
            Some(Other { items: Ranking::Priority(_), .. }) => "priority",
        }
    }

    #[inline]
    pub(crate) fn is_fifo(&self) -> bool {
        self.other.is_none()
    }

    /// Whether it runs the user's code, which may panic.
    #[inline]
    pub(crate) fn compares(&self) -> bool {
        matches!(self.other.as_deref(), Some(Other { items: Ranking::Priority(_), .. }))
    }

    /// How many items are in.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self.other.as_deref() {
            None => self.fifo.len(),
            Some(other) => other.items.len(),
        }
    }

    /// How many items ever went in.
    pub(crate) fn pushed(&self) -> u64 {
        self.popped() + self.len() as u64
    }

    /// How many items ever came out.
    pub(crate) fn popped(&self) -> u64 {
        self.other.as_deref().map_or(self.fifo.popped(), |other| other.popped)
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        match self.other.as_deref_mut() {
            None => self.fifo.push(item),
            Some(Other { items: Ranking::Lifo(items), .. }) => items.push_back(item),
            Some(Other { items: Ranking::Priority(items), .. }) => items.push(item),
        }
    }

    /// Takes in the first `count` of `items`. Should comparing them panic, those that are not in
    /// are still in `items`.
    pub(crate) fn push_many(&mut self, items: &mut Vec<T>, count: usize) {
        match self.other.as_deref_mut() {
            None => self.fifo.push_many(items, count),
            Some(Other { items: Ranking::Lifo(stack), .. }) => stack.extend(items.drain(..count)),
            Some(Other { items: Ranking::Priority(heap), .. }) => {
                let mut rest = Rest::of(items);
                rest.by_ref().take(count).for_each(|item| heap.push(item));
            }
        }
    }

    /// Takes the item whose turn it is.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        match self.other.as_deref_mut() {
            None => self.fifo.pop(),
            Some(other) => other.count(|items| match items {
                Ranking::Lifo(items) => pop_then_shrink(items, VecDeque::pop_back),
                Ranking::Priority(items) => items.pop(),
            }),
        }
    }

    /// Takes the item that was put longest ago.
    pub(crate) fn pop_oldest(&mut self) -> Option<T> {
        match self.other.as_deref_mut() {
            None => self.fifo.pop(),
            Some(other) => other.count(|items| match items {
                Ranking::Lifo(items) => items.pop_front(),
                Ranking::Priority(items) => items.pop_oldest(),
            }),
        }
    }

    /// Takes everything, in the order it would have been got, and gives the room back.
    pub(crate) fn take_all(&mut self) -> Vec<T> {
        let Some(other) = self.other.as_deref_mut() else { return self.fifo.take_all() };
        let left: Vec<T> = match &mut other.items {
            Ranking::Lifo(items) => std::mem::take(items).into_iter().rev().collect(),
            Ranking::Priority(items) => items.take_all(),
        };
        other.popped += left.len() as u64;
        left
    }
}

impl<T> Other<T> {
    /// Counts an item that comes out.
    #[inline]
    fn count(&mut self, pop: impl FnOnce(&mut Ranking<T>) -> Option<T>) -> Option<T> {
        let item = pop(&mut self.items)?;
        self.popped += 1;
        Some(item)
    }
}

impl<T> Ranking<T> {
    pub(crate) fn lifo() -> Self {
        Ranking::Lifo(VecDeque::new())
    }

    pub(crate) fn priority() -> Self
    where
        T: Ord,
    {
        Ranking::Priority(Heap::new())
    }

    #[inline]
    fn len(&self) -> usize {
        match self {
            Ranking::Lifo(items) => items.len(),
            Ranking::Priority(items) => items.len(),
        }
    }
}

/// What is left of a vector while it is taken apart from the front; goes back when dropped.
pub(crate) struct Rest<'a, T> {
    home: &'a mut Vec<T>,
    items: std::vec::IntoIter<T>,
}

impl<'a, T> Rest<'a, T> {
    pub(crate) fn of(home: &'a mut Vec<T>) -> Self {
        let items = std::mem::take(home).into_iter();
        Rest { home, items }
    }
}

impl<T> Rest<'_, T> {
    /// Puts `item` back to the front.
    pub(crate) fn give_back(&mut self, item: T) {
        self.home.push(item);
    }
}

impl<T> Iterator for Rest<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.items.next()
    }
}

impl<T> Drop for Rest<'_, T> {
    fn drop(&mut self) {
        self.home.extend(&mut self.items);
    }
}

/// Halves the room once three quarters of it lie empty: a spike costs its memory only
/// while it lasts, and each item is moved at most once on the way down.
fn pop_then_shrink<T>(
    items: &mut VecDeque<T>,
    pop: impl FnOnce(&mut VecDeque<T>) -> Option<T>,
) -> Option<T> {
    let item = pop(items);
    if shrinks(items.len(), items.capacity()) {
        items.shrink_to(items.capacity() / 2);
    }
    item
}

/// Whether so few items in so many slots are a reason for fewer.
pub(crate) fn shrinks(len: usize, slots: usize) -> bool {
    slots > SLOTS_KEPT && len <= slots / 4
}
