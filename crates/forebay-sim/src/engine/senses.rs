//! What a controller is shown: counts since the look before, smoothed.

use std::time::Duration;

use forebay::Snapshot;

use crate::time::seconds;

/// What is older counts for less than a third.
const MEMORY_S: f64 = 5.0;

/// What a controller is shown.
#[derive(Debug, Default)]
pub(crate) struct Senses {
    // Since the look before.
    pub(crate) arrivals: u64,
    pub(crate) completions: u64,
    pub(crate) failures: u64,
    pub(crate) takes: u64,
    pub(crate) service_ns: u128,
    last_ns: u64,
    arrivals_per_s: f64,
    completions_per_s: f64,
    failed: f64,
    service_s: f64,
    /// How far service and failures are known: 0 before the first attempt.
    known: f64,
}

impl Senses {
    pub(crate) fn snapshot(
        &mut self,
        now_ns: u64,
        len: usize,
        oldest_ns: u64,
        in_flight: usize,
    ) -> Snapshot {
        self.smooth(now_ns);
        Snapshot {
            len,
            arrivals_per_s: self.arrivals_per_s,
            completions_per_s: self.completions_per_s,
            oldest_age: Duration::from_nanos(oldest_ns),
            in_flight,
            service_time: Duration::try_from_secs_f64(self.service_s).unwrap_or_default(),
            failures: self.failed,
            ..Snapshot::default()
        }
    }

    /// Exponentially, by the time since the look before.
    fn smooth(&mut self, now_ns: u64) {
        let past_s = seconds(now_ns - self.last_ns);
        if past_s <= 0.0 {
            return; // the same moment: what came in it is for the next look
        }
        let fresh = 1.0 - (-past_s / MEMORY_S).exp();
        let toward = |old: &mut f64, new: f64, share: f64| *old += (new - *old) * share;
        toward(&mut self.arrivals_per_s, self.arrivals as f64 / past_s, fresh);
        toward(&mut self.completions_per_s, self.completions as f64 / past_s, fresh);
        let attempts = self.takes + self.failures;
        if attempts > 0 {
            // The first attempts are all that is known.
            self.known += (1.0 - self.known) * fresh;
            let share = (fresh / self.known).min(1.0);
            toward(&mut self.failed, self.failures as f64 / attempts as f64, share);
            if self.takes > 0 {
                let mean_s = self.service_ns as f64 / self.takes as f64 / 1e9;
                toward(&mut self.service_s, mean_s, share);
            }
        }
        (self.arrivals, self.completions, self.failures, self.takes) = (0, 0, 0, 0);
        self.service_ns = 0;
        self.last_ns = now_ns;
    }
}
