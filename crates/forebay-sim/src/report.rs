//! What many runs come to.

use crate::estimate::Estimate;
use crate::figures::RunFigures;
use crate::model::Model;
use crate::plan::Plan;
use crate::tally::histogram::Histogram;
use crate::tally::trace::Trace;
use crate::verdict::Verdict;

/// What many runs come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it was made with.
    pub plan: Plan,
    /// Runs that count: those that came to their end; if none did, those that began.
    pub runs: usize,
    /// Whether it was canceled, and this is what there is.
    pub is_canceled: bool,
    /// Each figure over the runs.
    pub figures: Figures,
    /// Will it drain or accumulate?
    pub verdict: Verdict,
    /// The share of the time at each length, all runs together: index 0 is an empty queue.
    pub length_share: Vec<f64>,
    /// The share of the time at lengths beyond 4095.
    pub beyond_share: f64,
    /// Every waiting time of all runs.
    pub waits: Histogram,
    /// Events simulated.
    pub events: u64,
    /// The length over time of the first run, when it was asked for.
    pub trace: Option<Trace>,
    /// The figures of each run.
    pub each: Vec<RunFigures>,
}

/// Each figure over the runs; `None` where no run has it. See [`RunFigures`].
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the same as in RunFigures")]
pub struct Figures {
    pub first_shift_up_s: Option<Estimate>,
    pub up_to_down_s: Option<Estimate>,
    pub mean_length: Option<Estimate>,
    pub max_length: Option<Estimate>,
    pub fast_share: Option<Estimate>,
    pub gear_share: Vec<Option<Estimate>>,
    pub shifts_up_per_hour: Option<Estimate>,
    pub mean_wait_s: Option<Estimate>,
    pub p50_wait_s: Option<Estimate>,
    pub p95_wait_s: Option<Estimate>,
    pub p99_wait_s: Option<Estimate>,
    pub arrivals_per_s: Option<Estimate>,
    pub got_per_s: Option<Estimate>,
    /// Of the items that came, the share that was dropped or rejected.
    pub lost_share: Option<Estimate>,
    pub mean_busy: Option<Estimate>,
    pub wasted_share: Option<Estimate>,
    pub blocked_share: Option<Estimate>,
    pub slope_per_s: Option<Estimate>,
}

impl Report {
    pub(crate) fn of(model: &Model, plan: &Plan, mut each: Vec<RunFigures>) -> Self {
        let is_canceled = each.len() < plan.runs || each.iter().any(|run| !run.is_complete);
        if each.iter().any(|run| run.is_complete) {
            each.retain(|run| run.is_complete);
        }
        each.retain(|run| run.measured_s > 0.0);
        let mut waits = Histogram::new();
        let mut at_length_ns: Vec<u128> = Vec::new();
        let mut beyond_ns = 0;
        for run in &each {
            waits.add(&run.waits);
            let longer = at_length_ns.len().max(run.at_length_ns.len());
            at_length_ns.resize(longer, 0);
            for (sum, ns) in at_length_ns.iter_mut().zip(&run.at_length_ns) {
                *sum += u128::from(*ns);
            }
            beyond_ns += u128::from(run.beyond_ns);
        }
        let all_ns = (at_length_ns.iter().sum::<u128>() + beyond_ns).max(1) as f64;
        let figures = Figures::of(&each);
        Report {
            plan: plan.clone(),
            runs: each.len(),
            is_canceled,
            verdict: Verdict::of(model, &figures, &each),
            figures,
            length_share: at_length_ns.iter().map(|ns| *ns as f64 / all_ns).collect(),
            beyond_share: beyond_ns as f64 / all_ns,
            waits,
            events: each.iter().map(|run| run.events).sum(),
            trace: each.first_mut().and_then(|run| run.trace.take()),
            each,
        }
    }
}

impl Figures {
    fn of(runs: &[RunFigures]) -> Self {
        let over = |figure: &dyn Fn(&RunFigures) -> Option<f64>| {
            Estimate::of(runs.iter().filter_map(figure))
        };
        let gears = runs.first().map_or(0, |run| run.gear_share.len());
        Figures {
            first_shift_up_s: over(&|run| run.first_shift_up_s),
            up_to_down_s: over(&|run| run.up_to_down_s),
            mean_length: over(&|run| Some(run.mean_length)),
            max_length: over(&|run| Some(run.max_length as f64)),
            fast_share: over(&|run| Some(run.fast_share)),
            gear_share: (0..gears).map(|gear| over(&|run| Some(run.gear_share[gear]))).collect(),
            shifts_up_per_hour: over(&|run| Some(run.shifts_up_per_hour)),
            mean_wait_s: over(&|run| run.mean_wait_s),
            p50_wait_s: over(&|run| run.p50_wait_s),
            p95_wait_s: over(&|run| run.p95_wait_s),
            p99_wait_s: over(&|run| run.p99_wait_s),
            arrivals_per_s: over(&|run| Some(run.arrivals as f64 / run.measured_s)),
            got_per_s: over(&|run| Some(run.got as f64 / run.measured_s)),
            lost_share: over(&|run| {
                Some((run.dropped + run.rejected) as f64 / run.arrivals.max(1) as f64)
            }),
            mean_busy: over(&|run| Some(run.mean_busy)),
            wasted_share: over(&|run| Some(run.wasted_share)),
            blocked_share: over(&|run| Some(run.blocked_share)),
            slope_per_s: over(&|run| Some(run.slope_per_s)),
        }
    }
}
