//! Where every event of a backlog on disk is: pure bookkeeping, under one lock.
//!
//! Only a window of the events is in memory: those at the front that were read, or have just been
//! written while nothing was left on disk before them. What waits is not counted but derived, so
//! the books balance by construction.

mod news;
mod out;
mod segments;
#[cfg(feature = "jetstream")]
mod shelf;
mod waiting;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::DiskOptions;
use super::gathering::Gathering;
use super::holdings::{Holdings, Source};
use super::mover::Moving;
use super::payload::{Span, Stray};
use super::recover::Recovered;
use super::segment::RECORDS_AT;
use crate::backlog::Syncs;
use crate::delivery::Turn;
use crate::marks::{Marks, Remembered};
use crate::receipt::{Outcome, Receipt};
use crate::{AppendError, Appended, Event, Group, Limits, Snapshot};
use out::Out;
use waiting::Waiting;

pub(super) use news::{News, Reply, Shown};
pub(super) use waiting::Role;

/// Events by their sequence numbers.
pub(super) type Numbered = Vec<(u64, Event)>;

/// Groups that are on disk.
#[derive(Debug, Default)]
pub(super) struct Committed {
    /// In which segment, and where its records end now.
    pub(super) number: u64,
    pub(super) end: u64,
    /// Where the batch begins.
    pub(super) at: u64,
    /// The number of its first event; how many there are, in order; and what they count.
    pub(super) first: u64,
    pub(super) events: u64,
    pub(super) bytes: u64,
    /// When they were accepted, with how many of them.
    pub(super) received: Vec<(i64, u64)>,
    /// How long its sync took, if it had one.
    pub(super) synced: Option<Duration>,
    /// What was let in for them, in events and bytes.
    pub(super) let_in: (u64, u64),
    pub(super) marks: Vec<(i64, Remembered)>,
    pub(super) moved: Vec<Stray>,
    /// The segment from which those were moved.
    pub(super) emptied: Option<u64>,
}

impl Committed {
    /// Events that come behind those there are.
    pub(super) fn add(&mut self, events: &[Event]) {
        self.events += events.len() as u64;
        for event in events {
            self.bytes += event.bytes();
            match self.received.last_mut() {
                Some((at_ms, count)) if *at_ms == event.received_at_ms => *count += 1,
                _ => self.received.push((event.received_at_ms, 1)),
            }
        }
    }
}

pub(super) struct Books {
    pub(super) limits: Limits,
    accepted: u64,
    delivered: u64,
    dead: u64,
    /// Damaged, and set aside.
    dropped: u64,
    damaged: u64,
    /// Of everything unfinished.
    bytes: u64,
    in_flight: u64,
    /// Events and bytes that are on their way to the disk.
    coming: (u64, u64),
    /// How many of the accepted events have gone out at least once, or never will.
    taken: u64,
    /// In the window, or on the way there: bytes, and when they were accepted, with how many events.
    window_bytes: u64,
    window_bytes_max: u64,
    window: VecDeque<(i64, u64)>,
    /// The next one that is to be in the window, and the next one to be on disk.
    next_shown: u64,
    next_seq: u64,
    /// Where the first batch begins that did not go straight to the window.
    resume: Option<(u64, u64)>,
    /// Numbers below were there when it was opened.
    found: u64,
    pub(super) holdings: Holdings,
    /// Finished, and not said on disk yet.
    unsaid: Vec<Span>,
    /// Segments below this are closed, and a newer one says all about them.
    active: u64,
    retired: Vec<u64>,
    pub(super) moving: Option<Moving>,
    /// Whether there is something new to be said about what is finished.
    is_untidy: bool,
    /// Whether there may be something for the keeper.
    has_chores: bool,
    pub(super) marks: Marks,
    pub(super) gathering: Gathering,
    out: BTreeMap<u64, Out>,
    #[cfg(feature = "jetstream")]
    shelves: shelf::Shelves,
    /// How often all began anew: what was being read before says nothing any more.
    rewinds: u64,
    deliveries: u64,
    pub(super) syncs: Syncs,
    /// Nothing comes in any more; and nobody has a handle any more.
    is_closed: bool,
    is_over: bool,
    fault: Option<String>,
    /// What is to be told, in order.
    news: VecDeque<News>,
    /// The writer writes nothing any more.
    is_written: bool,
    waiting: Waiting,
    /// The writer waits until there are so many groups.
    expected: usize,
}

