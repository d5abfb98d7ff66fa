//! Will it drain or accumulate?

use std::fmt;

use crate::model::{Control, Model};
use crate::report::Figures;

/// Will it drain or accumulate, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// Why, in a sentence or two.
    pub reason: String,
    /// Arrivals by capacity, for each gear.
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

/// So close to its capacity a queue is anything, for any time that is simulated.
const EDGE: std::ops::RangeInclusive<f64> = 0.98..=1.02;
/// A length that grows by this share of what comes is a length that grows.
const GROWTH_MIN: f64 = 0.005;

impl Verdict {
    /// Of runs in which so much time counts.
    pub(crate) fn of(model: &Model, figures: &Figures, measured_s: f64) -> Self {
        let loads = model.loads();
        let least = loads.iter().copied().fold(f64::INFINITY, f64::min);
        let trend = Trend::of(model, figures);
        // From empty to where it stays, every length grows: only what goes beyond that is a trend.
        let trend = match trend {
            Trend::Grows(by) | Trend::Unclear(by)
                if least < *EDGE.start() && by * measured_s < filling(model, figures, least) =>
            {
                Trend::Fills
            }
            other => other,
        };
        let outcome = match trend {
            _ if EDGE.contains(&least) => Outcome::OnTheEdge,
            _ if least > 1.0 => Outcome::Accumulates,
            Trend::Grows(_) => Outcome::Accumulates,
            Trend::Unclear(_) => Outcome::OnTheEdge,
            Trend::Stays | Trend::Fills => Outcome::Drains,
        };
        let reason = format!("{}; {}", told(&loads), trend);
        Verdict { outcome, reason, loads }
    }
}

/// So many items a queue that was empty takes in before it drains: what its thresholds let gather,
/// once it has shifted by them, or what a queue with this load has in it now and then.
fn filling(model: &Model, figures: &Figures, load: f64) -> f64 {
    let by_chance = 10.0 + 8.0 * load / (1.0 - load);
    let has_shifted = figures.shifts_up_per_hour.is_some_and(|shifts| shifts.mean > 0.0);
    match &model.control {
        Control::Gears(gears) if has_shifted => {
            let top = gears.steps().last().map_or(0, |step| step.engage_above);
            by_chance.max(2.0 * (top as f64 + 1.0))
        }
        _ => by_chance,
    }
}

/// What the lengths of all runs say.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trend {
    Stays,
    /// No further than an empty queue does before it drains.
    Fills,
    /// By so many items a second.
    Grows(f64),
    /// It grows, but hardly; or there are too few runs to tell.
    Unclear(f64),
}

impl Trend {
    /// Student's t on the slopes of the runs, which are independent.
    fn of(model: &Model, figures: &Figures) -> Self {
        let Some(slope) = figures.slope_per_s else { return Trend::Unclear(0.0) };
        let worth = GROWTH_MIN * model.arrivals.per_s();
        let is_sure = if slope.count > 1 { slope.ci95[0] > 0.0 } else { slope.mean > worth };
        match slope.mean {
            mean if is_sure && mean > worth => Trend::Grows(mean),
            // What it may at most be is nothing to speak of.
            _ if slope.count > 1 && slope.ci95[1] > worth && slope.ci95[0] > 0.0 => {
                Trend::Unclear(slope.mean)
            }
            _ => Trend::Stays,
        }
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trend::Stays => f.write_str("over the runs the length shows no trend"),
            Trend::Fills => f.write_str(
                "over the runs the length grows no further than any queue does that begins empty",
            ),
            Trend::Grows(by) => {
                write!(f, "over the runs the length grows by {by:.3} items a second")
            }
            Trend::Unclear(by) => {
                write!(f, "over the runs the length may grow, by {by:.4} items a second")
            }
        }
    }
}

fn told(loads: &[f64]) -> String {
    let each: Vec<String> = loads.iter().map(|load| percent(*load)).collect();
    match loads {
        [_] => format!("what comes is {} of what can be taken", each[0]),
        _ => format!(
            "what comes is {} of what can be taken in gear {}",
            each.join(", "),
            (0..loads.len()).map(|gear| gear.to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
