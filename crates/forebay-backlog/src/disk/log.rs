//! The end of the log that is written to: docs/format.md, "Writing".

use std::sync::Arc;
use std::{fmt, io};

use super::gathering::BUFFER_BYTES_MAX;
use super::payload::{Head, Span};
use super::record::{self, Flags, Kind, Place};
use super::reserve::Reserve;
use super::segment::{self, Id, salt};
use super::volume::{Storage, Volume, is_full, write_all};

/// A segment that was made ahead of its use.
#[derive(Debug)]
pub(super) struct Spare {
    pub(super) number: u64,
    pub(super) file: Arc<dyn Storage>,
}

/// Why something could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LogError {
    /// There is no room, and nothing of it was written. With more room it would be.
    NoSpace,
    /// What is on disk is not known any more. It must not be tried again before the folder is opened
    /// anew: a kernel tells of a failed sync only once.
    Broken(String),
}

#[derive(Debug)]
struct Active {
    salt: u32,
    file: Arc<dyn Storage>,
    /// Where the next batch goes.
    at: u64,
    /// Where what it says of others ends.
    opened_at: u64,
    /// When it has grown to this, the next segment is begun.
    full_at: u64,
    /// Whether the last batch did not fit on the disk.
    is_out_of_room: bool,
    /// Whether something was written since the last sync.
    is_dirty: bool,
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogError::NoSpace => f.write_str("the disk is full"),
            LogError::Broken(why) => f.write_str(why),
        }
    }
}

impl From<LogError> for io::Error {
    fn from(error: LogError) -> Self {
        match error {
            LogError::NoSpace => io::ErrorKind::StorageFull.into(),
            LogError::Broken(why) => io::Error::other(why),
        }
    }
}

/// The end of the log.
#[derive(Debug)]
pub(super) struct Log {
    volume: Arc<dyn Volume>,
    id: Id,
    active: Option<Active>,
    reserve: Reserve,
    next_number: u64,
    next_batch: u64,
    /// The first batch of this process, and the last one that is on disk.
    since: u64,
    durable: u64,
    /// What the last batch was put together in.
    buffer: Vec<u8>,
}

/// A batch that is being put together.
#[derive(Debug)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    head: Head,
    first: Place,
    next: Place,
}

impl Batch {
    fn new(head: Head, place: Place, mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        head.write(&mut bytes);
        Batch { bytes, head, first: place, next: place }
    }

    /// So many bytes are coming.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Adds the records of a group, in the order of their numbers: a mark has that of the event
    /// behind it.
    pub(super) fn push_group(&mut self, encoded: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(encoded);
        let mut at = start;
        while at < self.bytes.len() {
            let bytes = record::length(&self.bytes[at..]);
            let mut flags = Flags::default();
            if at == start {
                flags = flags.and(Flags::FIRST);
            }
            if at + bytes >= self.bytes.len() {
                flags = flags.and(Flags::LAST);
            }
            let kind = record::place(&mut self.bytes[at..], self.next, flags);
            self.next.seq += u64::from(kind == Kind::Event as u8);
            self.head.records += 1;
            at += bytes;
        }
    }

    /// Adds a record with a number of its own. Returns where in the batch it is.
    pub(super) fn push(&mut self, encoded: &[u8], seq: u64, flags: Flags) -> u64 {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(encoded);
        record::place(&mut self.bytes[at..], Place { seq, ..self.next }, flags);
        self.head.records += 1;
        at as u64
    }

    pub(super) fn has_records(&self) -> bool {
        self.head.records > 0
    }

    /// The number that the next event gets.
    pub(super) fn next_seq(&self) -> u64 {
        self.next.seq
    }

    /// Its bytes, now that it is known how many records there are.
    fn finish(mut self) -> Vec<u8> {
        let mut head = Vec::new();
        self.head.write(&mut head);
        record::place(&mut head, self.first, Flags::default());
        self.bytes[..head.len()].copy_from_slice(&head);
        self.bytes
    }
}

impl Log {
    pub(super) fn new(volume: Arc<dyn Volume>, id: Id, next_number: u64, next_batch: u64) -> Self {
        let (since, durable) = (next_batch, next_batch - 1);
        let reserve = Reserve::open(Arc::clone(&volume));
        let (active, buffer) = (None, Vec::new());
        Log { volume, id, active, reserve, next_number, next_batch, since, durable, buffer }
    }

    /// Whether the next segment is to be begun.
    pub(super) fn wants_segment(&self) -> bool {
        self.active.as_ref().is_none_or(|active| active.at >= active.full_at)
    }

    /// Whether a new segment would be worth it, if everything in this one is finished: the disk is full,
    /// and there is something in it that takes room.
    pub(super) fn would_make_room(&self) -> bool {
        let is_large = |active: &Active| active.is_out_of_room && active.at > active.opened_at;
        self.active.as_ref().is_some_and(is_large)
    }

    /// Sees to it that the next segment can be begun even on a full disk. What is taken without that could
    /// fill the disk for good.
    pub(super) fn keep_reserve(&mut self) -> Result<(), LogError> {
        self.reserve.keep(self.opened_at()).map_err(|error| failed("putting room by", &error))
    }

    /// The number of the segment that is written to, once there is one.
    pub(super) fn number(&self) -> u64 {
        self.next_number - 1
    }

    /// Where the next batch goes.
    pub(super) fn at(&self) -> u64 {
        self.active.as_ref().map_or(0, |active| active.at)
    }

