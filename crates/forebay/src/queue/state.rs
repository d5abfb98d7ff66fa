//! Everything a queue knows, and the *try* half of every call. All of it runs under the lock
//! and never waits; what waits is one loop around it, in `shared` and the futures.
//!
//! **Invariant**, restored by [`State::admit`] and [`State::rouse`] before the lock is
//! released: no producer waits
//! with an item while there is room for it; of the consumers that wait, at least as many are awake
//! as there are items. Once the queue is closed, everybody is awake. So no wake-up can be lost,
//! whatever future is dropped whenever.

use super::line::Wakes;
use super::lines::{Lines, Room};
use super::order::{Order, Rest};
use super::putters::Load;
use super::scale::Scale;
use crate::sharing::Sharing;
use crate::{GetError, PutError, WhenFull};

pub(crate) struct State<T, S: Sharing> {
    pub(crate) items: Order<T, S>,
    /// How many items fit; `usize::MAX` when unbounded.
    pub(crate) capacity: usize,
    /// What they may weigh together, if that is limited too.
    pub(crate) scale: Option<Box<Scale<T, S>>>,
    pub(crate) when_full: WhenFull,
    /// No more puts. Never unset.
    pub(crate) closed: bool,
    /// Handles that can put; at 0 the queue is closed.
    pub(crate) producers: usize,
    /// Handles that can get; at 0 the queue is closed and what waits is dropped.
    pub(crate) consumers: usize,
    /// Who waits; `None` as long as nobody ever has.
    pub(crate) lines: Option<Box<Lines<T>>>,
    /// How many items have gone in, and how many have come out again. Two counts that only grow,
    /// one a side, so that neither waits for what the other has just stored.
    pub(crate) pushed: u64,
    pub(crate) popped: u64,
    /// Items that came out and were dropped: by policy, by `close_now`, or because no consumer
    /// was left.
    pub(crate) dropped: u64,
    /// Items that were dropped before they went in.
    pub(crate) refused: u64,
    /// The greatest length so far.
    pub(crate) peak: usize,
    /// Items marked by `task_done`, or dropped. Never more than were put.
    pub(crate) finished: u64,
    /// How often everything that was put came to be finished.
    pub(crate) finished_rounds: u64,
    pub(crate) gates: Gates,
}

/// What a newcomer may do without a look at anything but the length: most calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gates {
    /// A put below this length concerns nobody but its item.
    put_below: usize,
    /// A get above this length, likewise.
    get_above: u64,
}

impl Gates {
    /// Everybody looks at everything.
    pub(crate) const SHUT: Gates = Gates { put_below: 0, get_above: u64::MAX };
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

/// Whether a call already stands in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not waited yet, and lets a starving waiter go first.
    Newcomer,
    /// It holds a place.
    InLine,
}

