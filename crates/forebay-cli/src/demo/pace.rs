//! When a loop wakes up: a chain of moments, each a delay after the one before.
//!
//! A wake-up that comes late does not put off the next one, so the loops keep their figures on a
//! busy machine.

use std::time::Duration;

use tokio::time::Instant;

use super::delay::Delay;
use crate::clock::{self, Timer};

/// A loop that is later than this (the process was stopped for a while) starts afresh instead of
/// making up for all it missed in one burst.
const BEHIND_MAX: Duration = Duration::from_secs(1);

/// Longer than any run; what a delay divided by a very small speed is cut to.
const PAUSE_MAX: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The wake-up times of one loop.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// The last wake-up that was due; real wake-ups are a little later.
    wake_at: Instant,
    speed: f64,
    timer: Timer,
}

impl Pace {
    /// A loop that starts `now` and whose delays are divided by `speed`.
    pub(super) fn new(now: Instant, speed: f64, timer: Timer) -> Self {
        Self { wake_at: now, speed, timer }
    }

    /// Sleeps for `delay`, counted from the last wake-up that was due.
    pub(super) async fn sleep(&mut self, delay: Delay) {
        self.wake_at = next(self.wake_at, clock::now(), pause(delay, self.speed));
        self.timer.sleep_until(self.wake_at).await;
    }

    /// Counts the next delay from `now`: the loop had to wait for something else.
    pub(super) fn resume(&mut self, now: Instant) {
        self.wake_at = self.wake_at.max(now);
    }
}

fn pause(delay: Delay, speed: f64) -> Duration {
    Duration::try_from_secs_f64(delay.seconds() / speed)
        .map_or(PAUSE_MAX, |pause| pause.min(PAUSE_MAX))
}

fn next(last: Instant, now: Instant, pause: Duration) -> Instant {
    let is_far_behind = now.saturating_duration_since(last) > BEHIND_MAX;
    let from = if is_far_behind { now } else { last };
    from + pause
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_late_wake_up_does_not_put_off_the_next() {
        let start = clock::now();
        let late = start + ms(30);
        assert_eq!(next(start, late, ms(100)), start + ms(100));
    }

    #[test]
    fn a_loop_that_was_stopped_for_long_starts_afresh() {
        let start = clock::now();
        let much_later = start + ms(60_000);
        assert_eq!(next(start, much_later, ms(100)), much_later + ms(100));
    }

    #[test]
    fn waiting_for_an_item_moves_the_pace_on_and_never_back() {
        let start = clock::now();
        let mut pace = Pace::new(start + ms(500), 1.0, Timer::Ticking);
        pace.resume(start);
        assert_eq!(pace.wake_at, start + ms(500));
        pace.resume(start + ms(900));
        assert_eq!(pace.wake_at, start + ms(900));
    }

    #[test]
    fn delays_are_divided_by_the_speed_and_stay_below_a_century() {
        let delay = Delay::of_writing(&mut ChaCha8Rng::seed_from_u64(1));
        let exact = Duration::from_secs_f64(delay.seconds());
        assert_eq!(pause(delay, 1.0), exact);
        assert!(pause(delay, 20.0).abs_diff(exact / 20) < Duration::from_micros(1));
        assert_eq!(pause(delay, f64::MIN_POSITIVE), PAUSE_MAX);
        assert_eq!(pause(delay, f64::MAX), Duration::ZERO);
    }
}
