//! Many runs, on many threads, the same whatever their number.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::error::SimError;
use crate::figures::RunFigures;
use crate::model::Model;
use crate::plan::Plan;
use crate::report::Report;
use crate::run::run;
use crate::watch::Watch;

/// Simulates all runs of a plan.
///
/// The same seed gives the same report, bit for bit, whatever the number of threads. Memory does
/// not grow with the time simulated. [`Watch::cancel`], from another thread, ends it: the report
/// then has what is done.
///
/// # Errors
/// What [`Plan::check`] refuses before anything is simulated, and what [`run`] refuses: of the
/// runs that fail, the first.
pub fn simulate(model: &Model, plan: &Plan, watch: &Watch) -> Result<Report, SimError> {
    plan.check(model)?;
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..plan.threads.min(plan.runs) {
            scope.spawn(|| work(model, plan, watch, &next, &done));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    let each: Result<Vec<RunFigures>, SimError> = done.into_iter().map(|(_, run)| run).collect();
    Ok(Report::of(model, plan, each?))
}

type Done = Mutex<Vec<(usize, Result<RunFigures, SimError>)>>;

/// Takes one run after the other, until there are no more.
fn work(model: &Model, plan: &Plan, watch: &Watch, next: &AtomicUsize, done: &Done) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= plan.runs || watch.is_canceled() {
            return;
        }
        let result = run(model, &plan.of_run(number), watch);
        let failed = result.is_err();
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((number, result));
        if failed {
            // Runs before this one have begun, and end: which error is told stays the same.
            next.store(plan.runs, Ordering::Relaxed);
        }
    }
}
