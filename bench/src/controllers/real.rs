//! The best controllers on the real thing: a pool that writes into a PostgreSQL on which pgbench works, too, while a spike is
//! replayed. What pgbench gets done beside it, against what it gets done alone, is the harm.

mod neighbor;
mod plant;

use std::time::Duration;

use forebay_testkit::postgres::{Cluster, Sync};
use serde_json::json;

use super::contender::Method;
use crate::clock;
use crate::failure::Failure;
use crate::provenance::Provenance;
use crate::report::{Ratio, Report, Section};
use crate::rounds::{Spread, order};
use neighbor::Neighbor;
use plant::{Found, Plant};

const ROUNDS: usize = 3;

/// How long a run is.
const SPAN: Duration = Duration::from_secs(20);

/// Who decides: what leads the simulated table, what `serve` has, and no decision.
const METHODS: [Method; 6] = [
    Method::QueueDelay,
    Method::QueueDelayAimd,
    Method::StaircaseAimd,
    Method::TwoGears,
    Method::Slowest,
    Method::Fastest,
];

/// What came of a run.
#[derive(Debug, Clone, Copy, serde::Serialize)]
struct Outcome {
    #[serde(flatten)]
    found: Found,
    /// Transactions a second that pgbench did beside it, as a share of what it does alone.
    neighbor_share: f64,
}

/// Measures everything and reports it.
pub(crate) async fn measure() -> Result<Report, Failure> {
    let mut provenance = Provenance::of_this_run();
    eprintln!("starting a PostgreSQL of its own");
    let cluster = Cluster::start_new(Sync::Disk);
    let database = cluster.create_database().await;
    let neighbor = Neighbor::new(&cluster, &database)?;
    provenance.add("neighbor", neighbor.told());
    let started = clock::now();
    let (mut outcomes, mut alone) = (vec![Vec::new(); METHODS.len()], Vec::new());
    for round in 0..ROUNDS {
        eprintln!("controllers, real: round {} of {ROUNDS}", round + 1);
        let alone_per_s = neighbor.works(SPAN)?.per_s().await?;
        alone.push(alone_per_s);
        for at in order(round, METHODS.len()) {
            let plant = Plant::new(&cluster, &database, METHODS[at]).await?;
            let beside = neighbor.works(SPAN)?;
            let found = plant.run(SPAN).await?;
            let neighbor_share = beside.per_s().await? / alone_per_s;
            outcomes[at].push(Outcome { found, neighbor_share });
        }
    }
    let mut report = Report::new("controllers-real", provenance);
    report.ratios = ratios(&outcomes)?;
    report.sections = vec![section(&outcomes)];
    report.figures = json!({
        "controllers": METHODS.map(Method::name),
        "runs": outcomes,
        "neighbor_alone_per_s": alone,
    });
    report.took(started.elapsed());
    Ok(report)
}

fn ratios(outcomes: &[Vec<Outcome>]) -> Result<Vec<Ratio>, Failure> {
    let shares = |of: &Vec<Outcome>| Vec::from_iter(of.iter().map(|one| one.neighbor_share));
    let each = METHODS.iter().zip(outcomes);
    let what = "pgbench's transactions beside it ÷ those it does alone";
    each.map(|(method, of)| Ratio::of(method.name(), what, None, shares(of))).collect()
}

fn section(outcomes: &[Vec<Outcome>]) -> Section {
    let row = |(method, of): (&Method, &Vec<Outcome>)| {
        let median = |value: fn(&Outcome) -> f64| {
            Spread::of(of.iter().map(value)).map_or(f64::NAN, |spread| spread.median)
        };
        vec![
            method.name().to_owned(),
            format!("{:.2}", median(|one| one.found.p99_wait_s)),
            format!("{:.2}", median(|one| one.found.mean_wait_s)),
            format!("{:.1}", median(|one| one.found.recovery_s)),
            format!("{:.0}", median(|one| one.found.batches as f64)),
            format!("{:.2}", median(|one| one.found.busy)),
            format!("{:.0}", median(|one| one.found.shifts as f64)),
            format!("{:.0} %", 100.0 * median(|one| one.neighbor_share)),
        ]
    };
    Section {
        title: "PostgreSQL under pgbench, a replayed spike",
        text: "300 rows a second, and 30,000 within two seconds after a quarter of the time; each row is written once, which is \
               checked. *Recovery* is from the end of the spike until fewer than 300 wait; *busy* is the connections that write, on \
               average over the run; *beside* is what pgbench gets done at the same time, of what it does alone. The gears are one \
               connection with 20, 60, 200 and 600 rows a transaction, then 2 to 5 with 600; two gears are those of `serve`, one with \
               100 and up to five with 5,000. Medians over the rounds.",
        head: &[
            "controller",
            "p99 wait, s",
            "mean, s",
            "recovery, s",
            "batches",
            "busy",
            "shifts",
            "beside",
        ],
        rows: METHODS.iter().zip(outcomes).map(row).collect(),
    }
}
