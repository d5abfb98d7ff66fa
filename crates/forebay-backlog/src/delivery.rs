//! Events on their way to a sink.

use std::fmt;
use std::sync::Arc;

use crate::Event;
use crate::memory::Inner;

/// Events that were handed out and are not finished.
///
/// Dropping it gives them back: they come again, before anything younger.
#[must_use = "a delivery that is dropped is given back"]
pub struct Delivery {
    backlog: Arc<Inner>,
    number: u64,
    /// Empty once finished: no event can go two ways.
    events: Vec<Event>,
    is_finished: bool,
}

impl Delivery {
    pub(crate) fn new(backlog: Arc<Inner>, number: u64, events: Vec<Event>) -> Self {
        Delivery { backlog, number, events, is_finished: false }
    }

    /// The events, oldest first.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Finishes it: `dead` of the events were given up as dead letters, the others are in the
    /// sink.
    pub fn ack(mut self, dead: u64) {
        self.is_finished = true;
        self.backlog.finish(self.number, dead);
    }

    /// Gives it back; the same as dropping it, said aloud.
    pub fn nack(self) {
        drop(self);
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if !self.is_finished {
            self.backlog.give_back(self.number, std::mem::take(&mut self.events));
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("number", &self.number)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}
