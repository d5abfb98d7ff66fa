//! The order in which items are got: first in first out, last in first out, or by priority.
//!
//! The three differ in nothing but where an item goes in and which one comes out, so that is
//! all this file decides. Room that a spike took is given back as it drains.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::blocks::Blocks;

/// Up to this many slots are kept when a queue runs empty, so that a short queue never
/// goes to the allocator.
const SLOTS_KEPT: usize = 64;

/// The items of a queue, in the order it hands them out.
pub(crate) enum Order<T> {
    /// The oldest comes out.
    Fifo(Blocks<T>),
    /// The newest comes out.
    Lifo(VecDeque<T>),
    /// The greatest comes out, among equals the oldest.
    Priority(Box<dyn Rank<T> + Send>),
}

impl<T> Order<T> {
    pub(crate) fn fifo() -> Self {
        Order::Fifo(Blocks::new())
    }

    pub(crate) fn lifo() -> Self {
        Order::Lifo(VecDeque::new())
    }

    pub(crate) fn priority() -> Self
    where
        T: Ord + Send + 'static,
    {
        Order::Priority(Box::new(Heap { ranked: BinaryHeap::new(), put: 0 }))
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Order::Fifo(_) => "fifo",
            Order::Lifo(_) => "lifo",
            Order::Priority(_) => "priority",
        }
    }

    /// How many they are, counted.
    pub(crate) fn len(&self) -> usize {
        match self {
            Order::Fifo(items) => items.len(),
            Order::Lifo(items) => items.len(),
            Order::Priority(items) => items.len(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        match self {
            Order::Fifo(items) => items.push(item),
            Order::Lifo(items) => items.push_back(item),
            Order::Priority(items) => items.push(item),
        }
    }

    /// Takes in the first `count` of `items`. Should comparing them panic, those that are not in
    /// are still in `items`.
    pub(crate) fn push_many(&mut self, items: &mut Vec<T>, count: usize) {
        match self {
            Order::Fifo(queue) => queue.push_all(items.drain(..count)),
            Order::Lifo(stack) => stack.extend(items.drain(..count)),
            Order::Priority(heap) => {
                let mut rest = Rest::of(items);
                rest.by_ref().take(count).for_each(|item| heap.push(item));
            }
        }
    }

    /// Takes the item whose turn it is.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        match self {
            Order::Fifo(items) => items.pop(),
            Order::Lifo(items) => pop_then_shrink(items, VecDeque::pop_back),
            Order::Priority(items) => items.pop(),
        }
    }

    /// Takes up to `max` items, in turn, to the end of `into`, and says how many.
    pub(crate) fn pop_many(&mut self, into: &mut Vec<T>, max: usize) -> usize {
        let before = into.len();
        match self {
            Order::Fifo(items) => return items.pop_many(into, max),
            Order::Lifo(_) | Order::Priority(_) => {
                into.extend(std::iter::from_fn(|| self.pop()).take(max));
            }
        }
        into.len() - before
    }

    /// Takes the item that was put longest ago.
    pub(crate) fn pop_oldest(&mut self) -> Option<T> {
        match self {
            Order::Fifo(items) => items.pop(),
            Order::Lifo(items) => items.pop_front(),
            Order::Priority(items) => items.pop_oldest(),
        }
    }

    /// Takes everything, in the order it would have been got, and gives the room back.
    pub(crate) fn take_all(&mut self) -> Vec<T> {
        match self {
            Order::Fifo(items) => std::mem::replace(items, Blocks::new()).into_vec(),
            Order::Lifo(items) => std::mem::take(items).into_iter().rev().collect(),
            Order::Priority(items) => std::iter::from_fn(|| items.pop()).collect(),
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

fn shrinks(len: usize, slots: usize) -> bool {
    slots > SLOTS_KEPT && len <= slots / 4
}

/// What a priority order can do; apart, so that only building one asks for `T: Ord`.
pub(crate) trait Rank<T> {
    fn len(&self) -> usize;
    fn push(&mut self, item: T);
    fn pop(&mut self) -> Option<T>;
    fn pop_oldest(&mut self) -> Option<T>;
}

struct Heap<T> {
    ranked: BinaryHeap<Ranked<T>>,
    /// How many items were ever pushed; the next one's place among its equals.
    put: u64,
}

impl<T: Ord> Rank<T> for Heap<T> {
    fn len(&self) -> usize {
        self.ranked.len()
    }

    fn push(&mut self, item: T) {
        let put = self.put;
        self.put += 1;
        self.ranked.push(Ranked { item, put });
    }

    fn pop(&mut self) -> Option<T> {
        let top = self.ranked.pop();
        if shrinks(self.ranked.len(), self.ranked.capacity()) {
            self.ranked.shrink_to(self.ranked.capacity() / 2);
        }
        top.map(|ranked| ranked.item)
    }

    fn pop_oldest(&mut self) -> Option<T> {
        let mut ranked = std::mem::take(&mut self.ranked).into_vec();
        let oldest = (0..ranked.len()).min_by_key(|&at| ranked[at].put);
        let item = oldest.map(|at| ranked.swap_remove(at).item);
        self.ranked = ranked.into();
        item
    }
}

struct Ranked<T> {
    item: T,
    put: u64,
}

impl<T: Ord> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        // Among equals the one put first is the greater: ties come out in put order.
        self.item.cmp(&other.item).then_with(|| other.put.cmp(&self.put))
    }
}

impl<T: Ord> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Ord> Eq for Ranked<T> {}
