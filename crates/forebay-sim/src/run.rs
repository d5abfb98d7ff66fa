//! One run: a model, a stream of chance, a span of time.

use std::time::Duration;

use crate::chance::Chance;
use crate::engine::Engine;
use crate::error::SimError;
use crate::figures::{End, RunFigures, WINDOWS, Windows};
use crate::lane::Lane;
use crate::machine::Machine;
use crate::model::Model;
use crate::tally::trace::Trace;
use crate::time::{MS_NS, ns_of, seconds};
use crate::watch::Watch;

/// Which run, and how far.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPlan {
    /// What all chance comes from.
    pub seed: u64,
    /// Which of the seed's runs, from 0.
    pub run: usize,
    /// How much time is simulated, warm-up included.
    pub horizon: Duration,
    /// How much of it, from the start, does not count.
    pub warm_up: Duration,
    /// So many points of the length over time, at most; `None` for no picture.
    pub trace_points_max: Option<usize>,
    /// With more items waiting than this, the run is refused.
    pub waiting_max: usize,
}

impl Default for RunPlan {
    fn default() -> Self {
        RunPlan {
            seed: 1,
            run: 0,
            horizon: Duration::from_secs(24 * 3600),
            warm_up: Duration::ZERO,
            trace_points_max: None,
            waiting_max: WAITING_MAX,
        }
    }
}

/// 80 MB of items, each a number.
pub(crate) const WAITING_MAX: usize = 10_000_000;

/// Between two looks at the watch.
const EVENTS_AT_ONCE: u64 = 1 << 16;

/// Simulates one run. The same plan gives the same figures, bit for bit.
///
/// # Errors
/// What [`Model::check`] refuses; [`SimError::Parameter`] for a horizon that is no longer than the
/// warm-up or longer than a hundred years; [`SimError::TooMuch`] when more items wait than the
/// plan allows; [`SimError::File`] when a file that is replayed has changed.
pub fn run(model: &Model, plan: &RunPlan, watch: &Watch) -> Result<RunFigures, SimError> {
    model.check()?;
    check_span(plan.horizon, plan.warm_up)?;
    let chance = || Chance::of_run(plan.seed, plan.run);
    let trace = plan.trace_points_max.map(Trace::new);
    match Lane::new(model, chance()).filter(|_| trace.is_none()) {
        Some(lane) => run_on(lane, plan, watch),
        None => run_on(Engine::new(model, chance(), trace)?, plan, watch),
    }
}

fn run_on(
    mut machine: impl Machine,
    plan: &RunPlan,
    watch: &Watch,
) -> Result<RunFigures, SimError> {
    let (horizon_ns, warm_up_ns) = (ns_of(plan.horizon), ns_of(plan.warm_up));
    let mut is_done = !watch.is_canceled();
    if warm_up_ns > 0 {
        is_done = advance(&mut machine, warm_up_ns, plan, watch)?;
        machine.restart();
    }
    let mut windows = Windows::default();
    for window in 1..=WINDOWS {
        if !is_done {
            break;
        }
        let measured_ns = u128::from(horizon_ns - warm_up_ns) * window as u128 / WINDOWS as u128;
        is_done = advance(&mut machine, warm_up_ns + measured_ns as u64, plan, watch)?;
        machine.settle();
        windows.close(machine.now_ns(), machine.tally());
    }
    let end = if is_done { End::Reached } else { End::Canceled };
    Ok(RunFigures::of(machine, plan, windows, end))
}

/// Whether it came to `until_ns`, or was canceled.
fn advance(
    machine: &mut impl Machine,
    until_ns: u64,
    plan: &RunPlan,
    watch: &Watch,
) -> Result<bool, SimError> {
    loop {
        if watch.is_canceled() {
            return Ok(false);
        }
        let (before_ns, events) = (machine.now_ns(), machine.events());
        let is_there = machine.run(until_ns, EVENTS_AT_ONCE)?;
        watch.advance((machine.now_ns() - before_ns) / MS_NS, machine.events() - events);
        if machine.len() > plan.waiting_max {
            let what = format!(
                "run {}: after {:.0} s more than {} items wait; a capacity, a shorter time or a \
                 higher limit lets it through",
                plan.run,
                seconds(machine.now_ns()),
                plan.waiting_max
            );
            return Err(SimError::TooMuch { what });
        }
        if is_there {
            return Ok(true);
        }
    }
}

pub(crate) fn check_span(horizon: Duration, warm_up: Duration) -> Result<(), SimError> {
    if horizon.is_zero() || horizon > crate::time::LONGEST {
        return Err(SimError::parameter("time", format!("{horizon:?}"), "from 1ns to 100 years"));
    }
    if warm_up >= horizon {
        let allowed = format!("shorter than the time simulated, {horizon:?}");
        return Err(SimError::parameter("warm-up", format!("{warm_up:?}"), allowed));
    }
    Ok(())
}
