//! How much one gear gets done, found out by looking.

use super::reading::Reading;

/// Items that make a measurement: fewer say little, since they end one by one.
const ITEMS_MIN: f64 = 10.0;
/// The most that one measurement may change what is believed, as a factor. A sink that was dead
/// for an hour and is back has not become a thousand times slower.
const CHANGE_MAX: f64 = 4.0;
/// From this share of failures on, the time belongs to the failures.
const FAILURES_MAX: f64 = 0.5;

/// The speed of gear 0, in items per second.
///
/// Measured only while something waits: then nobody is idle, and what is finished is all that can
/// be. Otherwise what is finished is what came, and says nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Capacity {
    measured_per_s: Option<f64>,
    /// What the service time says, which knows nothing of pauses and batches.
    reckoned_per_s: Option<f64>,
    /// What was finished since the last measurement, and in how many seconds of gear 0.
    items: f64,
    spent_s: f64,
    was_waiting: bool,
}

impl Capacity {
    pub(super) fn observe(&mut self, reading: &Reading, speed: f64, passed_s: f64) {
        if reading.service_time_s > 0.0 {
            self.reckoned_per_s = Some(1.0 / reading.service_time_s);
        }
        let is_waiting = reading.len > 0.0;
        if is_waiting && self.was_waiting && reading.failures < FAILURES_MAX {
            self.items += reading.completions_per_s * passed_s;
            self.spent_s += speed * passed_s;
        }
        self.was_waiting = is_waiting;
        if self.items >= ITEMS_MIN && self.spent_s > 0.0 {
            let measured = self.items / self.spent_s;
            self.measured_per_s = Some(match self.measured_per_s {
                Some(old) => f64::midpoint(old, measured.clamp(old / CHANGE_MAX, old * CHANGE_MAX)),
                None => measured,
            });
            self.items = 0.0;
            self.spent_s = 0.0;
        }
    }

    /// What is known of it.
    pub(super) fn per_s(&self) -> Option<f64> {
        self.measured_per_s.or(self.reckoned_per_s).filter(|&per_s| per_s > 0.0)
    }
}
