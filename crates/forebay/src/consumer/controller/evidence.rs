//! What an interval said about the sink.

use std::time::Duration;

use super::reading::{Reading, seconds, speed_of};

/// Gathers snapshots until it is time to judge: after an interval, and no sooner than something
/// begun in it can have ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    began: Option<Duration>,
    used: f64,
    successes: Mean,
    failures: Mean,
}

/// What is to be judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    /// The share that failed, of what ended.
    pub(super) failures: f64,
    /// How long things took; `None` when nothing was finished. A failure may be quick, and is
    /// not a sign of speed.
    pub(super) service_time_s: Option<f64>,
    /// How many gears' worth of work there was at once, at most.
    pub(super) used: f64,
}

impl Verdict {
    /// Whether so much was going on that the limit may have held it up: half of it, at least.
    /// A limit that nobody comes near must not grow on their good luck.
    pub(super) fn has_reached(&self, limit: f64) -> bool {
        self.service_time_s.is_some() && self.used * 2.0 >= limit.floor()
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, number: f64) {
        self.sum += number;
        self.count += 1.0;
    }

    fn get(self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }
}

impl Evidence {
    pub(super) fn add(
        &mut self,
        reading: &Reading,
        running: usize,
        now: Duration,
        interval: Duration,
    ) -> Option<Verdict> {
        let began = *self.began.get_or_insert(now);
        // Items in a batch are one load on the sink; no more can be used than the gear lets.
        self.used = self.used.max(reading.in_flight.min(speed_of(running)));
        let has_ended = reading.completions_per_s > 0.0 || reading.failures > 0.0;
        if has_ended {
            self.failures.add(reading.failures);
        }
        // Where all failed the service time is that of failures.
        if reading.completions_per_s > 0.0 && reading.failures < 1.0 {
            self.successes.add(reading.service_time_s);
        }
        let took_s = self.successes.get().unwrap_or(0.0);
        let passed = now.saturating_sub(began);
        if passed < interval || seconds(passed) < took_s {
            return None;
        }
        let verdict = Verdict {
            failures: self.failures.get().unwrap_or(0.0),
            service_time_s: self.successes.get(),
            used: self.used,
        };
        *self = Evidence { began: Some(now), ..Evidence::default() };
        Some(verdict)
    }
}
