//! Every contender with every shape of load, in interleaved rounds.

use serde_json::{Value, json};

use super::plan::{MANY_LARGE, MANY_SMALL, Plan, Shape};
use super::run::{Sample, run};
use crate::contender::Contender;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::rounds::{Spread, order};
use crate::setup::Setup;

const CONTENDERS: [Contender; 8] = [
    Contender::PARSE_ONLY,
    Contender::FOREBAY_SQLITE,
    Contender::FOREBAY_POSTGRES,
    Contender::FOREBAY_SINK_DOWN,
    Contender::DIRECT_SQLITE,
    Contender::DIRECT_SQLITE_TX,
    Contender::DIRECT_POSTGRES,
    Contender::DIRECT_POSTGRES_TX,
];

/// All samples, by contender and shape.
#[derive(Debug)]
pub(super) struct Table {
    cells: Vec<Cell>,
}

#[derive(Debug)]
struct Cell {
    contender: Contender,
    shape: Shape,
    /// One a round, in the order of the rounds.
    samples: Vec<Sample>,
}

/// Runs all rounds.
pub(super) async fn measure(setup: &Setup, plan: &Plan) -> Result<Table, Failure> {
    let cell = |shape, contender| Cell { contender, shape, samples: Vec::new() };
    let mut cells: Vec<Cell> = plan
        .shapes
        .iter()
        .flat_map(|&shape| CONTENDERS.map(|contender| cell(shape, contender)))
        .collect();
    for round in 0..plan.rounds {
        eprintln!("table: round {} of {}", round + 1, plan.rounds);
        for cells in cells.chunks_mut(CONTENDERS.len()) {
            for place in order(round, CONTENDERS.len()) {
                cells[place].measure(setup, plan).await?;
            }
        }
    }
    Ok(Table { cells })
}

impl Cell {
    async fn measure(&mut self, setup: &Setup, plan: &Plan) -> Result<(), Failure> {
        let Shape { connections, events_per_request } = self.shape;
        let name = format!(
            "{}, {connections} connections, {events_per_request} a request",
            self.contender.name
        );
        let sample = run(setup, &self.contender, plan.load(self.shape)).await;
        let sample = sample.map_err(|error| Failure::because(&name, error))?;
        eprintln!(
            "  {name}: {:.0} requests/s, p99 {:.0} us, {} rows/s",
            sample.requests_per_s,
            sample.p99_us,
            sample.rows_per_s.map_or("no".to_owned(), |rate| format!("{rate:.0}"))
        );
        self.samples.push(sample);
        Ok(())
    }

    fn spread(&self, figure: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.samples.iter().map(figure))
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.contender.name.to_owned(),
            self.shape.connections.to_string(),
            self.shape.events_per_request.to_string(),
            self.range(|sample| sample.requests_per_s),
            self.median(0, |sample| sample.events_per_s),
            self.median(0, |sample| sample.p50_us),
            self.median(0, |sample| sample.p99_us),
            match self.samples.iter().any(|sample| sample.rows_per_s.is_some()) {
                true => self.range(|sample| sample.rows_per_s.unwrap_or(0.0)),
                false => "–".to_owned(),
            },
            self.median(2, |sample| sample.cpu_s_per_100k_events),
        ]
    }

    fn median(&self, decimals: usize, figure: impl Fn(&Sample) -> f64) -> String {
        let spread = self.spread(figure);
        spread.map_or_else(String::new, |spread| format!("{:.decimals$}", spread.median))
    }

    fn range(&self, figure: impl Fn(&Sample) -> f64) -> String {
        let spread = self.spread(figure);
        spread.map_or_else(String::new, |Spread { median, min, max, .. }| {
            format!("{median:.0} ({min:.0}–{max:.0})")
        })
    }
}

