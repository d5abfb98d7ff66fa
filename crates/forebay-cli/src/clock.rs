//! The only place that asks for the time.
//!
//! It is tokio's clock, so that a test can stop it and let the two loops run through hours in a
//! moment.

use std::time::{SystemTime, UNIX_EPOCH};

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

/// Waits until the clock shows `moment`; one that has passed is no wait.
///
/// # Cancel safety
/// Dropping the future ends the wait and nothing else.
pub(crate) async fn sleep_until(moment: Instant) {
    tokio::time::sleep_until(moment).await;
}
