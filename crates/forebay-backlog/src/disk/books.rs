//! Where every event of a backlog on disk is: pure bookkeeping, under one lock.
//!
//! Only a window of the rows is in memory: those at the front that were read, or have just been
//! written while nothing was left on disk before them. What waits is not counted but derived, so
//! the books balance by construction.

use std::collections::{BTreeMap, VecDeque};

use crate::delivery::Turn;
use crate::event::size_of;
use crate::{AppendError, Event, Limits, Snapshot};

/// Up to so many bytes of events wait in memory, to be handed out at once.
const WINDOW_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// With less than this in memory, the next rows are read.
const WINDOW_BYTES_LOW: u64 = WINDOW_BYTES_MAX / 2;

/// A delivery that is out, or was given back and waits to go out again.
struct Out {
    /// How many of its events are of which row.
    spans: Vec<(i64, u64)>,
    bytes: u64,
    oldest_received_at_ms: i64,
    is_in_flight: bool,
}

impl Out {
    fn events(&self) -> u64 {
        self.spans.iter().map(|(_, events)| events).sum()
    }
}

pub(super) struct Books {
    accepted: u64,
    delivered: u64,
    dead: u64,
    /// Damaged, and set aside.
    dropped: u64,
    /// Of everything unfinished.
    bytes: u64,
    /// Events and bytes that are on their way to the disk.
    coming: (u64, u64),
    /// How many of the accepted events have gone out at least once, or never will.
    taken: u64,
    /// In the window: bytes, and when they were accepted, row by row, with how many events.
    window_bytes: u64,
    window: VecDeque<(i64, u64)>,
    /// Rows that have been in the window, and how many of their events are unfinished.
    rows: BTreeMap<i64, u64>,
    /// Rows of which nothing is left to do, still on disk.
    finished: Vec<i64>,
    /// The last row on disk, and the last one that has been in the window.
    committed: i64,
    windowed: i64,
    /// Rows up to here were there when it was opened.
    found: i64,
    out: BTreeMap<u64, Out>,
    deliveries: u64,
    /// Nothing comes in any more; and nobody has a handle any more.
    is_closed: bool,
    is_over: bool,
    fault: Option<String>,
}

impl Books {
    /// Books of a file with so many events and bytes, in these rows.
    pub(super) fn open(events: u64, bytes: u64, rows: Option<(i64, i64)>) -> Self {
        let (first, last) = rows.unwrap_or((1, 0));
        Books {
            accepted: events,
            delivered: 0,
            dead: 0,
            dropped: 0,
            bytes,
            coming: (0, 0),
            taken: 0,
            window_bytes: 0,
            window: VecDeque::new(),
            rows: BTreeMap::new(),
            finished: Vec::new(),
            committed: last,
            windowed: first - 1,
            found: last,
            out: BTreeMap::new(),
            deliveries: 0,
            is_closed: false,
            is_over: false,
            fault: None,
        }
    }

    /// Lets a group on its way to the disk, or says why not.
    pub(super) fn admit(&mut self, group: &[Event], limits: &Limits) -> Result<(), AppendError> {
        if self.is_closed {
            return Err(AppendError::Closed);
        }
        if let Some(fault) = &self.fault {
            return Err(AppendError::Broken { why: fault.as_str().into() });
        }
        let (events, bytes) = size_of(group);
        let held = (self.unfinished() + self.coming.0, self.bytes + self.coming.1);
        limits.admit(held, (events, bytes))?;
        self.coming = (self.coming.0 + events, self.coming.1 + bytes);
        Ok(())
    }

    /// What was on its way is not coming: nothing of it is on disk.
    pub(super) fn refuse(&mut self, (events, bytes): (u64, u64)) {
        self.coming = (self.coming.0 - events, self.coming.1 - bytes);
    }

    /// Nothing is taken in any more.
    pub(super) fn fail(&mut self, why: &str) {
        self.fault.get_or_insert_with(|| why.to_owned());
    }

    /// A row is on disk. Whether its events go straight to the window.
    pub(super) fn commit(&mut self, row: i64, (events, bytes): (u64, u64), at_ms: i64) -> bool {
        self.refuse((events, bytes));
        self.accepted += events;
        self.bytes += bytes;
        self.committed = row;
        let is_next = self.windowed + 1 == row;
        let fits = self.window_bytes == 0 || self.window_bytes + bytes <= WINDOW_BYTES_MAX;
        if is_next && fits {
            self.show(row, (events, bytes), at_ms);
        }
        is_next && fits
    }

