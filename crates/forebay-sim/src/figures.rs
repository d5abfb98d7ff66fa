//! What one run comes to.

use crate::machine::Machine;
use crate::run::RunPlan;
use crate::tally::Tally;
use crate::tally::histogram::Histogram;
use crate::tally::trace::Trace;
use crate::time::seconds;

/// Into so many equal windows the measured time is cut, to see where the length goes.
pub(crate) const WINDOWS: usize = 64;

/// Why a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Reached,
    Canceled,
}

/// What one run comes to, warm-up left out.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFigures {
    /// Which run, from 0.
    pub run: usize,
    /// Whether it came to its end; otherwise it was canceled, and this is what there is.
    pub is_complete: bool,
    /// The time measured.
    pub measured_s: f64,
    /// Events simulated, warm-up included.
    pub events: u64,
    /// From the start to the first shift up; `None` when there was none.
    pub first_shift_up_s: Option<f64>,
    /// From leaving the slowest gear to being back in it, on average.
    pub up_to_down_s: Option<f64>,
    /// How often that was.
    pub up_to_down_count: u64,
    /// How many items waited, on average over time.
    pub mean_length: f64,
    /// How many waited at most.
    pub max_length: usize,
    /// How many waited at the end.
    pub final_length: usize,
    /// The share of the time above the slowest gear.
    pub fast_share: f64,
    /// The share of the time in each gear.
    pub gear_share: Vec<f64>,
    /// Shifts to a faster gear.
    pub shifts_up: u64,
    /// Shifts to a slower gear.
    pub shifts_down: u64,
    /// Shifts to a faster gear, per hour.
    pub shifts_up_per_hour: f64,
    /// How long an item waited, from put to got, on average over those that were got.
    pub mean_wait_s: Option<f64>,
    /// How long half of them waited at most, within 1 %.
    pub p50_wait_s: Option<f64>,
    /// How long 95 of 100 waited at most, within 1 %.
    pub p95_wait_s: Option<f64>,
    /// How long 99 of 100 waited at most, within 1 %.
    pub p99_wait_s: Option<f64>,
    /// Items that came, whatever became of them.
    pub arrivals: u64,
    /// Items that were got.
    pub got: u64,
    /// Items that were dropped: the newest or the oldest of a full queue.
    pub dropped: u64,
    /// Items that were rejected by a full queue.
    pub rejected: u64,
    /// Attempts at the sink that failed.
    pub attempts_failed: u64,
    /// How many workers were at the sink with success, on average over time.
    pub mean_busy: f64,
    /// Of the workers' time at the sink, the share that was in vain.
    pub wasted_share: f64,
    /// The share of the time that the producer stood before a full queue.
    pub blocked_share: f64,
    /// How the length went, in items per second: the slope over the last three quarters.
    pub slope_per_s: f64,
    /// The mean length of each of 64 equal windows.
    pub window_lengths: Vec<f64>,
    /// Little's law, by accounting.
    pub little: Little,
    /// Every waiting time.
    pub waits: Histogram,
    /// For how long the queue had each length, from 0 to the longest or 4095.
    pub at_length_ns: Vec<u64>,
    /// For how long it was longer than that.
    pub beyond_ns: u64,
    /// The length over time, when it was asked for.
    pub trace: Option<Trace>,
}

/// Little's law by accounting: the length summed over time is the waiting summed over items, to
/// the nanosecond. The two are counted apart, so that a fault in either shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Little {
    /// Every length times its time.
    pub length_ns: u128,
    /// Every item's waiting within the measured time, those that still wait included.
    pub waited_ns: u128,
}

impl Little {
    /// Whether both are the same, as they must be.
    pub fn holds(&self) -> bool {
        self.length_ns == self.waited_ns
    }
}