impl Books {
    /// Books of what was found.
    pub(super) fn open(found: Recovered, options: &DiskOptions) -> Self {
        let DiskOptions { limits, marks, window_bytes_max, .. } = *options;
        let (events, bytes) = found.holdings.unfinished();
        let mut remembered = Marks::new(marks);
        remembered.remember(found.marks);
        let mut books = Books {
            limits,
            accepted: events + found.lost,
            delivered: 0,
            dead: 0,
            dropped: found.lost,
            damaged: (found.damaged.len() + found.missing.len()) as u64,
            bytes,
            in_flight: 0,
            coming: (0, 0),
            taken: found.lost,
            window_bytes: 0,
            window_bytes_max,
            window: VecDeque::new(),
            next_shown: 0,
            next_seq: found.next_seq,
            resume: None,
            found: found.next_seq,
            holdings: found.holdings,
            unsaid: Vec::new(),
            active: 0,
            retired: found.done,
            moving: None,
            is_untidy: false,
            has_chores: false,
            marks: remembered,
            gathering: Gathering::default(),
            out: BTreeMap::new(),
            #[cfg(feature = "jetstream")]
            shelves: shelf::Shelves::default(),
            rewinds: 0,
            deliveries: 0,
            syncs: Syncs::default(),
            is_closed: false,
            is_over: false,
            fault: None,
            news: VecDeque::new(),
            is_written: false,
            waiting: Waiting::default(),
            expected: 0,
        };
        books.skip_what_is_not_there();
        books
    }

    /// Lets a group on its way to the disk, or says why not.
    pub(super) fn let_in(&mut self, group: Group, encoded: &[u8]) -> Receipt {
        let size = crate::event::size_of(&group.events);
        match self.admit(&group, size) {
            Err(error) => Receipt::known(Err(error)),
            Ok(Some(outcome)) => Receipt::known(outcome),
            Ok(None) => self.gathering.push(group, encoded, size),
        }
    }

    fn admit(
        &mut self,
        group: &Group,
        (events, bytes): (u64, u64),
    ) -> Result<Option<Outcome>, AppendError> {
        if self.is_closed {
            return Err(AppendError::Closed);
        }
        if let Some(fault) = &self.fault {
            return Err(AppendError::Broken { why: fault.as_str().into() });
        }
        let Some(first) = group.events.first() else { return Ok(Some(Ok(Appended::WHOLE))) };
        if let Some(answer) = self.marks.answer(group.mark.as_ref(), first.received_at_ms)? {
            return Ok(Some(Ok(Appended::Repeated(answer))));
        }
        let held = (self.unfinished() + self.coming.0, self.bytes + self.coming.1);
        self.limits.admit(held, (events, bytes))?;
        self.coming = (self.coming.0 + events, self.coming.1 + bytes);
        Ok(None)
    }

    /// What was on its way is not coming: nothing of it is on disk.
    pub(super) fn refuse(&mut self, (events, bytes): (u64, u64)) {
        self.coming = (self.coming.0 - events, self.coming.1 - bytes);
    }

    /// Nothing is taken in any more.
    pub(super) fn fail(&mut self, why: &str) {
        self.fault.get_or_insert_with(|| why.to_owned());
    }

    /// Groups are on disk. Whether their events go straight to the window.
    pub(super) fn commit(&mut self, batch: Committed) -> bool {
        self.refuse(batch.let_in);
        self.marks.remember(batch.marks);
        self.move_to(batch.number, batch.end, batch.moved, batch.emptied);
        if let Some(took) = batch.synced {
            self.note_sync(batch.events, took);
        }
        let Some((oldest_at_ms, _)) = batch.received.first() else { return false };
        let (first, last) = (batch.first, batch.first + batch.events - 1);
        if let Some(segment) = self.holdings.segments.get_mut(&batch.number) {
            segment.push((first, last), batch.events, batch.bytes, *oldest_at_ms);
        }
        self.holdings.index(batch.number);
        self.accepted += batch.events;
        self.bytes += batch.bytes;
        self.next_seq = last + 1;
        let fits =
            self.window_bytes == 0 || self.window_bytes + batch.bytes <= self.window_bytes_max;
        if self.next_shown != first || !fits {
            if self.next_shown == first {
                self.resume = Some((batch.number, batch.at));
            }
            return false;
        }
        self.window_bytes += batch.bytes;
        batch.received.into_iter().for_each(|(at_ms, count)| self.show(at_ms, count));
        self.next_shown = last + 1;
        true
    }