impl Table {
    /// The table as it is printed.
    pub(super) fn section(&self) -> Section {
        Section {
            title: "Rates",
            text: "Medians over the rounds, in brackets the least and the most. Rows/s: rows in the database divided by the \
                   time from the first request until the last row was there. CPU: seconds of the server's processor time, \
                   without the database's.",
            head: &[
                "contender",
                "connections",
                "events a request",
                "requests/s",
                "events/s",
                "p50 µs",
                "p99 µs",
                "rows/s",
                "CPU s per 100k events",
            ],
            rows: self.cells.iter().map(Cell::row).collect(),
        }
    }

    /// Every sample, for machines.
    pub(super) fn figures(&self) -> Value {
        let cell = |cell: &Cell| {
            json!({
                "contender": cell.contender.name,
                "connections": cell.shape.connections,
                "events_per_request": cell.shape.events_per_request,
                "samples": cell.samples,
            })
        };
        self.cells.iter().map(cell).collect()
    }

    /// The ratios of the goals, each the median of the ratios within the rounds.
    pub(super) fn ratios(&self) -> Result<Vec<Ratio>, Failure> {
        let requests =
            |contender| self.quotients(MANY_SMALL, contender, Contender::PARSE_ONLY, requests);
        let rows_over = |forebay, direct| self.quotients(MANY_LARGE, forebay, direct, rows);
        let (sqlite, postgres) = (Contender::FOREBAY_SQLITE, Contender::FOREBAY_POSTGRES);
        let (free, tenfold) = (Some(Goal::at_least(0.85)), Some(Goal::at_least(10.0)));
        Ok(vec![
            Ratio::of(
                "post_vs_parse_only_c64_sqlite",
                "requests/s, 1 event a request, 64 connections: forebay with its SQLite sink at work / parse-only",
                free,
                requests(sqlite),
            )?,
            Ratio::of(
                "post_vs_parse_only_c64_postgres",
                "the same with the PostgreSQL sink at work, PostgreSQL on the same machine",
                free,
                requests(postgres),
            )?,
            Ratio::of(
                "post_vs_parse_only_c64_sink_down",
                "the same with a sink that does not answer: the cost of accepting alone",
                None,
                requests(Contender::FOREBAY_SINK_DOWN),
            )?,
            Ratio::of(
                "rows_vs_direct_postgres_100",
                "rows/s into PostgreSQL, 100 events a request, 64 connections: forebay / direct, commit per row",
                tenfold,
                rows_over(postgres, Contender::DIRECT_POSTGRES),
            )?,
            Ratio::of(
                "rows_vs_direct_sqlite_100",
                "rows/s into SQLite, 100 events a request, 64 connections: forebay / direct, commit per row",
                tenfold,
                rows_over(sqlite, Contender::DIRECT_SQLITE),
            )?,
            Ratio::of(
                "rows_vs_direct_tx_postgres_100",
                "rows/s into PostgreSQL: forebay / direct, commit per request",
                None,
                rows_over(postgres, Contender::DIRECT_POSTGRES_TX),
            )?,
            Ratio::of(
                "rows_vs_direct_tx_sqlite_100",
                "rows/s into SQLite: forebay / direct, commit per request",
                None,
                rows_over(sqlite, Contender::DIRECT_SQLITE_TX),
            )?,
        ])
    }

    /// `figure` of `above` over that of `below`, round by round.
    fn quotients(
        &self,
        shape: Shape,
        above: Contender,
        below: Contender,
        figure: fn(&Sample) -> f64,
    ) -> Vec<f64> {
        let pairs = self.samples(shape, above).iter().zip(self.samples(shape, below));
        pairs.map(|(above, below)| figure(above) / figure(below)).collect()
    }

    fn samples(&self, shape: Shape, contender: Contender) -> &[Sample] {
        let cell =
            self.cells.iter().find(|cell| cell.shape == shape && cell.contender == contender);
        cell.map_or(&[], |cell| cell.samples.as_slice())
    }
}

fn requests(sample: &Sample) -> f64 {
    sample.requests_per_s
}

fn rows(sample: &Sample) -> f64 {
    sample.rows_per_s.unwrap_or(f64::NAN)
}
