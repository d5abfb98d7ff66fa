//! Group commit: whoever comes while the disk works goes with the next batch.
//!
//! The sync under way is the time in which the next batch gathers, and on a quick disk the only one; a slow one is given
//! a moment more for [those who come back](super::crowd). Nobody holds a lock while the disk works.

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::Shared;
use super::books::{Books, Committed, News, Reply, Shown};
use super::crowd::{Ahead, Crowd, Teller, teller};
use super::gathering::{Append, Party};
use super::log::{Batch, Log, LogError};
use super::mover::Moving;
use super::payload::{self, Span};
use super::record::Flags;
use crate::marks::{NewMarks, Remembered, Sifted, leave_out};
use crate::receipt::{Outcome, Promise};
use crate::{AppendError, Appended, clock};

/// The first segment is this large; each is twice as large as the one before, up to the limit.
pub(super) const SEGMENT_BYTES_FIRST: u64 = 1024 * 1024;

/// Keys that are remembered, in one record of a segment's opening.
const MARKS_A_RECORD: usize = 4096;

/// Brings to disk what was let in.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    log: Log,
    segment_bytes: u64,
    crowd: Crowd,
}

/// What there is to write.
struct Work {
    appends: Vec<Append>,
    encoded: Vec<u8>,
    promise: Option<Promise>,
    /// Events and bytes that were let in.
    size: (u64, u64),
    /// What is to become of each append; nothing if all are fresh.
    sifted: Option<Vec<Result<Sifted, AppendError>>>,
    marks: Vec<(i64, Remembered)>,
    finished: Vec<Span>,
    moving: Option<Moving>,
    next_seq: u64,
    fault: Option<String>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, log: Log) -> Self {
        let segment_bytes = SEGMENT_BYTES_FIRST.min(shared.options.segment_bytes_max);
        Writer { shared, log, segment_bytes, crowd: Crowd::default() }
    }

    /// Waits a moment for those who are likely to come back, if somebody is there already and the disk is slow.
    pub(super) fn wait_for_crowd(&mut self) {
        if let Some((wanted, patience)) = self.crowd.wanted()
            && let Some(groups) = self.shared.wait_for_groups(wanted, patience)
        {
            self.crowd.came(groups);
        }
    }

    /// Writes one batch, if there is anything to write. Whether there was.
    pub fn step(&mut self) -> bool {
        let Some(mut work) = self.work() else { return false };
        let mut apart = Vec::new();
        match self.carry_out(&mut work, &mut apart) {
            Ok(committed) => self.acknowledge(work, committed, apart),
            Err(error) => self.refuse(work, error),
        }
        true
    }

    /// Writes what is left, and that it is all.
    pub fn finish(&mut self) {
        while self.step() {}
        let (finished, next_seq) = {
            let mut books = self.shared.books();
            if books.fault().is_some() {
                return;
            }
            (books.take_unsaid(), books.next_seq())
        };
        // What is lost of it is delivered once more.
        let _ = self.log.close(next_seq, finished);
    }

    fn work(&self) -> Option<Work> {
        let mut books = self.shared.books();
        if !books.has_work() {
            return None;
        }
        let (appends, encoded, promise, size) = match books.gathering.pop() {
            Some(Party { appends, encoded, promise, size }) => {
                (appends, encoded, Some(promise), size)
            }
            None => (Vec::new(), Vec::new(), None, (0, 0)),
        };
        let mut new = NewMarks::default();
        let sifted = appends.iter().any(Append::has_keys).then(|| {
            appends.iter().map(|append| books.marks.sift(&append.group, &mut new)).collect()
        });
        Some(Work {
            appends,
            encoded,
            promise,
            size,
            sifted,
            marks: new.into_inner(),
            finished: books.take_unsaid(),
            moving: books.moving.take(),
            next_seq: books.next_seq(),
            fault: books.fault().map(str::to_owned),
        })
    }

    /// Writes a batch, in a new segment if the last one is full. Puts what is to be answered otherwise than
    /// the rest into `apart`.
    fn carry_out(
        &mut self,
        work: &mut Work,
        apart: &mut Vec<(usize, Outcome)>,
    ) -> Result<Committed, LogError> {
        if let Some(why) = work.fault.take() {
            // The files are not touched again.
            return Err(LogError::Broken(why));
        }
        if !self.log.wants_segment() && !self.makes_room() {
            return self.write(work, apart);
        }
        self.open_segment()?;
        let written = self.write(work, apart);
        if !matches!(written, Err(LogError::Broken(_))) {
            // With the batch, if that was synced.
            self.log.sync()?;
            self.note_segment();
        }
        written
    }

    /// Writes a batch, and syncs it if there is anything new in it.
    fn write(
        &mut self,
        work: &mut Work,
        apart: &mut Vec<(usize, Outcome)>,
    ) -> Result<Committed, LogError> {
        if !work.appends.is_empty() {
            self.log.keep_reserve()?;
        }
        let mut batch = self.log.batch(work.next_seq, work.finished.clone());
        let mut committed = put_in(&mut batch, work, apart);
        let moved_at = work.moving.as_ref().map(|moving| push_moved(&mut batch, moving));
        // What is finished is not worth a sync of its own.
        let is_news = batch.has_records();
        let at = if is_news || !work.finished.is_empty() { self.log.write(batch)? } else { 0 };
        if is_news {
            let began = clock::now();
            self.log.sync()?;
            committed.synced = Some(began.elapsed());
        }
        (committed.number, committed.at, committed.end) = (self.log.number(), at, self.log.at());
        if let (Some(moving), Some(places)) = (&work.moving, moved_at) {
            committed.moved = moving.strays(committed.number, at, &places);
            committed.emptied = Some(moving.number);
        }
        Ok(committed)
    }

    /// Whether a full disk gets room when everything there is in the segment is given up.
    fn makes_room(&self) -> bool {
        self.log.would_make_room() && self.shared.books().is_active_done()
    }

    /// Begins the next segment, and brings that to disk.
    pub(super) fn begin_segment(&mut self) -> Result<(), LogError> {
        self.open_segment()?;
        self.log.sync()?;
        self.note_segment();
        Ok(())
    }

    /// Begins the next segment. What it says of older ones counts once it is on disk.
    fn open_segment(&mut self) -> Result<(), LogError> {
        let spare = self.shared.take_spare();
        let books = self.shared.books();
        let finished = books.holdings.finished.iter();
        let finished =
            finished.map(|its| Span { first: *its.start(), last: *its.end(), bytes: 0 }).collect();
        let next_seq = books.next_seq();
        let records = opening(&books);
        drop(books);
        let opening = |mut batch: Batch| {
            for record in &records {
                batch.push(record, next_seq, Flags::default());
            }
            batch
        };
        self.log.begin(spare, self.segment_bytes, opening, &(next_seq, finished))?;
        self.segment_bytes = (self.segment_bytes * 2).min(self.shared.options.segment_bytes_max);
        Ok(())
    }

    /// The new segment is on disk: older ones may go.
    fn note_segment(&self) {
        self.shared.books().activate(self.log.number(), self.log.opened_at());
        self.shared.want_spare(self.log.number() + 1, self.segment_bytes);
    }

    /// Takes note that it is on disk, and sees to it that this is told.
    fn acknowledge(&mut self, work: Work, mut committed: Committed, apart: Vec<(usize, Outcome)>) {
        committed.let_in = work.size;
        committed.marks = work.marks;
        let (first, answers) = (committed.first, work.appends.len());
        let synced = committed.synced;
        if committed.events > 0 {
            self.shared.note_refused(None);
        }
        let mut books = self.shared.books();
        books.gathering.give_back(work.encoded);
        let shown = match books.commit(committed) {
            true => Shown::Written { first, appends: work.appends },
            false => Shown::Nothing { _appends: work.appends },
        };
        if let Some(promise) = work.promise {
            let reply = Reply { promise, outcome: Ok(Appended::WHOLE), apart };
            books.note(News { shown, reply: Some(reply) });
        }
        self.crowd.told(answers, books.gathering.len(), synced.unwrap_or_default());
        self.hand_on(books, answers, synced);
    }

    fn refuse(&self, work: Work, error: LogError) {
        let answers = work.appends.len();
        let mut books = self.shared.books();
        let bytes = work.encoded.len() as u64;
        books.gathering.give_back(work.encoded);
        books.refuse(work.size);
        books.give_back_unsaid(work.finished);
        let error = match error {
            LogError::NoSpace => {
                if answers > 0 {
                    self.shared.note_refused(Some(bytes));
                }
                AppendError::NoSpace
            }
            LogError::Broken(why) => {
                books.fail(&why);
                AppendError::Broken { why: why.into() }
            }
        };
        if let Some(promise) = work.promise {
            let shown = Shown::Nothing { _appends: work.appends };
            let reply = Reply { promise, outcome: Err(error), apart: Vec::new() };
            books.note(News { shown, reply: Some(reply) });
        }
        self.hand_on(books, answers, None);
    }

    fn hand_on(&self, books: MutexGuard<'_, Books>, answers: usize, synced: Option<Duration>) {
        self.shared.end_when_done(&books);
        let ahead = if books.has_work() { Ahead::Batch } else { Ahead::Nothing };
        match teller(answers, ahead, synced) {
            Teller::Herald => self.shared.put_back(books),
            Teller::Writer => self.shared.put_back_and_tell(books),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.end_writing();
    }
}