impl RunFigures {
    pub(crate) fn of(
        mut machine: impl Machine,
        plan: &RunPlan,
        windows: Windows,
        end: End,
    ) -> Self {
        machine.settle();
        let now_ns = machine.now_ns();
        let since_ns = machine.tally().since_ns();
        let left_ns = machine.left_ns(since_ns);
        let (final_length, events) = (machine.len(), machine.events());
        let tally = machine.into_tally();
        let measured_ns = now_ns - since_ns;
        let per_time =
            |sum: u128| if measured_ns > 0 { sum as f64 / measured_ns as f64 } else { 0.0 };
        let shifts = &tally.shifts;
        let gear_share: Vec<f64> =
            shifts.in_gear_ns.iter().map(|ns| per_time(u128::from(*ns))).collect();
        let area_ns = tally.lengths.area_ns();
        let quantile_s = |share| Some(seconds(tally.waits.quantile_ns(share)?));
        let worked_ns = tally.served_ns + tally.wasted_ns;
        RunFigures {
            run: plan.run,
            is_complete: end == End::Reached,
            measured_s: seconds(measured_ns),
            events,
            first_shift_up_s: shifts.first_up_ns.map(seconds),
            up_to_down_s: mean(u128::from(shifts.fast_ns), shifts.fast_count),
            up_to_down_count: shifts.fast_count,
            mean_length: per_time(area_ns),
            max_length: tally.lengths.max(),
            final_length,
            fast_share: gear_share.iter().skip(1).sum(),
            gear_share,
            shifts_up: shifts.up,
            shifts_down: shifts.down,
            shifts_up_per_hour: per_time(u128::from(shifts.up) * 3600 * 1_000_000_000),
            mean_wait_s: mean(tally.wait_sum_ns, tally.got),
            p50_wait_s: quantile_s(0.5),
            p95_wait_s: quantile_s(0.95),
            p99_wait_s: quantile_s(0.99),
            arrivals: tally.arrivals,
            got: tally.got,
            dropped: tally.dropped,
            rejected: tally.rejected,
            attempts_failed: tally.attempts_failed,
            mean_busy: per_time(tally.served_ns),
            wasted_share: if worked_ns > 0 {
                tally.wasted_ns as f64 / worked_ns as f64
            } else {
                0.0
            },
            blocked_share: per_time(tally.blocked_ns),
            slope_per_s: windows.slope_per_s(),
            window_lengths: windows.lengths(),
            little: Little { length_ns: area_ns, waited_ns: tally.waited_ns + left_ns },
            waits: tally.waits,
            trace: tally.trace,
            at_length_ns: Vec::new(),
            beyond_ns: 0,
        }
        .with_lengths(tally.lengths.into_times())
    }

    fn with_lengths(self, (at_length_ns, beyond_ns): (Vec<u64>, u64)) -> Self {
        RunFigures { at_length_ns, beyond_ns, ..self }
    }
}

/// In seconds; `None` of nothing.
fn mean(sum_ns: u128, count: u64) -> Option<f64> {
    (count > 0).then(|| sum_ns as f64 / count as f64 / 1e9)
}

/// The time and the length times time, at the end of each window.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    ends: Vec<(u64, u128)>,
}

impl Windows {
    pub(crate) fn close(&mut self, now_ns: u64, tally: &Tally) {
        self.ends.push((now_ns - tally.since_ns(), tally.lengths.area_ns()));
    }

    /// Middle in seconds, and mean length.
    fn means(&self) -> Vec<(f64, f64)> {
        let mut before = (0, 0);
        let mut means = Vec::with_capacity(self.ends.len());
        for end in &self.ends {
            let width_ns = end.0 - before.0;
            if width_ns > 0 {
                let middle_s = seconds(before.0 + width_ns / 2);
                means.push((middle_s, (end.1 - before.1) as f64 / width_ns as f64));
            }
            before = *end;
        }
        means
    }

    fn lengths(&self) -> Vec<f64> {
        self.means().into_iter().map(|(_, length)| length).collect()
    }

    /// Least squares, without the first quarter: an empty queue at the start is no trend.
    fn slope_per_s(&self) -> f64 {
        let means = self.means();
        let late = &means[means.len() / 4..];
        let count = late.len() as f64;
        let middle_s = late.iter().map(|(at_s, _)| at_s).sum::<f64>() / count;
        let length = late.iter().map(|(_, length)| length).sum::<f64>() / count;
        let (mut along, mut across) = (0.0, 0.0);
        for (at_s, len) in late {
            along += (at_s - middle_s) * (len - length);
            across += (at_s - middle_s).powi(2);
        }
        if across > 0.0 { along / across } else { 0.0 }
    }
}
