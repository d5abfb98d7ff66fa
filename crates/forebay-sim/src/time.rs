//! Simulated time: whole nanoseconds since the start, so that every run can be repeated bit for bit.

use std::time::Duration;

/// Nanoseconds in a second.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds in a millisecond.
pub(crate) const MS_NS: u64 = 1_000_000;

/// No event: later than everything.
pub(crate) const NEVER_NS: u64 = u64::MAX;
/// The longest time a parameter may name: a hundred years. Sums of a few never overflow.
pub(crate) const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Whole nanoseconds of a duration that is no longer than [`LONGEST`].
pub(crate) fn ns_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER_NS / 2)
}

/// The nearest whole nanosecond; what is too long becomes as long as can be.
pub(crate) fn ns_of_f64(ns: f64) -> u64 {
    // `as` saturates: below 0 and NaN become 0.
    ((ns + 0.5) as u64).min(NEVER_NS / 4)
}

/// In seconds.
pub(crate) fn seconds(ns: u64) -> f64 {
    ns as f64 / SECOND_NS as f64
}
