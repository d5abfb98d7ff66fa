//! The end at a chosen system call: of the process, or of everything that was not synced.

use std::path::Path;

use forebay_testkit::program::client::Client;

use super::{Run, spread};
use crate::load::{Answer, post};
use crate::oracle::Oracle;
use crate::sheet::Findings;
use crate::stage::{Running, Stage, Started};
use crate::trace::{At, AtTheEnd, Calls, Does, Report, Rule};

/// The events of a workload, each a request of its own.
const EVENTS: u64 = 200;

/// Row 2.
pub(super) fn killed_at_a_call(run: &mut Run) -> Result<Findings, String> {
    let whole = workload(&Stage::new(run.forebay()), &[], AtTheEnd::Leave)?;
    let mut findings = Findings::default();
    let samples = [
        (Calls::All, whole.calls, run.count(30, whole.calls)),
        (Calls::Lasting, whole.lasting, run.count(30, whole.lasting)),
    ];
    for (calls, last, count) in samples {
        for number in spread(count, last) {
            run.tick(number, last);
            let stage = Stage::new(run.forebay());
            let kill = Rule { calls, at: At::Number(number), does: Does::Kill };
            let report = workload(&stage, &[kill], AtTheEnd::Leave);
            let verdict = report.and_then(|report| {
                findings.faults += report.fired;
                stage.demand()
            });
            findings.add(&verdict.map_err(|why| format!("killed at {calls:?} {number}: {why}"))?);
        }
    }
    let Report { calls, lasting, .. } = whole;
    Ok(findings
        .figure(format!("of {calls} system calls, {lasting} of them changing or syncing files")))
}

/// Row 7.
pub(super) fn lost(run: &mut Run) -> Result<Findings, String> {
    let whole = workload(&Stage::new(run.forebay()), &[], AtTheEnd::LoseUnsynced)?;
    let losses = run.count(10, 100);
    let mut findings = Findings::default();
    let mut undone = 0;
    for loss in 0..losses {
        run.tick(2 * loss, 2 * losses);
        let stage = Stage::new(run.forebay());
        // The second one may find it in the middle of its recovery.
        for _ in 0..2 {
            let number = 1 + run.chance.below(whole.lasting);
            let loss = Rule { calls: Calls::Lasting, at: At::Number(number), does: Does::Kill };
            let report = workload(&stage, &[loss], AtTheEnd::LoseUnsynced)
                .map_err(|why| format!("lost at {number}: {why}"))?;
            findings.faults += 1;
            undone += report.undone;
        }
        findings.add(&stage.demand()?);
    }
    Ok(findings.figure(format!("{undone} unsynced changes undone")))
}

/// Row 0, again: what must be found when the disk itself does not keep its promise.
pub(super) fn lied_to(run: &mut Run) -> Result<Findings, String> {
    let stage = Stage::new(run.forebay());
    let lie = Rule { calls: Calls::Syncs, at: At::Every(1), does: Does::Lie };
    workload(&stage, &[lie], AtTheEnd::LoseUnsynced)?;
    let running = stage.start()?;
    running.settle()?;
    running.stop()?;
    let verdict = stage.oracle.judge(&stage.sink.read()?);
    match verdict.missing.len() {
        0 => Err(format!("nothing was lost on a disk that lies: {verdict}")),
        lost => Ok(Findings::of(1).figure(format!("saw {lost} lost on a disk that lies"))),
    }
}

/// Starts it under a watcher, sends the events one by one, and stops it, unless a rule was quicker.
pub(super) fn workload(
    stage: &Stage,
    rules: &[Rule],
    at_the_end: AtTheEnd,
) -> Result<Report, String> {
    let root: &Path = &stage.case();
    let (ended, report) = match stage.start_under(root, rules, at_the_end) {
        Started::Listening(running) => {
            let is_alive = send_all(&running, &stage.oracle)?;
            if is_alive {
                // It may be killed at the last moment, too.
                running.signal(forebay_testkit::program::Signal::TERM);
            }
            running.gone()?
        }
        Started::Ended(ended) => {
            let (ended, report) = *ended;
            let report = report.ok_or_else(|| format!("nobody watched it: {}", ended.stderr))?;
            (ended, report)
        }
    };
    if let Some(what) = report.unfollowed.first() {
        return Err(format!("it writes in a way that cannot be followed: {what}"));
    }
    if report.fired == 0 && ended.code != Some(0) {
        return Err(format!("it ended with {:?} untouched: {}", ended.code, ended.stderr));
    }
    Ok(report)
}

/// Sends them all; says whether the program outlived it.
fn send_all(running: &Running, oracle: &Oracle) -> Result<bool, String> {
    let client: &Client = &running.client;
    for _ in 0..EVENTS {
        match post(client, oracle, &oracle.issue(1))? {
            Answer::Taken => {}
            Answer::SentAway => return Err("it refused an event without a reason".to_owned()),
            Answer::Gone => return Ok(false),
        }
    }
    Ok(true)
}