    /// From where to read on, if it is time to, and where in the segment that begins at the earliest.
    pub(super) fn reads(&self) -> Option<(Source, u64)> {
        let low = (self.window_bytes_max / 2).max(1);
        if self.next_shown >= self.next_seq || self.window_bytes >= low {
            return None;
        }
        let source = self.holdings.source(self.next_shown)?;
        let at = match (source, self.resume) {
            (Source::Segment { number, .. }, Some((resumed, at))) if resumed == number => at,
            _ => RECORDS_AT,
        };
        Some((source, at))
    }

    /// A source was read up to a sequence number, with these events in it. They go to the window; what
    /// should have been there and was not is lost.
    pub(super) fn read(&mut self, mut events: Numbered, through: u64) {
        let from = self.next_shown;
        let finished = &self.holdings.finished;
        events.retain(|(seq, _)| *seq >= from && !finished.contains(*seq));
        self.write_off(&events, from, through);
        for (_, event) in &events {
            self.window_bytes += event.bytes();
            self.show(event.received_at_ms, 1);
        }
        self.next_shown = through + 1;
        self.skip_what_is_not_there();
        if !events.is_empty() {
            self.news.push_back(News::of_read(events));
        }
    }

    /// What should be there between two numbers, and is not among the events, is lost.
    fn write_off(&mut self, events: &Numbered, from: u64, through: u64) {
        let mut lost = Vec::new();
        let mut next = from;
        for seq in events.iter().map(|(seq, _)| *seq).chain([through.saturating_add(1)]) {
            if next < seq {
                lost.extend(self.holdings.due(next, seq - 1));
            }
            next = seq + 1;
        }
        let count: u64 = lost.iter().map(|span: &Span| span.last - span.first + 1).sum();
        self.dropped += count;
        self.taken += count;
        lost.into_iter().for_each(|span| self.end(span));
    }

    /// Events of one time are on their way to the window.
    fn show(&mut self, received_at_ms: i64, events: u64) {
        match self.window.back_mut() {
            Some((at_ms, count)) if *at_ms == received_at_ms => *count += events,
            _ => self.window.push_back((received_at_ms, events)),
        }
    }

    /// Goes on to the next event that is on disk.
    fn skip_what_is_not_there(&mut self) {
        self.next_shown = match self.holdings.source(self.next_shown) {
            Some(Source::Stray(stray)) => stray.seq,
            Some(Source::Segment { from, .. }) => from,
            None => self.next_seq,
        };
    }

    /// Damage was met, and set aside.
    pub(super) fn note_damage(&mut self) {
        self.damaged += 1;
    }

    /// Books a delivery out and gives it a number, and says whether some of its events may have
    /// been out before this process.
    pub(super) fn take(&mut self, events: &Numbered) -> (u64, Turn) {
        let number = self.deliveries;
        self.deliveries += 1;
        let out = Out::of(events, &self.holdings);
        self.taken += out.events;
        self.in_flight += out.events;
        self.window_bytes -= out.bytes();
        self.leave_window(out.events);
        let turn = match events.first() {
            Some((seq, _)) if *seq < self.found => Turn::Again,
            _ => Turn::First,
        };
        self.out.insert(number, out);
        (number, turn)
    }

    fn leave_window(&mut self, mut events: u64) {
        while events > 0
            && let Some((_, count)) = self.window.front_mut()
        {
            let gone = events.min(*count);
            *count -= gone;
            events -= gone;
            if *count == 0 {
                self.window.pop_front();
            }
        }
    }

