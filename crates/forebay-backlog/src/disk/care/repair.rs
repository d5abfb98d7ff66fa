//! Mends a damaged backlog: nothing of what was damaged is left in its way.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Backlog, Damage, Progress, Verification, find, verify};
use crate::Limits;
use crate::disk::DiskOptions;
use crate::disk::aside;
use crate::disk::books::Books;
use crate::disk::error::OpenError;
use crate::disk::holdings::Segment;
use crate::disk::keeper::Keeper;
use crate::disk::lock::Lock;
use crate::disk::log::Log;
use crate::disk::payload::Span;
use crate::disk::ranges::Ranges;
use crate::disk::record::{self, ALIGN_BYTES, Flags, HEADER_BYTES, Kind};
use crate::disk::recover::{Files, Place};
use crate::disk::scan::{Found, Scanner};
use crate::disk::segment::{Id, log_name, salt};
use crate::disk::shared::Shared;
use crate::disk::volume::{Volume, read_up_to, write_all};
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
    let (volume, id) = (Arc::clone(&backlog.volume), backlog.id);
    let damage = || before.damage.iter().filter(|damage| damage.bytes > 0);
    let there: Vec<Place> = damage().filter_map(Damage::what_is_there).collect();
    let set_aside = set_aside(&*volume, &there).map_err(|error| {
        // Only an empty one goes.
        let _ = std::fs::remove_dir(path.join(aside::FOLDER));
        unwritable(path, &error)
    })?;
    take_note(backlog).map_err(|error| unwritable(path, &error))?;
    // Only now: until then they are what says that something is lost.
    for place in damage().filter_map(Damage::place) {
        fill(path, &id, place).map_err(|error| unwritable(path, &error))?;
    }
    Ok(Repair { before, set_aside })
}

fn unwritable(path: &Path, error: &io::Error) -> OpenError {
    OpenError::folder(path, "cannot be mended", error)
}

/// Copies all of them, or none: with no room for the copies nothing is left of them.
fn set_aside(volume: &dyn Volume, places: &[Place]) -> io::Result<Vec<String>> {
    let new: Vec<Place> =
        places.iter().copied().filter(|place| !aside::has(volume, *place)).collect();
    let copied: io::Result<_> = places.iter().map(|place| aside::copy(volume, *place)).collect();
    if copied.is_err() {
        new.into_iter().for_each(|place| aside::remove(volume, place));
    }
    copied
}

/// Begins a segment that says what is lost, along with all the rest; and removes those that are not needed
/// any more.
fn take_note(backlog: Backlog) -> io::Result<()> {
    let Backlog { volume, id, mut found } = backlog;
    let files = Files::list(&*volume, id)?;
    let segments: Vec<(u64, Segment)> =
        found.holdings.segments.iter().map(|(&number, &segment)| (number, segment)).collect();
    for (number, segment) in segments {
        let Some(mut scanner) = files.scanner(number)? else { continue };
        let there = present(&mut scanner, segment.end)?;
        let due = found.holdings.finished.absent(segment.first, segment.last);
        for (first, last) in due.into_iter().flat_map(|(first, last)| there.absent(first, last)) {
            found.holdings.finish(&Span { first, last, bytes: 0 });
        }
    }
    let log = Log::new(Arc::clone(&volume), id, found.next_number, found.next_batch);
    let options = DiskOptions::from(Limits { events_max: u64::MAX, bytes_max: u64::MAX });
    let (left, unreadable) = (found.left.clone(), found.unreadable.clone());
    let books = Books::open(found, &options);
    let shared = Arc::new(Shared::new(options, books));
    let mut writer = Writer::new(Arc::clone(&shared), log);
    writer.begin_segment().map_err(io::Error::from)?;
    writer.finish();
    // None is going to be written.
    shared.give_up_spare();
    let mut keeper = Keeper::new(shared, volume, id, left, Vec::new(), unreadable);
    keeper.open();
    while keeper.step() {}
    Ok(())
}

/// Puts a record that says nothing in the place of damage, so that whoever reads goes on behind it. Only
/// the header of it is written.
fn fill(path: &Path, id: &Id, place: Place) -> io::Result<()> {
    let file = File::options().read(true).write(true).open(path.join(log_name(place.number)));
    let file = match file {
        // Nothing else was left in it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let to = place.to.next_multiple_of(ALIGN_BYTES as u64);
    let Some(payload_bytes) = (to - place.from).checked_sub(HEADER_BYTES as u64) else {
        return Ok(());
    };
    let mut payload = vec![0; usize::try_from(payload_bytes).map_err(io::Error::other)?];
    read_up_to(&file, &mut payload, place.from + HEADER_BYTES as u64)?;
    let mut filler = Vec::new();
    record::write(&mut filler, Kind::Marks, Flags::default(), |out| out.extend(payload));
    let at = record::Place { salt: salt(id, place.number), batch: 0, seq: 0 };
    record::place(&mut filler, at, Flags::default());
    if file.metadata()?.len() < to {
        file.set_len(to)?;
    }
    write_all(&file, &filler[..HEADER_BYTES], place.from)?;
    file.sync_all()
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