/// All that a new segment has to say but for what is finished, as records.
fn opening(books: &Books) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut record = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        write(&mut bytes);
        records.push(bytes);
    };
    for summary in books.summaries() {
        record(&|out| summary.write(out));
    }
    for stray in books.holdings.strays.values() {
        record(&|out| stray.write(out));
    }
    let marks: Vec<_> = books.marks.all().copied().collect();
    for marks in marks.chunks(MARKS_A_RECORD) {
        record(&|out| payload::write_marks(marks, out));
    }
    records
}

/// Puts groups into a batch, without what was there before: that is taken out of them.
fn put_in(batch: &mut Batch, work: &mut Work, apart: &mut Vec<(usize, Outcome)>) -> Committed {
    let mut committed = Committed { first: batch.next_seq(), ..Committed::default() };
    batch.reserve(work.encoded.len());
    let mut sifted = work.sifted.take().map(Vec::into_iter);
    for (place, append) in work.appends.iter_mut().enumerate() {
        match sifted.as_mut().and_then(Iterator::next) {
            None => {}
            Some(Ok(Sifted::Fresh { repeats })) if repeats.is_empty() => {}
            Some(Ok(Sifted::Fresh { repeats })) => {
                leave_out(&mut append.group.events, &repeats);
                apart.push((place, Ok(Appended::Taken { repeats })));
                let mut encoded = Vec::new();
                payload::write_group(&append.group, &mut encoded);
                batch.push_group(&encoded);
                committed.add(&append.group.events);
                continue;
            }
            Some(Ok(Sifted::Repeated(answer))) => {
                apart.push((place, Ok(Appended::Repeated(answer))));
                append.group.events.clear();
                continue;
            }
            Some(Err(error)) => {
                apart.push((place, Err(error)));
                append.group.events.clear();
                continue;
            }
        }
        batch.push_group(&work.encoded[append.place.clone()]);
        committed.add(&append.group.events);
    }
    committed
}

/// Puts moved events into a batch, and says where in it each is.
fn push_moved(batch: &mut Batch, moving: &Moving) -> Vec<u64> {
    let moved = moving.records.iter();
    moved.map(|moved| batch.push(&moved.encoded, moved.seq, Flags::MOVED)).collect()
}
