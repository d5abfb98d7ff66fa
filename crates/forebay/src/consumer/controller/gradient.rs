//! A ceiling from how much longer the sink takes than it would without us.

use std::time::Duration;

use super::evidence::{Evidence, Verdict};
use super::limit::Limit;
use super::reading::Reading;
use super::setting::{SettingError, TIMES, gears, within};
use super::{Controller, Snapshot, Why};
use crate::consumer::gears::Shift;

/// What one judgement can take away, at most: half.
const GRADIENT_MIN: f64 = 0.5;
/// How much of that one judgement does.
const SMOOTHING: f64 = 0.2;
/// What is left when too much fails.
const DECREASE: f64 = 0.9;
/// How fast the usual time follows a shorter one, and any at the floor.
const FALL: f64 = 0.1;
const RELEARN: f64 = 0.5;

/// What a [`Gradient`] is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientConfig {
    /// How many gears there are, 1 to [`GEARS_MAX`](crate::GEARS_MAX).
    pub gears: usize,
    /// How often it judges; never before something has had the time to end.
    pub interval: Duration,
    /// How many times as long as usual things may take.
    pub tolerance: f64,
    /// More failures than this share are a sign of overload.
    pub failures_max: f64,
}

impl Default for GradientConfig {
    fn default() -> Self {
        GradientConfig {
            gears: 8,
            interval: Duration::from_millis(500),
            tolerance: 1.5,
            failures_max: 0.1,
        }
    }
}

/// A ceiling that protects a sink: as much as it takes without becoming slower.
///
/// It compares how long things take with how long they usually do, as `Gradient2` of Netflix'
/// concurrency-limits and the adaptive concurrency of Vector and Envoy, and leaves out what
/// those are known to suffer from:
///
/// - It grows on evidence alone: something was finished, and half of the limit was used.
/// - Failures are a sign of overload, never of speed: a time-out takes the same time always.
/// - While things take longer than the tolerance allows, nothing is added, so it does not creep
///   upward on a sink that is slow.
/// - What is usual falls with any shorter time, and rises in gear 0 alone, where there is no load
///   of ours to blame: it does not get used to what it does to the sink, and a sink that is
///   slower for good is measured anew.
/// - It comes back by slow start (RFC 5681), not by one gear after the other.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay::{Controller, Gradient, GradientConfig, Snapshot};
///
/// let mut ceiling = Gradient::new(GradientConfig::default())?;
/// let takes = |ms| Snapshot {
///     in_flight: 8,
///     completions_per_s: 100.0,
///     service_time: Duration::from_millis(ms),
///     ..Snapshot::default()
/// };
/// let mut at = |now_ms, ms| {
///     ceiling.shift(&takes(ms), Duration::from_millis(now_ms));
///     ceiling.gear()
/// };
/// assert_eq!([at(0, 10), at(500, 10), at(1000, 10), at(1500, 14)], [0, 1, 3, 7]);
/// assert_eq!([at(2000, 100), at(2500, 100), at(3000, 100)], [6, 5, 4]);
/// # Ok::<(), forebay::SettingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gradient {
    config: GradientConfig,
    limit: Limit,
    evidence: Evidence,
    usual_s: Option<f64>,
}

impl Gradient {
    /// A ceiling that begins in gear 0.
    ///
    /// # Errors
    /// [`SettingError`] for a number of gears that is 0 or above
    /// [`GEARS_MAX`](crate::GEARS_MAX), an `interval` that is not 1 ms to a day, a `tolerance`
    /// that is not 1.1 to 100, or a `failures_max` that is not 0 to 1.
    pub fn new(config: GradientConfig) -> Result<Self, SettingError> {
        gears(config.gears)?;
        within("interval", &config.interval, &TIMES)?;
        within("tolerance", &config.tolerance, &(1.1..=100.0))?;
        within("failures_max", &config.failures_max, &(0.0..=1.0))?;
        let limit = Limit::new(config.gears, config.failures_max);
        Ok(Gradient { config, limit, evidence: Evidence::default(), usual_s: None })
    }

    fn judge(&mut self, verdict: Verdict) -> Why {
        let Verdict { failures, service_time_s, .. } = verdict;
        if self.limit.has_too_many(&verdict) {
            self.limit.cut(DECREASE);
            return Why::Failing { share: failures };
        }
        let Some(service_time_s) = service_time_s else {
            return Why::Probe;
        };
        let times = self.times_as_long(service_time_s);
        let gradient = (self.config.tolerance / times).clamp(GRADIENT_MIN, 1.0);
        if gradient < 1.0 {
            self.limit.cut(1.0 - SMOOTHING + SMOOTHING * gradient);
            return Why::Slower { times };
        }
        self.limit.go_on(&verdict);
        Why::Probe
    }

    /// How many times as long as usual something took; learns what is usual on the way.
    fn times_as_long(&mut self, service_time_s: f64) -> f64 {
        let usual_s = self.usual_s.get_or_insert(service_time_s);
        if self.limit.is_at_home() {
            *usual_s += RELEARN * (service_time_s - *usual_s);
        } else if service_time_s < *usual_s {
            *usual_s += FALL * (service_time_s - *usual_s);
        }
        // Nothing is slower than what takes no time at all as long as that takes none, too.
        if service_time_s > *usual_s { service_time_s / *usual_s } else { 1.0 }
    }
}

impl Controller for Gradient {
    fn shift(&mut self, snapshot: &Snapshot, now: Duration) -> Option<Shift> {
        let from = self.gear();
        let running = snapshot.gear.unwrap_or(from);
        let reading = Reading::of(snapshot);
        let verdict = self.evidence.add(&reading, running, now, self.config.interval)?;
        let why = self.judge(verdict);
        let to = self.gear();
        (from != to).then_some(Shift { from, to, len: snapshot.len, why })
    }

    fn gear(&self) -> usize {
        self.limit.gear()
    }

    fn count(&self) -> usize {
        self.limit.gears()
    }
}
