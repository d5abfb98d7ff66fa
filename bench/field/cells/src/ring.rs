//! A ring for one producer and one consumer, of numbers: as fast as two cores can hand over one after the other. It
//! cannot wait, grow, be shared, closed or hold anything with a destructor.

use std::sync::atomic::{AtomicU64, Ordering};

const SLOTS: u64 = 1024;

/// A line of its own for each side's index.
#[repr(align(128))]
#[derive(Default)]
struct Line(AtomicU64);

pub(crate) struct Ring {
    slots: Box<[AtomicU64]>,
    put: Line,
    got: Line,
}

impl Ring {
    pub(crate) fn new() -> Self {
        let slots = (0..SLOTS).map(AtomicU64::new).collect();
        Self { slots, put: Line::default(), got: Line::default() }
    }

    /// Puts 0 to `count` - 1. One producer at a time.
    pub(crate) fn put_all(&self, count: u64) {
        let mut got = 0;
        for number in 0..count {
            let mut patience = Patience::default();
            while number - got == SLOTS {
                // Ordering: Acquire, pairs with the Release below: the slot has been read.
                got = self.got.0.load(Ordering::Acquire);
                patience.lose();
            }
            self.slot(number).store(number, Ordering::Relaxed);
            // Ordering: Release, pairs with the Acquire below: the slot has been written.
            self.put.0.store(number + 1, Ordering::Release);
        }
    }

    /// Gets `count` numbers and adds them up. One consumer at a time.
    pub(crate) fn get_all(&self, count: u64) -> u64 {
        let (mut put, mut sum) = (0, 0);
        for number in 0..count {
            let mut patience = Patience::default();
            while number == put {
                // Ordering: Acquire, pairs with the Release in `put_all`.
                put = self.put.0.load(Ordering::Acquire);
                patience.lose();
            }
            sum += self.slot(number).load(Ordering::Relaxed);
            // Ordering: Release, pairs with the Acquire in `put_all`.
            self.got.0.store(number + 1, Ordering::Release);
        }
        sum
    }

    fn slot(&self, number: u64) -> &AtomicU64 {
        &self.slots[(number % SLOTS) as usize]
    }
}

/// The other side may be waiting for this very core.
#[derive(Default)]
struct Patience(u32);

impl Patience {
    fn lose(&mut self) {
        self.0 += 1;
        if self.0.is_multiple_of(1 << 12) {
            std::thread::yield_now();
        }
    }
}
