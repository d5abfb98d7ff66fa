//! Everything a queue knows, and the *try* half of every call. All of it runs under the lock
//! and never waits; what waits is one loop around it, in `shared`.
//!
//! **Invariant**, restored by [`State::settle`] before the lock is released: of the consumers
//! that wait, at least as many are awake as there are items (all of them once the queue is
//! closed); of the producers that wait, at least as many as there are free slots (likewise).
//! So no wake-up can be lost, whatever future is dropped whenever.

use super::order::Order;
use super::waiters::{Waiters, Wakes};
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
    /// Producers that found it full.
    pub(crate) putters: Waiters,
    /// Callers of `join` that found something unfinished.
    pub(crate) joiners: Waiters,
    /// Items handed to consumers so far.
    pub(crate) got: u64,
    /// Items dropped so far: by policy, by `close_now`, or because no consumer was left.
    pub(crate) dropped: u64,
    /// The greatest length so far.
    pub(crate) peak: usize,
    /// Items put and not yet marked by `task_done`.
    pub(crate) unfinished: usize,
    /// How often `unfinished` came down to 0.
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
    pub(crate) fn is_full(&self) -> bool {
        self.items.len() >= self.capacity
    }

    /// Puts `item`. `Ok(Some(_))` is an item that the policy dropped for it.
    pub(crate) fn try_put(
        &mut self,
        item: T,
        standing: Standing,
    ) -> Result<Option<T>, PutError<T>> {
        if self.closed {
            return Err(PutError::Closed(item));
        }
        let waits_its_turn = standing == Standing::Newcomer && self.putters.bars_newcomers();
        if !self.is_full() && !waits_its_turn {
            self.push(item);
            return Ok(None);
        }
        match self.when_full {
            WhenFull::Wait | WhenFull::Reject => Err(PutError::Full(item)),
            WhenFull::DropNewest => {
                self.dropped += 1;
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
        standing: Standing,
    ) -> (Result<usize, PutError<()>>, Vec<T>) {
        let mut dropped = Vec::new();
        let mut outcome = Ok(0);
        let mut waiting = std::mem::take(items).into_iter();
        for item in waiting.by_ref() {
            match self.try_put(item, standing) {
                Ok(displaced) => {
                    dropped.extend(displaced);
                    outcome = outcome.map(|put| put + 1);
                }
                Err(why) => {
                    if outcome == Ok(0) {
                        outcome = Err(if why.is_full() {
                            PutError::Full(())
                        } else {
                            PutError::Closed(())
                        });
                    }
                    items.push(why.into_item());
                    break;
                }
            }
        }
        items.extend(waiting);
        (outcome, dropped)
    }

    fn push(&mut self, item: T) {
        // Counted first: the item of a user whose `Ord` panics is in the queue all the same.
        self.unfinished += 1;
        self.items.push(item);
        self.peak = self.peak.max(self.items.len());
    }

    /// Gets the item whose turn it is.
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
        let mut taken = 0;
        while taken < max {
            match self.try_get(standing) {
                Ok(item) => into.push(item),
                Err(_) if taken > 0 => break,
                Err(why) => return Err(why),
            }
            taken += 1;
        }
        Ok(taken)
    }

    /// Marks up to `count` items as finished. Fewer are left where `task_done` was called
    /// ahead of a get: it counts puts.
    pub(crate) fn finish(&mut self, count: usize) {
        let open = self.unfinished;
        self.unfinished = open.saturating_sub(count);
        if open > 0 && self.unfinished == 0 {
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

    /// Restores the invariant at the head of this file.
    pub(crate) fn settle(&mut self, wakes: &mut Wakes) {
        let (items, free) = match self.closed {
            true => (usize::MAX, usize::MAX),
            false => (self.items.len(), self.capacity.saturating_sub(self.items.len())),
        };
        self.getters.wake_up_to(items, wakes);
        self.putters.wake_up_to(free, wakes);
        if self.unfinished == 0 {
            self.joiners.wake_up_to(usize::MAX, wakes);
        }
    }
}
