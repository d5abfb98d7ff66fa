//! What a log holds, as found when it is opened: docs/format.md, "Reading". Writes nothing.
//!
//! The newest segment begins with all that is to be said about the older ones, so it is the only one
//! that is read, unless that beginning is damaged.

mod opening;
mod tally;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use super::aside;
use super::holdings::Holdings;
use super::newest;
use super::record::Kind;
use super::scan::{Found, Scanner};
use super::segment::{Id, Name, RECORDS_AT, log_name, read_header, salt};
use super::volume::{Storage, Volume, read_up_to};
use crate::marks::Remembered;
use opening::Opening;
use tally::Tally;

/// How far the numbers of a process's batches are from those of the one before: batches that it left
/// unfinished are not taken for its own.
const EPOCH: u64 = 1 << 20;

/// A damaged or torn place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) holdings: Holdings,
    /// What is remembered, the oldest first.
    pub(super) marks: Vec<(i64, Remembered)>,
    pub(super) next_batch: u64,
    pub(super) next_seq: u64,
    /// Of the next segment.
    pub(super) next_number: u64,
    /// Segments of which nothing is needed once there is a newer one; those in which nothing can be
    /// read; and those that were done before.
    pub(super) done: Vec<u64>,
    pub(super) unreadable: Vec<u64>,
    pub(super) left: Vec<u64>,
    /// Blank segments above the next one, the newest first.
    pub(super) blank: Vec<u64>,
    /// Places that are damaged, and events that are lost there or with segments that are gone.
    pub(super) damaged: Vec<Place>,
    pub(super) lost: u64,
    /// Segments that should be there.
    pub(super) missing: Vec<u64>,
    gone: Vec<u64>,
    /// Ends of what was never acknowledged.
    pub(super) torn: Vec<Place>,
}

impl Recovered {
    /// A segment should be there.
    fn miss(&mut self, number: u64) {
        if !self.missing.contains(&number) {
            self.missing.push(number);
        }
    }
}

/// The files of a log, by number.
pub(super) struct Files<'a> {
    volume: &'a dyn Volume,
    id: Id,
    pub(super) logs: BTreeSet<u64>,
    pub(super) done: BTreeSet<u64>,
    /// A segment that was begun, as the newest one of its time.
    newest: Option<u64>,
}

impl super::Recovery {
    pub(super) fn of(found: &Recovered) -> Self {
        super::Recovery {
            events: found.holdings.unfinished().0,
            damaged: found.damaged.len() as u64,
            lost: found.lost,
            missing_segments: found.missing.len() as u64,
            torn_bytes: found.torn.iter().map(|place| place.to - place.from).sum(),
        }
    }
}

impl<'a> Files<'a> {
    pub(super) fn list(volume: &'a dyn Volume, id: Id) -> io::Result<Self> {
        // First: somebody may be at work, and a newer one come meanwhile.
        let newest = newest::read(volume)?;
        let (mut logs, mut done) = (BTreeSet::new(), BTreeSet::new());
        for name in volume.list()? {
            match Name::of(&name) {
                Name::Log(number) => drop(logs.insert(number)),
                Name::Done(number) => drop(done.insert(number)),
                Name::Other => {}
            }
        }
        // Renamed, but the old name came back with a power cut: it is done all the same.
        logs.retain(|number| !done.contains(number));
        Ok(Files { volume, id, logs, done, newest })
    }

    /// Whether it is known what became of a segment: it is there, done, or set aside.
    fn knows(&self, number: u64) -> bool {
        self.logs.contains(&number)
            || self.done.contains(&number)
            || aside::has_segment(self.volume, number)
    }

    /// A segment that must have been begun: one that is done stays until a newer one says so.
    fn begun(&self) -> Option<u64> {
        self.newest.max(self.done.last().map(|number| number + 1))
    }

    /// Whether the header of a segment is what it should be.
    fn has_header(&self, number: u64) -> io::Result<bool> {
        let mut bytes = [0; RECORDS_AT as usize];
        let file = self.volume.open(&log_name(number))?;
        let have = read_up_to(&*file, &mut bytes, 0)?;
        let said = read_header(&bytes[..have]);
        Ok(said.is_some_and(|(_, id, its)| id == self.id && its == number))
    }

    /// Opens a segment to go through it; nothing if it is gone by now.
    pub(super) fn scanner(&self, number: u64) -> io::Result<Option<Scanner>> {
        let file: Arc<dyn Storage> = match self.volume.open(&log_name(number)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let end = file.len()?;
        let salt = salt(&self.id, number);
        Ok(Some(Scanner::new(file, salt, RECORDS_AT.min(end), end)))
    }
}

/// Finds out what there is.
///
/// # Errors
/// The disk's. Damage is none.
pub(super) fn recover(volume: &dyn Volume, id: Id, marks_max: u64) -> io::Result<Recovered> {
    let files = Files::list(volume, id)?;
    let mut tally = Tally::new(marks_max);
    let base = base(&files)?;
    if let Some((number, opening)) = &base {
        tally.begin(opening, &files, *number);
    }
    let first = base.map_or(0, |(number, _)| number);
    let mut highest = files.logs.range(..first).last().copied();
    for &number in files.logs.range(first..) {
        let Some(mut scanner) = files.scanner(number)? else { continue };
        match tally.read(number, &mut scanner)? {
            true => tally.blank(number, &files)?,
            false => highest = highest.max(Some(number)),
        }
    }
    let mut found = tally.end();
    let begun = files.begun().filter(|begun| Some(*begun) > highest);
    if let Some(begun) = begun.filter(|begun| !aside::has_segment(volume, *begun)) {
        found.miss(begun);
    }
    // A blank one is made anew: if its name never came to disk, it must not be missed once a newer one is there.
    found.next_number = highest.max(begun).unwrap_or(0) + 1;
    found.next_batch += EPOCH;
    let old = files.logs.range(..found.next_number);
    let unused = old.filter(|number| !found.holdings.segments.contains_key(number));
    found.done = unused.copied().filter(|number| !found.unreadable.contains(number)).collect();
    found.left = files.done.into_iter().collect();
    found.blank = files.logs.range(found.next_number + 1..).rev().copied().collect();
    Ok(found)
}

/// The newest segment whose opening is intact.
fn base(files: &Files<'_>) -> io::Result<Option<(u64, Opening)>> {
    for &number in files.logs.iter().rev() {
        let Some(mut scanner) = files.scanner(number)? else { continue };
        if let Some(opening) = opening(&mut scanner)? {
            return Ok(Some((number, opening)));
        }
    }
    Ok(None)
}

/// The batch that opens a segment, if it is there and whole.
fn opening(scanner: &mut Scanner) -> io::Result<Option<Opening>> {
    let Found::Record { header, payload, .. } = scanner.next()? else { return Ok(None) };
    let Some(mut opening) = Opening::begin(&header, &payload) else { return Ok(None) };
    for _ in 0..opening.records() {
        match scanner.next()? {
            Found::Record { header: its, payload, .. }
                if its.batch == header.batch && its.kind != Kind::Head =>
            {
                if !opening.add(&its, &payload) {
                    return Ok(None);
                }
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(opening))
}
