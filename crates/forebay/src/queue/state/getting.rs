//! The consumer's side of the state.

use std::task::Waker;

use super::{Standing, State, Two};
use crate::GetError;
use crate::queue::lines::Line;
use crate::queue::putters::Load;
use crate::queue::waiters::Place;
use crate::sharing::Sharing;

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
    #[inline]
    pub(super) fn is_get_free(&self) -> bool {
        self.scale.is_none()
            && self.order.is_fifo()
            && self
                .lines
                .as_deref()
                .is_none_or(|lines| lines.putters.is_empty() && !lines.getters.bars_newcomers())
    }

    /// Sets the mark for gets again, if it can be, and says whether one may be made.
    #[inline]
    pub(crate) fn open_gets(&mut self) -> bool {
        let opens = self.order.fifo.len() > 0 && self.is_get_free();
        if opens {
            self.order.fifo.open_gets();
        }
        opens
    }

    /// Whether a consumer that has waited too long must be served first.
    fn is_somebody_starving(&self) -> bool {
        self.lines.as_deref().is_some_and(|lines| lines.getters.bars_newcomers())
    }

    /// Whether one that holds `place`, or a newcomer, may [`get_briefly`](Self::get_briefly).
    #[inline]
    pub(crate) fn may_get_briefly(&self, place: Option<&Place>) -> bool {
        self.is_ordinary()
            && self.len() > 0
            && self.lines.as_deref().is_none_or(|lines| {
                let is_its_turn = match place {
                    Some(place) => lines.getters.is_awake(place),
                    None => !lines.getters.bars_newcomers(),
                };
                is_its_turn && !matches!(lines.putters.first(), Some(Load::Many(_)))
            })
    }

    /// Gets an item, which [it may](Self::may_get_briefly), and says whom to wake: the producer
    /// whose item took its room, and a consumer for that item.
    #[inline]
    pub(crate) fn get_briefly(&mut self, place: Option<Place>) -> (Option<T>, Two) {
        self.note_peak(self.len());
        let item = self.order.pop();
        let mut wakers = [None, None];
        if let Some(lines) = self.lines.as_deref_mut() {
            if let Some(place) = place {
                lines.getters.go(place);
            }
            if lines.putters.standing() > 0 {
                wakers = self.refill();
            }
        }
        (item, wakers)
    }

    /// Takes in the item of the producer that stands first, whose turn it is.
    #[inline(never)]
    fn refill(&mut self) -> Two {
        let has_room = self.len() < self.capacity;
        let Some(lines) = self.lines.as_deref_mut().filter(|_| has_room) else {
            return [None, None];
        };
        let (item, producer) = lines.putters.next();
        if let Some(item) = item {
            self.push(item);
        }
        let len = self.len();
        let consumer = self.lines.as_deref_mut().and_then(|lines| lines.getters.wake_next(len));
        [producer, consumer]
    }

    /// Whether there is nothing to get, so that whoever comes for it sleeps.
    #[inline]
    pub(crate) fn may_sleep_briefly(&self) -> bool {
        self.len() == 0 && self.is_ordinary()
    }

    /// Takes or keeps a place among the consumers, as [it may](Self::may_sleep_briefly). A waker
    /// that is not needed any more is handed out, to be dropped without the lock.
    #[inline]
    pub(crate) fn sleep_briefly(
        &mut self,
        place: &mut Option<Place>,
        waker: &Waker,
    ) -> Option<Waker> {
        let lines = self.lines();
        lines.sleep(Line::Getters, place, waker);
        let retired = lines.wakes.retired();
        self.shut();
        retired
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
    fn pop(&mut self) -> Option<T> {
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
