//! What this process has of a stream, and what it knows of the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cursor::{Arrival, Cursor, Load};
use crate::delivery::Turn;
use crate::event::size_of;
use crate::{AppendError, Event, Limits, Snapshot};

/// So many events are at hand at most.
const WINDOW_EVENTS_MAX: u64 = 10_000;

/// An event that came out of the stream, and the message that it came in.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) event: Event,
    pub(super) message: u64,
}

/// A message that is out of the stream until every event of it is finished.
#[derive(Debug)]
struct Message<A> {
    acker: Arc<A>,
    unfinished: usize,
    /// In the window.
    untaken: usize,
    at_ms: i64,
    /// Somebody had it before.
    is_again: bool,
}

/// A delivery that is out, or was given back.
#[derive(Debug)]
struct Out {
    /// Runs of events of one message.
    parts: Vec<(u64, usize)>,
    load: Load,
    at_ms: i64,
    is_in_flight: bool,
}

/// Books of one process. `A` acknowledges a message.
#[derive(Debug)]
pub(super) struct Books<A> {
    cursor: Cursor,
    /// On the way into the stream.
    publishing: Load,
    /// Out of the stream, and not yet in a delivery.
    window: Load,
    /// What one delivery took last.
    wanted: u64,
    /// How many wait for a delivery.
    takers: u64,
    /// Since something was let go nobody has asked for more.
    rests: bool,
    messages: BTreeMap<u64, Message<A>>,
    next_message: u64,
    out: BTreeMap<u64, Out>,
    deliveries: u64,
    delivered: u64,
    dead: u64,
    /// Messages that are none of ours, set aside.
    foreign: u64,
    /// Events of this process that the stream has.
    own: u64,
    /// Events that it has perhaps, and that are sent again.
    doubted: u64,
    /// How often the stream was found to have lost its end.
    losses: u64,
    /// The greatest that was ever told.
    accepted: u64,
    oldest_in_stream_ms: Option<i64>,
    is_closed: bool,
}

impl<A> Books<A> {
    pub(super) fn new(cursor: Cursor) -> Self {
        Books {
            cursor,
            publishing: Load::default(),
            window: Load::default(),
            wanted: 1,
            takers: 0,
            rests: false,
            messages: BTreeMap::new(),
            next_message: 0,
            out: BTreeMap::new(),
            deliveries: 0,
            delivered: 0,
            dead: 0,
            foreign: 0,
            own: 0,
            doubted: 0,
            losses: 0,
            accepted: 0,
            oldest_in_stream_ms: None,
            is_closed: false,
        }
    }

    /// Lets a group in, as far as this process knows what is there.
    pub(super) fn admit(&mut self, events: &[Event], limits: &Limits) -> Result<(), AppendError> {
        if self.is_closed {
            return Err(AppendError::Closed);
        }
        let load = load_of(events);
        let held = self.unfinished().and(self.publishing);
        limits.admit((held.events, held.bytes), (load.events, load.bytes))?;
        self.publishing = self.publishing.and(load);
        Ok(())
    }

    /// A part of a group is in the stream, under this number.
    pub(super) fn put(&mut self, number: u64, load: Load) {
        self.cursor.put(number, load);
        self.is_there(load);
    }

    /// A part of a group is in the stream already.
    pub(super) fn is_there(&mut self, load: Load) {
        self.own += load.events;
        self.doubted = self.doubted.saturating_sub(load.events);
        self.publishing = self.publishing.less(load);
    }

    /// Of events that are sent next the stream may have so many.
    pub(super) fn doubt(&mut self, events: u64) {
        self.doubted += events;
    }

    /// Of those, the stream was said to have so many.
    pub(super) fn disown(&mut self, events: u64) {
        self.own = self.own.saturating_sub(events);
    }

    /// A part of a group is not going into the stream.
    pub(super) fn not_put(&mut self, load: Load) {
        self.publishing = self.publishing.less(load);
    }

    /// A message comes out of the stream. Its events go to the window.
    pub(super) fn got(&mut self, arrival: Arrival, message: Got<A>) -> Vec<Held> {
        let load = load_of(&message.events);
        self.cursor.got(arrival, load);
        self.window = self.window.and(load);
        let id = self.next_message;
        self.next_message += 1;
        let at_ms = message.events.first().map_or(0, |event| event.received_at_ms);
        let (acker, unfinished) = (message.acker, message.events.len());
        let is_again = arrival.is_again;
        let message_here = Message { acker, unfinished, untaken: unfinished, at_ms, is_again };
        self.messages.insert(id, message_here);
        message.events.into_iter().map(|event| Held { event, message: id }).collect()
    }

