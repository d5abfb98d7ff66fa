//! Will it drain or accumulate? A queue, its consumers and their gears, under a virtual clock.
//!
//! ```text
//! Model ──run──▶ RunFigures (one) ──simulate──▶ Report: figures with intervals, a verdict
//! ```
//!
//! A [`Model`] says when items come ([`Arrivals`]), what each gear does ([`Speed`]), who decides
//! about the gear ([`Control`]: the same `forebay::Controller`s that run live), what a full queue
//! does, and what befalls the sink. Events are simulated one after the other; nothing sleeps.
//!
//! ```
//! use std::time::Duration;
//!
//! use forebay_sim::{Distribution, Model, Outcome, Plan, Watch, simulate};
//!
//! let line = Model::line("exp:1s".parse()?, "exp:500ms".parse()?, 1)?;
//! let plan = Plan { horizon: Duration::from_secs(100_000), runs: 8, ..Plan::default() };
//! let report = simulate(&line, &plan, &Watch::default())?;
//! let wait = report.figures.mean_wait_s.expect("items were got");
//! assert!((wait.mean - 0.5).abs() < 0.05); // M/M/1: ρ / (μ − λ)
//! assert_eq!(report.verdict.outcome, Outcome::Drains);
//! # Ok::<(), forebay_sim::SimError>(())
//! ```
//!
//! # Time
//! Whole nanoseconds. At the same one arrivals come first, then the controller's tick, then
//! workers in the order of their numbers.
//!
//! # What counts as waiting
//! From put to got. An item that is served waits no more, and is not in the length.

mod arrivals;
mod chance;
mod decider;
mod distribution;
mod engine;
mod error;
mod estimate;
mod figures;
mod lane;
mod machine;
mod model;
mod plan;
mod report;
mod run;
mod simulate;
mod sink;
mod tally;
mod time;
mod verdict;
mod watch;

pub use arrivals::{Arrivals, Bursts, Daily, Format, Replay};
pub use distribution::{Distribution, Family, time};
pub use error::SimError;
pub use estimate::Estimate;
pub use figures::{Little, RunFigures};
pub use model::{Consult, Control, Model, Speed, Style};
pub use plan::{Limits, Plan};
pub use report::{Figures, Report};
pub use run::{RunPlan, run};
pub use simulate::simulate;
pub use sink::{Retry, Sink, Trouble};
pub use tally::histogram::Histogram;
pub use tally::trace::{Trace, TraceGear, TracePoint};
pub use verdict::{Outcome, Verdict};
pub use watch::Watch;
