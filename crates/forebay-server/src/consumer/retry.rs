//! When to try again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// How long to wait before trying again: a random share of a time that doubles up to a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryConfig {
    /// The most to wait before the first retry.
    pub delay_ms_first: u64,
    /// The most to wait before any retry.
    pub delay_ms_max: u64,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { delay_ms_first: 100, delay_ms_max: 10_000 }
    }
}

/// How long to wait before retry number `retry`, counted from 0.
///
/// "Full jitter": `chance`, from 0 to 1, decides over the whole time, so that the writers of many
/// processes that lost the same database do not come back together.
pub(super) fn delay(config: RetryConfig, retry: u32, chance: f64) -> Duration {
    let factor = 1_u64.checked_shl(retry).unwrap_or(u64::MAX);
    let ms_max = config.delay_ms_first.saturating_mul(factor).min(config.delay_ms_max);
    Duration::from_millis(ms_max).mul_f64(chance.clamp(0.0, 1.0))
}

/// [`delay`] with a seeded source of chance.
#[derive(Debug)]
pub(super) struct Backoff {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    config: RetryConfig,
    random: ChaCha8Rng,
}

impl Backoff {
    pub(super) fn new(config: RetryConfig, seed: u64) -> Self {
        Self { state: Mutex::new(State { config, random: ChaCha8Rng::seed_from_u64(seed) }) }
    }

    /// Whoever waits already waits to the end.
    pub(super) fn change(&self, config: RetryConfig) {
        self.state().config = config;
    }

    pub(super) async fn wait(&self, retry: u32) {
        let time = self.state().delay(retry);
        tokio::time::sleep(time).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn delay(&mut self, retry: u32) -> Duration {
        let chance = self.chance();
        delay(self.config, retry, chance)
    }

    fn chance(&mut self) -> f64 {
        f64::from(self.random.next_u32()) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: RetryConfig = RetryConfig { delay_ms_first: 100, delay_ms_max: 10_000 };

    #[test]
    fn the_bound_doubles_up_to_the_cap_and_never_overflows() {
        let bound = |retry| delay(CONFIG, retry, 1.0).as_millis();
        assert_eq!(
            [0, 1, 2, 6, 7, 63, 64, u32::MAX].map(bound),
            [100, 200, 400, 6_400, 10_000, 10_000, 10_000, 10_000]
        );
        let huge = RetryConfig { delay_ms_first: u64::MAX, delay_ms_max: u64::MAX };
        assert_eq!(delay(huge, 5, 0.0), Duration::ZERO);
    }

    #[test]
    fn chance_decides_over_the_whole_time() {
        for retry in 0..20 {
            assert_eq!(delay(CONFIG, retry, 0.0), Duration::ZERO);
            let half = delay(CONFIG, retry, 0.5);
            assert_eq!(half * 2, delay(CONFIG, retry, 1.0));
        }
    }

    #[test]
    fn chance_spreads_evenly() {
        let backoff = Backoff::new(CONFIG, 42);
        let mut tenths = [0; 10];
        for _ in 0..10_000 {
            let chance = backoff.state().chance();
            assert!((0.0..=1.0).contains(&chance), "{chance}");
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
            let tenth = ((chance * 10.0) as usize).min(9);
            tenths[tenth] += 1;
        }
        assert!(tenths.iter().all(|&count| (850..1_150).contains(&count)), "{tenths:?}");
    }
}
