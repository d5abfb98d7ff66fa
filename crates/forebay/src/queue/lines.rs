//! Everybody who waits for something of a queue, and whom to wake.
//!
//! A queue in which nobody has ever waited has none of this: it is made for the first who does,
//! so that making a queue costs next to nothing.

use std::task::Waker;

use super::line::Wakes;
use super::putters::Putters;
use super::waiters::{Place, Waiters};

pub(crate) struct Lines<T> {
    /// Consumers that found the queue empty.
    pub(crate) getters: Waiters,
    /// Producers that found it full, with what they want to put.
    pub(crate) putters: Putters<T>,
    /// Callers of `join` that found something unfinished.
    pub(crate) joiners: Waiters,
    /// Whom to wake when the lock is released.
    pub(crate) wakes: Wakes,
}

/// Which line a call waits in that brings nothing along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Getters,
    Joiners,
}

impl<T> Lines<T> {
    pub(crate) const fn new() -> Self {
        Lines {
            getters: Waiters::new(),
            putters: Putters::new(),
            joiners: Waiters::new(),
            wakes: Wakes::new(),
        }
    }

    #[inline]
    fn line(&mut self, line: Line) -> (&mut Waiters, &mut Wakes) {
        match line {
            Line::Getters => (&mut self.getters, &mut self.wakes),
            Line::Joiners => (&mut self.joiners, &mut self.wakes),
        }
    }

    /// Takes a place in `line`, or keeps the one it has, and sleeps.
    #[inline]
    pub(crate) fn sleep(&mut self, line: Line, place: &mut Option<Place>, waker: &Waker) {
        let (line, wakes) = self.line(line);
        line.sleep(place, waker, wakes);
    }

    /// Gives its place up.
    pub(crate) fn leave(&mut self, line: Line, place: Place) {
        let (line, wakes) = self.line(line);
        line.leave(place, wakes);
    }

    /// Whether there is nobody to let in or to wake in an open queue of `len` items, of which
    /// `room` says whether more fit.
    #[inline]
    pub(crate) fn is_settled(&self, len: usize, room: Room) -> bool {
        let nobody_to_let_in = room == Room::Full || self.putters.is_empty();
        nobody_to_let_in
            && self.getters.has_awake(len)
            && self.joiners.asleep() == 0
            && self.wakes.is_empty()
    }

    /// Whether nobody is asleep, as it has to be once the queue is closed.
    pub(crate) fn is_awake(&self) -> bool {
        let waiting = self.getters.asleep() + self.putters.standing() + self.joiners.asleep();
        waiting == 0 && self.wakes.is_empty()
    }
}

/// Whether more items fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Full,
    Some,
}
