//! A ceiling that feels its way: one more as long as all is well, a share less when it is not.

use std::time::Duration;

use super::evidence::{Evidence, Verdict};
use super::limit::Limit;
use super::reading::{Reading, seconds};
use super::setting::{SettingError, TIMES, gears, within};
use super::{Controller, Snapshot, Why};
use crate::consumer::gears::Shift;

/// What an [`Aimd`] is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AimdConfig {
    /// How many gears there are, 1 to [`GEARS_MAX`](crate::GEARS_MAX).
    pub gears: usize,
    /// How often it judges; never before something has had the time to end.
    pub interval: Duration,
    /// More failures than this share are a sign of overload.
    pub failures_max: f64,
    /// A longer service time is one, too.
    pub service_time_max: Duration,
    /// What a limit is multiplied with then.
    pub decrease: f64,
}

impl Default for AimdConfig {
    fn default() -> Self {
        AimdConfig {
            gears: 8,
            interval: Duration::from_millis(500),
            failures_max: 0.1,
            service_time_max: Duration::from_secs(5),
            decrease: 0.9,
        }
    }
}

/// A ceiling that protects a sink: additive increase, multiplicative decrease (Chiu and Jain,
/// 1989), with the slow start of TCP (RFC 5681) to come back.
///
/// It grows only on evidence: something was finished, and at least half of the limit was used.
/// It is cut when more than `failures_max` fails, or when things take longer than
/// `service_time_max`. Failures that are there in gear 0 too are not the load's fault; after a
/// while only half as many again count as too many, so that it does not stay down there for ever.
///
/// A ceiling knows nothing of the backlog: see [`Combined`](crate::Combined).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay::{Aimd, AimdConfig, Controller, Snapshot};
///
/// let mut ceiling = Aimd::new(AimdConfig::default())?;
/// let well = Snapshot { in_flight: 8, completions_per_s: 100.0, ..Snapshot::default() };
/// let failing = Snapshot { failures: 0.5, ..well };
/// let mut at = |now_ms, snapshot| {
///     ceiling.shift(&snapshot, Duration::from_millis(now_ms));
///     ceiling.gear()
/// };
/// assert_eq!([at(0, well), at(500, well), at(1000, well), at(1500, failing)], [0, 1, 3, 2]);
/// # Ok::<(), forebay::SettingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Aimd {
    config: AimdConfig,
    limit: Limit,
    evidence: Evidence,
}

impl Aimd {
    /// A ceiling that begins in gear 0.
    ///
    /// # Errors
    /// [`SettingError`] for a number of gears that is 0 or above
    /// [`GEARS_MAX`](crate::GEARS_MAX), a time that is not 1 ms to a day, a `failures_max` that
    /// is not 0 to 1, or a `decrease` that is not 0.1 to 0.99.
    pub fn new(config: AimdConfig) -> Result<Self, SettingError> {
        gears(config.gears)?;
        within("interval", &config.interval, &TIMES)?;
        within("failures_max", &config.failures_max, &(0.0..=1.0))?;
        within("service_time_max", &config.service_time_max, &TIMES)?;
        within("decrease", &config.decrease, &(0.1..=0.99))?;
        let limit = Limit::new(config.gears, config.failures_max);
        Ok(Aimd { config, limit, evidence: Evidence::default() })
    }

    fn judge(&mut self, verdict: Verdict) -> Why {
        let Verdict { failures, service_time_s, .. } = verdict;
        let times = service_time_s.unwrap_or(0.0) / seconds(self.config.service_time_max);
        if self.limit.has_too_many(&verdict) {
            self.limit.cut(self.config.decrease);
            return Why::Failing { share: failures };
        }
        if times > 1.0 {
            self.limit.cut(self.config.decrease);
            return Why::Slower { times };
        }
        self.limit.go_on(&verdict);
        Why::Probe
    }
}

impl Controller for Aimd {
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
