//! What all handles of a queue share, and the two loops around its state: one call that does
//! not wait, and one that does.

use std::task::{Context, Poll};

use super::state::{Standing, State};
use super::waiters::{Place, Waiters, Wakes};
use crate::sync::{Mutex, MutexGuard, lock};

/// Receives what a policy drops; called without the lock.
pub(crate) type OnDrop<T> = Box<dyn Fn(T) + Send + Sync>;

pub(crate) struct Shared<T> {
    state: Mutex<State<T>>,
    on_drop: Option<OnDrop<T>>,
}

/// One step under the lock. Its end restores the invariant, unlocks and then wakes, also when
/// the step was cut short by a panic in the `Ord` of an item.
struct Section<'a, T> {
    state: Option<MutexGuard<'a, State<T>>>,
    wakes: Wakes,
}

impl<T> Drop for Section<'_, T> {
    fn drop(&mut self) {
        if let Some(mut state) = self.state.take() {
            state.settle(&mut self.wakes);
        }
        std::mem::take(&mut self.wakes).wake();
    }
}

/// Which line a call waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Getters,
    Putters,
    Joiners,
}

impl<T> State<T> {
    fn line(&mut self, line: Line) -> &mut Waiters {
        match line {
            Line::Getters => &mut self.getters,
            Line::Putters => &mut self.putters,
            Line::Joiners => &mut self.joiners,
        }
    }
}

impl<T> Shared<T> {
    pub(crate) fn new(state: State<T>, on_drop: Option<OnDrop<T>>) -> Self {
        Shared { state: Mutex::new(state), on_drop }
    }

    /// Reads the state. `look` must not change anything that could wake somebody.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&State<T>) -> R) -> R {
        look(&lock(&self.state))
    }

    /// Runs one step under the lock, then wakes whom it concerns.
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut State<T>, &mut Wakes) -> R) -> R {
        let mut section = Section { state: Some(lock(&self.state)), wakes: Wakes::default() };
        let Section { state, wakes } = &mut section;
        let state = state.as_mut().expect("the lock is held until the section is dropped");
        step(state, wakes)
    }

    /// Makes one attempt; where it comes to nothing, takes or keeps a place in `line`.
    pub(crate) fn poll<R>(
        &self,
        line: Line,
        place: &mut Option<Place>,
        cx: &mut Context<'_>,
        attempt: impl FnOnce(&mut State<T>, Standing) -> Option<R>,
    ) -> Poll<R> {
        self.step(|state, wakes| {
            let standing = match place {
                Some(_) => Standing::InLine,
                None => Standing::Newcomer,
            };
            let Some(result) = attempt(state, standing) else {
                state.line(line).sleep(place, cx.waker(), wakes);
                return Poll::Pending;
            };
            if let Some(place) = place.take() {
                state.line(line).leave(place, wakes);
            }
            Poll::Ready(result)
        })
    }

    /// Gives up a place: what a dropped future owes. A wake-up it had goes to the next.
    pub(crate) fn give_up(&self, line: Line, place: &mut Option<Place>) {
        if let Some(place) = place.take() {
            self.step(|state, wakes| state.line(line).leave(place, wakes));
        }
    }

    /// Hands dropped items to `on_drop`, or drops them. Call it without the lock.
    pub(crate) fn dispose(&self, dropped: impl IntoIterator<Item = T>) {
        match &self.on_drop {
            Some(on_drop) => dropped.into_iter().for_each(on_drop),
            None => dropped.into_iter().for_each(drop),
        }
    }
}
