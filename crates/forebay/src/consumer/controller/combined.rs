//! What the backlog wants, as far as the sink can take it.

use std::time::Duration;

use super::reading::Reading;
use super::setting::{SettingError, TIMES, TIMES_OR_NONE, within};
use super::window::Window;
use super::{Controller, Snapshot, Why};
use crate::consumer::gears::Shift;

/// What a [`Combined`] is made from, besides its two parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CombinedConfig {
    /// It changes down when for this long the demand was below the present gear. A demand with a
    /// window of its own adds to it; then zero will do.
    pub down_after: Duration,
    /// While more than this share fails it does not change up.
    pub failures_max: f64,
    /// Unless that has lasted this long: then it tries one gear more.
    pub probe_after: Duration,
}

impl Default for CombinedConfig {
    fn default() -> Self {
        CombinedConfig {
            down_after: Duration::from_secs(5),
            failures_max: 0.1,
            probe_after: Duration::from_secs(10),
        }
    }
}

/// What the backlog wants, as far as the sink can take it.
///
/// `demand` says which gear the backlog is worth: [`Proportional`](crate::Proportional),
/// [`QueueDelay`](crate::QueueDelay) or [`Gears`](crate::Gears). `ceiling` says what the sink can
/// take: [`Aimd`](crate::Aimd) or [`Gradient`](crate::Gradient). The gear is the lower of the two.
///
/// It changes up at once, but not while too much fails; down, when for the whole of `down_after`
/// nothing called for the present gear. A ceiling that falls is obeyed at once: whom a sink
/// harms by being slow it harms more by being down. In gear 0 there is still a worker, whose
/// luck is what the ceiling learns from; and where failures last, a try now and then finds out
/// whether they have to do with the load at all.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay::{Combined, CombinedConfig, Controller, Gradient, Proportional, Snapshot};
///
/// let demand = Proportional::new(Default::default())?;
/// let ceiling = Gradient::new(Default::default())?;
/// let mut controller = Combined::new(demand, ceiling, CombinedConfig::default())?;
/// let load = Snapshot {
///     len: 5000,
///     in_flight: 8,
///     completions_per_s: 100.0,
///     service_time: Duration::from_millis(10),
///     ..Snapshot::default()
/// };
/// let mut at = |now_ms| {
///     controller.shift(&load, Duration::from_millis(now_ms));
///     controller.gear()
/// };
/// // The backlog is worth all gears; how many the sink can take is found out.
/// assert_eq!([at(0), at(500), at(1000), at(1500)], [0, 1, 3, 7]);
/// # Ok::<(), forebay::SettingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Combined<D, C> {
    demand: D,
    ceiling: C,
    config: CombinedConfig,
    gear: usize,
    window: Window,
    /// Why either part last changed.
    demand_why: Why,
    ceiling_why: Why,
    /// Since when failures keep it from changing up.
    held_since: Option<Duration>,
}

impl<D: Controller, C: Controller> Combined<D, C> {
    /// A controller in gear 0.
    ///
    /// # Errors
    /// [`SettingError`] for parts that differ in their number of gears, a `down_after` of more
    /// than a day, a `failures_max` that is not 0 to 1, or a `probe_after` that is not 1 ms to a
    /// day.
    pub fn new(demand: D, ceiling: C, config: CombinedConfig) -> Result<Self, SettingError> {
        if ceiling.count() != demand.count() {
            return Err(SettingError {
                field: "gears of the ceiling",
                value: ceiling.count().to_string(),
                allowed: format!("as many as the demand has, {}", demand.count()),
            });
        }
        within("down_after", &config.down_after, &TIMES_OR_NONE)?;
        within("failures_max", &config.failures_max, &(0.0..=1.0))?;
        within("probe_after", &config.probe_after, &TIMES)?;
        Ok(Combined {
            demand,
            ceiling,
            config,
            gear: 0,
            window: Window::new(config.down_after),
            demand_why: Why::Demand { wanted: 0 },
            ceiling_why: Why::Probe,
            held_since: None,
        })
    }

    /// What says how much the backlog is worth.
    pub fn demand(&self) -> &D {
        &self.demand
    }

    /// What says how much the sink can take.
    pub fn ceiling(&self) -> &C {
        &self.ceiling
    }

    fn target(&mut self, failures: f64, now: Duration) -> (usize, Why) {
        let wanted = self.window.greatest_with(self.demand.gear(), now);
        let allowed = self.ceiling.gear();
        let target = wanted.min(allowed);
        if target <= self.gear {
            self.held_since = None;
            return (target, if allowed < wanted { self.ceiling_why } else { self.demand_why });
        }
        if failures <= self.config.failures_max {
            self.held_since = None;
            // Was it the ceiling that held it where it is?
            let is_let = matches!(self.ceiling_why, Why::Probe) && allowed <= wanted;
            return (target, if is_let { Why::Probe } else { self.demand_why });
        }
        let held_since = *self.held_since.get_or_insert(now);
        if now.saturating_sub(held_since) < self.config.probe_after {
            return (self.gear, Why::Failing { share: failures });
        }
        self.held_since = Some(now);
        (self.gear + 1, Why::Probe)
    }
}

impl<D: Controller, C: Controller> Controller for Combined<D, C> {
    fn shift(&mut self, snapshot: &Snapshot, now: Duration) -> Option<Shift> {
        let running = snapshot.gear.unwrap_or(self.gear);
        let seen = Snapshot { gear: Some(running), ..*snapshot };
        if let Some(shift) = self.demand.shift(&seen, now) {
            self.demand_why = shift.why;
        }
        if let Some(shift) = self.ceiling.shift(&seen, now) {
            self.ceiling_why = shift.why;
        }
        let (to, why) = self.target(Reading::of(snapshot).failures, now);
        let from = std::mem::replace(&mut self.gear, to);
        (from != to).then_some(Shift { from, to, len: snapshot.len, why })
    }

    fn gear(&self) -> usize {
        self.gear
    }

    fn count(&self) -> usize {
        self.demand.count()
    }
}
