//! One backlog for several processes: 1, 2 and 3 that take in and as many that deliver around one NATS server, against a bare
//! publisher and a bare puller that move the same groups.

mod bare;
mod meter;
mod run;

use serde_json::json;

use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Report, Section};
use crate::rounds::{Spread, order};
use crate::setup::{Setup, install_missing};
use run::{Contender, Sample};

pub(crate) use bare::{BareArgs, run as run_bare};

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Quick,
    Full,
}

const CONTENDERS: [Contender; 5] = [
    Contender::Bare { rows: false },
    Contender::Bare { rows: true },
    Contender::Forebay { processes: 1 },
    Contender::Forebay { processes: 2 },
    Contender::Forebay { processes: 3 },
];

/// Those that goals are about stand first.
const QUICK: usize = 3;

impl Size {
    fn contenders(self) -> &'static [Contender] {
        match self {
            Size::Quick => &CONTENDERS[..QUICK],
            Size::Full => &CONTENDERS,
        }
    }

    fn rounds(self) -> usize {
        match self {
            Size::Quick => 3,
            Size::Full => 7,
        }
    }

    /// Requests a run, each a group of a hundred events.
    fn groups(self) -> u64 {
        match self {
            Size::Quick => 2_000,
            Size::Full => 5_000,
        }
    }
}

/// Measures everything and reports it.
pub(crate) async fn measure(size: Size) -> Result<Report, Failure> {
    if !install_missing(&["nats-server"]).await {
        return Err(Failure::new("nats-server is missing: apt-get install nats-server"));
    }
    let setup = Setup::new().await?;
    let started = clock::now();
    let mut report = Report::new("cluster", setup.provenance.clone());
    let contenders = size.contenders();
    let mut samples = vec![Vec::new(); contenders.len()];
    let rounds = size.rounds();
    for round in 0..rounds {
        eprintln!("cluster: round {} of {rounds}", round + 1);
        for place in order(round, contenders.len()) {
            samples[place].push(run::run(&setup, contenders[place], size.groups()).await?);
        }
    }
    report.ratios = ratios(&samples)?;
    report.sections = vec![section(contenders, &samples)];
    let named = contenders.iter().map(|contender| contender.name()).zip(&samples);
    report.figures =
        named.map(|(name, samples)| json!({ "name": name, "samples": samples })).collect();
    report.took(started.elapsed());
    Ok(report)
}

/// Within each round, of the contender at one place against that at another.
fn ratio(
    name: &'static str,
    what: &'static str,
    goal: Option<Goal>,
    [of, to]: [&[Sample]; 2],
    figure: impl Fn(&Sample) -> f64,
) -> Result<Ratio, Failure> {
    Ratio::of(name, what, goal, of.iter().zip(to).map(|(of, to)| figure(of) / figure(to)))
}

fn ratios(samples: &[Vec<Sample>]) -> Result<Vec<Ratio>, Failure> {
    let [bare, with_rows, one, more @ ..] = samples else {
        return Err(Failure::new("a contender is missing"));
    };
    let (through, taken) = (|s: &Sample| s.through_per_s, |s: &Sample| s.taken_per_s);
    let mut ratios = vec![
        ratio(
            "through_vs_bare_rows",
            "events/s from the first request to an empty stream, against a bare publisher, and a puller that copies them into the same table",
            Some(Goal::at_least(0.8)),
            [one, with_rows],
            through,
        )?,
        ratio(
            "taken_vs_bare",
            "events/s acknowledged to the client, against those acknowledged to a bare publisher, somebody delivering meanwhile",
            None,
            [one, with_rows],
            taken,
        )?,
        ratio(
            "through_vs_bare",
            "events/s through forebay into the table, against a bare puller that leaves them nowhere",
            None,
            [one, bare],
            through,
        )?,
    ];
    for (several, name) in more.iter().zip(["processes_2_vs_1", "processes_3_vs_1"]) {
        let what = "events/s through so many processes of each role, against one of each";
        ratios.push(ratio(name, what, None, [several, one], through)?);
    }
    Ok(ratios)
}

fn section(contenders: &[Contender], samples: &[Vec<Sample>]) -> Section {
    let rows = contenders.iter().zip(samples).map(|(contender, samples)| {
        let median = |figure: fn(&Sample) -> f64| {
            Spread::of(samples.iter().map(figure)).map_or(0.0, |spread| spread.median)
        };
        vec![
            contender.name(),
            format!("{:.0}", median(|s| s.through_per_s)),
            format!("{:.0}", median(|s| s.taken_per_s)),
            format!("{:.1}", median(|s| s.ingest_us)),
            format!("{:.1}", median(|s| s.consume_us)),
            format!("{:.1}", median(|s| s.server_us)),
            format!("{:.1}", median(|s| s.database_us)),
            format!("{:.2}", median(|s| s.cores_busy)),
            format!("{:.0}", median(|s| s.stream_bytes)),
            format!("{:.0}", median(|s| s.wal_bytes)),
        ]
    });
    Section {
        title: "Through one stream",
        text: "Medians. Processor time is per event, in microseconds, of all processes of a role together; the client is not in it. \
               *Cores* is what all of them used of the machine while events went through: where it is near the number of cores of the machine, less what \
               the client takes, more processes cannot be faster there, and what one event costs is what counts. The last two are what one event of 116 bytes \
               takes in the stream, and in the write-ahead log of PostgreSQL.",
        head: &[
            "who",
            "events/s through",
            "events/s taken",
            "in, µs",
            "out, µs",
            "server, µs",
            "database, µs",
            "cores",
            "stream, bytes",
            "log, bytes",
        ],
        rows: rows.collect(),
    }
}
