//! The bench's one clock.

use std::time::{Duration, Instant};

/// Now, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the world for the time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets `duration` pass. A bench watches other processes, which give no signal to wait for.
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
