//! The pool against what one would write without it: a handler that does nothing, so that all that is left is what each item
//! costs on its way.

mod contender;

use serde_json::json;

use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::provenance::Provenance;
use crate::report::{Ratio, Report, Section};
use crate::rounds::{Spread, order};
use contender::Contender::{Other, Pool};
use contender::{CONTENDERS, Contender};

const ROUNDS: usize = 15;

/// How many items there are in a measurement: some tens of milliseconds.
const ITEMS: u64 = 1_000_000;

/// Where the items are put and handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    OneThread,
    TwoThreads,
}

const PLACES: [Place; 2] = [Place::OneThread, Place::TwoThreads];

/// Nanoseconds an item, by contender, a row a round.
type Rounds = Vec<[f64; CONTENDERS.len()]>;

/// Measures everything and reports it.
pub(crate) async fn measure() -> Result<Report, Failure> {
    let provenance = Provenance::of_this_run();
    let started = clock::now();
    let mut report = Report::new("pool", provenance);
    for place in PLACES {
        let rounds = rounds(place).await?;
        report.ratios.extend(ratios(place, &rounds)?);
        report.sections.push(section(place, &rounds));
        report.figures[place.name()] = json!(rounds);
    }
    report.figures["contenders"] = json!(CONTENDERS.map(Contender::name));
    report.took(started.elapsed());
    Ok(report)
}

async fn rounds(place: Place) -> Result<Rounds, Failure> {
    let mut rounds = Rounds::new();
    for round in 0..ROUNDS {
        eprintln!("pool, {}: round {} of {ROUNDS}", place.name(), round + 1);
        let mut figures = [f64::NAN; CONTENDERS.len()];
        for at in order(round, CONTENDERS.len()) {
            let measured = tokio::task::spawn_blocking(move || ns_an_item(CONTENDERS[at], place));
            let measured =
                measured.await.map_err(|error| Failure::because("a measurement", error))?;
            figures[at] = measured?;
        }
        rounds.push(figures);
    }
    Ok(rounds)
}

/// Once, on a runtime of its own. Whether every item was handled is checked.
fn ns_an_item(contender: Contender, place: Place) -> Result<f64, Failure> {
    let mut runtime = match place {
        Place::OneThread => tokio::runtime::Builder::new_current_thread(),
        Place::TwoThreads => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(2);
            builder
        }
    };
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| Failure::because("starting a runtime", error))?;
    let before = clock::processor_time();
    let handled = runtime.block_on(contender.run(ITEMS))?;
    let took = clock::processor_time() - before;
    if handled != ITEMS {
        let name = contender.name();
        return Err(Failure::new(format!("{name}: {handled} of {ITEMS} items were handled")));
    }
    Ok(took.as_nanos() as f64 / ITEMS as f64)
}

/// The pools against the fastest of the others, each round by itself.
fn ratios(place: Place, rounds: &Rounds) -> Result<Vec<Ratio>, Failure> {
    let others = |row: &[f64; CONTENDERS.len()]| {
        let theirs = CONTENDERS.iter().zip(row).filter(|(who, _)| matches!(who, Other(_)));
        theirs.map(|(_, ns)| *ns).fold(f64::INFINITY, f64::min)
    };
    let ratio = |(at, contender): (usize, &Contender)| {
        let Pool(pool) = contender else { return None };
        let name = pool.ratios[usize::from(place == Place::TwoThreads)];
        let values = rounds.iter().map(|row| row[at] / others(row));
        Some(Ratio::of(name, WHAT, Some(Goal::at_most(1.1)), values))
    };
    CONTENDERS.iter().enumerate().filter_map(ratio).collect()
}

const WHAT: &str = "the pool's time for an item ÷ that of the fastest of the others";

impl Place {
    fn name(self) -> &'static str {
        match self {
            Place::OneThread => "one thread",
            Place::TwoThreads => "two threads",
        }
    }
}

fn section(place: Place, rounds: &Rounds) -> Section {
    let row = |(at, contender): (usize, &Contender)| {
        let Spread { median, min, max, .. } = Spread::of(rounds.iter().map(|row| row[at]))?;
        let ns = |value: f64| format!("{value:.1}");
        Some(vec![contender.name().to_owned(), ns(median), format!("{}–{}", ns(min), ns(max))])
    };
    Section {
        title: match place {
            Place::OneThread => "On one thread",
            Place::TwoThreads => "On two threads",
        },
        text: "Nanoseconds of processor time for an item, all threads together, from being put by a task that lets others run after every 64 to being handled by a \
               handler that does nothing; making the queue, the workers and their end included.",
        head: &["", "ns an item", "range"],
        rows: CONTENDERS.iter().enumerate().filter_map(row).collect(),
    }
}
