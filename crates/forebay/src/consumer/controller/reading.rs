//! A snapshot whose numbers can be reckoned with: none is below 0, infinite or not a number.

use std::time::Duration;

use super::Snapshot;

/// More than any rate there is, and far from where sums and products overflow.
const MAX: f64 = 1e12;

#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) len: f64,
    pub(super) arrivals_per_s: f64,
    pub(super) completions_per_s: f64,
    pub(super) in_flight: f64,
    pub(super) service_time_s: f64,
    /// 0 to 1.
    pub(super) failures: f64,
}

impl Reading {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        Reading {
            len: bounded(snapshot.len as f64),
            arrivals_per_s: bounded(snapshot.arrivals_per_s),
            completions_per_s: bounded(snapshot.completions_per_s),
            in_flight: bounded(snapshot.in_flight as f64),
            service_time_s: seconds(snapshot.service_time),
            failures: bounded(snapshot.failures).min(1.0),
        }
    }
}

pub(super) fn seconds(time: Duration) -> f64 {
    bounded(time.as_secs_f64())
}

fn bounded(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.clamp(0.0, MAX) }
}

/// The gear of `speed` gears' worth of work: rounded down, and one there is.
pub(super) fn gear_of(speed: f64, gears: usize) -> usize {
    // A cast of a float saturates, and makes 0 of what is not a number.
    (speed as usize).clamp(1, gears) - 1
}

/// How fast `gear` is, with gear 0 as the measure.
pub(super) fn speed_of(gear: usize) -> f64 {
    gear as f64 + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_become_some() {
        let snapshot = Snapshot {
            arrivals_per_s: f64::NAN,
            completions_per_s: f64::INFINITY,
            failures: -3.0,
            service_time: Duration::MAX,
            ..Snapshot::default()
        };
        let reading = Reading::of(&snapshot);
        assert_eq!((reading.arrivals_per_s, reading.completions_per_s), (0.0, MAX));
        assert_eq!((reading.failures, reading.service_time_s), (0.0, MAX));
    }

    #[test]
    fn any_speed_has_a_gear() {
        let speeds = [0.0, 0.9, 1.0, 2.9, 4.0, 5.0, f64::INFINITY, f64::NAN, -1.0];
        assert_eq!(speeds.map(|speed| gear_of(speed, 4)), [0, 0, 0, 1, 3, 3, 3, 0, 0]);
    }
}
