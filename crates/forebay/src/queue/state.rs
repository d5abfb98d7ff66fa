//! Everything a queue knows, and the *try* half of every call. All of it runs under the lock
//! and never waits; what waits is one loop around it, in `shared` and the futures.
//!
//! **Invariant**, restored by [`State::admit`] and [`State::rouse`] before the lock is
//! released: no producer waits
//! with an item while there is room for it; of the consumers that wait, at least as many are awake
//! as there are items. Once the queue is closed, everybody is awake. So no wake-up can be lost,
//! whatever future is dropped whenever.
//!
//! Each side has three ways, from the usual to the rare:
//!
//! - **At once**: an end of the [ring](super::ring) has a mark, and up to it a call concerns nobody
//!   but its item. Whoever makes that untrue takes the mark back; whoever finds it reached looks
//!   whether it can be set again.
//! - **Briefly**: a call that waits, wakes or was woken in a plain queue, without weights and
//!   priorities, can leave one thing of a kind to do, so it is done and nothing is looked for.
//!   No code of the user's runs in it, so none is ever cut short.
//! - **In a [section](super::shared::Section)**, whose end looks for everything there may be to do.

pub(crate) mod getting;
pub(crate) mod putting;

use super::line::Wakes;
use super::lines::{Lines, Room};
use super::order::Order;
use super::putters::Load;
use super::scale::Scale;
use crate::WhenFull;
use crate::sharing::Sharing;

pub(crate) struct State<T, S: Sharing> {
    pub(crate) order: Order<T>,
    /// The greatest length there was when an item came out.
    peak: usize,
    /// How many items fit; `usize::MAX` when unbounded.
    pub(crate) capacity: usize,
    /// Who waits.
    pub(crate) lines: Lines<T>,
    /// What they may weigh together, if that is limited too.
    pub(crate) scale: Option<Box<Scale<T, S>>>,
    pub(crate) when_full: WhenFull,
    /// No more puts. Never unset.
    closed: bool,
    /// What may be done otherwise than in a section.
    kind: Kind,
    /// Handles that can put; at 0 the queue is closed.
    pub(crate) producers: usize,
    /// Handles that can get; at 0 the queue is closed and what waits is dropped.
    pub(crate) consumers: usize,
    /// Items that came out and were dropped: by policy, by `close_now`, or because no consumer
    /// was left.
    pub(crate) dropped: u64,
    /// Items that were dropped before they went in.
    pub(crate) refused: u64,
    /// Items marked by `task_done`, or dropped. Never more than were put.
    finished: u64,
    /// How often everything that was put came to be finished.
    pub(crate) finished_rounds: u64,
}

/// What a put has pushed out, oldest first; for `on_drop`.
pub(crate) struct Dropped<T> {
    first: Option<T>,
    /// Of these there are some only where items have weights.
    more: Vec<T>,
}

impl<T> Dropped<T> {
    pub(crate) const NOTHING: Self = Dropped { first: None, more: Vec::new() };

    fn add(&mut self, item: T) {
        match self.first {
            None => self.first = Some(item),
            Some(_) => self.more.push(item),
        }
    }
}

impl<T> IntoIterator for Dropped<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.more)
    }
}

/// How much a queue leaves to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No weights, and first in, first out.
    Usual,
    /// No weights and no priorities.
    Plain,
    Other,
}

/// Whether a call already stands in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not waited yet, and lets a starving waiter go first.
    Newcomer,
    /// It holds a place.
    InLine,
}

impl<T, S: Sharing> State<T, S> {
    #[inline]
    pub(crate) fn new(
        order: Order<T>,
        capacity: usize,
        scale: Option<Box<Scale<T, S>>>,
        when_full: WhenFull,
    ) -> Self {
        let kind = match scale {
            None if order.is_fifo() => Kind::Usual,
            None if !order.compares() => Kind::Plain,
            _ => Kind::Other,
        };
        State {
            order,
            peak: 0,
            capacity,
            lines: Lines::new(),
            scale,
            when_full,
            closed: false,
            kind,
            producers: 1,
            consumers: 1,
            dropped: 0,
            refused: 0,
            finished: 0,
            finished_rounds: 0,
        }
    }

    /// Whether it has no weights and no priorities: what may be done briefly.
    #[inline]
    fn is_plain(&self) -> bool {
        self.kind != Kind::Other
    }

    /// Whether it has no weights, and nobody waits for anything: a step that only moves an item
    /// may then be cut short by an `Ord` that panics.
    #[inline]
    fn is_unwatched(&self) -> bool {
        self.scale.is_none() && self.lines.is_empty()
    }

