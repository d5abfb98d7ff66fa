//! A disk that fails, and calls that do half of what they are asked for.

use forebay_testkit::program::Signal;

use super::{Run, spread};
use crate::clock;
use crate::load::{Answer, post};
use crate::sheet::Findings;
use crate::sink::Sink;
use crate::stage::{PATIENCE, Running, Stage, Started};
use crate::trace::{At, AtTheEnd, Calls, Does, Report, Rule};

/// The events of a workload with one fault in it.
const EVENTS: u64 = 200;

/// One fault at the calls of a kind, a run for each; what was sent must be taken in the end.
pub(super) fn at_every(
    run: &Run,
    calls: Calls,
    does: Does,
    count: u64,
) -> Result<Findings, String> {
    let whole = endured(&Stage::new(run.forebay()), &[])?;
    let last = match calls {
        Calls::Writes => whole.writes,
        Calls::Syncs => whole.syncs,
        Calls::Reads => whole.reads,
        Calls::All | Calls::Lasting => whole.lasting,
    };
    let mut findings = Findings::default();
    for number in spread(count, last) {
        run.tick(number, last);
        let stage = Stage::new(run.forebay());
        let rule = Rule { calls, at: At::Number(number), does };
        let outcome = endured(&stage, &[rule]).and_then(|report| {
            findings.faults += report.fired;
            stage.demand()
        });
        let told = |why| format!("{does:?} at number {number} of {calls:?}: {why}");
        findings.add(&outcome.map_err(told)?);
    }
    match findings.faults {
        0 => Err(format!("there are no {calls:?}: nothing was tried")),
        faults => Ok(findings.figure(format!("{does:?} at {faults} of {last} {calls:?}"))),
    }
}

/// Sends every event until it is taken, then stops the program. One that refuses to start under a
/// fault, and says why, is left at that.
fn endured(stage: &Stage, rules: &[Rule]) -> Result<Report, String> {
    let running = match stage.start_under(stage.data(), rules, AtTheEnd::Leave) {
        Started::Listening(running) => running,
        Started::Ended(ended) => {
            let (ended, report) = *ended;
            let report = report.filter(|report| report.fired > 0 && !ended.stderr.is_empty());
            return report.ok_or_else(|| format!("it does not start: {}", ended.stderr));
        }
    };
    for _ in 0..EVENTS {
        let mut answer = Ok(Answer::SentAway);
        let is_taken = clock::comes_true(PATIENCE, || {
            answer = post(&running.client, &stage.oracle, &stage.oracle.issue(1));
            answer != Ok(Answer::SentAway)
        });
        if !is_taken || answer? != Answer::Taken {
            return Err(format!("it takes nothing any more: {}", running.says()));
        }
    }
    running.settle()?;
    running.signal(Signal::TERM);
    let (ended, report) = running.gone()?;
    match ended.code {
        Some(0) => Ok(report),
        code => Err(format!("it ended with {code:?}: {}", ended.stderr)),
    }
}

/// Row 9.
pub(super) fn syncs(run: &mut Run) -> Result<Findings, String> {
    let whole = endured(&Stage::new(run.forebay()), &[])?;
    let mut findings = Findings::default();
    for number in spread(run.count(8, u64::MAX), whole.syncs) {
        run.tick(number, whole.syncs);
        // What the failed sync should have written is there afterwards, or it is not.
        for at_the_end in [AtTheEnd::LoseUnsynced, AtTheEnd::Leave] {
            let stage = Stage::new(run.forebay());
            let outcome = broken(&stage, number, at_the_end).and_then(|report| {
                findings.faults += report.fired;
                stage.demand()
            });
            let told = |why| format!("EIO at sync {number}, then {at_the_end:?}: {why}");
            findings.add(&outcome.map_err(told)?);
        }
    }
    Ok(findings.figure(format!("EIO at syncs from 1 to {}", whole.syncs)))
}

