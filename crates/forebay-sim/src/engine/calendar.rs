//! When each worker is done with what it does.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::NEVER_NS;

/// So many workers are looked through faster than a heap is kept.
const FEW: usize = 12;

/// When each worker is done with what it does; each has one entry or none.
pub(crate) enum Calendar {
    Few(Vec<u64>),
    Many(BinaryHeap<Reverse<(u64, usize)>>),
}

impl Calendar {
    pub(crate) fn new(workers: usize) -> Self {
        if workers <= FEW {
            Calendar::Few(vec![NEVER_NS; workers])
        } else {
            Calendar::Many(BinaryHeap::with_capacity(workers))
        }
    }

    pub(crate) fn put(&mut self, worker: usize, at_ns: u64) {
        match self {
            Calendar::Few(ends) => ends[worker] = at_ns,
            Calendar::Many(heap) => heap.push(Reverse((at_ns, worker))),
        }
    }

    /// The first to be done, the lowest number among equals.
    pub(crate) fn next(&self) -> (u64, usize) {
        match self {
            Calendar::Few(ends) => {
                let mut first = (NEVER_NS, 0);
                for (worker, at_ns) in ends.iter().enumerate() {
                    if *at_ns < first.0 {
                        first = (*at_ns, worker);
                    }
                }
                first
            }
            Calendar::Many(heap) => heap.peek().map_or((NEVER_NS, 0), |Reverse(first)| *first),
        }
    }

    /// Takes the entry that [`next`](Self::next) found.
    pub(crate) fn take(&mut self, worker: usize) {
        match self {
            Calendar::Few(ends) => ends[worker] = NEVER_NS,
            Calendar::Many(heap) => drop(heap.pop()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_through_and_keeping_a_heap_find_the_same() {
        let (mut few, mut many) = (Calendar::new(FEW), Calendar::Many(BinaryHeap::new()));
        assert!(matches!(few, Calendar::Few(_)));
        for worker in 0..FEW {
            few.put(worker, 0);
            many.put(worker, 0);
        }
        for step in 0..10_000_u64 {
            let (at_ns, worker) = few.next();
            assert_eq!(many.next(), (at_ns, worker), "step {step}");
            few.take(worker);
            many.take(worker);
            // Often the same time: the lower number goes first.
            let until_ns = at_ns + step * 7919 % 5;
            few.put(worker, until_ns);
            many.put(worker, until_ns);
        }
    }
}
