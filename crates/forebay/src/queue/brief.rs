//! Calls that wait, wake or were woken, where nothing else is out of the ordinary: an open queue
//! without weights and priorities.
//!
//! The end of a [section](super::shared::Section) looks for everything that a step may have left
//! to do. Each of these steps can have left one thing of a kind at most, so it is done here and
//! nothing is looked for. No code of the user's runs in them, so none is ever cut short.

use std::task::Waker;

use super::lines::Line;
use super::order::Order;
use super::putters::{Load, Spot};
use super::state::State;
use super::waiters::Place;
use crate::WhenFull;
use crate::sharing::Sharing;

/// Whom to wake once the lock is released: a producer, a consumer.
pub(crate) type Two = [Option<Waker>; 2];

impl<T, S: Sharing> State<T, S> {
    #[inline]
    fn is_ordinary(&self) -> bool {
        !self.closed && self.scale.is_none() && !matches!(self.items, Order::Priority(_))
    }

    /// Whether a newcomer may [`put_briefly`](Self::put_briefly).
    #[inline]
    pub(crate) fn may_put_briefly(&self) -> bool {
        self.is_ordinary() && self.len() < self.capacity && self.is_nobody_before_a_put()
    }

    /// Puts `item`, which [it may](Self::may_put_briefly), and says whom to wake for it: there was
    /// one awake for each of the items before it.
    #[inline]
    pub(crate) fn put_briefly(&mut self, item: T) -> Option<Waker> {
        self.push(item);
        let len = self.len();
        let waker = self.lines.as_deref_mut().and_then(|lines| lines.getters.wake_next(len));
        self.set_gates();
        waker
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
        let item = self.items.pop();
        self.popped += u64::from(item.is_some());
        let mut wakers = [None, None];
        if let Some(lines) = self.lines.as_deref_mut() {
            if let Some(place) = place {
                lines.getters.go(place);
            }
            if lines.putters.standing() > 0 {
                wakers = self.refill();
            }
        }
        self.set_gates();
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
        self.set_gates();
        retired
    }

    /// Whether a newcomer with an item has to wait for room.
    #[inline]
    pub(crate) fn may_stand_briefly(&self) -> bool {
        self.when_full == WhenFull::Wait && self.is_ordinary() && self.len() >= self.capacity
    }

    /// Stands last among the producers, with `item`, as [it may](Self::may_stand_briefly).
    #[inline]
    pub(crate) fn stand_briefly(&mut self, item: T, waker: &Waker) -> Spot {
        let spot = self.lines().putters.come(Load::One(item), waker);
        self.set_gates();
        spot
    }

    /// Leaves the producers' line, if `spot` is one whose item was put.
    #[inline]
    pub(crate) fn leave_briefly(&mut self, spot: &mut Option<Spot>) -> bool {
        let Some(lines) = self.lines.as_deref_mut() else { return false };
        let is_done = spot.as_ref().is_some_and(|spot| lines.putters.is_done(spot));
        if is_done && let Some(spot) = spot.take() {
            lines.putters.go(spot);
        }
        is_done
    }
}
