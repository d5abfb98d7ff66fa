//! Where a naive queue keeps its items, and which one it hands out.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

pub(crate) trait Store: Default + Send + 'static {
    type Item: Send + 'static;

    fn len(&self) -> usize;
    fn push(&mut self, item: Self::Item);
    fn pop(&mut self) -> Option<Self::Item>;
}

macro_rules! store {
    ($store:ty $(where $order:ident)?, $push:ident, $pop:ident) => {
        impl<T: Send $(+ $order)? + 'static> Store for $store {
            type Item = T;

            #[inline(always)]
            fn len(&self) -> usize {
                self.len()
            }

            #[inline(always)]
            fn push(&mut self, item: T) {
                self.$push(item);
            }

            #[inline(always)]
            fn pop(&mut self) -> Option<T> {
                self.$pop()
            }
        }
    };
}

store!(VecDeque<T>, push_back, pop_front);
store!(Vec<T>, push, pop);
store!(BinaryHeap<T> where Ord, push, pop);

/// A heap that hands out equal items in the order they were put.
pub(crate) struct Tickets<T> {
    heap: BinaryHeap<Ticketed<T>>,
    put: u64,
}

struct Ticketed<T> {
    item: T,
    ticket: u64,
}

impl<T: Ord> Default for Tickets<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), put: 0 }
    }
}

impl<T: Ord + Send + 'static> Store for Tickets<T> {
    type Item = T;

    #[inline(always)]
    fn len(&self) -> usize {
        self.heap.len()
    }

    #[inline(always)]
    fn push(&mut self, item: T) {
        self.heap.push(Ticketed { item, ticket: self.put });
        self.put += 1;
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<T> {
        self.heap.pop().map(|top| top.item)
    }
}

impl<T: Ord> Ord for Ticketed<T> {
    #[inline(always)]
    fn cmp(&self, other: &Self) -> Ordering {
        self.item.cmp(&other.item).then(other.ticket.cmp(&self.ticket))
    }
}

impl<T: Ord> PartialOrd for Ticketed<T> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Ticketed<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T: Ord> Eq for Ticketed<T> {}
