//! A long backlog: appended, opened again, and taken out; in a process of its own, whose memory is looked at.

use std::path::Path;
use std::time::Duration;

use forebay_backlog::Backlog;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::engine::forebay::open;
use super::event::Mint;
use super::part;
use super::plan::Plan;
use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::usage::Resident;

const BODY_BYTES: usize = 100;
const EVENTS_A_GROUP: u64 = 1_000;
/// So many groups are on their way at once.
const GROUPS_AT_ONCE: usize = 16;
const EVENTS_A_DELIVERY: usize = 1_000;

/// What came of one round.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct LongSample {
    events: u64,
    append_s: f64,
    open_s: f64,
    /// How long the first and the last tenth took to come out, in seconds.
    first_s: f64,
    last_s: f64,
    peak_kib: u64,
}

/// What came of all rounds.
#[derive(Debug, Serialize)]
pub(super) struct Long {
    rounds: Vec<LongSample>,
}

/// Does it here: `events` are appended, the backlog is opened again, and all are taken and finished.
pub(super) async fn run(folder: &Path, events: u64) -> Result<LongSample, Failure> {
    let mint = Mint::new(BODY_BYTES);
    let started = clock::now();
    append(folder, &mint, events).await?;
    let append_s = started.elapsed().as_secs_f64();

    let opening = clock::now();
    let backlog = open(folder)?;
    let open_s = opening.elapsed().as_secs_f64();
    let there = backlog.snapshot().waiting;
    if there != events {
        return Err(Failure::new(format!("{events} events were appended, {there} are there")));
    }
    let (mut next, mut tenths_s) = (0, Vec::new());
    let mut tenth = clock::now();
    while next < events {
        let delivery = backlog.take(EVENTS_A_DELIVERY).await;
        let delivery = delivery.ok_or_else(|| Failure::new("the backlog ended early"))?;
        for event in delivery.events() {
            match mint.number_of(event.id, &event.body)? {
                number if number == next => next += 1,
                number => return Err(Failure::new(format!("event {number} came for {next}"))),
            }
        }
        delivery.ack(0);
        if next >= (tenths_s.len() as u64 + 1) * events / 10 {
            tenths_s.push(tenth.elapsed().as_secs_f64());
            tenth = clock::now();
        }
    }
    let peak_kib = Resident::of(std::process::id())?.peak_kib;
    let (Some(&first_s), Some(&last_s)) = (tenths_s.first(), tenths_s.last()) else {
        return Err(Failure::new("nothing came out"));
    };
    Ok(LongSample { events, append_s, open_s, first_s, last_s, peak_kib })
}

async fn append(folder: &Path, mint: &Mint, events: u64) -> Result<(), Failure> {
    let backlog = open(folder)?;
    let mut groups = JoinSet::new();
    for first in (0..events).step_by(EVENTS_A_GROUP as usize) {
        if groups.len() >= GROUPS_AT_ONCE {
            answered(groups.join_next().await)?;
        }
        let last = (first + EVENTS_A_GROUP).min(events);
        let group: Vec<_> = (first..last).map(|number| mint.event(number)).collect();
        groups.spawn(backlog.append(group.into()));
    }
    while let Some(answer) = groups.join_next().await {
        answered(Some(answer))?;
    }
    Ok(())
}

type Answer = Result<forebay_backlog::Appended, forebay_backlog::AppendError>;

fn answered(answer: Option<Result<Answer, tokio::task::JoinError>>) -> Result<(), Failure> {
    match answer {
        Some(Ok(Err(error))) => Err(Failure::because("appending", error)),
        Some(Err(error)) => Err(Failure::because("appending", error)),
        Some(Ok(Ok(_))) | None => Ok(()),
    }
}

/// Does it so many times, each in a process and a folder of its own.
pub(super) async fn measure(plan: &Plan, folder: &Path) -> Result<Long, Failure> {
    let mut rounds = Vec::new();
    for round in 1..=plan.rounds {
        eprintln!("a backlog of {} events, round {round} of {}", plan.long_events, plan.rounds);
        rounds.push(once(plan.long_events, folder).await?);
    }
    Ok(Long { rounds })
}

async fn once(events: u64, folder: &Path) -> Result<LongSample, Failure> {
    let own =
        tempfile::tempdir_in(folder).map_err(|error| Failure::because("making a folder", error))?;
    let arguments = ["long".to_owned(), format!("--events={events}")];
    let took_at_most = Duration::from_secs(300);
    let said = part::said_by(part::command(&arguments, own.path())?);
    tokio::time::timeout(took_at_most, said)
        .await
        .map_err(|_| Failure::new(format!("the long backlog took over {took_at_most:?}")))?
}

impl LongSample {
    fn peak_mib(&self) -> f64 {
        self.peak_kib as f64 / 1024.0
    }

    fn row(&self) -> Vec<String> {
        let rate = |events: u64, took_s: f64| format!("{:.0}", events as f64 / took_s);
        vec![
            self.events.to_string(),
            rate(self.events, self.append_s),
            format!("{:.3}", self.open_s),
            rate(self.events / 10, self.first_s),
            rate(self.events / 10, self.last_s),
            format!("{:.1}", self.peak_mib()),
        ]
    }
}

impl Long {
    pub(super) fn ratios(&self) -> Result<[Ratio; 3], Failure> {
        let rounds = || self.rounds.iter();
        Ok([
            Ratio::of(
                "long_last_vs_first",
                "a long backlog taken out: events/s of the last tenth ÷ of the first, in the same round",
                Some(Goal::at_least(0.9)),
                rounds().map(|round| round.first_s / round.last_s),
            )?,
            Ratio::of(
                "long_peak_mib",
                "the greatest resident memory of the process that does all of it, in MiB",
                Some(Goal::at_most(64.0)),
                rounds().map(LongSample::peak_mib),
            )?,
            Ratio::of(
                "long_open_s",
                "how long opening it takes, in seconds",
                Some(Goal::at_most(2.0)),
                rounds().map(|round| round.open_s),
            )?,
        ])
    }

    pub(super) fn section(&self) -> Section {
        Section {
            title: "A long backlog",
            text: "Events of 100 bytes, appended 1,000 a group and 16 groups at once, opened again, and taken out 1,000 at a time, in \
                   order, each looked at and finished; a line for each round, in a process and a folder of its own. Peak: the greatest \
                   resident memory of the process, the bench's own program included.",
            head: &[
                "events",
                "appended/s",
                "opened in, s",
                "out/s, first tenth",
                "out/s, last tenth",
                "peak, MiB",
            ],
            rows: self.rounds.iter().map(LongSample::row).collect(),
        }
    }
}
