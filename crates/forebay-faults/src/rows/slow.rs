//! A disk that takes its time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use forebay_testkit::program::Signal;

use super::Run;
use crate::clock;
use crate::load::{Again, Load, post};
use crate::sheet::Findings;
use crate::stage::{Stage, Started};
use crate::trace::{At, AtTheEnd, Calls, Does, Rule};

const CROWD: Load = Load { clients: 64, group_events_max: 2, again: Again::Anew };
/// What it may take, whatever the disk does.
const RESIDENT_KB_MAX: u64 = 128 * 1024;

/// Row 11.
pub(super) fn syncs(run: &mut Run) -> Result<Findings, String> {
    let mut findings = Findings::default();
    for delay_ms in [10, 100, 2_000] {
        let for_s = run.size(if delay_ms == 2_000 { 9 } else { 3 }, 60);
        let stage = Stage::new(run.forebay());
        let rule = Rule { calls: Calls::Syncs, at: At::Every(1), does: Does::Delay(delay_ms) };
        let Started::Listening(running) = stage.start_under(stage.data(), &[rule], AtTheEnd::Leave)
        else {
            return Err("it does not start on a slow disk".to_owned());
        };
        // The first event may have to wait until there is a file for it.
        let began = clock::now();
        post(&running.client, &stage.oracle, &stage.oracle.issue(1))?;
        let first_ms = began.elapsed().as_millis();
        let mut chance = run.chance.fork();
        let (kb, answers) = CROWD.send(&running.client, &stage.oracle, &mut chance, |_| {
            resident_kb_max(running.pid(), Duration::from_secs(for_s))
        })?;
        running.settle()?;
        running.signal(Signal::TERM);
        let (_, report) = running.gone()?;
        let verdict = stage.judge()?;
        let (taken, ms_max) = (answers.taken.into_inner(), answers.ms_max.into_inner());
        // Behind the sync under way, in the next one, and a crowd to be served.
        if ms_max > 3 * delay_ms + 3_000 || kb > RESIDENT_KB_MAX {
            return Err(format!(
                "syncs of {delay_ms} ms: answers in {ms_max} ms, {kb} kB resident"
            ));
        }
        findings.faults += report.fired;
        findings.add(&verdict);
        findings = findings.figure(format!(
            "{delay_ms} ms: {taken} requests taken with {} syncs, the slowest in {ms_max} ms, the very first in {first_ms} ms, {kb} kB",
            report.syncs
        ));
    }
    refused_at_once(run, findings)
}

/// Beyond its limits it refuses at once, however slow the disk is.
fn refused_at_once(run: &mut Run, mut findings: Findings) -> Result<Findings, String> {
    let stage = Stage::new(run.forebay()).with_settings("[backlog]\nevents_max = 30\n");
    let rule = Rule { calls: Calls::Syncs, at: At::Every(1), does: Does::Delay(1_000) };
    let Started::Listening(running) = stage.start_under(stage.data(), &[rule], AtTheEnd::Leave)
    else {
        return Err("it does not start on a slow disk".to_owned());
    };
    let mut chance = run.chance.fork();
    let ((), answers) = CROWD.send(&running.client, &stage.oracle, &mut chance, |_| {
        clock::pause(Duration::from_secs(3));
    })?;
    let sent_away = answers.sent_away.into_inner();
    running.settle()?;
    running.signal(Signal::TERM);
    findings.faults += running.gone()?.1.fired;
    findings.add(&stage.judge()?);
    if sent_away == 0 {
        return Err("nobody is sent away from a backlog that is full".to_owned());
    }
    Ok(findings.figure(format!("beyond its limits {sent_away} sent away with Retry-After")))
}

/// The most memory a process had in this time.
fn resident_kb_max(pid: u32, time: Duration) -> u64 {
    let path = PathBuf::from(format!("/proc/{pid}/status"));
    let mut kb_max = 0;
    clock::comes_true(time, || {
        kb_max = kb_max.max(resident_kb(&path).unwrap_or(0));
        false
    });
    kb_max
}

fn resident_kb(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
