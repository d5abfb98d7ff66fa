//! forebay against servers of Debian's packages that keep events for others, end to end over their own protocols, in
//! interleaved rounds.

mod broker;
mod client;
mod rabbitmq;

use serde_json::{Value, json};

use super::engines::remove;
use super::plan::Plan;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::rounds::{Spread, order};
use crate::setup::{Setup, install_missing};
use broker::{Broker, Promise};
use client::{Client, Load, Sample};
use rabbitmq::Rabbitmq;

/// All samples.
#[derive(Debug)]
pub(super) struct Servers {
    cells: Vec<Cell>,
}

#[derive(Debug)]
struct Cell {
    broker: Broker,
    load: Load,
    /// One a round, in the order of the rounds; none if it could not be installed.
    samples: Vec<Sample>,
}

/// What all runs need.
struct Stage<'a> {
    setup: &'a Setup,
    client: Client,
    counted_ms: u64,
    /// Where it takes connections, if it is installed.
    rabbitmq: Option<String>,
}

/// Runs all rounds.
pub(super) async fn measure(plan: &Plan, setup: &Setup) -> Result<Servers, Failure> {
    let programs: Vec<&str> = Broker::ALL.into_iter().filter_map(Broker::program).collect();
    install_missing(&programs).await;
    let mut rabbitmq = match Broker::Rabbitmq.is_installed() {
        true => Some(Rabbitmq::start(setup.folder())?),
        false => None,
    };
    let client = Client::build().await?;
    let stage = Stage {
        setup,
        client,
        counted_ms: plan.counted.as_millis() as u64,
        rabbitmq: match &mut rabbitmq {
            Some(rabbitmq) => Some(rabbitmq.address().await?),
            None => None,
        },
    };
    let cell = |load, broker| Cell { broker, load, samples: Vec::new() };
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for load in loads(plan) {
        let brokers = Broker::ALL.into_iter().filter(|broker| broker.gains_by(load));
        rows.push(brokers.map(|broker| cell(load, broker)).collect());
    }
    for round in 0..plan.rounds {
        eprintln!("servers: round {} of {}", round + 1, plan.rounds);
        for cells in &mut rows {
            for place in order(round, cells.len()) {
                cells[place].measure(&stage).await?;
            }
        }
    }
    Ok(Servers { cells: rows.into_iter().flatten().collect() })
}

fn loads(plan: &Plan) -> Vec<Load> {
    let mut loads = Vec::new();
    for &body_bytes in plan.bodies_bytes {
        for events_a_request in [1, 100] {
            for &connections in plan.connections {
                loads.push(Load { connections, events_a_request, body_bytes });
            }
        }
    }
    loads
}

impl Stage<'_> {
    /// One run: the server as it is at its start, the load, and what it holds then.
    async fn run(&self, broker: Broker, load: Load) -> Result<Sample, Failure> {
        let run = |address: String| {
            let client = &self.client;
            async move { client.run(broker.protocol(), &address, load, self.counted_ms).await }
        };
        match broker {
            Broker::Postgres => return run(self.setup.postgres.url("postgres")).await,
            Broker::Rabbitmq => return run(self.rabbitmq.clone().unwrap_or_default()).await,
            _ => {}
        }
        let own = tempfile::tempdir_in(self.setup.folder())
            .map_err(|error| Failure::because("making a folder", error))?;
        let running = broker.start(self.setup, own.path()).await?;
        let sample = run(running.server.address.to_string()).await?;
        broker.end(self.setup, running, &sample, load.body_bytes).await?;
        remove(own, self.setup.folder())?;
        Ok(sample)
    }
}

impl Cell {
    async fn measure(&mut self, stage: &Stage<'_>) -> Result<(), Failure> {
        let name = format!("{}, {}", self.broker.name(), self.load.words());
        if !self.broker.is_installed() {
            eprintln!("  {name}: not installed");
            return Ok(());
        }
        let sample = stage.run(self.broker, self.load).await;
        let sample = sample.map_err(|failure| Failure::because(&name, failure))?;
        eprintln!(
            "  {name}: {:.0} events/s, p99 {:.1} ms",
            sample.events_per_s,
            sample.p99_s * 1000.0
        );
        self.samples.push(sample);
        Ok(())
    }

