//! The unfinished events of a backlog, one by one.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use super::{Backlog, find};
use crate::Event;
use crate::disk::error::OpenError;
use crate::disk::holdings::Source;
use crate::disk::reader::{Read, read_on, read_stray};
use crate::disk::scan::Scanner;
use crate::disk::segment::{RECORDS_AT, log_name, salt};

/// The unfinished events of a backlog, the oldest first. What is damaged is left out.
#[derive(Debug)]
pub struct Export {
    backlog: Backlog,
    next: u64,
    standing: Option<(u64, Scanner)>,
    ready: VecDeque<Event>,
}

/// Reads the unfinished events of the backlog in the folder `path`, one by one. Only reads; the backlog may
/// be at work, and events that are finished meanwhile may or may not be among them.
///
/// # Errors
/// There is none, or it cannot be read: see [`OpenError`].
pub fn export(path: impl AsRef<Path>) -> Result<Export, OpenError> {
    let backlog = find(path.as_ref())?;
    Ok(Export { backlog, next: 0, standing: None, ready: VecDeque::new() })
}

impl Export {
    /// How many there are, before the first is read.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.backlog.found.holdings.unfinished().0
    }

    /// Reads on. Whether there was more.
    fn read(&mut self) -> io::Result<bool> {
        let Some(source) = self.backlog.found.holdings.source(self.next) else { return Ok(false) };
        let last = match source {
            Source::Stray(stray) => stray.seq,
            Source::Segment { last, .. } => last,
        };
        match self.read_from(source) {
            Ok(read) => {
                let finished = &self.backlog.found.holdings.finished;
                let next = self.next;
                self.next = read.through + 1;
                let due = read.events.into_iter();
                let due = due.filter(|(seq, _)| *seq >= next && !finished.contains(*seq));
                self.ready.extend(due.map(|(_, event)| event));
            }
            // All of it was finished meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.next = last + 1,
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    fn read_from(&mut self, source: Source) -> io::Result<Read> {
        match source {
            Source::Stray(stray) => {
                let end = stray.offset + u64::from(stray.record_bytes);
                read_stray(&mut self.open(stray.number, stray.offset, end)?, &stray)
            }
            Source::Segment { number, from, last, end } => {
                let standing = self.standing.take().filter(|(standing, _)| *standing == number);
                let mut scanner = match standing {
                    Some((_, scanner)) => scanner,
                    None => self.open(number, RECORDS_AT, end)?,
                };
                let read = read_on(&mut scanner, number, (from, last))?;
                self.standing = Some((number, scanner));
                Ok(read)
            }
        }
    }

    fn open(&self, number: u64, at: u64, end: u64) -> io::Result<Scanner> {
        let file = self.backlog.volume.open(&log_name(number))?;
        Ok(Scanner::new(file, salt(&self.backlog.id, number), at, end))
    }
}

impl Iterator for Export {
    type Item = io::Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            match self.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.next = u64::MAX;
                    return Some(Err(error));
                }
            }
        }
        self.ready.pop_front().map(Ok)
    }
}
