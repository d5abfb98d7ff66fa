//! What needs no fault to go wrong: nothing to do, one event at a time, two programs at once.

use std::collections::BTreeMap;
use std::time::Duration;
use std::{fmt, fs, thread};

use serde_json::Value;

use super::Run;
use crate::clock;
use crate::load::{Answer, post};
use crate::sheet::Findings;
use crate::stage::{Running, Stage, quiet_points};

/// How long an event may take from an idle program into the sink.
const DELIVERED_WITHIN: Duration = Duration::from_secs(5);

/// Row 13.
pub(super) fn two_at_once(run: &mut Run) -> Result<Findings, String> {
    let races = run.count(10, 100);
    let stage = Stage::new(run.forebay());
    for race in 0..races {
        run.tick(race, races);
        let told = |why: String| format!("race {race}: {why}");
        let (one, other) = thread::scope(|scope| {
            let other = scope.spawn(|| stage.start());
            (stage.start(), other.join().expect("a start does not panic"))
        });
        let (winner, loser) = match (one, other) {
            (Ok(winner), Err(loser)) | (Err(loser), Ok(winner)) => (winner, loser),
            (Ok(_), Ok(_)) => return Err(told("both have the folder".to_owned())),
            (Err(one), Err(other)) => return Err(told(format!("nobody has it: {one}; {other}"))),
        };
        if !loser.contains("in use by another process") {
            return Err(told(format!("the other one does not say why: {loser}")));
        }
        if post(&winner.client, &stage.oracle, &stage.oracle.issue(1))? != Answer::Taken {
            return Err(told("the winner takes nothing".to_owned()));
        }
        winner.kill();
    }
    let verdict = stage.demand()?;
    let mut findings = Findings::of(races).figure("one wins, the other says who has the folder");
    findings.add(&verdict);
    Ok(findings)
}

/// Row 16.
pub(super) fn one_by_one(run: &mut Run) -> Result<Findings, String> {
    let events = run.size(2_000, 100_000);
    let stage = Stage::new(run.forebay());
    let running = stage.start()?;
    let mut slowest = Duration::ZERO;
    for number in 1..=events {
        run.tick(number, events);
        if post(&running.client, &stage.oracle, &stage.oracle.issue(1))? != Answer::Taken {
            return Err(format!("event {number} is not taken"));
        }
        let began = clock::now();
        let is_there = clock::comes_true(DELIVERED_WITHIN, || {
            running.client.status()["delivered"].as_u64() == Some(number)
        });
        if !is_there {
            return Err(format!("event {number} is stuck: {}", running.client.status()));
        }
        slowest = slowest.max(began.elapsed());
    }
    running.stop()?;
    let verdict = stage.judge()?;
    let mut findings = Findings::of(events)
        .figure(format!("0 stuck, the slowest after {} ms", slowest.as_millis()));
    findings.add(&verdict);
    Ok(findings)
}

/// Row 17.
pub(super) fn idle(run: &mut Run) -> Result<Findings, String> {
    let for_s = run.size(10, 60);
    let stage = Stage::new(run.forebay());
    let running = stage.start()?;
    // It has worked, so that every part of it is awake, and is done.
    post(&running.client, &stage.oracle, &stage.oracle.issue(100))?;
    running.settle()?;
    running.program.runs_for(Duration::from_secs(2));
    let mut looked = rest(&running, for_s)?;
    for _ in 1..LOOKS_MAX {
        if looked.is_idle() {
            break;
        }
        looked = rest(&running, for_s)?;
    }
    if !looked.is_idle() {
        return Err(format!("{looked} of nothing, and {LOOKS_MAX} times"));
    }
    running.stop()?;
    let mut findings = Findings::of(1).figure(looked.to_string());
    findings.add(&stage.judge()?);
    Ok(findings)
}

/// A neighbor's load may be charged to who wakes for a moment, or what was to be done after the work comes late; who is
/// never idle is not at any look.
const LOOKS_MAX: usize = 3;

/// What a program did that had nothing to do.
struct Rest {
    for_s: u64,
    ticks: u64,
    switches: u64,
}

impl Rest {
    fn is_idle(&self) -> bool {
        // One tick may have been nearly full before.
        self.ticks <= 1 && self.switches <= 2 * self.for_s
    }
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ticks, {} switches in {} s", self.ticks, self.switches, self.for_s)
    }
}

fn rest(running: &Running, for_s: u64) -> Result<Rest, String> {
    let program = &running.program;
    let (ticks, sleeps) = (program.processor_ticks(), sleeps_of(running.pid()));
    if !program.runs_for(Duration::from_secs(for_s)) {
        return Err("it ended".to_owned());
    }
    let ticks = program.processor_ticks() - ticks;
    // A thread that has ended meanwhile takes its figure with it.
    let since = |(thread, now): (&u32, &u64)| now - sleeps.get(thread).unwrap_or(&0);
    let switches = sleeps_of(running.pid()).iter().map(since).sum();
    Ok(Rest { for_s, ticks, switches })
}

/// How often each thread of a process has gone to sleep.
fn sleeps_of(pid: u32) -> BTreeMap<u32, u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let sleeps = threads.filter_map(|thread| {
        let number = thread.file_name().to_str()?.parse().ok()?;
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        Some((number, line.trim().parse().ok()?))
    });
    sleeps.collect()
}

/// What a metric comes to, whatever its labels are.
fn sum_of(metrics: &str, name: &str) -> Option<Value> {
    let name = format!("forebay_{name}{{");
    let lines = metrics.lines().filter(|line| line.starts_with(&name));
    let figures = lines.map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    figures.sum::<Option<u64>>().map(Value::from)
}

/// Row 22: the others look at every quiet point; here once more, and at the metrics.
pub(super) fn balanced(run: &mut Run) -> Result<Findings, String> {
    let stage = Stage::new(run.forebay());
    for _ in 0..run.size(3, 30) {
        let running = stage.start()?;
        for _ in 0..20 {
            post(&running.client, &stage.oracle, &stage.oracle.issue(1 + run.chance.below(50)))?;
            running.balanced_status()?;
        }
        let status = running.settle()?;
        let metrics = running.client.get("/metrics").body;
        for (metric, figure) in [
            ("ingest_events_total", "accepted"),
            ("queue_delivered_total", "delivered"),
            ("queue_events", "waiting"),
            ("queue_in_flight_events", "in_flight"),
            ("queue_dropped_total", "dropped"),
            ("dead_letter_total", "dead"),
        ] {
            if sum_of(&metrics, metric).as_ref() != Some(&status[figure]) {
                let figure = &status[figure];
                return Err(format!("`{metric}` is not {figure}, as /status says:\n{metrics}"));
            }
        }
        running.kill();
    }
    let verdict = stage.demand()?;
    let mut findings = Findings::default()
        .figure(format!("in balance at {} looks of this run, never negative", quiet_points()));
    findings.add(&verdict);
    Ok(findings)
}
