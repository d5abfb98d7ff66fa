//! As many gears as the load is worth.

use std::time::Duration;

use super::capacity::Capacity;
use super::reading::{Reading, gear_of, seconds, speed_of};
use super::setting::{SettingError, TIMES, TIMES_OR_NONE, gears, within};
use super::window::Window;
use super::{Controller, Snapshot, Why};
use crate::consumer::gears::Shift;

/// What a [`Proportional`] is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionalConfig {
    /// How many gears there are, 1 to [`GEARS_MAX`](crate::GEARS_MAX).
    pub gears: usize,
    /// What waits is to be done within this time.
    pub drain_within: Duration,
    /// A load that differs from the gear's by no more than this share changes nothing.
    pub tolerance: f64,
    /// It changes down when for this long nothing called for the present gear.
    pub down_after: Duration,
}

impl Default for ProportionalConfig {
    fn default() -> Self {
        ProportionalConfig {
            gears: 8,
            drain_within: Duration::from_secs(2),
            tolerance: 0.1,
            down_after: Duration::from_secs(5),
        }
    }
}

/// As many gears as the load is worth: enough for what comes, and for what waits in good time.
///
/// By Little's law, work that comes at `λ` and takes a worker the time `w` keeps `λ·w` of them
/// busy; to do `q` waiting items within `T` as well takes `(λ + q/T)·w`. The time `w` is not taken
/// from the service time, which says nothing of pauses and batches, but measured: while something
/// waits everybody is at work, and a gear's share of what is finished is `1/w`. Until then the
/// service time has to do.
///
/// What is made of that number is the rule of the Kubernetes horizontal autoscaler: the present
/// speed times load over capacity, rounded up; nothing within the tolerance; up at once, down
/// to the greatest recommendation of the last `down_after`.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay::{Controller, Proportional, ProportionalConfig, Snapshot};
///
/// let mut controller = Proportional::new(ProportionalConfig::default())?;
/// let load = Snapshot {
///     len: 10,
///     arrivals_per_s: 30.0,
///     service_time: Duration::from_millis(100),
///     ..Snapshot::default()
/// };
/// controller.shift(&load, Duration::ZERO);
/// assert_eq!(controller.gear(), 3); // (30/s + 10/2s) · 0.1 s = 3.5: four workers
/// # Ok::<(), forebay::SettingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Proportional {
    config: ProportionalConfig,
    gear: usize,
    /// Smoothed over the time in which the queue is to be drained.
    arrivals_per_s: f64,
    capacity: Capacity,
    window: Window,
    seen_at: Option<Duration>,
}

impl Proportional {
    /// A controller in gear 0.
    ///
    /// # Errors
    /// [`SettingError`] for a number of gears that is 0 or above
    /// [`GEARS_MAX`](crate::GEARS_MAX), a `drain_within` that is not 1 ms to a day, a `tolerance`
    /// that is not 0 to 0.9, or a `down_after` of more than a day.
    pub fn new(config: ProportionalConfig) -> Result<Self, SettingError> {
        gears(config.gears)?;
        within("drain_within", &config.drain_within, &TIMES)?;
        within("tolerance", &config.tolerance, &(0.0..=0.9))?;
        within("down_after", &config.down_after, &TIMES_OR_NONE)?;
        Ok(Proportional {
            config,
            gear: 0,
            arrivals_per_s: 0.0,
            capacity: Capacity::default(),
            window: Window::new(config.down_after),
            seen_at: None,
        })
    }

    fn observe(&mut self, reading: &Reading, running: usize, now: Duration) {
        let seen_at = self.seen_at.replace(now);
        let passed_s = seconds(now.saturating_sub(seen_at.unwrap_or(now)));
        let weight = match seen_at {
            Some(_) => -f64::exp_m1(-passed_s / seconds(self.config.drain_within)),
            None => 1.0,
        };
        self.arrivals_per_s += weight * (reading.arrivals_per_s - self.arrivals_per_s);
        self.capacity.observe(reading, speed_of(running), passed_s);
    }

    /// The speed that the load is worth; `None` while it is not known how fast a gear is.
    fn needed(&self, reading: &Reading) -> Option<f64> {
        let per_s = self.arrivals_per_s + reading.len / seconds(self.config.drain_within);
        if per_s == 0.0 {
            return Some(0.0);
        }
        self.capacity.per_s().map(|capacity_per_s| per_s / capacity_per_s)
    }

    fn recommended(&self, needed: f64) -> usize {
        let ratio = needed / speed_of(self.gear);
        if (ratio - 1.0).abs() <= self.config.tolerance {
            return self.gear;
        }
        gear_of(needed.ceil(), self.config.gears)
    }
}

impl Controller for Proportional {
    fn shift(&mut self, snapshot: &Snapshot, now: Duration) -> Option<Shift> {
        let reading = Reading::of(snapshot);
        self.observe(&reading, snapshot.gear.unwrap_or(self.gear), now);
        let recommended = match self.needed(&reading) {
            Some(needed) => self.recommended(needed),
            None => self.gear,
        };
        let to = self.window.greatest_with(recommended, now);
        let from = std::mem::replace(&mut self.gear, to);
        let why = Why::Demand { wanted: recommended };
        (from != to).then_some(Shift { from, to, len: snapshot.len, why })
    }

    fn gear(&self) -> usize {
        self.gear
    }

    fn count(&self) -> usize {
        self.config.gears
    }
}
