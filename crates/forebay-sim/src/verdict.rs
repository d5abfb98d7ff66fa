//! Will it drain or accumulate?

mod reason;
mod trend;

use std::fmt;

use crate::arrivals::Arrivals;
use crate::figures::RunFigures;
use crate::model::Model;
use crate::report::Figures;
use trend::Trend;

/// Will it drain or accumulate, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// What it costs all the same: what a full queue loses, or how long the producer stands before
    /// it; as in `loses 4.2 % of what comes`.
    pub but: Option<String>,
    /// Why, in a sentence or two.
    pub reason: String,
    /// Arrivals by capacity, for each gear; of a replay, what came in the time that counts.
    pub loads: Vec<f64>,
}

/// Will it drain or accumulate?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The length stays around a mean, and comes back to it.
    Drains,
    /// The length grows for ever, or the queue is full and items wait outside or are lost.
    Accumulates,
    /// Nobody can tell: a little more and it accumulates.
    OnTheEdge,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Drains => "drains",
            Outcome::Accumulates => "accumulates",
            Outcome::OnTheEdge => "on the edge",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.but {
            Some(but) if self.outcome == Outcome::Drains => write!(f, "drains, but {but}"),
            Some(also) => write!(f, "{}, and {also}", self.outcome),
            None => self.outcome.fmt(f),
        }
    }
}

/// So close to its capacity a queue is anything, for any time that is simulated.
const EDGE: std::ops::RangeInclusive<f64> = 0.98..=1.02;

impl Verdict {
    pub(crate) fn of(model: &Model, figures: &Figures, runs: &[RunFigures]) -> Self {
        let loads = loads(model, figures);
        // What a full queue never lets it come to is of no use.
        let reachable = &loads[..model.gears_within_capacity()];
        let least = reachable.iter().copied().fold(f64::INFINITY, f64::min);
        let trend = Trend::of(model, figures, runs, least);
        let outcome = match trend {
            _ if EDGE.contains(&least) => Outcome::OnTheEdge,
            _ if least > 1.0 => Outcome::Accumulates,
            Trend::Grows(_) => Outcome::Accumulates,
            Trend::Unclear(_) => Outcome::OnTheEdge,
            Trend::Stays | Trend::Fills | Trend::Hidden | Trend::Full => Outcome::Drains,
        };
        let reason = reason::of(model, figures, &loads, trend, outcome);
        Verdict { outcome, but: reason::but(figures), reason, loads }
    }
}

/// A file may be shorter or longer than the time that is simulated: what came of it counts.
fn loads(model: &Model, figures: &Figures) -> Vec<f64> {
    match (&model.arrivals, figures.arrivals_per_s) {
        (Arrivals::Replay(_), Some(came)) => {
            model.capacities_per_s().iter().map(|capacity| came.mean / capacity).collect()
        }
        _ => model.loads(),
    }
}
