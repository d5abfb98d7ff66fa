//! What the pool's workers are given to do.

use std::sync::Arc;

use forebay_backlog::Delivery;

use super::seats::Seat;
use crate::sink::Care;

/// One thing for a worker to do, to its end.
#[derive(Debug)]
pub(super) enum Errand {
    /// Connect, so that everybody hears how the sink is doing before there is anything to write.
    Connect,
    /// Bring these events into the sink.
    Deliver(Parcel),
    /// Let go of what a spike has taken.
    GiveMemoryBack,
}

/// A delivery on its way. Dropping it gives back what is not finished.
#[derive(Debug)]
pub(super) struct Parcel {
    delivery: Option<Arc<Delivery>>,
    events: usize,
    seat: Option<Seat>,
}

impl Errand {
    pub(super) fn deliver(delivery: Delivery, seat: Option<Seat>) -> Self {
        let events = delivery.events().len();
        Errand::Deliver(Parcel { delivery: Some(Arc::new(delivery)), events, seat })
    }

    /// How many events it is about, finished ones too.
    pub(super) fn events(&self) -> usize {
        match self {
            Errand::Deliver(parcel) => parcel.events(),
            Errand::Connect | Errand::GiveMemoryBack => 0,
        }
    }
}

impl Parcel {
    /// How many events are in it, finished or not.
    pub(super) fn events(&self) -> usize {
        self.events
    }

    /// What is in it; nothing once it is finished.
    pub(super) fn delivery(&self) -> Option<(Arc<Delivery>, Care)> {
        let delivery = Arc::clone(self.delivery.as_ref()?);
        let care = match (delivery.is_again(), delivery.is_surely_first()) {
            (true, _) => Care::Again,
            (false, true) => Care::First,
            (false, false) => Care::Perhaps,
        };
        Some((delivery, care))
    }

    /// The connection that is kept for it, if one is.
    pub(super) fn seat(&mut self) -> Option<Seat> {
        self.seat.take()
    }

    /// Leaves it to others, where there are others.
    pub(super) fn let_go(&mut self) {
        if let Some(delivery) = self.delivery.take().and_then(Arc::into_inner) {
            delivery.let_go();
        }
    }

    /// Finishes it: `dead` of its events are in `dead_letters`, the others in `events`.
    pub(super) fn finish(&mut self, dead: u64) {
        // Whoever still has a part of it, against the rules of a sink, gives it back in the end,
        // and it is written again: late, but not lost.
        if let Some(delivery) = self.delivery.take().and_then(Arc::into_inner) {
            delivery.ack(dead);
        }
    }
}
