//! Everything a queue knows, and the *try* half of every call. All of it runs under the lock
//! and never waits; what waits is one loop around it, in `shared` and the futures.
//!
//! **Invariant**, restored by [`State::admit`] and [`State::rouse`] before the lock is
//! released: no producer waits
//! with an item while there is room for it; of the consumers that wait, at least as many are awake
//! as there are items. Once the queue is closed, everybody is awake. So no wake-up can be lost,
//! whatever future is dropped whenever.

use super::line::Wakes;
use super::order::{Order, Rest};
use super::putters::Putters;
use super::waiters::Waiters;
use crate::{GetError, PutError, WhenFull};

pub(crate) struct State<T> {
    pub(crate) items: Order<T>,
    /// How many items fit; `usize::MAX` when unbounded.
    pub(crate) capacity: usize,
    pub(crate) when_full: WhenFull,
    /// No more puts. Never unset.
    pub(crate) closed: bool,
    /// Handles that can put; at 0 the queue is closed.
    pub(crate) producers: usize,
    /// Handles that can get; at 0 the queue is closed and what waits is dropped.
    pub(crate) consumers: usize,
    /// Consumers that found the queue empty.
    pub(crate) getters: Waiters,
    /// Producers that found it full, with what they want to put.
    pub(crate) putters: Putters<T>,
    /// Callers of `join` that found something unfinished.
    pub(crate) joiners: Waiters,
    /// Whom to wake when the lock is released.
    pub(crate) wakes: Wakes,
    /// Items handed to consumers so far.
    pub(crate) got: u64,
    /// Items dropped so far: by policy, by `close_now`, or because no consumer was left.
    pub(crate) dropped: u64,
    /// The greatest length so far.
    pub(crate) peak: usize,
    /// Items marked by `task_done`, or dropped. Never more than were put.
    pub(crate) finished: u64,
    /// How often everything that was put came to be finished.
    pub(crate) finished_rounds: u64,
}

/// Whether a call already stands in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not waited yet, and lets a starving waiter go first.
    Newcomer,
    /// It holds a place.
    InLine,
}

impl<T> State<T> {
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.items.len() >= self.capacity
    }

    /// Puts `item`. `Ok(Some(_))` is an item that the policy dropped for it.
    #[inline]
    pub(crate) fn try_put(&mut self, item: T) -> Result<Option<T>, PutError<T>> {
        if self.closed {
            return Err(PutError::Closed(item));
        }
        if !self.is_full() && self.putters.is_empty() {
            self.push(item);
            return Ok(None);
        }
        match self.when_full {
            WhenFull::Wait | WhenFull::Reject => Err(PutError::Full(item)),
            WhenFull::DropNewest => {
                self.dropped += 1;
                // It was never open, so this is no `finish`.
                self.finished += 1;
                Ok(Some(item))
            }
            WhenFull::DropOldest => {
                let oldest = self.items.pop_oldest();
                self.dropped += 1;
                // In this order, or a queue of one would seem finished for a moment.
                self.push(item);
                self.finish(1);
                Ok(oldest)
            }
        }
    }

    /// Puts as many of `items` as need no waiting, from the front, and says how many; beside
    /// it what the policy dropped for them.
    pub(crate) fn try_put_many(
        &mut self,
        items: &mut Vec<T>,
    ) -> (Result<usize, PutError<()>>, Vec<T>) {
        if self.putters.is_empty() || items.is_empty() || self.closed {
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
        let fits = items.len().min(self.capacity - self.items.len());
        self.items.push_many(items, fits);
        self.peak = self.peak.max(self.items.len());
        match self.when_full {
            WhenFull::Wait | WhenFull::Reject if fits == 0 => (Err(PutError::Full(())), Vec::new()),
            WhenFull::Wait | WhenFull::Reject => (Ok(fits), Vec::new()),
            WhenFull::DropNewest | WhenFull::DropOldest => {
                let more = items.len();
                let puts = Rest::of(items).map(|item| self.try_put(item));
                let dropped = puts.filter_map(|put| put.ok().flatten()).collect();
                (Ok(fits + more), dropped)
            }
        }
    }

    #[inline]
    fn push(&mut self, item: T) {
        self.items.push(item);
        self.peak = self.peak.max(self.items.len());
    }

    /// Gets the item whose turn it is.
    #[inline]
    pub(crate) fn try_get(&mut self, standing: Standing) -> Result<T, GetError> {
        let waits_its_turn = standing == Standing::Newcomer && self.getters.bars_newcomers();
        match self.items.len() {
            0 if self.closed => Err(GetError::Closed),
            0 => Err(GetError::Empty),
            _ if waits_its_turn => Err(GetError::Empty),
            _ => {
                let item = self.items.pop().ok_or(GetError::Empty)?;
                self.got += 1;
                Ok(item)
            }
        }
    }

    /// Gets up to `max` items and says how many.
    pub(crate) fn try_get_many(
        &mut self,
        into: &mut Vec<T>,
        max: usize,
        standing: Standing,
    ) -> Result<usize, GetError> {
        let waits_its_turn = standing == Standing::Newcomer && self.getters.bars_newcomers();
        match self.items.len() {
            _ if max == 0 => Ok(0),
            0 if self.closed => Err(GetError::Closed),
            0 => Err(GetError::Empty),
            _ if waits_its_turn => Err(GetError::Empty),
            _ => {
                let taken = self.items.pop_many(into, max);
                self.got += taken as u64;
                Ok(taken)
            }
        }
    }

    /// How many items were put so far. Derived, so that it is right also after the `Ord` of an
    /// item panicked.
    pub(crate) fn put(&self) -> u64 {
        self.got + self.items.len() as u64 + self.dropped
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
        let left = self.items.take_all();
        self.dropped += left.len() as u64;
        self.finish(left.len());
        left
    }

    /// Whether nobody waits who could be let in or woken.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        let is_anybody_waiting = self.getters.is_anybody_asleep()
            || !self.putters.is_empty()
            || self.joiners.is_anybody_asleep();
        !is_anybody_waiting && self.wakes.is_empty()
    }

    /// Takes in the items of producers that wait, as far as there is room.
    pub(crate) fn admit(&mut self) {
        while !self.closed
            && !self.is_full()
            && let Some(item) = self.putters.next(&mut self.wakes)
        {
            self.push(item);
        }
    }

    /// Says whom to wake; with [`admit`](Self::admit) before it, the invariant holds again.
    pub(crate) fn rouse(&mut self) -> Wakes {
        if self.closed {
            self.putters.wake_all(&mut self.wakes);
        }
        let wanted = if self.closed { usize::MAX } else { self.items.len() };
        self.getters.wake_up_to(wanted, &mut self.wakes);
        if self.unfinished() == 0 {
            self.joiners.wake_up_to(usize::MAX, &mut self.wakes);
        }
        std::mem::take(&mut self.wakes)
    }
}
