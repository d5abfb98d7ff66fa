//! The consumer's side of the state.

use std::task::Waker;

use super::{Standing, State};
use crate::GetError;
use crate::queue::putters::Load;
use crate::queue::waiters::Place;
use crate::sharing::Sharing;

/// What a get comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GetWay {
    /// It concerns nobody but its item.
    AtOnce,
    /// It concerns nobody else, but the next one may.
    Leaving,
    /// Its room goes to a producer that waits.
    Refilling,
    /// There is nothing, and it waits for something.
    Waiting,
    /// Nothing of this is certain.
    Looking,
}

impl<T, S: Sharing> State<T, S> {
    /// Whether a newcomer may [get at once](Self::get_at_once), by the mark.
    #[inline]
    pub(crate) fn may_get_at_once(&self) -> bool {
        self.order.fifo.may_pop_at_once()
    }

    /// Gets an item, as [it may](Self::may_get_at_once). How many are left is `noted` before the
    /// item is moved, which so goes straight to where the call ends.
    #[inline]
    pub(crate) fn get_at_once(&mut self, noted: impl FnOnce(usize)) -> T {
        let len = self.order.fifo.len();
        self.note_peak(len);
        noted(len - 1);
        self.order.fifo.pop_at_once()
    }

    /// Whether a get, as far as there are items, concerns nobody but its item.
    pub(super) fn is_get_free(&self) -> bool {
        let nobody_waits = self.is_nobody_before_a_put() && !self.is_somebody_starving();
        self.scale.is_none() && self.order.is_fifo() && nobody_waits
    }

    /// Says what a get comes to, of one that holds `place` or of a newcomer. Where it is done at
    /// once, so are the next ones.
    #[inline]
    pub(crate) fn way_to_get(&mut self, place: Option<&Place>) -> GetWay {
        if self.may_get_at_once() && self.is_up(place) {
            return GetWay::AtOnce;
        }
        if !self.is_plain() {
            let has_item = self.is_unwatched() && self.len() > 0;
            return if has_item { GetWay::Leaving } else { GetWay::Looking };
        }
        if self.len() == 0 {
            return if self.closed { GetWay::Looking } else { GetWay::Waiting };
        }
        if place.is_none() && self.lines.is_empty() {
            return self.open_gets();
        }
        let is_its_turn = self.is_up(place) && (place.is_some() || !self.is_somebody_starving());
        match self.lines.putters.first() {
            _ if !is_its_turn => GetWay::Looking,
            // Who waits for room in a closed queue waits in vain.
            Some(_) if self.closed => GetWay::Looking,
            Some(Load::Many(_)) => GetWay::Looking,
            Some(_) => GetWay::Refilling,
            None if self.is_somebody_starving() => GetWay::Leaving,
            None => self.open_gets(),
        }
    }

    /// Whether one that holds `place` was woken. A newcomer never slept.
    #[inline]
    fn is_up(&self, place: Option<&Place>) -> bool {
        place.is_none_or(|place| self.lines.getters.is_awake(place))
    }

    /// Has the gets that come done at once.
    #[inline]
    fn open_gets(&mut self) -> GetWay {
        if !self.order.is_fifo() {
            return GetWay::Leaving;
        }
        self.order.fifo.open_gets();
        GetWay::AtOnce
    }

    /// Leaves the line, after it was woken.
    #[inline]
    pub(crate) fn leave_awake(&mut self, place: &mut Option<Place>) {
        if let Some(place) = place.take() {
            self.lines.getters.go(place);
        }
    }

    /// Whether one that holds `place` was woken at the door and may [get at once](Self::get_at_once).
    #[inline]
    pub(crate) fn may_get_at_door(&self, place: &Place) -> bool {
        self.may_get_at_once() && self.lines.getters.is_up_at_door(place)
    }

    /// Whether a newcomer has to wait, and is the only one that does.
    #[inline]
    pub(crate) fn waits_alone(&self) -> bool {
        self.is_usual_and_empty() && self.lines.getters.len() == 0
    }

    /// Goes to sleep, where it [waits alone](Self::waits_alone).
    #[inline]
    pub(crate) fn sleep_at_door(&mut self, waker: &Waker) -> Place {
        let place = self.lines.getters.sleep_at_door(waker);
        self.order.fifo.shut_puts();
        place
    }

    /// Gets an item and takes in that of the producer that stands first, whose turn it is. Says
    /// whom to wake: that producer, and a consumer for its item.
    pub(crate) fn get_refilling(&mut self) -> (Option<T>, Option<Waker>, Option<Waker>) {
        self.note_peak(self.len());
        let item = self.order.pop();
        if self.len() >= self.capacity {
            return (item, None, None);
        }
        let (load, producer) = self.lines.putters.next();
        if let Some(load) = load {
            self.order.push(load);
        }
        let len = self.len();
        (item, producer, self.lines.getters.wake_next(len))
    }

    /// Takes or keeps a place among the consumers, to [wait](GetWay::Waiting). A waker that is not
    /// needed any more is handed out, to be dropped without the lock.
    #[inline]
    pub(crate) fn sleep(&mut self, place: &mut Option<Place>, waker: &Waker) -> Option<Waker> {
        self.order.fifo.shut_puts();
        let retired = self.lines.getters.sleep(place, waker);
        if self.is_somebody_starving() {
            self.order.fifo.shut_gets();
        }
        retired
    }

    /// Whether a consumer that has waited too long must be served first.
    #[inline]
    fn is_somebody_starving(&self) -> bool {
        self.lines.getters.bars_newcomers()
    }

    /// Gets the item whose turn it is.
    #[inline]
    pub(crate) fn try_get(&mut self, standing: Standing) -> Result<T, GetError> {
        self.find(standing)?;
        self.pop().ok_or(GetError::Empty)
    }

    /// Whether there is an item for it, or why not.
    fn find(&self, standing: Standing) -> Result<(), GetError> {
        let waits_its_turn = standing == Standing::Newcomer && self.is_somebody_starving();
        match self.len() {
            0 if self.closed => Err(GetError::Closed),
            0 => Err(GetError::Empty),
            _ if waits_its_turn => Err(GetError::Empty),
            _ => Ok(()),
        }
    }

    /// Takes the item whose turn it is, if there is one.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.note_peak(self.len());
        let item = self.order.pop()?;
        self.weigh_out(&item);
        Some(item)
    }

    /// Books an item out that has left. Should weighing it panic, it is gone.
    #[inline]
    pub(super) fn weigh_out(&mut self, item: &T) {
        let is_empty = self.len() == 0;
        match &mut self.scale {
            None => (),
            Some(scale) if is_empty => scale.reset(),
            Some(scale) => scale.take(item),
        }
    }

    /// Gets up to `max` items and says how many.
    pub(crate) fn try_get_many(
        &mut self,
        into: &mut Vec<T>,
        max: usize,
        standing: Standing,
    ) -> Result<usize, GetError> {
        if max == 0 {
            return Ok(0);
        }
        self.find(standing)?;
        if self.scale.is_none() && self.order.is_fifo() {
            self.note_peak(self.len());
            return Ok(self.order.fifo.pop_many(into, max));
        }
        let before = into.len();
        // One by one, so that whatever panics, each is counted.
        into.extend(std::iter::from_fn(|| self.pop()).take(max));
        Ok(into.len() - before)
    }
}
