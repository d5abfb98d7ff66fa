//! Looking after a backlog on disk: what is in it, whether it is intact, mending it, taking a copy.
//!
//! All but [`repair()`] only read, and may be used while the backlog is at work. What is read then is how it
//! was a moment ago.

mod export;
mod repair;

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::aside;
use super::error::OpenError;
use super::holdings::Segment;
use super::identity::{Identity, identify};
use super::recover::{Files, Place, Recovered, recover};
use super::scan::{Found, Scanner};
use super::segment::{FORMAT, Id, log_name};
use super::volume::{Directory, Volume};
use super::{Recovery, lock};
use crate::MarkLimits;

pub use export::{Export, export};
pub use repair::{Repair, repair};

/// A backlog at work is looked at so often, if it looks damaged in another place each time.
const LOOKS_MAX: u32 = 20;

/// What is in a backlog.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Its format.
    pub format: u32,
    /// What tells it from others.
    pub id: uuid::Uuid,
    /// How it would be found if it were opened now.
    pub recovery: Recovery,
    /// What its unfinished events count, in bytes.
    pub bytes: u64,
    /// When the first of them was accepted, in milliseconds of Unix time; of its segment, when others of
    /// that are finished.
    pub oldest_received_at_ms: Option<i64>,
    /// Keys that are remembered.
    pub marks: u64,
    /// Its files that have unfinished events in them, the oldest first.
    pub segments: Vec<SegmentInspection>,
}

/// What is in a file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentInspection {
    /// Its name.
    pub file: String,
    /// How long its records are, in bytes.
    pub bytes: u64,
    /// Unfinished events.
    pub events: u64,
    /// How many of its bytes are not there: the file is shorter than its records.
    pub absent_bytes: u64,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub file: String,
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub bytes: u64,
    /// How many of these bytes are not there: the file ends before.
    pub absent_bytes: u64,
}

/// Whether a backlog is intact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verification {
    /// Unfinished events that are intact.
    pub events: u64,
    /// Unfinished events that are lost.
    pub lost: u64,
    /// Where it is damaged, as far as that is not set aside.
    pub damage: Vec<Damage>,
    /// Damaged places that are set aside already, in `quarantine/`.
    pub set_aside: u64,
    /// What was being written when it ended, and was never acknowledged. No damage.
    pub torn: Vec<Damage>,
    /// Files that should be there.
    pub missing: Vec<String>,
}

impl Verification {
    /// Whether nothing is lost and nothing is damaged.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.damage.is_empty() && self.missing.is_empty() && self.lost == 0
    }
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are done.
    pub bytes_done: u64,
    /// Bytes in all.
    pub bytes_total: u64,
}

/// A backlog that is there.
#[derive(Debug)]
struct Backlog {
    volume: Arc<dyn Volume>,
    id: Id,
    found: Recovered,
}

/// Finds the backlog in a folder, and touches nothing.
fn find(path: &Path) -> Result<Backlog, OpenError> {
    let none = || OpenError::NoBacklog { path: path.to_owned() };
    if !lock::is_there(path)? {
        return Err(none());
    }
    let volume: Arc<dyn Volume> = Arc::new(Directory::new(path));
    let id = match identify(&*volume, path)? {
        Identity::Known(id) | Identity::Found(id) => id,
        Identity::Empty => return Err(none()),
        Identity::Lost => Id::default(),
    };
    let marks_max = MarkLimits::default().marks_max;
    let found = look(|| recover(&*volume, id, marks_max));
    let found = found.map_err(|error| unreadable(path, &error))?;
    Ok(Backlog { volume, id, found })
}

/// Looks again where there is damage: what somebody was writing in just then looks otherwise the next
/// time, and what is damaged looks the same.
fn look(recover: impl Fn() -> io::Result<Recovered>) -> io::Result<Recovered> {
    let mut found = recover()?;
    for _again in 0..LOOKS_MAX {
        if found.damaged.is_empty() && found.missing.is_empty() {
            break;
        }
        let before = (found.damaged, found.missing, found.lost);
        found = recover()?;
        if before == (found.damaged.clone(), found.missing.clone(), found.lost) {
            break;
        }
    }
    Ok(found)
}

/// Whether a process is at work on the backlog in the folder `path`. Only looks.
///
/// # Errors
/// It cannot be looked at: see [`OpenError`].
pub fn is_in_use(path: impl AsRef<Path>) -> Result<bool, OpenError> {
    lock::is_taken(path.as_ref())
}

fn unreadable(path: &Path, error: &io::Error) -> OpenError {
    OpenError::folder(path, "cannot be read", error)
}

/// Says what is in the backlog in the folder `path`. Only reads, and little: what the newest file says of the
/// others, and how long they are. The backlog may be at work.
///
/// # Errors
/// There is none, or it cannot be read: see [`OpenError`].
pub fn inspect(path: impl AsRef<Path>) -> Result<Inspection, OpenError> {
    let path = path.as_ref();
    let Backlog { volume, id, found } = find(path)?;
    let recovery = Recovery::of(&found);
    let segments = found.holdings.segments.iter().map(|(&number, segment)| {
        let file = log_name(number);
        let bytes = segment.end;
        let absent_bytes = bytes.saturating_sub(length(&*volume, &file)?.unwrap_or(bytes));
        Ok(SegmentInspection { file, bytes, events: segment.events + segment.strays, absent_bytes })
    });
    let segments: io::Result<_> = segments.collect();
    Ok(Inspection {
        format: FORMAT,
        id: uuid::Uuid::from_bytes(id),
        recovery,
        bytes: found.holdings.unfinished().1,
        oldest_received_at_ms: found.holdings.oldest_at_ms(),
        marks: found.marks.len() as u64,
        segments: segments.map_err(|error| unreadable(path, &error))?,
    })
}