    fn row(&self) -> Vec<String> {
        let Load { connections, events_a_request, body_bytes } = self.load;
        let spread = Spread::of(self.samples.iter().map(|sample| sample.events_per_s));
        let events = spread
            .map_or("not installed".to_owned(), |Spread { median, min, max, .. }| {
                format!("{median:.0} ({min:.0}–{max:.0})")
            });
        let ms = |figure: fn(&Sample) -> f64| {
            let spread = Spread::of(self.samples.iter().map(figure));
            spread.map_or("–".to_owned(), |spread| format!("{:.1}", spread.median * 1000.0))
        };
        vec![
            self.broker.name().to_owned(),
            match self.broker.promise() {
                Promise::Synced => "yes".to_owned(),
                Promise::Written => "**no**".to_owned(),
            },
            connections.to_string(),
            body_bytes.to_string(),
            events_a_request.to_string(),
            events,
            ms(|sample| sample.p50_s),
            ms(|sample| sample.p99_s),
        ]
    }
}

impl Servers {
    /// forebay ÷ the best of those that sync before they answer, round by round.
    pub(super) fn ratios(&self) -> Result<Vec<Ratio>, Failure> {
        let ours = self.cells.iter().filter(|cell| cell.broker.is_forebay());
        ours.map(|cell| self.ratio(cell)).collect()
    }

    fn ratio(&self, ours: &Cell) -> Result<Ratio, Failure> {
        let rivals: Vec<&Cell> = self
            .cells
            .iter()
            .filter(|cell| cell.load == ours.load && !cell.broker.is_forebay())
            .filter(|cell| cell.broker.promise() == Promise::Synced && !cell.samples.is_empty())
            .collect();
        let best = |round: usize| {
            rivals.iter().map(|cell| cell.samples[round].events_per_s).fold(f64::NAN, f64::max)
        };
        let quotients =
            ours.samples.iter().enumerate().map(|(round, our)| our.events_per_s / best(round));
        // One connection that waits for each event is as fast as a sync for everybody.
        let can_differ = ours.load.connections > 1 || ours.load.events_a_request > 1;
        let (suffix, goal) = match ours.broker {
            Broker::Forebay => ("", can_differ.then_some(Goal::at_least(3.0))),
            _ => ("_delivering", None),
        };
        Ratio::of(
            format!("vs_servers_{}{suffix}", ours.load.name()),
            format!(
                "{}: events/s, {} ÷ the best that syncs",
                ours.load.words(),
                ours.broker.name()
            ),
            goal,
            quotients,
        )
    }

    /// The table as it is printed.
    pub(super) fn section(&self) -> Section {
        Section {
            title: "Servers",
            text: "Each connection sends a request and waits until all of its events are acknowledged, again and again; 100 a \
                   request are sent the way the protocol has for it (beanstalkd syncs every event by itself and gains nothing by \
                   that: it is measured with one). Events/s: medians over the rounds, in brackets the least and \
                   the most. Synced: whether an acknowledged event is on disk; those for which it is not are in no ratio. p50 \
                   and p99 are of a request, in ms. After each run the server must hold as many events as it has acknowledged.",
            head: &[
                "server",
                "synced",
                "connections",
                "bytes",
                "events a request",
                "events/s",
                "p50",
                "p99",
            ],
            rows: self.cells.iter().map(Cell::row).collect(),
        }
    }

    /// Every sample, for machines.
    pub(super) fn figures(&self) -> Value {
        let cell = |cell: &Cell| {
            json!({
                "server": cell.broker.name(),
                "load": cell.load.name(),
                "samples": cell.samples,
            })
        };
        self.cells.iter().map(cell).collect()
    }
}

/// The versions of what is installed.
pub(super) async fn versions() -> String {
    let mut packages = tokio::process::Command::new("dpkg-query");
    packages.args(["--show", "--showformat=${Package} ${Version}, "]);
    packages.args(Broker::ALL.into_iter().filter_map(Broker::program));
    match packages.output().await {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim_end_matches(", ").to_owned(),
        Err(_) => "unknown".to_owned(),
    }
}