    /// Whether it is open, empty and first in, first out.
    #[inline]
    fn is_usual_and_empty(&self) -> bool {
        self.kind == Kind::Usual && !self.closed && self.order.fifo.len() == 0
    }

    /// How many items are waiting.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// The greatest length so far.
    pub(crate) fn peak(&self) -> usize {
        self.peak.max(self.len())
    }

    /// Remembers the length before an item comes out: it has been growing until then.
    #[inline]
    fn note_peak(&mut self, len: usize) {
        if len > self.peak {
            self.peak = len;
        }
    }

    /// Whether there are no more puts.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether nothing fits, but for what weighs nothing.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= self.capacity || self.scale.as_ref().is_some_and(|scale| scale.is_full())
    }

    /// The length from which a put waits.
    pub(crate) fn waits_from(&self) -> usize {
        match self.when_full {
            WhenFull::Wait if self.scale.is_none() => self.capacity,
            _ => usize::MAX,
        }
    }

    /// The length from which an attempt to put is refused, whoever makes it.
    pub(crate) fn refuses_from(&self) -> usize {
        match self.when_full {
            WhenFull::Wait | WhenFull::Reject if self.scale.is_none() && !self.closed => {
                self.capacity
            }
            _ => usize::MAX,
        }
    }

    /// Whether nobody waits for room, so that a newcomer may put at once.
    #[inline]
    fn is_nobody_before_a_put(&self) -> bool {
        self.lines.putters.is_empty()
    }

    /// Takes back the marks that are no longer true, after any step.
    pub(crate) fn shut(&mut self) {
        if !self.is_put_free() {
            self.order.fifo.shut_puts();
        }
        if !self.is_get_free() {
            self.order.fifo.shut_gets();
        }
    }

    /// Gives it another capacity.
    pub(crate) fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
        self.order.fifo.shut_puts();
    }

    /// How many items were put so far.
    pub(crate) fn put(&self) -> u64 {
        self.order.pushed() + self.refused
    }

    /// How many of them are not finished.
    pub(crate) fn unfinished(&self) -> u64 {
        self.put() - self.finished
    }

    /// Marks up to `count` items as finished. Fewer are left where `task_done` was called
    /// ahead of a get: it counts puts.
    pub(crate) fn finish(&mut self, count: usize) {
        let open = self.unfinished();
        self.finished += open.min(count as u64);
        if open > 0 && self.unfinished() == 0 {
            self.finished_rounds += 1;
        }
    }

    /// Ends the puts.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.order.fifo.shut_puts();
    }

    /// Closes the queue and takes what is left out of it.
    pub(crate) fn close_and_drain(&mut self) -> Vec<T> {
        self.close();
        let len = self.len();
        if len == 0 {
            return Vec::new();
        }
        self.note_peak(len);
        let left = self.order.take_all();
        if let Some(scale) = &mut self.scale {
            scale.reset();
        }
        self.dropped += left.len() as u64;
        self.finish(left.len());
        left
    }

    /// Whether nobody waits who could be let in or woken.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        // Of weights, `admit` knows more: what weighs nothing fits even when they are used up.
        let room = if self.len() < self.capacity { Room::Some } else { Room::Full };
        if self.closed { self.lines.is_awake() } else { self.lines.is_settled(self.len(), room) }
    }

    /// Takes in the items of producers that wait, as far as there is room, and says whom to wake.
    pub(crate) fn admit(&mut self, wakes: &mut Wakes) {
        while !self.is_nobody_before_a_put() && !self.closed && self.has_room_for_the_first() {
            let (item, waker) = self.lines.putters.next();
            waker.into_iter().for_each(|waker| wakes.add(waker));
            let Some(item) = item else { break };
            self.push(item);
        }
    }

    /// Whether there is room for what the producer that stands first is to put next.
    fn has_room_for_the_first(&self) -> bool {
        match self.lines.putters.first() {
            Some(Load::One(item)) => self.fits(item),
            Some(&Load::Many(weight)) => {
                let scale = self.scale.as_ref();
                self.len() < self.capacity && scale.is_none_or(|scale| scale.has_room_for(weight))
            }
            Some(Load::Done) | None => false,
        }
    }

    /// Says whom to wake; with [`admit`](Self::admit) before it, the invariant holds again.
    pub(crate) fn rouse(&mut self, wakes: &mut Wakes) {
        let wanted = if self.closed { usize::MAX } else { self.len() };
        if self.closed {
            self.lines.putters.wake_all(wakes);
        }
        self.lines.getters.wake_up_to(wanted, wakes);
        if self.unfinished() == 0 {
            self.lines.wake_joiners(wakes);
        }
    }
}
