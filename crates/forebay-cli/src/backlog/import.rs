//! `forebay backlog import`: events from a file, appended to a backlog that nobody uses.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use forebay_backlog::{Backlog as _, DiskBacklog, Event, Limits, OpenError};
use serde_json::json;

use super::line;
use crate::outcome::Failure;
use crate::output;
use crate::progress::Progress;

/// What `forebay backlog import` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) path: PathBuf,
    pub(super) file: PathBuf,
    pub(super) damaged: Damaged,
    pub(super) json: bool,
}

/// What becomes of a file with damaged lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damaged {
    /// Nothing of it is appended.
    Refuse,
    /// The others are.
    Skip,
}

/// So much is appended as one group, all or nothing.
const GROUP_EVENTS_MAX: usize = 1_000;
const GROUP_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// So many damaged lines are told one by one.
const TOLD_MAX: usize = 10;

/// Imported events are there already as far as the world is concerned: no limit turns them away.
const LIMITS: Limits = Limits { events_max: u64::MAX / 2, bytes_max: u64::MAX / 2 };

/// What was found in the file.
#[derive(Debug, Default)]
struct Findings {
    events: u64,
    bytes: u64,
    damaged: u64,
    /// The first of them, with their numbers.
    told: Vec<String>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let Options { path, file, damaged, json } = options;
    let findings = look_through(file)?;
    for damage in &findings.told {
        output::tell(damage);
    }
    if findings.damaged > 0 && *damaged == Damaged::Refuse {
        return Err(Failure::Failed(format!(
            "{} of {} lines are damaged; nothing was appended: mend them, or add --skip-damaged to \
             go on without them",
            findings.damaged,
            findings.damaged + findings.events,
        )));
    }
    let backlog = DiskBacklog::open(path, LIMITS).map_err(|error| not_opened(&error))?;
    append(&backlog, file, &findings)?;
    let told = match json {
        true => json!({ "imported": findings.events, "damaged": findings.damaged }).to_string(),
        false => format!("{} events imported, {} left out", findings.events, findings.damaged),
    };
    output::line(&mut io::stdout().lock(), &told).map_err(|error| Failure::of_output(&error))
}

/// Reads the file without touching anything.
fn look_through(file: &Path) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    let progress = Progress::start("looking through", length(file)?);
    for_each_line(file, |number, text, read| {
        match line::read(text) {
            Ok(_) => findings.events += 1,
            Err(reason) => {
                findings.damaged += 1;
                if findings.told.len() < TOLD_MAX {
                    findings.told.push(format!("{}:{number}: {reason}", file.display()));
                }
            }
        }
        findings.bytes = read;
        progress.at(read);
        Ok(())
    })?;
    progress.end();
    Ok(findings)
}

fn append(backlog: &DiskBacklog, file: &Path, findings: &Findings) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| Failure::Failed(format!("cannot start: {error}")))?;
    let progress = Progress::start("appending", findings.bytes);
    let (mut group, mut bytes, mut done) = (Vec::new(), 0, 0_u64);
    let mut flush = |group: &mut Vec<Event>, last: usize| {
        let count = group.len() as u64;
        let taken = runtime.block_on(backlog.append(std::mem::take(group).into()));
        taken.map_err(|error| {
            Failure::Failed(format!(
                "{error}; the first {done} events are appended, up to and without the group that \
                 ends on line {last}"
            ))
        })?;
        done += count;
        Ok(())
    };
    let mut last = 0;
    for_each_line(file, |number, text, read| {
        last = number;
        // What was good a moment ago and is not any more was told as damaged by nobody.
        if let Ok(event) = line::read(text) {
            bytes += event.bytes();
            group.push(event);
        }
        if group.len() >= GROUP_EVENTS_MAX || bytes >= GROUP_BYTES_MAX {
            flush(&mut group, number)?;
            bytes = 0;
            progress.at(read);
        }
        Ok(())
    })?;
    if !group.is_empty() {
        flush(&mut group, last)?;
    }
    progress.end();
    Ok(())
}

fn length(file: &Path) -> Result<u64, Failure> {
    std::fs::metadata(file).map(|found| found.len()).map_err(|error| unreadable(file, &error))
}

/// Calls `each` with every line that is not blank, its number, and how many bytes are read by then.
fn for_each_line(
    file: &Path,
    mut each: impl FnMut(usize, &[u8], u64) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut lines = BufReader::new(File::open(file).map_err(|error| unreadable(file, &error))?);
    let (mut text, mut number, mut read) = (Vec::new(), 0, 0);
    loop {
        text.clear();
        let bytes = lines.read_until(b'\n', &mut text).map_err(|error| unreadable(file, &error))?;
        if bytes == 0 {
            return Ok(());
        }
        number += 1;
        read += bytes as u64;
        if !text.trim_ascii().is_empty() {
            each(number, text.trim_ascii(), read)?;
        }
    }
}

fn unreadable(file: &Path, error: &io::Error) -> Failure {
    Failure::Failed(format!("cannot read {}: {error}", file.display()))
}

fn not_opened(error: &OpenError) -> Failure {
    let hint = match error {
        OpenError::InUse { .. } => "; or send the events to the service that runs, over HTTP",
        _ => "",
    };
    Failure::Failed(format!("{error}{hint}; nothing was appended"))
}
