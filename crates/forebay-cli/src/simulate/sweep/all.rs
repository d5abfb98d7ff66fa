//! Many models, simulated on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use forebay_sim::{Figures, Model, Plan, Report, RunFigures, SimError, Verdict, Watch, simulate};

/// What is kept of one model's simulation.
#[derive(Debug)]
pub(in crate::simulate) struct Outcome {
    pub(in crate::simulate) figures: Figures,
    pub(in crate::simulate) verdict: Verdict,
    /// Of each run, what was asked for.
    pub(in crate::simulate) each: Vec<Vec<f64>>,
}

/// A figure of one run.
pub(in crate::simulate) type OfRun = fn(&RunFigures) -> Option<f64>;

impl Outcome {
    fn of(report: Report, wanted: &[OfRun]) -> Self {
        let values = |run: &RunFigures| wanted.iter().map(|of| of(run).unwrap_or(0.0)).collect();
        let each = report.each.iter().map(values).collect();
        Outcome { figures: report.figures, verdict: report.verdict, each }
    }
}

/// With so many models for each thread, each is simulated by one; with fewer, all threads share
/// the runs of one after the other. Either way no core stands idle for long.
const MODELS_PER_THREAD: usize = 4;

/// Simulates each of them; `None` where it was canceled before its end. The same, whatever the
/// number of threads.
///
/// # Errors
/// Of the models that are refused, the first.
pub(in crate::simulate) fn simulate_all(
    models: &[Model],
    plan: &Plan,
    wanted: &[OfRun],
    watch: &Watch,
) -> Result<Vec<Option<Outcome>>, SimError> {
    let is_many = models.len() >= plan.threads * MODELS_PER_THREAD;
    let (outer, inner) = if is_many { (plan.threads, 1) } else { (1, plan.threads) };
    let plan = Plan { threads: inner, trace_points_max: None, ..plan.clone() };
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((at, model)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            models.get(at).map(|model| (at, model)).filter(|_| !watch.is_canceled())
        } {
            let result = simulate(model, &plan, watch)
                .map(|report| (!report.is_canceled).then(|| Outcome::of(report, wanted)));
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..outer {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    let mut outcomes: Vec<Option<Outcome>> = models.iter().map(|_| None).collect();
    for (at, result) in done {
        outcomes[at] = result?;
    }
    Ok(outcomes)
}
