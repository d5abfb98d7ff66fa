//! The memory of `serve` after a spike of a million events, against before.

use std::time::Duration;

use super::run::check;
use crate::clock;
use crate::contender::Contender;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::server::Server;
use crate::setup::Setup;
use crate::sink::SinkKind;
use crate::status::Status;
use crate::usage::Resident;
use crate::wrk::Load;

const WARM_UP_REQUESTS: u64 = 100;
const SPIKE_REQUESTS: u64 = 10_000;
const DRAINED_WITHIN: Duration = Duration::from_secs(120);
/// Between the last row and the look at the memory: what is given back is given back once, after the spike.
const SETTLES_FOR: Duration = Duration::from_secs(2);

/// One process and its spike.
struct Spike {
    fresh_kib: u64,
    before_kib: u64,
    peak_kib: u64,
    after_kib: u64,
    most_waiting: u64,
}

/// The ratio and the figures behind it.
pub(super) struct Spikes {
    pub(super) ratios: Vec<Ratio>,
    pub(super) section: Section,
}

/// Measures `count` spikes, each with a process of its own.
pub(super) async fn measure(setup: &Setup, count: usize) -> Result<Spikes, Failure> {
    let mut spikes = Vec::new();
    for number in 1..=count {
        eprintln!("spike {number} of {count}: 1,000,000 events into SQLite");
        spikes.push(spike(setup).await?);
    }
    let after_over_before =
        spikes.iter().map(|spike| spike.after_kib as f64 / spike.before_kib as f64);
    let ratios = vec![Ratio::of(
        "memory_after_spike",
        "resident memory after 1,000,000 events came and were drained / before",
        Some(Goal::at_most(1.2)),
        after_over_before,
    )?];
    let section = Section {
        title: "Memory and a spike",
        text: "Resident memory in MiB, SQLite sink, 64 connections, 100 events a request. Before: after a warm-up of 10,000 \
               events. Peak: the most at any moment, as the kernel counts it. Waiting: what was in the backlog when the client \
               had its last answer.",
        head: &["spike", "fresh", "before", "peak", "after", "after / before", "waiting"],
        rows: spikes.iter().enumerate().map(|(index, spike)| spike.row(index + 1)).collect(),
    };
    Ok(Spikes { ratios, section })
}

async fn spike(setup: &Setup) -> Result<Spike, Failure> {
    let sink = setup.empty_sink(SinkKind::Sqlite).await?;
    let server =
        Server::start(setup, Contender::FOREBAY_SQLITE.command(setup, Some(&sink))?).await?;
    let fresh = Resident::of(server.process)?;
    let warm_up = load(0, WARM_UP_REQUESTS);
    setup.wrk.run(server.address, warm_up).await?;
    let warmed = Status::drained(server.address, DRAINED_WITHIN).await?;
    clock::pause(SETTLES_FOR).await;
    let before = Resident::of(server.process)?;

    let spike = load(WARM_UP_REQUESTS + u64::from(warm_up.connections), SPIKE_REQUESTS);
    let seen = setup.wrk.run(server.address, spike).await?;
    let most_waiting = Status::of(server.address).await?.waiting;
    let drained = Status::drained(server.address, DRAINED_WITHIN).await?;
    clock::pause(SETTLES_FOR).await;
    let after = Resident::of(server.process)?;
    server.stop().await?;
    drained.check()?;
    check(None, spike, &seen, Some(drained.accepted - warmed.accepted)).await?;
    check_rows(sink.rows().await?, drained.accepted)?;
    Ok(Spike {
        fresh_kib: fresh.now_kib,
        before_kib: before.now_kib,
        peak_kib: after.peak_kib,
        after_kib: after.now_kib,
        most_waiting,
    })
}

fn load(first_request: u64, requests: u64) -> Load {
    Load {
        connections: 64,
        events_per_request: 100,
        first_request,
        at_most: Duration::from_secs(60),
        answers: Some(requests),
        pause: Duration::ZERO,
    }
}

fn check_rows(rows: Option<crate::sink::Rows>, accepted: u64) -> Result<(), Failure> {
    match rows {
        Some(rows) if rows.count == accepted && rows.different == accepted => Ok(()),
        _ => Err(Failure::new(format!("{accepted} events accepted, {rows:?}"))),
    }
}

impl Spike {
    fn row(&self, number: usize) -> Vec<String> {
        let mib = |kib: u64| format!("{:.1}", kib as f64 / 1024.0);
        vec![
            number.to_string(),
            mib(self.fresh_kib),
            mib(self.before_kib),
            mib(self.peak_kib),
            mib(self.after_kib),
            format!("{:.2}", self.after_kib as f64 / self.before_kib as f64),
            self.most_waiting.to_string(),
        ]
    }
}