    /// A message that is none of ours comes out of the stream.
    pub(super) fn set_aside(&mut self, arrival: Arrival) {
        self.cursor.got(arrival, Load::default());
        self.foreign += 1;
    }

    /// The server says how far it is.
    pub(super) fn heard(&mut self, delivered: u64, last: u64, oldest_ms: Option<i64>) {
        self.cursor.heard(delivered, last);
        self.oldest_in_stream_ms = oldest_ms;
    }

    /// The stream has lost its end.
    pub(super) fn set_back(&mut self, delivered: u64, last: u64) {
        self.cursor.set_back(delivered, last);
        self.losses += 1;
    }

    pub(super) fn losses(&self) -> u64 {
        self.losses
    }

    pub(super) fn own(&self) -> u64 {
        self.own
    }

    /// Events of this process that are in the stream perhaps.
    pub(super) fn unsure(&self) -> u64 {
        self.publishing.events + self.doubted
    }

    /// Events that other processes have put in, as far as they cannot be our own: a delivery may be here before the
    /// acknowledgement of its message is.
    pub(super) fn others(&self) -> u64 {
        // No message has less than one of them.
        self.cursor.others(self.unsure()).min(self.accepted.saturating_sub(self.own))
    }

    /// The server says that nothing waits: what we thought was there, somebody has taken away.
    pub(super) fn heard_empty(&mut self) {
        self.cursor.emptied();
    }

    pub(super) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Whether some of a delivery was out before. A message that was sent again when nobody knew whether it had
    /// arrived says nothing of it, nor does one whose delivery the server has forgotten: none is surely the first.
    pub(super) fn turn(&self, held: &[Held]) -> Turn {
        let is_again = |held: &Held| self.messages.get(&held.message).is_none_or(|it| it.is_again);
        if held.iter().any(is_again) { Turn::Again } else { Turn::Perhaps }
    }

    /// Books a delivery out of the window, and gives it a number.
    pub(super) fn take(&mut self, held: &[Held]) -> u64 {
        let number = self.deliveries;
        self.deliveries += 1;
        let mut out =
            Out { parts: Vec::new(), load: Load::default(), at_ms: i64::MAX, is_in_flight: true };
        for Held { event, message } in held {
            out.load = out.load.and(load_of(std::slice::from_ref(event)));
            out.at_ms = out.at_ms.min(event.received_at_ms);
            if let Some(message) = self.messages.get_mut(message) {
                message.untaken = message.untaken.saturating_sub(1);
            }
            match out.parts.last_mut() {
                Some((last, count)) if last == message => *count += 1,
                _ => out.parts.push((*message, 1)),
            }
        }
        self.window = self.window.less(out.load);
        self.out.insert(number, out);
        number
    }

    /// How many events of the message that `held` ends with are still in the window.
    pub(super) fn rest_of(&self, held: &[Held]) -> usize {
        let Some(Held { message: last, .. }) = held.last() else { return 0 };
        let Some(message) = self.messages.get(last) else { return 0 };
        let taken = held.iter().rev().take_while(|held| held.message == *last).count();
        message.untaken.saturating_sub(taken)
    }

    /// What was given back goes out again.
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

    /// A delivery is finished, `dead` of its events as dead letters. Returns the messages of which that was the rest.
    pub(super) fn finish(&mut self, number: u64, dead: u64) -> Vec<Arc<A>> {
        let Some(out) = self.out.remove(&number) else { return Vec::new() };
        let dead = dead.min(out.load.events);
        self.dead += dead;
        self.delivered += out.load.events - dead;
        let mut whole = Vec::new();
        for (id, count) in out.parts {
            let Some(message) = self.messages.get_mut(&id) else { continue };
            message.unfinished = message.unfinished.saturating_sub(count);
            if message.unfinished == 0 {
                whole.extend(self.messages.remove(&id).map(|message| message.acker));
            }
        }
        whole
    }

