//! The only place that asks for the time.
//!
//! It is tokio's clock, so that a test can stop it and let the two loops run through hours in a
//! moment.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The wall clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "everybody else is given the time")]
pub(crate) fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The present moment of the clock that never goes back.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits until the clock shows `moment`, to a millisecond or two; one that has passed is no wait.
///
/// # Cancel safety
/// Dropping the future ends the wait and nothing else.
pub(crate) async fn sleep_until(moment: Instant) {
    tokio::time::sleep_until(moment).await;
}

/// How a moment is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Tokio's: it ticks in milliseconds, and a test can stop it.
    #[cfg(test)]
    Ticking,
    /// Good to some microseconds: what is left after the last tick a thread sleeps out.
    Precise,
}

/// Tokio's timer may be late by one tick and the wake-up.
const TICKS: Duration = Duration::from_millis(2);

impl Timer {
    /// Waits until the clock shows `moment`; one that has passed is no wait.
    ///
    /// # Cancel safety
    /// Dropping the future ends the wait and nothing else.
    pub(crate) async fn sleep_until(self, moment: Instant) {
        #[cfg(test)]
        if self == Timer::Ticking {
            return sleep_until(moment).await;
        }
        let left = moment.saturating_duration_since(now());
        if left > TICKS {
            sleep_until(moment - TICKS).await;
        }
        // It does not panic.
        let _ = tokio::task::spawn_blocking(move || sleep_out(moment)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where a thread waits for the clock")]
fn sleep_out(moment: Instant) {
    std::thread::sleep(moment.saturating_duration_since(now()));
}
