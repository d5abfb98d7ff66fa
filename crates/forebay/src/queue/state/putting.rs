//! The producer's side of the state.

use std::task::Waker;

use super::{Dropped, State};
use crate::queue::order::Rest;
use crate::queue::putters::{Load, Spot};
use crate::queue::ring::Free;
use crate::sharing::Sharing;
use crate::{PutError, WhenFull};

/// What a newcomer's put comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutWay {
    /// It concerns nobody but its item.
    AtOnce,
    /// It may have to wake somebody.
    Waking,
    /// There is no room, and it waits for some, if it may.
    Waiting,
    /// There is no room, and it comes back.
    Refused,
    /// There is no room, and it is dropped.
    Dropping,
    /// There is no room, and the oldest item is dropped for it.
    Replacing,
    /// Nothing of this is certain.
    Looking,
}

impl<T, S: Sharing> State<T, S> {
    /// A slot for a newcomer that may put at once, by the mark.
    #[inline]
    pub(crate) fn free_at_once(&mut self) -> Option<Free<'_, T>> {
        self.order.fifo.free_at_once()
    }

    /// Whether a put, as far as there is room, concerns nobody but its item.
    pub(super) fn is_put_free(&self) -> bool {
        let nobody_waits = self.lines.getters.asleep() == 0 && self.is_nobody_before_a_put();
        self.is_plain() && !self.closed && self.order.is_fifo() && nobody_waits
    }

    /// Says what a newcomer's put comes to; where it is done at once, so are the next ones.
    #[inline]
    pub(crate) fn way_to_put(&mut self) -> PutWay {
        if self.free_at_once().is_some() {
            return PutWay::AtOnce;
        }
        if self.closed {
            return PutWay::Looking;
        }
        if !self.is_plain() {
            let has_room = self.is_unwatched() && self.len() < self.capacity;
            return if has_room { PutWay::AtOnce } else { PutWay::Looking };
        }
        if self.len() >= self.capacity {
            return match self.when_full {
                WhenFull::Wait => PutWay::Waiting,
                WhenFull::Reject => PutWay::Refused,
                WhenFull::DropNewest => PutWay::Dropping,
                WhenFull::DropOldest if self.len() == self.capacity => PutWay::Replacing,
                // The capacity has become less.
                WhenFull::DropOldest => PutWay::Looking,
            };
        }
        if !self.is_nobody_before_a_put() {
            return PutWay::Looking;
        }
        if self.lines.getters.asleep() > 0 {
            return PutWay::Waking;
        }
        if self.order.is_fifo() {
            self.order.fifo.open_puts(self.capacity);
        }
        PutWay::AtOnce
    }

    /// Puts `item`, and says whom to [wake](PutWay::Waking) for it: there was one awake for each
    /// of the items before it.
    #[inline]
    pub(crate) fn put_waking(&mut self, item: T) -> Option<Waker> {
        self.order.push(item);
        let len = self.len();
        self.lines.getters.wake_next(len)
    }

    /// Whether a put is for whoever sleeps at the door. Though an empty queue has room, a producer of
    /// many items may stand there, woken, that has not looked yet.
    #[inline]
    pub(crate) fn wakes_at_door(&self) -> bool {
        self.is_usual_and_empty()
            && self.lines.getters.is_quiet_at_door()
            && self.is_nobody_before_a_put()
    }

    /// Puts `item` for whoever [sleeps at the door](Self::wakes_at_door).
    #[inline]
    pub(crate) fn put_at_door(&mut self, item: T) -> Option<Waker> {
        self.order.fifo.push(item);
        self.lines.getters.wake_next(1)
    }

    /// Stands last among the producers, with `item`, to [wait](PutWay::Waiting) for room.
    #[inline]
    pub(crate) fn stand(&mut self, item: T, waker: &Waker) -> Spot {
        self.order.fifo.shut_puts();
        self.order.fifo.shut_gets();
        self.lines.putters.come(Load::One(item), waker)
    }

    /// Leaves the producers' line, if `spot` is one whose item was put.
    #[inline]
    pub(crate) fn leave_done(&mut self, spot: &mut Option<Spot>) -> bool {
        let is_done = spot.as_ref().is_some_and(|spot| self.lines.putters.is_done(spot));
        if is_done && let Some(spot) = spot.take() {
            self.lines.putters.go(spot);
        }
        is_done
    }

    /// Counts an item that is put and [dropped](PutWay::Dropping) at once. It was never open, so
    /// this is no [`finish`](Self::finish), and ends no round.
    #[inline]
    pub(crate) fn refuse(&mut self) {
        self.refused += 1;
        self.finished += 1;
    }

    /// Puts `item` in place of the oldest, and hands that out. As many items wait as before, and as
    /// many are unfinished, so there is nobody to wake.
    #[inline]
    pub(crate) fn put_replacing(&mut self, item: T) -> Option<T> {
        self.note_peak(self.len());
        let oldest = self.order.pop_oldest();
        self.dropped += 1;
        self.order.push(item);
        self.finish(1);
        oldest
    }

    /// Whether `item` fits beside what is in.
    pub(super) fn fits(&self, item: &T) -> bool {
        self.len() < self.capacity && self.scale.as_ref().is_none_or(|scale| scale.fits(item))
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
                self.refuse();
                Ok(Dropped { first: Some(item), more: Vec::new() })
            }
            WhenFull::DropOldest => Ok(self.drop_oldest_for(item)),
        }
    }

    /// Drops from the oldest on until `item` fits, and puts it.
    fn drop_oldest_for(&mut self, item: T) -> Dropped<T> {
        let mut dropped = Dropped::NOTHING;
        let mut count = 0;
        self.note_peak(self.len());
        while !self.fits(&item)
            && let Some(oldest) = self.order.pop_oldest()
        {
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
        self.order.push_many(items, fits);
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

    pub(crate) fn push(&mut self, item: T) {
        if let Some(scale) = &mut self.scale {
            scale.add(&item);
        }
        self.order.push(item);
    }
}
