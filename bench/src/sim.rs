//! The simulator against SimPy and Ciw, on the system of two loops; what its random numbers alone take; a sweep on two cores
//! against one; and the memory of a run ten times as long.

mod command;
mod demo;
mod drawing;
mod rivals;

use std::time::Duration;

use forebay_sim::{Model, RunPlan, Watch, run};
use serde_json::json;

use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::provenance::Provenance;
use crate::report::{Ratio, Report, Section};
use crate::rounds::{Spread, order};
use crate::setup::build_forebay;
use rivals::{Rival, Rivals};

/// How much time forebay simulates in a round; it is through in as many milliseconds as SimPy takes seconds for a hundredth.
const SIMULATED: Duration = Duration::from_secs(20_000_000);

const ROUNDS: usize = 9;

/// How often the demo runs on the real clock.
const DEMOS: usize = 3;

/// What an item waits on average, by the system's own table, and how far a run of a rival may be off: it is a short one.
const MEAN_WAIT_S: f64 = 3.06;
const OFF_BY_AT_MOST: f64 = 0.05;

/// One of the measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contender {
    Forebay,
    Drawing,
    Rival(Rival),
}

const CONTENDERS: [Contender; 4] = [
    Contender::Forebay,
    Contender::Drawing,
    Contender::Rival(Rival::SimPy),
    Contender::Rival(Rival::Ciw),
];

/// Nanoseconds an item, by contender, a row a round.
type Rounds = Vec<[f64; CONTENDERS.len()]>;

/// Measures everything and reports it.
pub(crate) async fn measure() -> Result<Report, Failure> {
    let mut provenance = Provenance::of_this_run();
    let folder = tempfile::Builder::new().prefix("forebay-bench-").tempdir();
    let folder = folder.map_err(|error| Failure::because("a temporary folder", error))?;
    let rivals = Rivals::install(folder.path()).await?;
    provenance.add("rivals", rivals.versions().await?);
    let forebay = build_forebay().await?;

    let started = clock::now();
    let mut report = Report::new("sim", provenance);
    let rounds = two_loops(&rivals).await?;
    let sweeps = command::sweeps(&forebay, ROUNDS).await?;
    let memory = command::memory(&forebay).await?;
    let mut distances = Vec::new();
    for round in 0..DEMOS {
        eprintln!("demo on the real clock: {} of {DEMOS}", round + 1);
        distances.push(demo::distance(&forebay, round).await?);
    }

    report.ratios = ratios(&rounds)?;
    report.ratios.push(Ratio::of(
        "sweep_on_two_cores",
        "how many times as fast a sweep is on two cores as on one",
        Some(Goal::at_least(1.8)),
        sweeps.iter().map(|[one, two]| one / two),
    )?);
    report.ratios.push(Ratio::of(
        "memory_of_ten_times_as_long",
        "greatest resident memory of a run of 1,000,000 s ÷ that of 100,000 s",
        Some(Goal::at_most(1.1)),
        [memory[1] / memory[0]],
    )?);
    report.ratios.push(Ratio::of(
        "demo_vs_simulated",
        "what items wait in `forebay demo --speed 1000` on the real clock against the simulator: distance of Kolmogorov and Smirnov ÷ the one that one sample in a hundred exceeds by chance",
        Some(Goal::at_most(1.0)),
        distances.iter().copied(),
    )?);
    report.sections = vec![section(&rounds)];
    report.figures = json!({
        "contenders": CONTENDERS.map(Contender::name),
        "ns_an_item": rounds,
        "sweeps_s": sweeps,
        "memory_kib": memory,
        "demo_distances": distances,
    });
    report.took(started.elapsed());
    Ok(report)
}

async fn two_loops(rivals: &Rivals) -> Result<Rounds, Failure> {
    let mut rounds = Rounds::new();
    for round in 0..ROUNDS {
        eprintln!("two loops: round {} of {ROUNDS}", round + 1);
        let mut figures = [f64::NAN; CONTENDERS.len()];
        for at in order(round, CONTENDERS.len()) {
            figures[at] = match CONTENDERS[at] {
                Contender::Forebay => simulated(round)?,
                Contender::Drawing => drawing::ns_an_item(round),
                Contender::Rival(rival) => rivals.ns_an_item(rival, round).await?,
            };
        }
        rounds.push(figures);
    }
    Ok(rounds)
}

fn simulated(round: usize) -> Result<f64, Failure> {
    let plan = RunPlan { horizon: SIMULATED, run: round, ..RunPlan::default() };
    let before = clock::processor_time();
    let found = run(&Model::two_loops(), &plan, &Watch::default());
    let took = clock::processor_time() - before;
    let found = found.map_err(|error| Failure::because("simulating", error))?;
    check("forebay", found.mean_wait_s.unwrap_or(f64::NAN))?;
    Ok(took.as_nanos() as f64 / found.got as f64)
}

/// Whether it was the system that ran, and nothing else.
fn check(who: &str, mean_wait_s: f64) -> Result<(), Failure> {
    let is_off = (mean_wait_s / MEAN_WAIT_S - 1.0).abs();
    if is_off <= OFF_BY_AT_MOST {
        return Ok(());
    }
    Err(Failure::new(format!("{who}: an item waits {mean_wait_s} s, not {MEAN_WAIT_S}")))
}

fn ratios(rounds: &Rounds) -> Result<Vec<Ratio>, Failure> {
    let over = |a: usize, b: usize| rounds.iter().map(move |row| row[a] / row[b]);
    Ok(vec![
        Ratio::of(
            "simpy_vs_forebay",
            "SimPy's time for an item of the two loops ÷ forebay's, on one core",
            Some(Goal::at_least(300.0)),
            over(2, 0),
        )?,
        Ratio::of("ciw_vs_forebay", "the same of Ciw", Some(Goal::at_least(100.0)), over(3, 0))?,
        Ratio::of(
            "forebay_vs_drawing",
            "forebay's time ÷ that of drawing its random numbers alone",
            Some(Goal::at_most(2.0)),
            over(0, 1),
        )?,
    ])
}

impl Contender {
    fn name(self) -> &'static str {
        match self {
            Contender::Forebay => "forebay",
            Contender::Drawing => "its random numbers alone",
            Contender::Rival(rival) => rival.name(),
        }
    }
}

fn section(rounds: &Rounds) -> Section {
    let row = |(at, contender): (usize, &Contender)| {
        let spread = Spread::of(rounds.iter().map(|row| row[at]))?;
        let Spread { median, min, max, .. } = spread;
        let ns = |value: f64| format!("{value:.1}");
        Some(vec![contender.name().to_owned(), ns(median), format!("{}–{}", ns(min), ns(max))])
    };
    Section {
        title: "Two loops",
        text: "Nanoseconds of processor time for an item that is put, waits and is got: two events. The model is the system of two loops for \
               everybody, and each run's mean waiting time is compared with the known one.",
        head: &["", "ns an item", "range"],
        rows: CONTENDERS.iter().enumerate().filter_map(row).collect(),
    }
}