    /// A delivery that was given back goes out again.
    pub(super) fn take_again(&mut self, number: u64) {
        if let Some(out) = self.out.get_mut(&number) {
            out.is_in_flight = true;
            self.in_flight += out.events;
        }
    }

    /// A delivery is given back.
    pub(super) fn give_back(&mut self, number: u64) {
        if let Some(out) = self.out.get_mut(&number) {
            out.is_in_flight = false;
            self.in_flight -= out.events;
        }
    }

    /// A delivery is finished: `dead` of its events as dead letters, the rest in the sink.
    pub(super) fn finish(&mut self, number: u64, dead: u64) {
        let Some(out) = self.out.remove(&number) else { return };
        let dead = dead.min(out.events);
        self.dead += dead;
        self.delivered += out.events - dead;
        self.in_flight -= out.events;
        for span in out.spans {
            self.end(span);
        }
    }

    /// Events will not come any more.
    fn end(&mut self, span: Span) {
        self.bytes = self.bytes.saturating_sub(span.bytes);
        let segment = self.holdings.finish(&span);
        self.unsaid.push(span);
        self.is_untidy = true;
        if let Some(number) = segment.filter(|number| *number < self.active) {
            self.retire_if_done(number);
        }
    }

    pub(super) fn rewinds(&self) -> u64 {
        self.rewinds
    }

    pub(super) fn next_shown(&self) -> u64 {
        self.next_shown
    }

    pub(super) fn note_chores(&mut self) {
        self.has_chores = true;
    }

    /// Whether there was something for the keeper since the last call.
    pub(super) fn take_chores(&mut self) -> bool {
        std::mem::take(&mut self.has_chores)
    }

    /// Whether there is something for the writer.
    pub(super) fn has_work(&self) -> bool {
        !self.gathering.is_empty() || self.is_untidy || self.moving.is_some()
    }

    fn note_sync(&mut self, events: u64, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.syncs.count += 1;
        self.syncs.events += events;
        self.syncs.sum_us = self.syncs.sum_us.saturating_add(took_us);
        (self.syncs.last_us, self.syncs.last_events) = (took_us, events);
    }

    /// What is finished and is to be said on disk.
    pub(super) fn take_unsaid(&mut self) -> Vec<Span> {
        self.is_untidy = false;
        std::mem::take(&mut self.unsaid)
    }

    /// It could not be said.
    pub(super) fn give_back_unsaid(&mut self, spans: Vec<Span>) {
        self.unsaid.extend(spans);
    }

    pub(super) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Whether nothing can come in any more and nothing is left.
    pub(super) fn is_done(&self) -> bool {
        self.is_closed && self.unfinished() == 0 && self.coming == (0, 0)
    }

    /// The last handle is gone.
    pub(super) fn end_all(&mut self) {
        (self.is_closed, self.is_over) = (true, true);
    }

    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    fn unfinished(&self) -> u64 {
        // A record that was changed, checksum and all, may count more than there were.
        self.accepted.saturating_sub(self.delivered + self.dead + self.dropped)
    }

    /// How many events have never been out.
    pub(super) fn fresh(&self) -> u64 {
        self.accepted.saturating_sub(self.taken)
    }

    fn oldest_received_at_ms(&self) -> Option<i64> {
        // Numbers of deliveries rise with the age of their events, and what is out is older than what
        // is in the window, and that than what is on disk alone.
        let out = self.out.first_key_value().map(|(_, out)| out.oldest_received_at_ms);
        let window = || self.window.front().map(|(at_ms, _)| *at_ms);
        out.or_else(window).or_else(|| match self.holdings.source(self.next_shown)? {
            Source::Stray(stray) => Some(stray.at_ms),
            Source::Segment { number, .. } => {
                self.holdings.segments.get(&number).map(|segment| segment.first_at_ms)
            }
        })
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            waiting: self.unfinished() - self.in_flight,
            bytes: self.bytes,
            in_flight: self.in_flight,
            accepted: self.accepted,
            delivered: self.delivered,
            dropped: self.dropped,
            dead: self.dead,
            damaged: self.damaged,
            oldest_received_at_ms: self.oldest_received_at_ms(),
        }
    }
}
