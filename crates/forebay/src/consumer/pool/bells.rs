//! Who sleeps, and how to wake them.

use std::task::{Context, Waker};

/// A place for each worker. Whoever is woken looks for itself what there is to do.
#[derive(Debug, Default)]
pub(super) struct Bells {
    places: Vec<Place>,
}

#[derive(Debug, Default)]
struct Place {
    is_taken: bool,
    sleeper: Option<Waker>,
}

impl Bells {
    pub(super) fn join(&mut self) -> usize {
        let free = self.places.iter().position(|place| !place.is_taken);
        let at = free.unwrap_or(self.places.len());
        if at == self.places.len() {
            self.places.push(Place::default());
        }
        self.places[at].is_taken = true;
        at
    }

    pub(super) fn leave(&mut self, at: usize) {
        self.places[at] = Place::default();
    }

    pub(super) fn sleep(&mut self, at: usize, cx: &Context<'_>) {
        match &mut self.places[at].sleeper {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    /// The one at this place is awake. Says whether somebody woke it from here.
    pub(super) fn rise(&mut self, at: usize) -> bool {
        self.places[at].sleeper.take().is_none()
    }

    /// Takes the wakers of up to `count` of those that sleep.
    pub(super) fn ring(&mut self, count: usize) -> Vec<Waker> {
        self.places.iter_mut().filter_map(|place| place.sleeper.take()).take(count).collect()
    }
}
