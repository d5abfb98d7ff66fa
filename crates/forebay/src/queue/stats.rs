//! What a queue counts.

use std::fmt;

use super::state::State;
use crate::sharing::Sharing;

/// One consistent look at everything a queue counts.
///
/// At every moment `put == got + waiting + dropped`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Items put so far.
    pub put: u64,
    /// Items got so far.
    pub got: u64,
    /// Items waiting now.
    pub waiting: usize,
    /// Items dropped so far: by [`WhenFull`](crate::WhenFull), by `close_now`, or because no
    /// consumer was left.
    pub dropped: u64,
    /// Items put and neither marked by `task_done` nor dropped.
    pub unfinished: u64,
    /// The greatest length so far.
    pub peak: usize,
    /// Gets that wait for an item.
    pub waiting_consumers: usize,
    /// Puts that wait for room.
    pub waiting_producers: usize,
}

impl Stats {
    pub(crate) fn of<T, S: Sharing>(state: &State<T, S>) -> Stats {
        let waiting = state.len();
        Stats {
            put: state.put(),
            got: state.order.popped() - state.dropped,
            waiting,
            dropped: state.dropped + state.refused,
            unfinished: state.unfinished(),
            peak: state.peak(),
            waiting_consumers: state.lines.getters.len(),
            waiting_producers: state.lines.putters.standing() as usize,
        }
    }
}

impl<T, S: Sharing> State<T, S> {
    /// The `Debug` form of every handle: what the queue is and how it stands, never an item.
    pub(crate) fn describe(&self, mut form: fmt::DebugStruct<'_, '_>) -> fmt::Result {
        form.field("order", &format_args!("{}", self.order.name())).field("len", &self.len());
        if self.capacity != usize::MAX {
            form.field("capacity", &self.capacity).field("when_full", &self.when_full);
        }
        form.field("closed", &self.is_closed()).finish()
    }
}
