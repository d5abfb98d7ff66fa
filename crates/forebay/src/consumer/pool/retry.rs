//! When to try again.

use std::time::Duration;

use crate::consumer::controller::setting::{SettingError, TIMES_OR_NONE, within};

/// When an item that failed is tried again, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryConfig {
    /// How often an item is tried before it is dead, 1 or more.
    pub attempts_max: u32,
    /// The most to wait before the second attempt. It doubles with each one after.
    pub delay_first: Duration,
    /// The most to wait before any attempt.
    pub delay_max: Duration,
    /// What chance begins with.
    pub seed: u64,
}

impl Default for RetryConfig {
    fn default() -> Self {
        RetryConfig {
            attempts_max: 5,
            delay_first: Duration::from_millis(100),
            delay_max: Duration::from_secs(10),
            seed: 1,
        }
    }
}

impl RetryConfig {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        within("attempts_max", &self.attempts_max, &(1..=u32::MAX))?;
        within("delay_max", &self.delay_max, &TIMES_OR_NONE)?;
        within("delay_first", &self.delay_first, &(Duration::ZERO..=self.delay_max))
    }
}

/// How long to wait after so many attempts, 1 or more.
///
/// "Full jitter" (Brooker, *Exponential Backoff And Jitter*, 2015): `chance`, from 0 to 1, decides
/// over the whole time, so that items that failed together do not come back together.
pub(super) fn delay(config: &RetryConfig, attempts: u32, chance: f64) -> Duration {
    let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    config.delay_first.saturating_mul(factor).min(config.delay_max).mul_f64(chance)
}

/// A source of chance: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Chance(seed)
    }

    /// From 0 to below 1.
    pub(super) fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap_and_chance_decides_below_it() {
        let config = RetryConfig::default();
        let bound_ms = |attempts| delay(&config, attempts, 1.0).as_millis();
        assert_eq!(
            [1, 2, 3, 7, 8, 40, u32::MAX].map(bound_ms),
            [100, 200, 400, 6_400, 10_000, 10_000, 10_000]
        );
        assert_eq!(delay(&config, 2, 0.25), Duration::from_millis(50));
        assert_eq!(delay(&config, 9, 0.0), Duration::ZERO);
    }

    #[test]
    fn chance_spreads_evenly() {
        let mut chance = Chance::new(42);
        let mut tenths = [0; 10];
        (0..10_000).for_each(|_| tenths[(chance.draw() * 10.0) as usize] += 1);
        assert!(tenths.iter().all(|&count| (850..1_150).contains(&count)), "{tenths:?}");
    }
}
