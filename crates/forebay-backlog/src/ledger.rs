//! Where every event is: one book, written under one lock.
//!
//! What waits is not counted but derived, so the books balance by construction.

use std::collections::{BTreeMap, VecDeque};

use crate::event::size_of;
use crate::{AppendError, Event, Limits};

/// One consistent look at a backlog.
///
/// `accepted = delivered + waiting + in_flight + dropped + dead`, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// Events that wait for a consumer.
    pub waiting: u64,
    /// What all unfinished events count against the limit, in bytes.
    pub bytes: u64,
    /// Events that a consumer has and has not finished.
    pub in_flight: u64,
    /// Events taken in since the start.
    pub accepted: u64,
    /// Events that reached the sink.
    pub delivered: u64,
    /// Events thrown away. The memory engine never does.
    pub dropped: u64,
    /// Events that went to dead letters.
    pub dead: u64,
    /// Damaged places that were set aside since it was opened, that included.
    pub damaged: u64,
    /// When the oldest unfinished event was accepted, in milliseconds of Unix time.
    pub oldest_received_at_ms: Option<i64>,
}

/// A delivery that is out, or was given back and waits to go out again.
struct Out {
    events: u64,
    bytes: u64,
    oldest_received_at_ms: i64,
    is_in_flight: bool,
}

#[derive(Default)]
pub(crate) struct Ledger {
    accepted: u64,
    delivered: u64,
    dead: u64,
    /// Of everything unfinished.
    bytes: u64,
    /// How many of the accepted events have gone out at least once.
    taken: u64,
    /// When the events that never went out were accepted: (time, count of accepted events up
    /// to then), one entry a millisecond at most.
    arrivals: VecDeque<(i64, u64)>,
    /// Unfinished deliveries by number; numbers rise with the age of the events.
    out: BTreeMap<u64, Out>,
    deliveries: u64,
    is_closed: bool,
}

impl Ledger {
    /// Whether anything is taken in at all.
    pub(crate) fn check_open(&self) -> Result<(), AppendError> {
        if self.is_closed { Err(AppendError::Closed) } else { Ok(()) }
    }

    /// Books a group in, or says why it does not fit.
    pub(crate) fn accept(&mut self, group: &[Event], limits: &Limits) -> Result<(), AppendError> {
        let (events, bytes) = size_of(group);
        limits.admit((self.unfinished(), self.bytes), (events, bytes))?;
        let Some(first) = group.first() else {
            return Ok(());
        };
        self.accepted += events;
        self.bytes += bytes;
        match self.arrivals.back_mut() {
            Some((at_ms, up_to)) if *at_ms == first.received_at_ms => *up_to = self.accepted,
            _ => self.arrivals.push_back((first.received_at_ms, self.accepted)),
        }
        Ok(())
    }

    /// Books a delivery out and gives it a number.
    pub(crate) fn take(&mut self, events: &[Event]) -> u64 {
        let number = self.deliveries;
        self.deliveries += 1;
        let (count, bytes) = size_of(events);
        let oldest_received_at_ms = events.first().map_or(0, |event| event.received_at_ms);
        self.out.insert(
            number,
            Out { events: count, bytes, oldest_received_at_ms, is_in_flight: true },
        );
        self.taken += count;
        while self.arrivals.front().is_some_and(|(_, up_to)| *up_to <= self.taken) {
            self.arrivals.pop_front();
        }
        if self.arrivals.is_empty() {
            self.arrivals.shrink_to_fit();
        }
        number
    }

    /// A delivery that was given back goes out again.
    pub(crate) fn take_again(&mut self, number: u64) {
        self.set_in_flight(number, true);
    }

    /// A delivery is given back.
    pub(crate) fn give_back(&mut self, number: u64) {
        self.set_in_flight(number, false);
    }

    fn set_in_flight(&mut self, number: u64, is_in_flight: bool) {
        if let Some(out) = self.out.get_mut(&number) {
            out.is_in_flight = is_in_flight;
        }
    }

    /// A delivery is finished: `dead` of its events as dead letters, the rest in the sink.
    pub(crate) fn finish(&mut self, number: u64, dead: u64) {
        if let Some(out) = self.out.remove(&number) {
            let dead = dead.min(out.events);
            self.dead += dead;
            self.delivered += out.events - dead;
            self.bytes -= out.bytes;
        }
    }

    pub(crate) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Whether nothing can come in any more and nothing is left.
    pub(crate) fn is_done(&self) -> bool {
        self.is_closed && self.unfinished() == 0
    }

    fn unfinished(&self) -> u64 {
        self.accepted - self.delivered - self.dead
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let in_flight: u64 =
            self.out.values().filter(|out| out.is_in_flight).map(|out| out.events).sum();
        let out_since = self.out.values().map(|out| out.oldest_received_at_ms);
        let waiting_since = self.arrivals.front().map(|(at_ms, _)| *at_ms);
        Snapshot {
            waiting: self.unfinished() - in_flight,
            bytes: self.bytes,
            in_flight,
            accepted: self.accepted,
            delivered: self.delivered,
            dropped: 0,
            dead: self.dead,
            damaged: 0,
            oldest_received_at_ms: out_since.chain(waiting_since).min(),
        }
    }
}
