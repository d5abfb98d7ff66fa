//! Random numbers, made many at a time.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// So many are made at once.
pub(super) const BLOCK: usize = 256;

const BYTES: usize = size_of::<u64>();

/// What a generator gives number by number, for less: it writes whole blocks.
pub(super) struct Numbers {
    generator: ChaCha8Rng,
    made: [u64; BLOCK],
    /// How many of those are used.
    used: usize,
}

impl Numbers {
    pub(super) fn new(generator: ChaCha8Rng) -> Self {
        Numbers { generator, made: [0; BLOCK], used: BLOCK }
    }

    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        if self.used == BLOCK {
            self.made = self.block();
            self.used = 0;
        }
        // The remainder costs nothing: it tells the compiler that the place is there.
        let number = self.made[self.used % BLOCK];
        self.used += 1;
        number
    }

    /// The next of the generator's, none of which [`next`](Self::next) gives.
    #[inline(never)]
    pub(super) fn block(&mut self) -> [u64; BLOCK] {
        let mut bytes = [0; BLOCK * BYTES];
        self.generator.fill_bytes(&mut bytes);
        let (numbers, _) = bytes.as_chunks::<BYTES>();
        std::array::from_fn(|at| u64::from_le_bytes(numbers[at]))
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn they_are_those_that_the_generator_gives_one_by_one() {
        let mut generator = ChaCha8Rng::seed_from_u64(3);
        let mut numbers = Numbers::new(generator.clone());
        for at in 0..3 * BLOCK {
            assert_eq!(numbers.next(), generator.next_u64(), "number {at}");
        }
    }
}
