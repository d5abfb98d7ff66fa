//! The delays of both loops: whole milliseconds, uniform, both ends included.
//!
//! Every draw takes exactly one number from its generator, whatever the range, so the n-th draw
//! of a seed is the same on a fast machine and on a slow one.

use std::ops::RangeInclusive;

use rand_chacha::rand_core::Rng;

const WRITE_MS: RangeInclusive<u32> = 250..=1500;
const READ_SLOW_MS: RangeInclusive<u32> = 1000..=2000;
const READ_FAST_MS: RangeInclusive<u32> = 200..=600;

/// A pause of one of the loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delay {
    ms: u32,
}

impl Delay {
    /// The producer's pause before it writes.
    pub(super) fn of_writing(generator: &mut impl Rng) -> Self {
        Self::draw(WRITE_MS, generator)
    }

    /// The consumer's pause before it reads, in this gear.
    pub(super) fn of_reading(gear: usize, generator: &mut impl Rng) -> Self {
        let range = if gear == 0 { READ_SLOW_MS } else { READ_FAST_MS };
        Self::draw(range, generator)
    }

    /// In seconds, the number that is printed and put.
    pub(super) fn seconds(self) -> f64 {
        f64::from(self.ms) / 1000.0
    }

    fn draw(range: RangeInclusive<u32>, generator: &mut impl Rng) -> Self {
        let width = u64::from(range.end() - range.start()) + 1;
        // A product of 64 by 64 bits: its upper half is below `width`. The bias is one part in
        // 2^53 and more.
        let above = (u128::from(generator.next_u64()) * u128::from(width)) >> 64;
        let above = u32::try_from(above).expect("it is below the width of a range of u32");
        Self { ms: range.start() + above }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    const SEED: u64 = 7;

    /// How often each delay was drawn.
    fn histogram(
        draws: usize,
        mut draw: impl FnMut(&mut ChaCha8Rng) -> Delay,
    ) -> BTreeMap<u32, usize> {
        let mut generator = ChaCha8Rng::seed_from_u64(SEED);
        let mut seen = BTreeMap::new();
        for _ in 0..draws {
            *seen.entry(draw(&mut generator).ms).or_default() += 1;
        }
        seen
    }

    fn covers(seen: &BTreeMap<u32, usize>, range: &RangeInclusive<u32>) {
        let reached: Vec<u32> = seen.keys().copied().collect();
        assert!(reached.iter().eq(range.clone().collect::<Vec<_>>().iter()), "seed {SEED}");
        let mean = seen.values().sum::<usize>() / seen.len();
        for (ms, times) in seen {
            assert!(times.abs_diff(mean) < mean / 2, "{ms} ms: {times}, mean {mean}, seed {SEED}");
        }
    }

    #[test]
    fn every_whole_millisecond_of_a_range_is_drawn_equally_often_and_no_other() {
        covers(&histogram(300_000, Delay::of_writing), &WRITE_MS);
        covers(&histogram(300_000, |g| Delay::of_reading(0, g)), &READ_SLOW_MS);
        covers(&histogram(300_000, |g| Delay::of_reading(1, g)), &READ_FAST_MS);
    }

    #[test]
    fn the_lowest_and_the_highest_draw_are_the_two_ends() {
        struct Always(u64);
        impl rand_chacha::rand_core::TryRng for Always {
            type Error = std::convert::Infallible;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                unreachable!("one draw is one u64")
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Ok(self.0)
            }
            fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
                unreachable!("one draw is one u64")
            }
        }
        assert_eq!(Delay::of_writing(&mut Always(0)), Delay { ms: 250 });
        assert_eq!(Delay::of_writing(&mut Always(u64::MAX)), Delay { ms: 1500 });
        assert_eq!(Delay::of_reading(0, &mut Always(0)), Delay { ms: 1000 });
        assert_eq!(Delay::of_reading(0, &mut Always(u64::MAX)), Delay { ms: 2000 });
        assert_eq!(Delay::of_reading(1, &mut Always(0)), Delay { ms: 200 });
        assert_eq!(Delay::of_reading(1, &mut Always(u64::MAX)), Delay { ms: 600 });
    }

    #[test]
    fn the_same_seed_draws_the_same_delays_and_another_seed_others() {
        let draw = |seed| {
            let mut generator = ChaCha8Rng::seed_from_u64(seed);
            (0..100).map(|_| Delay::of_writing(&mut generator)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn seconds_print_as_the_shortest_number_with_a_decimal_point() {
        for (ms, printed) in [(250, "0.25"), (721, "0.721"), (1000, "1.0"), (1499, "1.499")] {
            assert_eq!(format!("{:?}", Delay { ms }.seconds()), printed);
        }
    }
}
