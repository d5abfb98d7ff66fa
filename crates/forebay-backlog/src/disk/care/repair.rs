//! Mends a damaged backlog: nothing of what was damaged is left in its way.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Backlog, Progress, Verification, find, verify};
use crate::Limits;
use crate::disk::DiskOptions;
use crate::disk::aside;
use crate::disk::books::Books;
use crate::disk::error::OpenError;
use crate::disk::holdings::Segment;
use crate::disk::lock::Lock;
use crate::disk::log::Log;
use crate::disk::payload::Span;
use crate::disk::ranges::Ranges;
use crate::disk::record::{Flags, Kind};
use crate::disk::recover::{Files, Place};
use crate::disk::scan::{Found, Scanner};
use crate::disk::shared::Shared;
use crate::disk::writer::Writer;

/// What was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repair {
    /// How it was.
    pub before: Verification,
    /// Where the damaged bytes are now, below the backlog's folder.
    pub set_aside: Vec<String>,
}

/// Sets aside what is damaged in the backlog in the folder `path`, and takes note of what is lost, so that
/// nothing of it is met again. An intact one is not touched.
///
/// # Errors
/// It is in use, there is none, or it cannot be read or written: see [`OpenError`].
pub fn repair(path: impl AsRef<Path>, progress: impl FnMut(Progress)) -> Result<Repair, OpenError> {
    let path = path.as_ref();
    // Before there is anything to lock.
    drop(find(path)?);
    let _lock = Lock::take(path)?;
    let before = verify(path, progress)?;
    if before.is_intact() {
        return Ok(Repair { before, set_aside: Vec::new() });
    }
    let backlog = find(path)?;
    let set_aside =
        set_aside(&backlog, &before).map_err(|error| unwritable(path, error.to_string()))?;
    take_note(backlog).map_err(|why| unwritable(path, why))?;
    Ok(Repair { before, set_aside })
}

fn unwritable(path: &Path, error: String) -> OpenError {
    OpenError::Folder { path: path.to_owned(), what: "cannot be mended", error }
}

fn set_aside(backlog: &Backlog, said: &Verification) -> io::Result<Vec<String>> {
    let number = |file: &str| file.split('.').next().and_then(|digits| digits.parse().ok());
    let places = said.damage.iter().filter(|damage| damage.bytes > 0).filter_map(|damage| {
        let (from, to) = (damage.offset, damage.offset + damage.bytes);
        Some(Place { number: number(&damage.file)?, from, to })
    });
    places.map(|place| aside::copy(&*backlog.volume, place)).collect()
}

/// Begins a segment that says what is lost, along with all the rest.
fn take_note(backlog: Backlog) -> Result<(), String> {
    let Backlog { volume, id, mut found } = backlog;
    let files = Files::list(&*volume, id).map_err(|error| error.to_string())?;
    let segments: Vec<(u64, Segment)> =
        found.holdings.segments.iter().map(|(&number, &segment)| (number, segment)).collect();
    for (number, segment) in segments {
        let Some(mut scanner) = files.scanner(number).map_err(|error| error.to_string())? else {
            continue;
        };
        let there = present(&mut scanner, segment.end).map_err(|error| error.to_string())?;
        let due = found.holdings.finished.absent(segment.first, segment.last);
        for (first, last) in due.into_iter().flat_map(|(first, last)| there.absent(first, last)) {
            found.holdings.finish(&Span { first, last, bytes: 0 });
        }
    }
    let log = Log::new(Arc::clone(&volume), id, found.next_number, found.next_batch);
    let options = DiskOptions::from(Limits { events_max: u64::MAX, bytes_max: u64::MAX });
    let books = Books::open(found, options.marks, options.window_bytes_max);
    let mut writer = Writer::new(Arc::new(Shared::new(options, books)), log);
    writer.begin_segment().map_err(|error| error.to_string())?;
    writer.finish();
    Ok(())
}

/// The numbers of the events of a segment that are intact.
fn present(scanner: &mut Scanner, end: u64) -> io::Result<Ranges> {
    let mut there = Ranges::default();
    while scanner.at() < end {
        match scanner.next()? {
            Found::End => break,
            Found::Record { header, .. }
                if header.kind == Kind::Event && !header.flags.has(Flags::MOVED) =>
            {
                there.insert(header.seq, header.seq);
            }
            _ => {}
        }
    }
    Ok(there)
}
