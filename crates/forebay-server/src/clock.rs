//! The one place in this crate that asks the world for the time and for chance.
//!
//! Everything else takes them as arguments, so that it can be tested at any hour and with any
//! seed.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::TryRng as _;
use rand::rngs::SysRng;
use tokio::time::Instant;

/// Reads the monotonic clock, for deadlines and ages.
pub(crate) fn now() -> Instant {
    // Tokio's and not std's: in a test with paused time this stands still too.
    Instant::now()
}

/// Reads the wall clock, in milliseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the crate's clock; everybody else is given the time"
)]
pub(crate) fn unix_ms() -> i64 {
    // A machine set to before 1970 gets 0: wrong, but no reason to stop taking events.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Draws a seed from the operating system.
///
/// Where there is no source of randomness the clock is the seed: ids then are unique within this
/// process, which is what the sink needs, but could be guessed.
pub(crate) fn seed() -> u64 {
    SysRng.try_next_u64().unwrap_or_else(|_| unix_ms().cast_unsigned())
}
