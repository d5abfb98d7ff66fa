//! Reads events back when those before them have gone out: one thread, and a window of memory.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use super::Shared;
use super::aside;
use super::books::Numbered;
use super::holdings::Source;
use super::payload::{Stray, read_event};
use super::record::{Flags, Kind};
use super::recover::Place;
use super::scan::{Found, Scanner};
use super::segment::{Id, log_name, salt};
use super::volume::Volume;

/// About so many bytes of a segment are read in one step.
const STEP_BYTES: u64 = 1024 * 1024;

/// Fills the window.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    volume: Arc<dyn Volume>,
    id: Id,
    /// Where it stands, in which segment.
    standing: Option<(u64, Scanner)>,
    /// Since all began anew for the last time.
    rewinds: u64,
    /// Damage that has been told.
    known: HashSet<Place>,
}

/// What one step has brought.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) events: Numbered,
    /// The number up to which nothing more will come.
    pub(super) through: u64,
    damaged: Vec<Place>,
}

impl Reader {
    pub(super) fn new(
        shared: Arc<Shared>,
        volume: Arc<dyn Volume>,
        id: Id,
        known: impl IntoIterator<Item = Place>,
    ) -> Self {
        let known = known.into_iter().collect();
        Reader { shared, volume, id, standing: None, rewinds: 0, known }
    }

    /// Reads on, if the window runs low. Whether it did.
    pub fn step(&mut self) -> bool {
        let (reads, rewinds) = {
            let books = self.shared.books();
            (books.reads(), books.rewinds())
        };
        let Some((source, at)) = reads else { return false };
        if self.rewinds != rewinds {
            (self.rewinds, self.standing) = (rewinds, None);
        }
        match self.read(source, at) {
            Ok(read) => self.show(read),
            Err(error) => self.fail(source, &error),
        }
        true
    }

    fn read(&mut self, source: Source, at: u64) -> io::Result<Read> {
        match source {
            Source::Stray(stray) => {
                let end = stray.offset + u64::from(stray.record_bytes);
                read_stray(&mut self.open(stray.number, stray.offset, end)?, &stray)
            }
            Source::Segment { number, from, last, end } => {
                let mut scanner = self.scanner(number, at, end)?;
                let read = read_on(&mut scanner, number, (from, last))?;
                self.standing = Some((number, scanner));
                Ok(read)
            }
        }
    }

    /// One that stands where the last step ended, or at `at` if that is further on.
    fn scanner(&mut self, number: u64, at: u64, end: u64) -> io::Result<Scanner> {
        if let Some((standing, mut scanner)) = self.standing.take()
            && standing == number
            && scanner.at() >= at
        {
            scanner.extend(end);
            return Ok(scanner);
        }
        self.open(number, at, end)
    }

    fn open(&self, number: u64, at: u64, end: u64) -> io::Result<Scanner> {
        let file = self.volume.open(&log_name(number))?;
        Ok(Scanner::new(file, salt(&self.id, number), at, end))
    }

    /// A segment that was emptied meanwhile is not missed: its events are to be read elsewhere now.
    fn fail(&self, source: Source, error: &io::Error) {
        let mut books = self.shared.books();
        if books.reads().is_some_and(|(now, _)| now == source) {
            books.fail(&format!("reading the log: {error}"));
        }
    }

    fn show(&mut self, read: Read) {
        for place in read.damaged {
            if self.known.insert(place) {
                // Should there be no room for a copy, the damage is told all the same.
                let _ = aside::copy(&*self.volume, place);
                self.shared.books().note_damage();
            }
        }
        let mut books = self.shared.books();
        if books.rewinds() == self.rewinds {
            books.read(read.events, read.through);
        }
        self.shared.end_when_done(&books);
        self.shared.put_back_and_tell(books);
    }
}

/// Reads an event that was moved, where `scanner` stands.
pub(super) fn read_stray(scanner: &mut Scanner, stray: &Stray) -> io::Result<Read> {
    let mut read = Read { events: Vec::new(), through: stray.seq, damaged: Vec::new() };
    match scanner.next()? {
        Found::Record { header, payload, .. } if header.seq == stray.seq => {
            let event = read_event(&payload, header.flags, None);
            read.events.extend(event.map(|event| (header.seq, event)));
        }
        _ => read.damaged.push(Place {
            number: stray.number,
            from: stray.offset,
            to: stray.offset + u64::from(stray.record_bytes),
        }),
    }
    Ok(read)
}

/// Reads on in a segment of which the events of two numbers, and between, are wanted.
///
/// A step may bring none: what a segment says of others may be longer than a step.
pub(super) fn read_on(
    scanner: &mut Scanner,
    number: u64,
    (from, last): (u64, u64),
) -> io::Result<Read> {
    let through = from.saturating_sub(1);
    let mut read = Read { events: Vec::new(), through, damaged: Vec::new() };
    let began = scanner.at();
    while scanner.at() - began < STEP_BYTES && read.through < last {
        match scanner.next()? {
            Found::Gap { from, to } => read.damaged.push(Place { number, from, to }),
            Found::End => {
                // Only zeros are left where something should be.
                read.damaged.push(Place { number, from: scanner.at(), to: scanner.at() });
                read.through = last;
            }
            Found::Record { header, payload, .. } => {
                let is_own = header.kind == Kind::Event && !header.flags.has(Flags::MOVED);
                if is_own && header.seq <= last {
                    read.through = read.through.max(header.seq);
                    let event =
                        read_event(&payload, header.flags, read.events.last().map(|(_, its)| its));
                    read.events.extend(event.map(|event| (header.seq, event)));
                }
            }
        }
    }
    Ok(read)
}
