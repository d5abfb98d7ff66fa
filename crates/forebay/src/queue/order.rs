//! The order in which items are got: first in first out, last in first out, or by priority.
//!
//! The three differ in nothing but where an item goes in and which one comes out, so that is
//! all this file decides. Room that a spike took is given back as it drains.

use std::collections::VecDeque;

use super::blocks::Blocks;
use crate::sharing::Sharing;

/// Up to this many slots are kept when a queue runs empty, so that a short queue never
/// goes to the allocator.
const SLOTS_KEPT: usize = 64;

/// The items of a queue, in the order it hands them out.
pub(crate) enum Order<T, S: Sharing> {
    /// The oldest comes out.
    Fifo(Blocks<T>),
    /// The newest comes out.
    Lifo(VecDeque<T>),
    /// The greatest comes out, among equals the oldest.
    Priority(Box<S::Ranked<T>>),
}

impl<T, S: Sharing> Order<T, S> {
    #[inline]
    pub(crate) fn fifo() -> Self {
        Order::Fifo(Blocks::new())
    }

    pub(crate) fn lifo() -> Self {
        Order::Lifo(VecDeque::new())
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
            Order::Priority(items) => items.take_all(),
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

/// What a priority order can do; apart, so that only building one asks for `T: Ord`.
pub(crate) trait Rank<T> {
    fn len(&self) -> usize;
    fn push(&mut self, item: T);
    fn pop(&mut self) -> Option<T>;
    fn pop_oldest(&mut self) -> Option<T>;
    /// Takes everything, in turn.
    fn take_all(&mut self) -> Vec<T>;
}
