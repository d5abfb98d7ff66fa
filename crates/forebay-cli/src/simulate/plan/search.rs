//! The search: far and wide first, then downhill, then once more with numbers not seen.
//!
//! All settings see the same arrivals, run for run (common random numbers: Law, Simulation
//! Modeling and Analysis, chapter 11), so that they differ by what they are and not by chance.

use std::collections::BTreeMap;

use forebay_sim::{Model, Plan, SimError, Watch};

use super::candidate::Candidate;
use super::promise::Promise;
use super::score::{Score, is_sure};
use crate::simulate::setup::Setup;
use crate::simulate::sweep::all::{OfRun, Outcome, simulate_all};

/// So many runs tell which of two settings is better.
const RUNS_AT_FIRST: usize = 4;
/// So many steps downhill, at most.
const STEPS_MAX: usize = 40;
/// So many of the best are looked at closely, until one keeps what it promised.
const FINALISTS_MAX: usize = 24;

/// What there is to search in, and for what.
pub(super) struct Search<'a> {
    pub(super) setup: &'a Setup,
    pub(super) promises: &'a [Promise],
    pub(super) plan: &'a Plan,
    pub(super) workers_max: usize,
    pub(super) watch: &'a Watch,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) setting: Option<Setting>,
    /// What comes nearest to the promises, when nothing keeps them.
    pub(super) nearest: Option<Setting>,
    /// The best by its first few runs, when there was no time to look closely.
    pub(super) first: Option<(Setup, Score)>,
    /// How many settings were tried.
    pub(super) tried: usize,
}

/// A setting that was looked at closely.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) candidate: Candidate,
    pub(super) setup: Setup,
    pub(super) model: Model,
    /// With the seed that was given: what the command that repeats it shows.
    pub(super) outcome: Outcome,
    /// With another seed, whose numbers had no part in the choice.
    pub(super) again: Outcome,
}

type Scores = BTreeMap<Candidate, Score>;

impl Search<'_> {
    pub(super) fn run(&self) -> Result<Found, SimError> {
        let start = Candidate::of(self.setup);
        let mut scores = Scores::new();
        self.score(&start.coarse(self.workers_max), &mut scores)?;
        for _ in 0..STEPS_MAX {
            let Some((best, before)) = best(&scores) else { break };
            self.score(&best.near(start, self.workers_max), &mut scores)?;
            let is_better = scores.values().any(|score| score < &before);
            if !is_better || self.watch.is_canceled() {
                break;
            }
        }
        let mut ranked: Vec<(Candidate, Score)> = scores.into_iter().collect();
        ranked.sort_by(|(_, one), (_, other)| {
            one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal)
        });
        let tried = ranked.len();
        let kept = ranked.iter().filter(|(_, score)| score.is_kept()).take(FINALISTS_MAX);
        for (candidate, _) in kept {
            let Some(setting) = self.closely(*candidate)? else { break };
            if is_sure(&setting.outcome, self.promises) && is_sure(&setting.again, self.promises) {
                return Ok(Found { setting: Some(setting), nearest: None, first: None, tried });
            }
        }
        let nearest = match ranked.first() {
            Some((candidate, _)) => self.closely(*candidate)?,
            None => None,
        };
        let first = ranked.first().filter(|_| nearest.is_none());
        let first = first.and_then(|(candidate, score)| {
            candidate.applied(self.setup).map(|setup| (setup, *score))
        });
        Ok(Found { setting: None, nearest, first, tried })
    }

    /// Scores those that are new.
    fn score(&self, candidates: &[Candidate], scores: &mut Scores) -> Result<(), SimError> {
        let fresh = candidates.iter().filter(|candidate| !scores.contains_key(candidate));
        let (mut tried, mut models) = (Vec::new(), Vec::new());
        for candidate in fresh {
            let model = candidate.applied(self.setup).and_then(|setup| setup.model().ok());
            // What would fill the memory keeps no promise.
            if let Some(model) = model.filter(|model| self.plan.check(model).is_ok()) {
                tried.push(*candidate);
                models.push(model);
            }
        }
        let plan = Plan { runs: RUNS_AT_FIRST.min(self.plan.runs), ..self.plan.clone() };
        let outcomes = simulate_all(&models, &plan, &[], self.watch)?;
        for ((candidate, model), outcome) in tried.into_iter().zip(&models).zip(outcomes) {
            if let Some(outcome) = outcome {
                scores.insert(candidate, Score::of(candidate, model, &outcome, self.promises));
            }
        }
        Ok(())
    }

    /// With all runs, and with numbers not seen; nothing when it was canceled.
    fn closely(&self, candidate: Candidate) -> Result<Option<Setting>, SimError> {
        let Some(setup) = candidate.applied(self.setup) else { return Ok(None) };
        let Ok(model) = setup.model() else { return Ok(None) };
        let wanted: Vec<OfRun> = self.promises.iter().map(Promise::of).collect();
        let with = |seed: u64| {
            let plan = Plan { seed, ..self.plan.clone() };
            let outcomes = simulate_all(std::slice::from_ref(&model), &plan, &wanted, self.watch);
            outcomes.map(|mut outcomes| outcomes.pop().flatten())
        };
        let (outcome, again) = (with(self.plan.seed)?, with(unseen(self.plan.seed))?);
        Ok(outcome.zip(again).map(|(outcome, again)| Setting {
            candidate,
            setup,
            model: model.clone(),
            outcome,
            again,
        }))
    }
}

/// A seed whose numbers had no part in the choice.
pub(super) fn unseen(seed: u64) -> u64 {
    seed.wrapping_add(1)
}

fn best(scores: &Scores) -> Option<(Candidate, Score)> {
    let order =
        |one: &Score, other: &Score| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal);
    let all = scores.iter().map(|(candidate, score)| (*candidate, *score));
    all.min_by(|(_, one), (_, other)| order(one, other))
}