/// How long a file is; nothing if it is gone by now. One that is done has another name before it is emptied,
/// so it must have its name still afterwards.
fn length(volume: &dyn Volume, name: &str) -> io::Result<Option<u64>> {
    let length = || volume.open(name)?.len().and_then(|bytes| volume.open(name).map(|_| bytes));
    match length() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the whole backlog in the folder `path`, and says where it is damaged. Only reads; the backlog
/// may be at work.
///
/// # Errors
/// There is none, or it cannot be read: see [`OpenError`]. Damage is no error.
pub fn verify(
    path: impl AsRef<Path>,
    mut progress: impl FnMut(Progress),
) -> Result<Verification, OpenError> {
    let path = path.as_ref();
    let Backlog { volume, id, found } = find(path)?;
    let mut said = Verification {
        lost: found.lost,
        torn: found.torn.iter().map(Damage::of).collect(),
        missing: found.missing.iter().map(|number| log_name(*number)).collect(),
        ..Verification::default()
    };
    let (mut bytes_done, mut gaps) = (0, Vec::new());
    let bytes_total = found.holdings.segments.values().map(|segment| segment.end).sum();
    let files = Files::list(&*volume, id).map_err(|error| unreadable(path, &error))?;
    for (&number, segment) in &found.holdings.segments {
        let scanner = files.scanner(number).map_err(|error| unreadable(path, &error))?;
        let Some(mut scanner) = scanner else { continue };
        let before = bytes_done;
        let read = look_through(number, segment, &found, &mut scanner, |at| {
            progress(Progress { bytes_done: before + at, bytes_total });
        });
        let read = read.map_err(|error| unreadable(path, &error))?;
        bytes_done += segment.end;
        let lost = (segment.events + segment.strays).saturating_sub(read.events);
        let looks_damaged = lost > 0 || !read.gaps.is_empty();
        if looks_damaged && length(&*volume, &log_name(number)).is_ok_and(|its| its.is_none()) {
            // All of it was finished meanwhile.
            continue;
        }
        said.events += read.events;
        said.lost += lost;
        let new = read.gaps.iter().filter(|gap| !found.damaged.contains(gap));
        let new = new.filter(|gap| !found.torn.contains(gap));
        gaps.extend(new.map(|gap| Damage::of_file(gap, read.end)));
    }
    let gaps = gaps.into_iter().chain(found.damaged.iter().map(Damage::of));
    let (aside, damaged): (Vec<_>, Vec<_>) = gaps.partition(|damage| {
        damage.what_is_there().is_some_and(|place| aside::has(&*volume, place))
    });
    said.set_aside = aside.len() as u64;
    said.damage = damaged;
    progress(Progress { bytes_done: bytes_total, bytes_total });
    Ok(said)
}

/// What is in a segment.
struct Seen {
    /// Unfinished events that are intact.
    events: u64,
    gaps: Vec<Place>,
    /// Where the file ends.
    end: u64,
}

fn look_through(
    number: u64,
    segment: &Segment,
    found: &Recovered,
    scanner: &mut Scanner,
    mut progress: impl FnMut(u64),
) -> io::Result<Seen> {
    const TELL_BYTES: u64 = 1024 * 1024;
    let mut seen = Seen { events: 0, gaps: Vec::new(), end: scanner.end() };
    let mut told = 0;
    // Where the last record ended.
    let mut intact = scanner.at();
    while scanner.at() < segment.end {
        match scanner.next()? {
            Found::End => break,
            // What it ends with is told below.
            Found::Gap { .. } if scanner.at() >= scanner.end() => break,
            Found::Gap { from, to } if from < segment.end => {
                seen.gaps.push(Place { number, from, to: to.min(segment.end) });
                intact = to;
            }
            Found::Gap { .. } => {}
            Found::Record { at, header, .. } => {
                seen.events += u64::from(found.holdings.is_due(number, at, &header));
                intact = at + header.record_bytes() as u64;
            }
        }
        if scanner.at() >= told + TELL_BYTES {
            told = scanner.at();
            progress(told.min(segment.end));
        }
    }
    if intact < segment.end {
        // Zeros, or nothing at all, where records should be.
        seen.gaps.push(Place { number, from: intact, to: segment.end });
    }
    Ok(seen)
}

impl Damage {
    fn of(place: &Place) -> Self {
        Damage::of_file(place, place.to)
    }

    /// In a file that ends at `end`.
    fn of_file(place: &Place, end: u64) -> Self {
        let Place { number, from, to } = *place;
        let absent_bytes = to - to.min(end).max(from);
        Damage { file: log_name(number), offset: from, bytes: to - from, absent_bytes }
    }

    fn place(&self) -> Option<Place> {
        let number = self.file.split('.').next()?.parse().ok()?;
        Some(Place { number, from: self.offset, to: self.offset + self.bytes })
    }

    /// As far as there are any bytes.
    fn what_is_there(&self) -> Option<Place> {
        let place = self.place()?;
        let there = Place { to: place.to - self.absent_bytes, ..place };
        (there.from < there.to).then_some(there)
    }
}