    /// The row behind which to read on, if it is time to.
    pub(super) fn reads_after(&self) -> Option<i64> {
        let is_low = self.window_bytes < WINDOW_BYTES_LOW;
        (self.windowed < self.committed && is_low).then_some(self.windowed)
    }

    /// A row was read: of the events and bytes that it was booked with, so many are intact.
    pub(super) fn read(&mut self, row: i64, booked: (u64, u64), intact: (u64, u64), at_ms: i64) {
        let lost = booked.0.saturating_sub(intact.0);
        self.dropped += lost;
        self.taken += lost;
        self.bytes -= booked.1.saturating_sub(intact.1).min(self.bytes);
        self.show(row, intact, at_ms);
    }

    fn show(&mut self, row: i64, (events, bytes): (u64, u64), at_ms: i64) {
        self.windowed = row;
        if events == 0 {
            self.finished.push(row);
            return;
        }
        self.rows.insert(row, events);
        self.window_bytes += bytes;
        self.window.push_back((at_ms, events));
    }

    /// Books a delivery out and gives it a number, and says whether some of its events may have
    /// been out before this process.
    pub(super) fn take(&mut self, events: &[(i64, Event)]) -> (u64, Turn) {
        let number = self.deliveries;
        self.deliveries += 1;
        let mut out = Out {
            spans: Vec::new(),
            bytes: events.iter().map(|(_, event)| event.bytes()).sum(),
            oldest_received_at_ms: events.first().map_or(0, |(_, event)| event.received_at_ms),
            is_in_flight: true,
        };
        for (row, _) in events {
            match out.spans.last_mut() {
                Some((last, count)) if last == row => *count += 1,
                _ => out.spans.push((*row, 1)),
            }
        }
        self.taken += events.len() as u64;
        self.window_bytes -= out.bytes;
        self.leave_window(events.len() as u64);
        let turn = match out.spans.first() {
            Some((row, _)) if *row <= self.found => Turn::Again,
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
        }
    }

    /// A delivery is given back.
    pub(super) fn give_back(&mut self, number: u64) {
        if let Some(out) = self.out.get_mut(&number) {
            out.is_in_flight = false;
        }
    }

    /// A delivery is finished: `dead` of its events as dead letters, the rest in the sink.
    /// Whether a row is finished with it.
    pub(super) fn finish(&mut self, number: u64, dead: u64) -> bool {
        let Some(out) = self.out.remove(&number) else { return false };
        let events = out.events();
        let dead = dead.min(events);
        self.dead += dead;
        self.delivered += events - dead;
        self.bytes -= out.bytes.min(self.bytes);
        let before = self.finished.len();
        for (row, count) in out.spans {
            let Some(left) = self.rows.get_mut(&row) else { continue };
            *left = left.saturating_sub(count);
            if *left == 0 {
                self.rows.remove(&row);
                self.finished.push(row);
            }
        }
        self.finished.len() > before
    }

    /// Takes the rows that can be removed from the disk.
    pub(super) fn take_finished(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.finished)
    }

    /// They could not be removed yet.
    pub(super) fn give_back_finished(&mut self, rows: Vec<i64>) {
        self.finished.extend(rows);
    }

    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Whether nothing can come in any more and nothing is left.
    pub(super) fn is_done(&self) -> bool {
        self.is_closed && self.unfinished() == 0 && self.coming == (0, 0)
    }

    /// The last handle is gone.
    pub(super) fn end(&mut self) {
        (self.is_closed, self.is_over) = (true, true);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    fn unfinished(&self) -> u64 {
        self.accepted - self.delivered - self.dead - self.dropped
    }

    /// How many events have never been out.
    pub(super) fn fresh(&self) -> u64 {
        self.accepted - self.taken
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let in_flight: u64 =
            self.out.values().filter(|out| out.is_in_flight).map(Out::events).sum();
        let out_since = self.out.values().map(|out| out.oldest_received_at_ms);
        let waiting_since = self.window.front().map(|(at_ms, _)| *at_ms);
        Snapshot {
            waiting: self.unfinished() - in_flight,
            bytes: self.bytes,
            in_flight,
            accepted: self.accepted,
            delivered: self.delivered,
            dropped: self.dropped,
            dead: self.dead,
            damaged: 0,
            oldest_received_at_ms: out_since.chain(waiting_since).min(),
        }
    }
}
