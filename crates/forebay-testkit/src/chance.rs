//! Numbers for threads that race: cheap, and the same again for the same seed.

/// SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The numbers that follow from `seed`, which comes from [`crate::seed::seed`].
    pub fn new(seed: u64) -> Self {
        Chance(seed)
    }

    /// Others for somebody else, who is to draw on another thread.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Chance(self.draw())
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // Not quite even for an `end` that does not divide 2^64; no test minds.
        self.draw() % end
    }

    /// Whether something happens that does so once in `end` times.
    pub fn is_one_in(&mut self, end: u64) -> bool {
        self.below(end) == 0
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
