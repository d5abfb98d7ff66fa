//! A disk that is full, that fails, that is slow, that does half of what it is asked for.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use forebay_testkit::program::Signal;
use nix::mount::{MsFlags, mount, umount};
use rusqlite::Connection;

use super::{Run, spread};
use crate::clock;
use crate::load::{Answer, Load, post};
use crate::sheet::Findings;
use crate::sink::Sink;
use crate::stage::{PATIENCE, Running, Stage, Started};
use crate::trace::{At, AtTheEnd, Calls, Does, Report, Rule};

/// A sink that was locked is tried again soon.
const SOON: &str = "[consumer]\nretry_ms_first = 5\nretry_ms_max = 50\n";
const SMALL_DISK: &str = "size=8m";
/// More than fits.
const GROUPS_MAX: u64 = 20_000;
const GROUP_EVENTS: u64 = 20;

/// The events of a workload with one fault in it.
const EVENTS: u64 = 200;

/// Row 8.
pub(super) fn full(run: &mut Run) -> Result<Findings, String> {
    let cycles = run.size(20, 20);
    let findings = filled_and_freed(run, cycles)?;
    let no_space = Does::Fail(libc::ENOSPC);
    Ok(findings.and(at_every(run, Calls::Writes, no_space, run.size(15, u64::MAX))?))
}

/// A file system of 8 MiB, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mounted(path: PathBuf) -> Result<Self, String> {
        fs::create_dir(&path).map_err(|error| error.to_string())?;
        let tmpfs = Some("tmpfs");
        mount(tmpfs, &path, tmpfs, MsFlags::empty(), Some(SMALL_DISK)).map_err(|errno| {
            format!("this row mounts a tmpfs of 8 MiB, which needs root: {errno}")
        })?;
        Ok(Self(path))
    }

    /// Leaves no room for anything.
    fn fill(&self) -> Result<PathBuf, String> {
        let path = self.0.join("ballast");
        let mut file = File::create(&path).map_err(|error| error.to_string())?;
        for piece in [vec![1; 65_536], vec![1; 4_096]] {
            while file.write_all(&piece).is_ok() {}
        }
        Ok(path)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Busy at the first moment after a program on it has ended.
        clock::comes_true(Duration::from_secs(5), || umount(&self.0).is_ok());
    }
}

/// The disk is filled by others and by the backlog itself, in turn, and then there is room again.
fn filled_and_freed(run: &mut Run, cycles: u64) -> Result<Findings, String> {
    let stage = Stage::new(run.forebay()).with_settings(SOON);
    let disk = SmallDisk::mounted(stage.beside("small"))?;
    let stage = stage.with_data(disk.0.join("data"));
    let running = stage.start()?;
    let mut sent_away = 0;
    for cycle in 0..cycles {
        run.tick(cycle, cycles);
        let told = |why: String| format!("cycle {cycle}: {why}");
        if cycle % 2 == 0 {
            let ballast = disk.fill().map_err(told)?;
            sent_away += until_full(&running, &stage).map_err(told)?;
            fs::remove_file(ballast).map_err(|error| error.to_string())?;
        } else {
            let lock = locked(&stage.sink)?;
            sent_away += until_full(&running, &stage).map_err(told)?;
            drop(lock);
        }
        let mut taken = 0;
        let goes_on = clock::comes_true(PATIENCE, || {
            let answer = post(&running.client, &stage.oracle, &stage.oracle.issue(1));
            taken += u64::from(answer == Ok(Answer::Taken));
            taken == 10
        });
        if !goes_on {
            let ready = running.client.get("/readyz").body;
            return Err(told(format!("there is room, and it takes nothing: {ready}")));
        }
        running.settle().map_err(told)?;
    }
    running.stop()?;
    let verdict = stage.judge()?;
    super::killed::nobody_is_dead(&verdict)?;
    let mut findings = Findings::of(cycles)
        .figure(format!("8 MiB full {cycles} times, {sent_away} requests sent away, no restart"));
    findings.add(&verdict);
    Ok(findings)
}

