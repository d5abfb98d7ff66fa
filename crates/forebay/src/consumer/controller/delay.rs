//! A gear for how long things wait, whatever their number.

use std::time::Duration;

use super::setting::{SettingError, TIMES, gears, within};
use super::{Controller, Snapshot, Why};
use crate::consumer::gears::Shift;

/// Each change down that has to be taken back doubles the time to the next one like it, up to
/// this often.
const DOUBLINGS_MAX: u32 = 6;

/// What a [`QueueDelay`] is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDelayConfig {
    /// How many gears there are, 1 to [`GEARS_MAX`](crate::GEARS_MAX).
    pub gears: usize,
    /// How long an item may wait without anybody being alarmed.
    pub target: Duration,
    /// Over which time the shortest wait is looked for; no shorter than the target.
    pub interval: Duration,
    /// It changes down when for this long the shortest waits were below half the target.
    pub down_after: Duration,
}

impl Default for QueueDelayConfig {
    fn default() -> Self {
        QueueDelayConfig {
            gears: 8,
            target: Duration::from_millis(100),
            interval: Duration::from_millis(500),
            down_after: Duration::from_secs(5),
        }
    }
}

/// A gear for how long things wait: up while the queue stands, down when it has stopped to.
///
/// The signal is that of CoDel (RFC 8289): the *shortest* wait of an interval. A burst that
/// drains has a moment in which nothing waits; a queue in which everything waited longer than
/// the target, all the time, is standing. The number of items does not matter, nor how long one
/// takes, so there is nothing to tune to the load.
///
/// Up it goes one gear an interval, and like CoDel faster the longer that does not help: the
/// n-th time after `interval/√n`. Down it goes when all was calm for `down_after`, by the same
/// law. A change down that has to be taken back doubles the time until the next one, up to 64
/// times, so that a load between two gears does not make it flutter.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay::{Controller, QueueDelay, QueueDelayConfig, Snapshot};
///
/// let mut controller = QueueDelay::new(QueueDelayConfig::default())?;
/// let waits = |ms| Snapshot { oldest_age: Duration::from_millis(ms), ..Snapshot::default() };
/// let mut at = |now_ms, snapshot| {
///     controller.shift(&snapshot, Duration::from_millis(now_ms)).map(|shift| shift.to)
/// };
/// assert_eq!(at(0, waits(900)), None); // perhaps a burst
/// assert_eq!(at(250, waits(120)), None);
/// assert_eq!(at(500, waits(800)), Some(1)); // for 500 ms nothing waited less than 120 ms
/// # Ok::<(), forebay::SettingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct QueueDelay {
    config: QueueDelayConfig,
    gear: usize,
    /// The shortest wait of this interval, and when that began.
    shortest: Duration,
    began: Option<Duration>,
    /// Changes in a row, each way.
    ups: u32,
    downs: u32,
    /// Since when all has been calm.
    calm_since: Option<Duration>,
    /// Since when it is in a gear that it changed down to.
    lowered_at: Option<Duration>,
    /// The gear that was too low when it changed down to it, and how often that was so.
    too_low: usize,
    doublings: u32,
}

impl QueueDelay {
    /// A controller in gear 0.
    ///
    /// # Errors
    /// [`SettingError`] for a number of gears that is 0 or above
    /// [`GEARS_MAX`](crate::GEARS_MAX), a time that is not 1 ms to a day, or an `interval` that
    /// is shorter than the `target`.
    pub fn new(config: QueueDelayConfig) -> Result<Self, SettingError> {
        gears(config.gears)?;
        within("target", &config.target, &TIMES)?;
        within("interval", &config.interval, &(config.target..=*TIMES.end()))?;
        within("down_after", &config.down_after, &TIMES)?;
        Ok(QueueDelay {
            config,
            gear: 0,
            shortest: Duration::MAX,
            began: None,
            ups: 0,
            downs: 0,
            calm_since: None,
            lowered_at: None,
            too_low: 0,
            doublings: 0,
        })
    }

    fn hurried(time: Duration, times: u32) -> Duration {
        time.div_f64(f64::from(times.saturating_add(1)).sqrt())
    }

    /// For how long all has to be calm before it changes down to `gear`.
    fn patience(&self, gear: usize) -> Duration {
        let doublings = if gear <= self.too_low { self.doublings } else { 0 };
        Self::hurried(self.config.down_after, self.downs) * (1 << doublings)
    }

    /// Ends an interval if it is time to, and answers the shortest wait that it had.
    fn interval_with(&mut self, age: Duration, now: Duration) -> Option<(Duration, Duration)> {
        let began = *self.began.get_or_insert(now);
        self.shortest = self.shortest.min(age);
        let is_over = now.saturating_sub(began) >= Self::hurried(self.config.interval, self.ups);
        is_over.then(|| {
            self.began = Some(now);
            (began, std::mem::replace(&mut self.shortest, Duration::MAX))
        })
    }

    fn decide(&mut self, began: Duration, shortest: Duration, now: Duration) -> (usize, Why) {
        if shortest > self.config.target {
            return self.stands(shortest, now);
        }
        self.ups = 0;
        if shortest > self.config.target / 2 {
            self.calm_since = None;
            return (self.gear, Why::Delay { shortest });
        }
        let calm_for = now.saturating_sub(*self.calm_since.get_or_insert(began));
        let why = Why::Calm { lasted: calm_for };
        let lower = self.gear.saturating_sub(1);
        if calm_for < self.patience(lower) {
            return (self.gear, why);
        }
        if self.gear <= self.too_low {
            self.doublings = 0; // It is low enough after all.
        }
        if lower < self.gear {
            self.lowered_at = Some(now);
            self.downs = self.downs.saturating_add(1);
            self.calm_since = Some(now);
        }
        (lower, why)
    }

    fn stands(&mut self, shortest: Duration, now: Duration) -> (usize, Why) {
        self.downs = 0;
        self.calm_since = None;
        if let Some(lowered_at) = self.lowered_at.take()
            && now.saturating_sub(lowered_at) < self.patience(self.gear)
        {
            let times = if self.too_low == self.gear { self.doublings } else { 0 };
            self.doublings = (times + 1).min(DOUBLINGS_MAX);
            self.too_low = self.gear;
        }
        self.ups = self.ups.saturating_add(1);
        ((self.gear + 1).min(self.config.gears - 1), Why::Delay { shortest })
    }
}

impl Controller for QueueDelay {
    fn shift(&mut self, snapshot: &Snapshot, now: Duration) -> Option<Shift> {
        let (began, shortest) = self.interval_with(snapshot.oldest_age, now)?;
        let (to, why) = self.decide(began, shortest, now);
        let from = std::mem::replace(&mut self.gear, to);
        (from != to).then_some(Shift { from, to, len: snapshot.len, why })
    }

    fn gear(&self) -> usize {
        self.gear
    }

    fn count(&self) -> usize {
        self.config.gears
    }
}
