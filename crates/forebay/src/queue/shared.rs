//! What all handles of a queue share, and the two loops around its state: one call that does
//! not wait, and one that does.

use std::task::{Context, Poll};

use super::line::Wakes;
use super::putters::Spot;
use super::state::{Standing, State};
use super::waiters::{Place, Waiters};
use crate::sync::{Guard, Lock};

/// Receives what a policy drops; called without the lock.
pub(crate) type OnDrop<T> = Box<dyn Fn(T) + Send + Sync>;

pub(crate) struct Shared<T> {
    state: Lock<State<T>>,
    on_drop: Option<OnDrop<T>>,
}

/// One step under the lock. Its end restores the invariant, unlocks and then wakes, also when
/// the step was cut short by a panic in the `Ord` of an item.
struct Section<'a, T> {
    /// `None` once it is unlocked.
    state: Option<Guard<'a, State<T>>>,
    /// It was not cut short.
    is_whole: bool,
}

impl<T> Section<'_, T> {
    #[inline(never)]
    fn settle(&mut self) {
        if let Some(mut state) = self.state.take() {
            // An `Ord` that has just panicked is not asked again before the next call.
            if self.is_whole {
                state.admit();
            }
            let wakes = state.rouse();
            drop(state);
            wakes.wake();
        }
    }
}

impl<T> Drop for Section<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.state.as_ref().is_some_and(|state| !state.is_settled()) {
            self.settle();
        }
    }
}

/// Which line a call waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Getters,
    Joiners,
}

impl<T> State<T> {
    fn line(&mut self, line: Line) -> (&mut Waiters, &mut Wakes) {
        match line {
            Line::Getters => (&mut self.getters, &mut self.wakes),
            Line::Joiners => (&mut self.joiners, &mut self.wakes),
        }
    }
}

impl<T> Shared<T> {
    pub(crate) fn new(state: State<T>, on_drop: Option<OnDrop<T>>) -> Self {
        Shared { state: Lock::new(state), on_drop }
    }

    /// Reads the state. `look` must not change anything that could wake somebody.
    #[inline]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&State<T>) -> R) -> R {
        look(&self.state.lock())
    }

    /// Runs one step under the lock, then wakes whom it concerns.
    #[inline]
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut State<T>) -> R) -> R {
        let mut section = Section { state: Some(self.state.lock()), is_whole: false };
        let state = section.state.as_mut().expect("the lock is held until the section is dropped");
        let result = step(state);
        section.is_whole = true;
        result
    }

    /// Makes one attempt; where it comes to nothing, takes or keeps a place in `line`.
    #[inline]
    pub(crate) fn poll<R>(
        &self,
        line: Line,
        place: &mut Option<Place>,
        cx: &mut Context<'_>,
        attempt: impl FnOnce(&mut State<T>, Standing) -> Option<R>,
    ) -> Poll<R> {
        self.step(|state| {
            let standing = match place {
                Some(_) => Standing::InLine,
                None => Standing::Newcomer,
            };
            let Some(result) = attempt(state, standing) else {
                let (line, wakes) = state.line(line);
                line.sleep(place, cx.waker(), wakes);
                return Poll::Pending;
            };
            if let Some(place) = place.take() {
                let (line, wakes) = state.line(line);
                line.leave(place, wakes);
            }
            Poll::Ready(result)
        })
    }

    /// Gives up a place: what a dropped future owes. A wake-up it had goes to the next.
    #[inline]
    pub(crate) fn give_up(&self, line: Line, place: &mut Option<Place>) {
        if let Some(place) = place.take() {
            self.step(|state| {
                let (line, wakes) = state.line(line);
                line.leave(place, wakes);
            });
        }
    }

    /// Gives up a producer's place, and takes back an item that was not put.
    #[inline]
    pub(crate) fn take_back(&self, spot: &mut Option<Spot>) -> Option<T> {
        let spot = spot.take()?;
        self.step(|state| state.putters.leave(spot, &mut state.wakes))
    }

    /// Hands dropped items to `on_drop`, or drops them. Call it without the lock.
    #[inline]
    pub(crate) fn dispose(&self, dropped: impl IntoIterator<Item = T>) {
        match &self.on_drop {
            Some(on_drop) => dropped.into_iter().for_each(on_drop),
            None => dropped.into_iter().for_each(drop),
        }
    }
}
