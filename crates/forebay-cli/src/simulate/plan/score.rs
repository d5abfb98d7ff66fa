//! How well a setting does: whether it keeps the promises, and what it costs.

use forebay_sim::{Model, Outcome as Answer};

use super::candidate::Candidate;
use super::promise::Promise;
use crate::simulate::sweep::all::Outcome;

/// How well a setting does. The smaller, the better: first what keeps the promises, then what
/// costs least.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Score {
    /// By how much the worst promise is missed: 0 when all are kept.
    pub(super) missed_by: f64,
    /// The pressure, in steps of 1 %: what differs less costs the same.
    pressure_step: f64,
    workers: usize,
    /// The slower, the better: the least that does.
    fast_per_s: f64,
    shifts_per_hour: f64,
}

impl Score {
    /// Of what was simulated; `is_sure` asks for the end of the interval instead of its mean.
    pub(super) fn of(
        candidate: Candidate,
        model: &Model,
        outcome: &Outcome,
        promises: &[Promise],
    ) -> Self {
        let missed = promises.iter().map(|promise| {
            promise
                .over(&outcome.figures)
                .map_or(f64::INFINITY, |found| found.mean / promise.at_most)
        });
        let worst = missed.fold(0.0, f64::max);
        let drains = outcome.verdict.outcome == Answer::Drains;
        let shifts = outcome.figures.shifts_up_per_hour.map_or(0.0, |found| found.mean);
        Score {
            missed_by: match worst {
                worst if worst > 1.0 => worst - 1.0,
                _ if drains => 0.0,
                _ => f64::MIN_POSITIVE,
            },
            pressure_step: (pressure_per_s(model, outcome).ln() * 100.0).floor(),
            workers: candidate.workers,
            fast_per_s: model.capacities_per_s().last().copied().unwrap_or(0.0),
            shifts_per_hour: shifts,
        }
    }

    pub(super) fn is_kept(&self) -> bool {
        self.missed_by == 0.0
    }
}

/// What a setting costs: how hard the sink is pressed. That is how many items a second the consumer
/// stands ready to take when it takes one, on average over the items: `Σ share·speed² ÷ Σ share·speed`
/// over the gears, share being that of the time.
///
/// All settings that keep up take the same items, so how many, or how much work that is, tells none
/// from another. What does is in how little time they come: half of the time is twice the pressure.
pub(super) fn pressure_per_s(model: &Model, outcome: &Outcome) -> f64 {
    let shares = outcome.figures.gear_share.iter();
    let shares = shares.map(|share| share.as_ref().map_or(0.0, |share| share.mean));
    let speeds = shares.zip(model.capacities_per_s());
    let (taken, pressed) = speeds.fold((0.0, 0.0), |(taken, pressed), (share, per_s)| {
        (taken + share * per_s, pressed + share * per_s * per_s)
    });
    if taken > 0.0 { pressed / taken } else { 0.0 }
}

/// Whether every promise is kept for sure: the upper end of the mean's interval is below it, or,
/// where the worst counts, every run.
pub(super) fn is_sure(outcome: &Outcome, promises: &[Promise]) -> bool {
    let kept = promises.iter().enumerate().all(|(at, promise)| {
        if promise.is_about_the_worst() {
            return outcome.each.iter().all(|run| run[at] <= promise.at_most);
        }
        let found = promise.over(&outcome.figures);
        found.is_some_and(|found| found.ci95[1] <= promise.at_most)
    });
    kept && outcome.verdict.outcome == Answer::Drains
}

/// In how many runs every promise is kept.
pub(super) fn runs_kept(outcome: &Outcome, promises: &[Promise]) -> usize {
    let kept = |run: &&Vec<f64>| {
        run.iter().zip(promises).all(|(value, promise)| *value <= promise.at_most)
    };
    outcome.each.iter().filter(kept).count()
}
