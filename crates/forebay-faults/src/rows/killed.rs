//! `kill -9`, at moments that nobody chose.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use forebay_testkit::program::Signal;
use rusqlite::Connection;

use super::{Form, Run};
use crate::clock;
use crate::load::{Again, Load};
use crate::oracle::Verdict;
use crate::sheet::Findings;
use crate::sink::Sink;
use crate::stage::{PATIENCE, Running, Stage};

const LOAD: Load = Load { clients: 64, group_events_max: 4, again: Again::UnderItsKey };
/// A kill comes after so many further events were acknowledged, at most.
const EVENTS_BEFORE_A_KILL: u64 = 600;
/// The sink is locked for so long, and then free for as long.
const SLOW_SINK: Duration = Duration::from_millis(20);
const GIGABYTE: f64 = 1e9;
/// So often a start may be too slow, one after the other.
const STARTS_MAX: u32 = 5;

/// Row 1.
pub(super) fn at_random(run: &mut Run) -> Result<Findings, String> {
    let kills = run.count(50, 1000);
    let stage = Stage::new(run.forebay());
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        run.tick(kill, kills);
        let running = started_in_time(&stage, run.form);
        let running = running.map_err(|why| format!("after {kill} kills {why}"))?;
        slowest = slowest.max(running.start_took);
        kill_under_load(&stage, running, run, LOAD)?;
    }
    let verdict = stage.demand()?;
    nobody_is_dead(&verdict)?;
    let mut findings =
        Findings::of(kills).figure(format!("slowest start {} ms", slowest.as_millis()));
    findings.add(&verdict);
    Ok(findings)
}

/// Starts it in the time that is promised. A machine may be busy with something else for a moment: then it is
/// killed at once and started again, some times.
fn started_in_time(stage: &Stage, form: Form) -> Result<Running, String> {
    let mut why = String::new();
    for _ in 0..STARTS_MAX {
        let running = stage.start()?;
        let (took, bytes) = (running.start_took, bytes_in(stage.data()));
        // How fast a machine is that tests what is not optimized is not the question.
        if form == Form::Short || took.as_secs_f64() <= 1.0 + bytes / GIGABYTE {
            return Ok(running);
        }
        why = format!(
            "a start took {took:?} with {:.0} kB on disk; 1 s, and 1 s a GB, is promised",
            bytes / 1e3
        );
        running.kill();
    }
    Err(why)
}

/// Row 0: what must be found when the promise is not kept.
pub(super) fn in_memory(run: &mut Run) -> Result<Findings, String> {
    let kills = run.size(3, 10);
    let stage = Stage::new(run.forebay()).with_backlog("memory:");
    for _ in 0..kills {
        let running = stage.start()?;
        // It forgets its keys with everything else.
        kill_under_load(&stage, running, run, Load { again: Again::Anew, ..LOAD })?;
    }
    let running = stage.start()?;
    running.settle()?;
    running.stop()?;
    let verdict = stage.oracle.judge(&stage.sink.read()?);
    if verdict.missing.is_empty() {
        return Err(format!("nothing was lost, or nobody noticed: {verdict}"));
    }
    if !verdict.twice.is_empty() || !verdict.wrong.is_empty() {
        return Err(verdict.to_string());
    }
    // None of them counts as acknowledged: this backlog promises nothing.
    let lost = verdict.missing.len();
    Ok(Findings::of(kills).figure(format!("saw {lost} lost by a backlog in memory")))
}

/// Sends with all clients into a slow sink, and kills it at some moment.
fn kill_under_load(
    stage: &Stage,
    running: Running,
    run: &mut Run,
    load: Load,
) -> Result<(), String> {
    let enough = stage.oracle.acknowledged() + 1 + run.chance.below(EVENTS_BEFORE_A_KILL);
    let mut chance = run.chance.fork();
    let client = running.client.clone();
    let ((), _) = load.send(&client, &stage.oracle, &mut chance, |answers| {
        slow_until(&stage.sink, || {
            stage.oracle.acknowledged() >= enough || answers.is_over.load(Ordering::Relaxed)
        });
        running.signal(Signal::KILL);
        // The clients notice by themselves.
        drop(running.program.wait(PATIENCE));
    })?;
    Ok(())
}

/// Keeps the sink busy half of the time.
fn slow_until(sink: &Sink, is_over: impl Fn() -> bool) {
    let Sink::Sqlite(path) = sink else { return };
    while !is_over() {
        if let Ok(connection) = Connection::open(path)
            && connection.execute_batch("BEGIN IMMEDIATE").is_ok()
        {
            clock::comes_true(SLOW_SINK, &is_over);
        }
        clock::comes_true(SLOW_SINK, &is_over);
    }
}

pub(super) fn nobody_is_dead(verdict: &Verdict) -> Result<(), String> {
    if verdict.dead == 0 {
        Ok(())
    } else {
        Err(format!("{} events are dead letters, and none was refused", verdict.dead))
    }
}

/// What a folder holds, roughly.
fn bytes_in(folder: &Path) -> f64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes =
        files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum::<u64>();
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let bytes = bytes as f64;
    bytes
}
