//! The only place that asks for the time.
//!
//! It is tokio's clock, so that a test can stop it and let the two loops run through hours in a
//! moment.

use tokio::time::Instant;

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
