//! What a run has seen: sums that do not grow with the time simulated.

pub(crate) mod histogram;
pub(crate) mod lengths;
pub(crate) mod shifts;
pub(crate) mod trace;

use histogram::Histogram;
use lengths::Lengths;
use shifts::Shifts;
use trace::Trace;

/// What a run has seen since `since_ns`.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    since_ns: u64,
    pub(crate) lengths: Lengths,
    pub(crate) shifts: Shifts,
    pub(crate) waits: Histogram,
    pub(crate) wait_sum_ns: u128,
    /// Of every item that is no longer there, the part of its waiting since `since_ns`.
    pub(crate) waited_ns: u128,
    pub(crate) arrivals: u64,
    pub(crate) got: u64,
    pub(crate) dropped: u64,
    pub(crate) rejected: u64,
    pub(crate) attempts_failed: u64,
    /// Workers' time for what succeeded.
    pub(crate) served_ns: u128,
    /// Workers' time for what failed.
    pub(crate) wasted_ns: u128,
    /// The producer's time before a full queue.
    pub(crate) blocked_ns: u128,
    pub(crate) trace: Option<Trace>,
}

impl Tally {
    pub(crate) fn new(gears: usize, trace: Option<Trace>) -> Self {
        Tally {
            since_ns: 0,
            lengths: Lengths::new(),
            shifts: Shifts::new(gears),
            waits: Histogram::new(),
            wait_sum_ns: 0,
            waited_ns: 0,
            arrivals: 0,
            got: 0,
            dropped: 0,
            rejected: 0,
            attempts_failed: 0,
            served_ns: 0,
            wasted_ns: 0,
            blocked_ns: 0,
            trace,
        }
    }

    /// Forgets what came before `now_ns`, but not when the first shift was, nor the picture.
    pub(crate) fn restart(&mut self, now_ns: u64, len: usize) {
        let mut fresh = Tally::new(0, self.trace.take());
        fresh.since_ns = now_ns;
        fresh.lengths.restart(now_ns, len);
        fresh.shifts = self.shifts.restarted(now_ns);
        *self = fresh;
    }

    /// Since when it counts.
    pub(crate) fn since_ns(&self) -> u64 {
        self.since_ns
    }

    /// An item came and waits; there were `len` before it.
    #[inline]
    pub(crate) fn put(&mut self, now_ns: u64, len: usize) {
        self.lengths.changes(now_ns, len);
        if let Some(trace) = &mut self.trace {
            trace.length(now_ns, len + 1);
        }
    }

    /// An item that was put at `put_ns` was got; there were `len` with it.
    #[inline]
    pub(crate) fn got(&mut self, now_ns: u64, put_ns: u64, len: usize) {
        self.lengths.changes(now_ns, len);
        self.got += 1;
        let wait_ns = now_ns - put_ns;
        self.waits.record(wait_ns);
        self.wait_sum_ns += u128::from(wait_ns);
        self.waited_ns += u128::from(now_ns - put_ns.max(self.since_ns));
        if let Some(trace) = &mut self.trace {
            trace.length(now_ns, len - 1);
        }
    }

    /// An item that was put at `put_ns` was dropped; there were `len` with it.
    pub(crate) fn dropped(&mut self, now_ns: u64, put_ns: u64, len: usize) {
        self.lengths.changes(now_ns, len);
        self.dropped += 1;
        self.waited_ns += u128::from(now_ns - put_ns.max(self.since_ns));
        if let Some(trace) = &mut self.trace {
            trace.length(now_ns, len - 1);
        }
    }

    pub(crate) fn shifted(&mut self, now_ns: u64, from: usize, to: usize) {
        self.shifts.shifted(now_ns, from, to);
        if let Some(trace) = &mut self.trace {
            trace.gear(now_ns, to);
        }
    }
}
