//! Everybody who waits for something of a queue, and whom to wake.

use super::line::Wakes;
use super::putters::Putters;
use super::waiters::Waiters;

pub(crate) struct Lines<T> {
    /// Consumers that found the queue empty.
    pub(crate) getters: Waiters,
    /// Producers that found it full, with what they want to put.
    pub(crate) putters: Putters<T>,
    /// Callers of `join` that found something unfinished; `None` as long as nobody has.
    joiners: Option<Box<Waiters>>,
}

/// Which line a call waits in that brings nothing along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Getters,
    Joiners,
}

impl<T> Lines<T> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Lines { getters: Waiters::new(), putters: Putters::new(), joiners: None }
    }

    /// Those in `line`, for one who is about to stand there or does.
    #[inline]
    pub(crate) fn line(&mut self, line: Line) -> &mut Waiters {
        match line {
            Line::Getters => &mut self.getters,
            Line::Joiners => self.joiners.get_or_insert_with(first_joiners),
        }
    }

    /// Wakes all who wait for everything to be finished.
    pub(crate) fn wake_joiners(&mut self, wakes: &mut Wakes) {
        if let Some(joiners) = &mut self.joiners {
            joiners.wake_up_to(usize::MAX, wakes);
        }
    }

    fn joiners_asleep(&self) -> u32 {
        self.joiners.as_deref().map_or(0, Waiters::asleep)
    }

    /// Whether nobody waits, awake or asleep, and nobody has ever joined.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.getters.len() == 0 && self.putters.is_empty() && self.joiners.is_none()
    }

    /// Whether there is nobody to let in or to wake in an open queue of `len` items, of which
    /// `room` says whether more fit.
    #[inline]
    pub(crate) fn is_settled(&self, len: usize, room: Room) -> bool {
        let nobody_to_let_in = room == Room::Full || self.putters.is_empty();
        nobody_to_let_in && self.getters.has_awake(len) && self.joiners_asleep() == 0
    }

    /// Whether nobody is asleep, as it has to be once the queue is closed.
    pub(crate) fn is_awake(&self) -> bool {
        self.getters.asleep() + self.putters.standing() + self.joiners_asleep() == 0
    }
}

/// Made for the first who joins.
#[cold]
fn first_joiners() -> Box<Waiters> {
    Box::new(Waiters::new())
}

/// Whether more items fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Full,
    Some,
}