    /// Where what it says of others ends.
    pub(super) fn opened_at(&self) -> u64 {
        self.active.as_ref().map_or(0, |active| active.opened_at)
    }

    /// Begins the next segment, with what it has to say about the older ones: that is on disk after the next
    /// [`sync`](Self::sync), with what is written behind it. It is `spare` if that has the right number, and
    /// is made otherwise, on a full disk in the room that is put by; when it has grown by `bytes` it is full.
    pub(super) fn begin(
        &mut self,
        spare: Option<Spare>,
        bytes: u64,
        opening: impl Fn(Batch) -> Batch,
        head: &(u64, Vec<Span>),
    ) -> Result<(), LogError> {
        // Older batches are vouched for by newer ones.
        self.sync()?;
        match self.open_next(spare, &opening, head) {
            Err(LogError::NoSpace) if self.reserve.give() => {
                self.open_next(None, &opening, head)?
            }
            opened => opened?,
        }
        if let Some(active) = &mut self.active {
            active.opened_at = active.at;
            active.full_at = active.at + bytes;
        }
        Ok(())
    }

    fn open_next(
        &mut self,
        spare: Option<Spare>,
        opening: &impl Fn(Batch) -> Batch,
        (seq, finished): &(u64, Vec<Span>),
    ) -> Result<(), LogError> {
        let number = self.next_number;
        let file = match spare.filter(|spare| spare.number == number) {
            Some(spare) => spare.file,
            None => self.create(number)?,
        };
        let before = self.active.replace(Active {
            salt: salt(&self.id, number),
            file,
            at: segment::RECORDS_AT,
            opened_at: segment::RECORDS_AT,
            full_at: u64::MAX,
            is_out_of_room: false,
            is_dirty: false,
        });
        let mut batch = self.batch(*seq, finished.clone());
        batch.head.is_opening = true;
        if let Err(error) = self.write(opening(batch)) {
            self.active = before;
            // It says nothing yet; left behind, the next one of its number takes its place.
            let _ = self.volume.remove(&segment::log_name(number));
            return Err(error);
        }
        self.next_number += 1;
        Ok(())
    }

    fn create(&self, number: u64) -> Result<Arc<dyn Storage>, LogError> {
        let made = segment::create(&*self.volume, &self.id, number);
        made.map_err(|error| failed("making a segment", &error))
    }

    /// Begins a batch whose first event has the number `seq`, and which says what is finished.
    pub(super) fn batch(&mut self, seq: u64, finished: Vec<Span>) -> Batch {
        let salt = self.active.as_ref().map_or(0, |active| active.salt);
        let (since, durable) = (self.since, self.durable);
        let head = Head { since, durable, records: 0, is_opening: false, finished };
        let buffer = std::mem::take(&mut self.buffer);
        Batch::new(head, Place { salt, batch: self.next_batch, seq }, buffer)
    }

    /// Writes a batch behind the one before. It is on disk only after [`sync`](Self::sync). Returns
    /// where it begins.
    pub(super) fn write(&mut self, batch: Batch) -> Result<u64, LogError> {
        let Some(active) = &mut self.active else {
            return Err(LogError::Broken("there is no segment to write to".to_owned()));
        };
        let bytes = batch.finish();
        if let Err(error) = write_all(&*active.file, &bytes, active.at) {
            return Err(match failed("a write failed", &error) {
                LogError::NoSpace => self.undo(),
                broken @ LogError::Broken(_) => broken,
            });
        }
        active.is_dirty = true;
        let at = active.at;
        active.at += bytes.len() as u64;
        self.next_batch += 1;
        if bytes.capacity() <= BUFFER_BYTES_MAX {
            self.buffer = bytes;
        }
        Ok(at)
    }

    /// Takes back what was written of a batch that did not fit. Once this is on disk nobody will ever
    /// find it there, so it can be refused.
    fn undo(&mut self) -> LogError {
        let Some(active) = &mut self.active else { return LogError::NoSpace };
        active.is_out_of_room = true;
        match active.file.set_len(active.at).and_then(|()| active.file.sync()) {
            Ok(()) => LogError::NoSpace,
            Err(error) => LogError::Broken(format!("taking back what did not fit failed: {error}")),
        }
    }

    /// Writes the last that is finished, brings everything to disk, and says so.
    pub(super) fn close(&mut self, seq: u64, finished: Vec<Span>) -> Result<(), LogError> {
        if self.active.is_none() {
            return Ok(());
        }
        if !finished.is_empty() {
            let last = self.batch(seq, finished);
            self.write(last)?;
        }
        self.sync()?;
        let end = self.batch(seq, Vec::new());
        self.write(end)?;
        self.sync()
    }

    /// Brings everything that was written to disk.
    pub(super) fn sync(&mut self) -> Result<(), LogError> {
        let Some(active) = self.active.as_mut().filter(|active| active.is_dirty) else {
            return Ok(());
        };
        // Full or not: what the kernel could not write is gone, and it will not say so again.
        active.file.sync().map_err(|error| LogError::Broken(format!("a sync failed: {error}")))?;
        active.is_dirty = false;
        self.durable = self.next_batch - 1;
        Ok(())
    }
}

fn failed(what: &str, error: &std::io::Error) -> LogError {
    match is_full(error) {
        true => LogError::NoSpace,
        false => LogError::Broken(format!("{what}: {error}")),
    }
}