/// Sends until it takes nothing more, looks whether it says why, and kills it.
fn broken(stage: &Stage, number: u64, at_the_end: AtTheEnd) -> Result<Report, String> {
    let does = Does::FailForGood(libc::EIO);
    let rule = Rule { calls: Calls::Syncs, at: At::Number(number), does };
    let running = match stage.start_under(stage.data(), &[rule], at_the_end) {
        Started::Listening(running) => running,
        Started::Ended(ended) => {
            let (ended, report) = *ended;
            let told = report.filter(|report| report.fired > 0 && !ended.stderr.is_empty());
            return told.ok_or_else(|| format!("it does not start: {}", ended.stderr));
        }
    };
    let mut refused = 0;
    for _ in 0..EVENTS + 5 {
        let numbers = stage.oracle.issue(1);
        match post(&running.client, &stage.oracle, &numbers)? {
            Answer::Taken if refused > 0 => {
                return Err("it takes events again after a failed sync".to_owned());
            }
            Answer::Taken => {}
            Answer::SentAway => {
                refused += 1;
                // Written before the sync failed, it may be there after the next start all the same.
                stage.oracle.reconsider(&numbers);
            }
            Answer::Gone => break,
        }
        if refused == 1 {
            says_why(&running)?;
        }
        if refused == 5 {
            break;
        }
    }
    running.signal(Signal::KILL);
    let (_, report) = running.gone()?;
    // A sync of what is made ahead may fail and nobody is told: the writer does without. Whether anything that was
    // acknowledged needed it, the oracle says.
    match (report.fired, refused) {
        (0, 1..) => Err("it refuses events, and nothing has failed".to_owned()),
        _ => Ok(report),
    }
}

fn says_why(running: &Running) -> Result<(), String> {
    let ready = running.client.get("/readyz");
    if ready.status == 503 && ready.body.len() > 20 {
        Ok(())
    } else {
        Err(format!("/readyz does not say why: {} {}", ready.status, ready.body))
    }
}

/// Row 10.
pub(super) fn half_done(run: &mut Run) -> Result<Findings, String> {
    let mut all = Findings::default();
    let faults = [
        (Calls::Writes, Does::Halve),
        (Calls::Writes, Does::Fail(libc::EINTR)),
        (Calls::Syncs, Does::Fail(libc::EINTR)),
    ];
    for (calls, does) in faults {
        all = all.and(at_every(run, calls, does, run.count(5, u64::MAX))?);
    }
    for does in [Does::Halve, Does::Fail(libc::EINTR), Does::Fail(libc::EIO)] {
        all = all.and(reads(run, does)?);
    }
    Ok(all)
}

/// A backlog that is there is opened, and a call that reads it fails, once.
fn reads(run: &Run, does: Does) -> Result<Findings, String> {
    let mut findings = Findings::default();
    for number in spread(run.size(4, 40), run.size(16, 40)) {
        let mut stage = Stage::new(run.forebay());
        let sink = std::mem::replace(&mut stage.sink, Sink::Nowhere);
        let running = stage.start()?;
        for _ in 0..20 {
            post(&running.client, &stage.oracle, &stage.oracle.issue(10))?;
        }
        running.kill();
        stage.sink = sink;
        let rule = Rule { calls: Calls::Reads, at: At::Number(number), does };
        match stage.start_under(stage.data(), &[rule], AtTheEnd::Leave) {
            Started::Listening(running) => {
                running.signal(Signal::KILL);
                findings.faults += running.gone()?.1.fired;
            }
            Started::Ended(ended) if ended.0.stderr.is_empty() => {
                return Err(format!("it ends at a failed read, {number}, without a word"));
            }
            Started::Ended(ended) => findings.faults += ended.1.map_or(0, |report| report.fired),
        }
        findings.add(&stage.demand().map_err(|why| format!("{does:?} at read {number}: {why}"))?);
    }
    match findings.faults {
        0 => Err("a start with a backlog reads nothing: nothing was tried".to_owned()),
        faults => Ok(findings.figure(format!("{does:?} at {faults} reads of a start"))),
    }
}
