//! What a pool counts, and the snapshots made of it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::age::Age;
use crate::consumer::controller::Snapshot;

/// Counted by the workers, once a run.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) done: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) dead: AtomicU64,
    pub(super) panicked: AtomicU64,
    /// Attempts that failed, whatever came of it.
    pub(super) failed: AtomicU64,
    /// Runs under way, from [`RUN_BIT`] on, and below it the items of those.
    under_way: AtomicU64,
    /// Workers that pause. They do not see what comes, so somebody has to look.
    pub(super) pausing: AtomicUsize,
    /// Calls that were timed, and how long they took.
    pub(super) calls: AtomicU64,
    pub(super) took_ns: AtomicU64,
}

/// From this bit on runs are counted, below it items: both with one step.
const RUN_BIT: u32 = 48;

impl Meter {
    /// A run of so many items at once begins.
    pub(super) fn begin(&self, items: usize) {
        self.under_way.fetch_add((1 << RUN_BIT) + items as u64, Ordering::SeqCst);
    }

    pub(super) fn did(&self, count: usize) {
        self.done.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn end(&self, items: usize) {
        self.under_way.fetch_sub((1 << RUN_BIT) + items as u64, Ordering::SeqCst);
    }

    /// Workers with a run.
    pub(super) fn busy(&self) -> usize {
        (self.under_way.load(Ordering::SeqCst) >> RUN_BIT) as usize
    }

    fn in_flight(&self) -> usize {
        (self.under_way.load(Ordering::Relaxed) & ((1 << RUN_BIT) - 1)) as usize
    }

    pub(super) fn time(&self, calls: usize, took: Duration) {
        self.calls.fetch_add(calls as u64, Ordering::Relaxed);
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.took_ns.fetch_add(took_ns, Ordering::Relaxed);
    }
}

/// Looks at a meter now and then, and tells what has happened since.
#[derive(Debug, Default)]
pub(super) struct Look {
    at: Option<Duration>,
    came: u64,
    done: u64,
    ended: u64,
    failed: u64,
    age: Age,
}

impl Look {
    /// When the last look was.
    pub(super) fn at(&self) -> Option<Duration> {
        self.at
    }

    /// How much came and ended until then.
    pub(super) fn activity(&self) -> (u64, u64) {
        (self.came, self.ended)
    }

    pub(super) fn take(
        &mut self,
        meter: &Meter,
        came: u64,
        waiting: usize,
        now: Duration,
    ) -> Snapshot {
        let done = meter.done.load(Ordering::Relaxed);
        let failed = meter.failed.load(Ordering::Relaxed);
        let passed_s = self.at.map_or(0.0, |at| now.saturating_sub(at).as_secs_f64());
        let per_s = |count: u64| if passed_s > 0.0 { count as f64 / passed_s } else { 0.0 };
        let ended = done + failed;
        let calls = meter.calls.swap(0, Ordering::Relaxed);
        let took_ns = meter.took_ns.swap(0, Ordering::Relaxed);
        let snapshot = Snapshot {
            len: waiting,
            arrivals_per_s: per_s(came.saturating_sub(self.came)),
            completions_per_s: per_s(done.saturating_sub(self.done)),
            oldest_age: self.age.with(now, came, waiting),
            in_flight: meter.in_flight(),
            service_time: Duration::from_nanos(took_ns.checked_div(calls).unwrap_or(0)),
            failures: match ended.saturating_sub(self.ended) {
                0 => 0.0,
                ended => failed.saturating_sub(self.failed) as f64 / ended as f64,
            },
            gear: None,
        };
        self.at = Some(now);
        (self.came, self.done, self.ended, self.failed) = (came, done, ended, failed);
        snapshot
    }
}
