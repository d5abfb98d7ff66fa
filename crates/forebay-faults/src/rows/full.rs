//! A disk without room: filled by others, by the backlog itself, and at any single write.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use nix::mount::{MsFlags, mount, umount};
use rusqlite::Connection;

use super::{Run, failing};
use crate::clock;
use crate::load::{Answer, post};
use crate::sheet::Findings;
use crate::sink::Sink;
use crate::stage::{PATIENCE, Running, Stage};
use crate::trace::{Calls, Does};

/// A sink that was locked is tried again soon.
const SOON: &str = "[consumer]\nretry_ms_first = 5\nretry_ms_max = 50\n";
const SMALL_DISK: &str = "size=8m";
/// More than fits.
const GROUPS_MAX: u64 = 20_000;
const GROUP_EVENTS: u64 = 20;

/// Row 8.
pub(super) fn disk(run: &mut Run) -> Result<Findings, String> {
    let cycles = run.count(20, 20);
    let findings = filled_and_freed(run, cycles)?;
    let no_space = Does::Fail(libc::ENOSPC);
    Ok(findings.and(failing::at_every(run, Calls::Writes, no_space, run.count(15, u64::MAX))?))
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
            return Err(told(format!("there is room, and it takes nothing: {}", running.says())));
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
pub(super) fn until_full(running: &Running, stage: &Stage) -> Result<u64, String> {
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
    Err("that it is full is not noticed".to_owned())
}

/// Keeps a SQLite file from being written until this is dropped.
fn locked(sink: &Sink) -> Result<Connection, String> {
    let Sink::Sqlite(path) = sink else { return Err("only a file can be locked".to_owned()) };
    let connection = Connection::open(path).map_err(|error| error.to_string())?;
    connection.busy_timeout(PATIENCE).map_err(|error| error.to_string())?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| error.to_string())?;
    Ok(connection)
}
