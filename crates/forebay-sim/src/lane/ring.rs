//! When each item comes: those that were drawn ahead, and those that wait.

use rand_chacha::ChaCha8Rng;

use super::numbers::{BLOCK, Numbers};
use crate::distribution::Steps;

/// So many of those that are to come are always there.
const AHEAD_MAX: usize = 8;

/// Times in a ring: `got ≤ came < made`. From `got` they wait, from `came` they are to come.
pub(super) struct Ring {
    times: Vec<u64>,
    got: usize,
    came: usize,
    made: usize,
    last_ns: u64,
    gap: Steps,
    numbers: Numbers,
}

impl Ring {
    pub(super) fn new(gap: Steps, generator: ChaCha8Rng) -> Self {
        let times = vec![0; BLOCK * 2];
        let numbers = Numbers::new(generator);
        let mut ring = Ring { times, got: 0, came: 0, made: 0, last_ns: 0, gap, numbers };
        ring.draw();
        ring
    }

    /// When the next item comes.
    #[inline]
    pub(super) fn next(&self) -> u64 {
        self.times[self.came & (self.times.len() - 1)]
    }

    /// When the next few come.
    #[inline]
    pub(super) fn ahead<const COUNT: usize>(&self) -> [u64; COUNT] {
        const { assert!(COUNT <= AHEAD_MAX) }
        let mask = self.times.len() - 1;
        std::array::from_fn(|at| self.times[(self.came + at) & mask])
    }

    /// So many have come, of those next and ahead, and wait.
    #[inline]
    pub(super) fn come(&mut self, count: usize) {
        self.came += count;
        if self.came + AHEAD_MAX > self.made {
            self.draw();
        }
    }

    /// When the oldest item came, which waits no more; there is one.
    #[inline]
    pub(super) fn get(&mut self) -> u64 {
        let put_ns = self.times[self.got & (self.times.len() - 1)];
        self.got += 1;
        put_ns
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.came - self.got
    }

    pub(super) fn came(&self) -> u64 {
        self.came as u64
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = u64> + '_ {
        (self.got..self.came).map(|at| self.times[at & (self.times.len() - 1)])
    }

    #[cold]
    fn draw(&mut self) {
        if self.made - self.got + BLOCK > self.times.len() {
            self.grow();
        }
        // Blocks are as long as each other, so none is cut by the end of the ring.
        let from = self.made & (self.times.len() - 1);
        let times = &mut self.times[from..from + BLOCK];
        for (time, number) in times.iter_mut().zip(self.numbers.block()) {
            self.last_ns += self.gap.of(number);
            *time = self.last_ns;
        }
        self.made += BLOCK;
    }

    /// Twice as long; a length stays a power of two.
    fn grow(&mut self) {
        let mut longer = vec![0; self.times.len() * 2];
        for at in self.got..self.made {
            longer[at & (self.times.len() * 2 - 1)] = self.times[at & (self.times.len() - 1)];
        }
        self.times = longer;
    }
}