impl<T, S: Sharing> State<T, S> {
    /// How many items are waiting.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        (self.pushed - self.popped) as usize
    }

    /// Whether nothing fits, but for what weighs nothing.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= self.capacity || self.scale.as_ref().is_some_and(|scale| scale.is_full())
    }

    /// Whether `item` fits beside what is in.
    fn fits(&self, item: &T) -> bool {
        self.len() < self.capacity && self.scale.as_ref().is_none_or(|scale| scale.fits(item))
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

    /// Whether a newcomer may [`put_at_once`](Self::put_at_once) and be done.
    #[inline]
    pub(crate) fn may_put_at_once(&self) -> bool {
        let has_slot = matches!(&self.items, Order::Fifo(items) if items.has_slot());
        has_slot && self.len() < self.gates.put_below
    }

    /// Puts `item`, which [it may](Self::may_put_at_once).
    #[inline]
    pub(crate) fn put_at_once(&mut self, item: T) {
        match &mut self.items {
            Order::Fifo(items) => items.push(item),
            others => others.push(item),
        }
        self.count_push();
    }

    /// Gets an item, if a newcomer may do that and be done.
    #[inline]
    pub(crate) fn get_at_once(&mut self) -> Option<T> {
        match &mut self.items {
            Order::Fifo(items) if self.pushed - self.popped > self.gates.get_above => {
                let item = items.pop()?;
                self.popped += 1;
                Some(item)
            }
            _ => None,
        }
    }

    /// Who waits, for one who is about to.
    pub(crate) fn lines(&mut self) -> &mut Lines<T> {
        self.lines.get_or_insert_with(|| Box::new(Lines::new()))
    }

    /// Whether nobody waits for room, so that a newcomer may put at once.
    pub(crate) fn is_nobody_before_a_put(&self) -> bool {
        self.lines.as_deref().is_none_or(|lines| lines.putters.is_empty())
    }

    /// Whether a consumer that has waited too long must be served first.
    fn is_somebody_starving(&self) -> bool {
        self.lines.as_deref().is_some_and(|lines| lines.getters.bars_newcomers())
    }

    /// Opens the gates as far as nobody is passed over, and nobody has to be woken.
    pub(crate) fn set_gates(&mut self) {
        let lines = self.lines.as_deref();
        let is_nobody_asleep = lines.is_none_or(|lines| lines.getters.asleep() == 0);
        let is_next = self.is_nobody_before_a_put();
        let is_open = !self.closed && is_next && is_nobody_asleep && self.scale.is_none();
        let is_next = is_next && !self.is_somebody_starving() && self.scale.is_none();
        self.gates = Gates {
            put_below: if is_open { self.capacity } else { Gates::SHUT.put_below },
            get_above: if is_next { 0 } else { Gates::SHUT.get_above },
        };
    }

    /// Puts `item`; beside `Ok` is what the policy dropped for it.
    #[inline]
    pub(crate) fn try_put(&mut self, item: T) -> Result<Dropped<T>, PutError<T>> {
        if self.closed {
            return Err(PutError::Closed(item));
        }
        if self.fits(&item) && self.is_nobody_before_a_put() {
            self.push(item);
            return Ok(Dropped::NOTHING);
        }
        if self.is_first_too_heavy(std::slice::from_ref(&item)) {
            return Err(PutError::TooHeavy(item));
        }
        match self.when_full {
            WhenFull::Wait | WhenFull::Reject => Err(PutError::Full(item)),
            WhenFull::DropNewest => {
                self.refused += 1;
                // It was never open, so this is no `finish`.
                self.finished += 1;
                Ok(Dropped { first: Some(item), more: Vec::new() })
            }
            WhenFull::DropOldest => Ok(self.drop_oldest_for(item)),
        }
    }

    /// Drops from the oldest on until `item` fits, and puts it.
    fn drop_oldest_for(&mut self, item: T) -> Dropped<T> {
        let mut dropped = Dropped::NOTHING;
        let mut count = 0;
        while !self.fits(&item)
            && let Some(oldest) = self.items.pop_oldest()
        {
            self.popped += 1;
            self.dropped += 1;
            count += 1;
            self.weigh_out(&oldest);
            dropped.add(oldest);
        }
        // In this order, or a queue of one would seem finished for a moment.
        self.push(item);
        self.finish(count);
        dropped
    }

    /// Puts as many of `items` as need no waiting, from the front, and says how many; beside
    /// it what the policy dropped for them.
    pub(crate) fn try_put_many(
        &mut self,
        items: &mut Vec<T>,
    ) -> (Result<usize, PutError<()>>, Vec<T>) {
        if self.is_nobody_before_a_put() || items.is_empty() || self.closed {
            return self.put_what_fits(items);
        }
        (Err(PutError::Full(())), Vec::new())
    }

    /// The same for one whose turn it is, whoever else waits.
    pub(crate) fn put_what_fits(
        &mut self,
        items: &mut Vec<T>,
    ) -> (Result<usize, PutError<()>>, Vec<T>) {
        if items.is_empty() {
            return (Ok(0), Vec::new());
        }
        if self.closed {
            return (Err(PutError::Closed(())), Vec::new());
        }
        if self.is_first_too_heavy(items) {
            return (Err(PutError::TooHeavy(())), Vec::new());
        }
        let fits = self.fitting(items);
        if let Some(scale) = &mut self.scale {
            items[..fits].iter().for_each(|item| scale.add(item));
        }
        self.items.push_many(items, fits);
        self.pushed += fits as u64;
        self.peak = self.peak.max(self.len());
        match self.when_full {
            WhenFull::Wait | WhenFull::Reject if fits == 0 => (Err(PutError::Full(())), Vec::new()),
            WhenFull::Wait | WhenFull::Reject => (Ok(fits), Vec::new()),
            WhenFull::DropNewest | WhenFull::DropOldest => {
                let more = items.len();
                let mut dropped = Vec::new();
                let mut rest = Rest::of(items);
                while let Some(item) = rest.next() {
                    match self.try_put(item) {
                        Ok(more) => dropped.extend(more),
                        Err(refused) => {
                            rest.give_back(refused.into_item());
                            break;
                        }
                    }
                }
                drop(rest);
                (Ok(fits + more - items.len()), dropped)
            }
        }
    }

    /// Whether the first of `items` would not fit if it were alone.
    pub(crate) fn is_first_too_heavy(&self, items: &[T]) -> bool {
        let first = self.scale.as_ref().zip(items.first());
        first.is_some_and(|(scale, item)| !scale.fits_ever(item))
    }

    /// What the first of `items` weighs.
    pub(crate) fn weight_of_first(&self, items: &[T]) -> usize {
        let first = self.scale.as_ref().zip(items.first());
        first.map_or(0, |(scale, item)| scale.weight_of(item))
    }

    /// How many of the first of `items` fit.
    fn fitting(&self, items: &[T]) -> usize {
        let fits = items.len().min(self.capacity.saturating_sub(self.len()));
        self.scale.as_ref().map_or(fits, |scale| scale.fitting(&items[..fits]))
    }

    /// Books an item out that has left.
    #[inline]
    fn weigh_out(&mut self, item: &T) {
        let is_empty = self.len() == 0;
        match &mut self.scale {
            None => (),
            Some(scale) if is_empty => scale.reset(),
            Some(scale) => scale.take(item),
        }
    }

    pub(crate) fn push(&mut self, item: T) {
        if let Some(scale) = &mut self.scale {
            scale.add(&item);
        }
        self.items.push(item);
        self.count_push();
    }

    #[inline]
    fn count_push(&mut self) {
        self.pushed += 1;
        if self.len() > self.peak {
            self.peak = self.len();
        }
    }

    /// Gets the item whose turn it is.
    #[inline]
    pub(crate) fn try_get(&mut self, standing: Standing) -> Result<T, GetError> {
        let waits_its_turn = standing == Standing::Newcomer && self.is_somebody_starving();
        match self.len() {
            0 if self.closed => Err(GetError::Closed),
            0 => Err(GetError::Empty),
            _ if waits_its_turn => Err(GetError::Empty),
            _ => self.pop().ok_or(GetError::Empty),
        }
    }

    /// Takes the item whose turn it is, if there is one.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        let item = self.items.pop()?;
        // Counted first: should weighing it panic, it is gone.
        self.popped += 1;
        self.weigh_out(&item);
        Some(item)
    }

    /// Gets up to `max` items and says how many.
    pub(crate) fn try_get_many(
        &mut self,
        into: &mut Vec<T>,
        max: usize,
        standing: Standing,
    ) -> Result<usize, GetError> {
        let waits_its_turn = standing == Standing::Newcomer && self.is_somebody_starving();
        match self.len() {
            _ if max == 0 => Ok(0),
            0 if self.closed => Err(GetError::Closed),
            0 => Err(GetError::Empty),
            _ if waits_its_turn => Err(GetError::Empty),
            _ => {
                let before = into.len();
                match &mut self.items {
                    Order::Fifo(items) if self.scale.is_none() => {
                        self.popped += items.pop_many(into, max) as u64;
                    }
                    // One by one, so that whatever panics, each is counted.
                    _ => into.extend(std::iter::from_fn(|| self.pop()).take(max)),
                }
                Ok(into.len() - before)
            }
        }
    }

    /// How many items were put so far.
    pub(crate) fn put(&self) -> u64 {
        self.pushed + self.refused
    }

    /// Counts anew after the `Ord` of an item panicked, which leaves open whether one went in or
    /// came out.
    pub(crate) fn recount(&mut self) {
        self.pushed = self.popped + self.items.len() as u64;
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

    /// Closes the queue and takes what is left out of it.
    pub(crate) fn close_and_drain(&mut self) -> Vec<T> {
        self.closed = true;
        if self.len() == 0 {
            return Vec::new();
        }
        let left = self.items.take_all();
        self.popped += left.len() as u64;
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
        match self.lines.as_deref() {
            None => true,
            Some(lines) if self.closed => lines.is_awake(),
            Some(lines) => lines.is_settled(self.len(), room),
        }
    }

    /// Takes in the items of producers that wait, as far as there is room.
    pub(crate) fn admit(&mut self) {
        while !self.is_nobody_before_a_put()
            && !self.closed
            && self.has_room_for_the_first()
            && let Some(lines) = &mut self.lines
        {
            let (item, waker) = lines.putters.next();
            waker.into_iter().for_each(|waker| lines.wakes.add(waker));
            let Some(item) = item else { break };
            self.push(item);
        }
    }

    /// Whether there is room for what the producer that stands first is to put next.
    fn has_room_for_the_first(&self) -> bool {
        match self.lines.as_deref().and_then(|lines| lines.putters.first()) {
            Some(Load::One(item)) => self.fits(item),
            Some(&Load::Many(weight)) => {
                let scale = self.scale.as_ref();
                self.len() < self.capacity && scale.is_none_or(|scale| scale.has_room_for(weight))
            }
            Some(Load::Done) | None => false,
        }
    }

    /// Says whom to wake; with [`admit`](Self::admit) before it, the invariant holds again.
    pub(crate) fn rouse(&mut self) -> Wakes {
        let wanted = if self.closed { usize::MAX } else { self.len() };
        let is_finished = self.unfinished() == 0;
        let Some(lines) = &mut self.lines else { return Wakes::new() };
        if self.closed {
            lines.putters.wake_all(&mut lines.wakes);
        }
        lines.getters.wake_up_to(wanted, &mut lines.wakes);
        if is_finished {
            lines.joiners.wake_up_to(usize::MAX, &mut lines.wakes);
        }
        std::mem::take(&mut lines.wakes)
    }
}
