//! The field's one clock.

use std::time::{Duration, Instant};

/// Now, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the world for the time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets `duration` pass without using the processor.
#[expect(clippy::disallowed_methods, reason = "a thread that waits gives no signal to wait for")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}
