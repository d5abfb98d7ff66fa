//! Every controller in every scenario, simulated, with the same arrivals for all: who should decide about the gear?

mod cell;
mod contender;
mod rate;
mod real;
mod scenario;
mod score;
mod table;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::clock;
use crate::failure::Failure;
use crate::provenance::Provenance;
use crate::report::{Ratio, Report};
use crate::rounds::Spread;
use cell::{Outcome, outcome};
use contender::{Contender, contenders};
pub(crate) use real::measure as measure_real;
use scenario::{SCENARIOS, Scenario};
use score::MEASURES;

/// Each is another hour of arrivals.
const SEEDS: usize = 8;

/// What came of all of it.
#[derive(Debug)]
struct Findings {
    contenders: Vec<Contender>,
    /// By scenario, contender and seed.
    outcomes: Vec<Vec<Vec<Outcome>>>,
}

/// The report, and who won.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) report: Report,
    winner: Contender,
}

impl Choice {
    /// The last line on standard output.
    pub(crate) fn verdict(&self) -> Value {
        let mut verdict = self.report.verdict();
        verdict["winner"] = json!(self.winner.method.name());
        verdict["winner_gears"] = json!(self.winner.table.name());
        verdict
    }
}

/// Simulates everything and reports it.
pub(crate) async fn measure() -> Result<Choice, Failure> {
    let provenance = Provenance::of_this_run();
    let started = clock::now();
    let findings = Findings { contenders: contenders(), outcomes: simulate_all().await? };
    let (best, winner) = findings.winner();
    let mut report = Report::new("controllers", provenance);
    report.note("winner", format!("{}, gears {}", winner.method.name(), winner.table.name()));
    report.note("seeds", format!("{SEEDS}, the same for all, one hour each"));
    report.ratios = findings.ratios(best)?;
    report.sections = table::sections(&findings);
    report.figures = json!({
        "weights": MEASURES.map(|measure| json!({ measure.name: measure.weight })),
        "runs": findings.json(),
    });
    report.took(started.elapsed());
    Ok(Choice { report, winner })
}

/// All contenders with the same arrivals.
#[derive(Debug, Clone, Copy)]
struct Job {
    scenario: usize,
    seed: usize,
}

type Done = Result<(Job, Vec<Outcome>), Failure>;

async fn simulate_all() -> Result<Vec<Vec<Vec<Outcome>>>, Failure> {
    let folder = tempfile::Builder::new().prefix("forebay-bench-").tempdir();
    let folder = folder.map_err(|error| Failure::because("a temporary folder", error))?;
    let jobs = SCENARIOS.len() * SEEDS;
    let mut outcomes = vec![vec![Vec::new(); contenders().len()]; SCENARIOS.len()];
    let mut found: Vec<(Job, Vec<Outcome>)> = Vec::new();
    let mut done = start_threads(jobs, folder.path());
    while let Some(one) = done.recv().await {
        found.push(one?);
        eprintln!("controllers: {} of {jobs}", found.len());
    }
    found.sort_by_key(|(job, _)| (job.scenario, job.seed));
    for (job, each) in found {
        for (contender, outcome) in each.into_iter().enumerate() {
            outcomes[job.scenario][contender].push(outcome);
        }
    }
    Ok(outcomes)
}

/// Threads on all cores, which nobody waits for: after Ctrl-C they end with the process.
fn start_threads(jobs: usize, folder: &Path) -> mpsc::UnboundedReceiver<Done> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..thread::available_parallelism().map_or(1, NonZeroUsize::get) {
        let (sender, next, folder) = (sender.clone(), Arc::clone(&next), PathBuf::from(folder));
        thread::spawn(move || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= jobs {
                    return;
                }
                let job = Job { scenario: number / SEEDS, seed: number % SEEDS };
                let path = folder.join(format!("{number}.csv"));
                let done = simulate(job, &path).map(|found| (job, found));
                if sender.send(done).is_err() {
                    return; // stopped
                }
            }
        });
    }
    receiver
}

fn simulate(job: Job, path: &Path) -> Result<Vec<Outcome>, Failure> {
    let scenario: Scenario = SCENARIOS[job.scenario];
    let seed = job.seed as u64 + 1;
    let arrivals = scenario.arrivals(seed, path)?;
    let found =
        contenders().into_iter().map(|who| outcome(who, scenario, &arrivals, seed)).collect();
    // Not every scenario has one.
    let _ = std::fs::remove_file(path);
    found
}

impl Findings {
    fn winner(&self) -> (usize, Contender) {
        let controllers =
            self.contenders.iter().enumerate().filter(|(_, who)| who.method.is_controller());
        let best = controllers
            .min_by(|(a, _), (b, _)| self.badness(*a).total_cmp(&self.badness(*b)))
            .expect("there are controllers");
        (best.0, *best.1)
    }

    /// How many times as bad as the winner everybody is who has the same gears as the winner.
    fn ratios(&self, best: usize) -> Result<Vec<Ratio>, Failure> {
        let winner = self.badness_by_seed(best);
        let rivals = self.contenders.iter().enumerate();
        let rivals =
            rivals.filter(|(at, who)| *at != best && who.table == self.contenders[best].table);
        rivals
            .map(|(at, who)| {
                let pairs = self.badness_by_seed(at).into_iter().zip(winner);
                let spread = Spread::of(pairs.map(|(bad, least)| (bad - least).exp()));
                let spread = spread.ok_or_else(|| Failure::new("no seeds"))?;
                Ok(Ratio {
                    name: who.method.name().into(),
                    what: "how many times as bad as the winner, seed by seed".into(),
                    goal: None,
                    spread,
                })
            })
            .collect()
    }

    fn json(&self) -> Value {
        let each = self.contenders.iter().enumerate().map(|(at, who)| {
            let scenarios: serde_json::Map<String, Value> = SCENARIOS
                .iter()
                .zip(&self.outcomes)
                .map(|(scenario, found)| (scenario.title().to_owned(), json!(found[at])))
                .collect();
            json!({ "gears": who.table.name(), "controller": who.method.name(), "runs": scenarios })
        });
        Value::Array(each.collect())
    }
}
