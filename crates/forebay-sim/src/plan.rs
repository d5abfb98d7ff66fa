//! How much is simulated, and what is too much.

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use crate::error::SimError;
use crate::model::Model;
use crate::run::{RunPlan, WAITING_MAX, check_span};

/// How much is simulated, and what is too much.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What all chance comes from.
    pub seed: u64,
    /// How many independent runs.
    pub runs: usize,
    /// How many threads; what comes out does not depend on it.
    pub threads: usize,
    /// How much time each run simulates, warm-up included.
    pub horizon: Duration,
    /// How much of it, from the start, does not count.
    pub warm_up: Duration,
    /// So many points of the first run's length over time, at most; `None` for no picture.
    pub trace_points_max: Option<usize>,
    /// What is refused.
    pub limits: Limits,
}

/// What is refused, unless a higher limit is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Items that wait in one run.
    pub waiting_max: usize,
    /// Events of all runs, as far as they can be foreseen.
    pub events_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { waiting_max: WAITING_MAX, events_max: 10_000_000_000 }
    }
}

impl Default for Plan {
    /// 32 runs of 24 hours, on all cores.
    fn default() -> Self {
        Plan {
            seed: 1,
            runs: 32,
            threads: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            horizon: Duration::from_secs(24 * 3600),
            warm_up: Duration::ZERO,
            trace_points_max: None,
            limits: Limits::default(),
        }
    }
}

/// More tell nothing that fewer would not.
const RUNS_MAX: usize = 1_000_000;
const THREADS_MAX: usize = 1024;

impl Plan {
    pub(crate) fn of_run(&self, run: usize) -> RunPlan {
        RunPlan {
            seed: self.seed,
            run,
            horizon: self.horizon,
            warm_up: self.warm_up,
            trace_points_max: self.trace_points_max.filter(|_| run == 0),
            waiting_max: self.limits.waiting_max,
        }
    }

    /// Whether this much of this model can be simulated.
    ///
    /// # Errors
    /// [`SimError::Parameter`] for what cannot be, [`SimError::TooMuch`] for what would not end,
    /// or fill the memory.
    pub fn check(&self, model: &Model) -> Result<(), SimError> {
        model.check()?;
        check_span(self.horizon, self.warm_up)?;
        between("runs", self.runs, RUNS_MAX)?;
        between("threads", self.threads, THREADS_MAX)?;
        self.ends(model)?;
        self.fits(model)
    }

    fn ends(&self, model: &Model) -> Result<(), SimError> {
        let horizon_s = self.horizon.as_secs_f64();
        // Each item comes, and somebody gets it.
        let events = model.arrivals.per_s() * horizon_s * 2.0 * self.runs as f64;
        if events <= self.limits.events_max as f64 {
            return Ok(());
        }
        let what = format!(
            "{} runs of {:?} are some {events:.1e} events, above the limit of {:.1e}; fewer runs, \
             a shorter time or a higher limit lets it through",
            self.runs, self.horizon, self.limits.events_max as f64
        );
        Err(SimError::TooMuch { what })
    }

    fn fits(&self, model: &Model) -> Result<(), SimError> {
        let most_per_s = model.capacities_per_s().into_iter().fold(0.0, f64::max);
        let surplus_per_s = model.arrivals.per_s() - most_per_s;
        let left = surplus_per_s * self.horizon.as_secs_f64();
        let limit = self.limits.waiting_max as f64;
        if model.capacity.is_some_and(|capacity| (capacity as f64) < limit) || left <= limit {
            return Ok(());
        }
        let what = format!(
            "it accumulates {surplus_per_s:.3} items a second, even in its fastest gear: some \
             {left:.1e} would wait at the end, above the limit of {limit:.1e}; a capacity, a \
             shorter time or a higher limit lets it through"
        );
        Err(SimError::TooMuch { what })
    }
}

fn between(name: &str, value: usize, max: usize) -> Result<(), SimError> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(SimError::parameter(name, value, format!("from 1 to {max}")))
}
