//! The clients' one clock.

use std::time::Instant;

/// Now, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the world for the time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