/// Sends until it is full, and some more; returns how often it was sent away.
fn until_full(running: &Running, stage: &Stage) -> Result<u64, String> {
    let mut sent_away = 0;
    for _ in 0..GROUPS_MAX {
        let numbers = stage.oracle.issue(GROUP_EVENTS);
        match post(&running.client, &stage.oracle, &numbers)? {
            Answer::Taken => {}
            Answer::SentAway => sent_away += 1,
            Answer::Gone => return Err("it ended, or cut the connection".to_owned()),
        }
        if sent_away == 5 {
            return Ok(sent_away);
        }
    }
    Err("a full disk is not noticed".to_owned())
}

/// Keeps a SQLite file from being written until this is dropped.
fn locked(sink: &Sink) -> Result<Connection, String> {
    let Sink::Sqlite(path) = sink else { return Err("only a file can be locked".to_owned()) };
    let connection = Connection::open(path).map_err(|error| error.to_string())?;
    connection.busy_timeout(PATIENCE).map_err(|error| error.to_string())?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| error.to_string())?;
    Ok(connection)
}

/// One fault at the calls of a kind, a run for each; what was sent must be taken in the end.
fn at_every(run: &Run, calls: Calls, does: Does, count: u64) -> Result<Findings, String> {
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
    let faults = findings.faults;
    Ok(findings.figure(format!("{does:?} at {faults} of {last} {calls:?}")))
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
            let ready = running.client.get("/readyz").body;
            return Err(format!("it takes nothing any more: {ready}"));
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
pub(super) fn failing_syncs(run: &mut Run) -> Result<Findings, String> {
    let whole = endured(&Stage::new(run.forebay()), &[])?;
    let mut findings = Findings::default();
    for number in spread(run.size(8, u64::MAX), whole.syncs) {
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
                if at_the_end == AtTheEnd::Leave {
                    stage.oracle.reconsider(&numbers);
                }
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
    match (report.fired, refused) {
        (1.., 0) => Err("a sync failed and nobody was told".to_owned()),
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
        (Calls::Reads, Does::Halve),
        (Calls::Reads, Does::Fail(libc::EINTR)),
    ];
    for (calls, does) in faults {
        all = all.and(at_every(run, calls, does, run.size(5, u64::MAX))?);
    }
    Ok(all.and(failing_reads(run)?))
}

/// A backlog that is there is opened, and reading it fails: once, and then no more.
fn failing_reads(run: &Run) -> Result<Findings, String> {
    let mut findings = Findings::default();
    for number in spread(run.size(5, 100), run.size(40, 100)) {
        let mut stage = Stage::new(run.forebay());
        let sink = std::mem::replace(&mut stage.sink, Sink::Nowhere);
        let running = stage.start()?;
        for _ in 0..20 {
            post(&running.client, &stage.oracle, &stage.oracle.issue(10))?;
        }
        running.kill();
        stage.sink = sink;
        let rule =
            Rule { calls: Calls::Reads, at: At::Number(number), does: Does::Fail(libc::EIO) };
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
        findings.add(&stage.demand().map_err(|why| format!("EIO at read {number}: {why}"))?);
    }
    let faults = findings.faults;
    Ok(findings.figure(format!("EIO at {faults} reads of a start")))
}

const CROWD: Load = Load { clients: 64, group_events_max: 2 };
/// What it may take, whatever the disk does.
const RESIDENT_KB_MAX: u64 = 128 * 1024;

/// Row 11.
pub(super) fn slow(run: &mut Run) -> Result<Findings, String> {
    let mut findings = Findings::default();
    for delay_ms in [10, 100, 2_000] {
        let for_s = run.size(if delay_ms == 2_000 { 9 } else { 3 }, 60);
        let stage = Stage::new(run.forebay());
        let rule = Rule { calls: Calls::Syncs, at: At::Every(1), does: Does::Delay(delay_ms) };
        let Started::Listening(running) = stage.start_under(stage.data(), &[rule], AtTheEnd::Leave)
        else {
            return Err("it does not start on a slow disk".to_owned());
        };
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
            "{delay_ms} ms: {taken} requests taken with {} syncs, the slowest in {ms_max} ms, {kb} kB",
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