    /// A delivery is let go, and what was `left` in the window. Returns the messages that are given up with them; what somebody here
    /// has in hand of these he finishes as well, which changes nothing in the sink.
    pub(super) fn let_go(&mut self, number: u64, left: &[Held]) -> Vec<Arc<A>> {
        let out = self.out.remove(&number);
        let parts = out.into_iter().flat_map(|out| out.parts);
        self.rests = self.takers == 0;
        let messages = parts.map(|(message, _)| message).collect();
        self.release(messages, left)
    }

    /// What has come although nobody asks any more is let go, too.
    pub(super) fn let_go_unasked(&mut self, held: &[Held]) -> Vec<Arc<A>> {
        self.release(BTreeSet::new(), held)
    }

    fn release(&mut self, mut messages: BTreeSet<u64>, left: &[Held]) -> Vec<Arc<A>> {
        for Held { event, message } in left {
            self.window = self.window.less(load_of(std::slice::from_ref(event)));
            messages.insert(*message);
        }
        messages.iter().filter_map(|id| Some(self.messages.remove(id)?.acker)).collect()
    }

    /// Every message that is held, the oldest first.
    pub(super) fn held(&self) -> Vec<Arc<A>> {
        self.messages.values().map(|message| Arc::clone(&message.acker)).collect()
    }

    /// A delivery of so many events is asked for.
    pub(super) fn want(&mut self, events: u64) {
        // A gear that has changed down is soon believed.
        let before = self.wanted - self.wanted / 16;
        self.wanted = events.max(before).clamp(1, WINDOW_EVENTS_MAX / 2);
        self.takers += 1;
        self.rests = false;
    }

    /// It was taken, or is not asked for any more.
    pub(super) fn wants_no_more(&mut self) {
        self.takers = self.takers.saturating_sub(1);
    }

    /// How many messages are to be got, so that the next delivery is at hand and no more: what lies here is not with somebody who
    /// has time for it.
    pub(super) fn room(&self) -> u64 {
        if self.rests {
            return 0;
        }
        let events = (2 * self.wanted).saturating_sub(self.window.events);
        self.cursor.messages_of(events)
    }

    /// Events that are out of the stream and not finished.
    pub(super) fn at_hand(&self) -> u64 {
        self.window.events + self.out.values().map(|out| out.load.events).sum::<u64>()
    }

    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether nothing more is to be got, for now or for ever.
    pub(super) fn rests(&self) -> bool {
        self.is_closed || self.rests
    }

    /// Whether nothing more comes in and nothing that is out is unfinished. What waits in the stream is for
    /// whoever comes next.
    pub(super) fn is_done(&self) -> bool {
        self.is_closed && self.messages.is_empty()
    }

    pub(super) fn waiting_fresh(&self) -> u64 {
        self.cursor.waits().events + self.window.events
    }

    fn in_flight(&self) -> Load {
        let those = self.out.values().filter(|out| out.is_in_flight);
        those.fold(Load::default(), |sum, out| sum.and(out.load))
    }

    fn given_back(&self) -> Load {
        let those = self.out.values().filter(|out| !out.is_in_flight);
        those.fold(Load::default(), |sum, out| sum.and(out.load))
    }

    fn unfinished(&self) -> Load {
        self.cursor.waits().and(self.window).and(self.in_flight()).and(self.given_back())
    }

    pub(super) fn snapshot(&mut self) -> Snapshot {
        let in_flight = self.in_flight().events;
        let waiting = self.waiting_fresh() + self.given_back().events;
        let here = waiting + in_flight + self.dead + self.delivered;
        self.accepted = self.accepted.max(self.cursor.went_in().events).max(here);
        let held = self.messages.values().map(|message| message.at_ms);
        let in_stream = self.oldest_in_stream_ms.filter(|_| self.cursor.messages_waiting() > 0);
        Snapshot {
            waiting,
            bytes: self.unfinished().bytes,
            in_flight,
            accepted: self.accepted,
            // What others brought to the sink is delivered, too.
            delivered: self.accepted - waiting - in_flight - self.dead,
            dropped: 0,
            dead: self.dead,
            damaged: self.foreign,
            oldest_received_at_ms: held.chain(in_stream).min(),
        }
    }
}

/// What comes out of a stream.
#[derive(Debug)]
pub(super) struct Got<A> {
    pub(super) events: Vec<Event>,
    pub(super) acker: Arc<A>,
}

pub(super) fn load_of(events: &[Event]) -> Load {
    let (events, bytes) = size_of(events);
    Load { events, bytes }
}
