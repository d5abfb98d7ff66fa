//! What all handles of a queue share, and the two loops around its state: one call that does
//! not wait, and one that does.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use super::lines::Line;
use super::putters::Spot;
use super::state::{Standing, State};
use super::waiters::Place;
use crate::sync::{Guard, Lock};
use crate::{GetError, PutError};

/// Receives what a policy drops; called without the lock.
pub(crate) type OnDrop<T> = Box<dyn Fn(T) + Send + Sync>;

pub(crate) struct Shared<T> {
    state: Lock<State<T>>,
    /// The length as it was when the lock was last let go, for whoever only wants to know that:
    /// a look at it disturbs nobody.
    len: AtomicUsize,
    /// The length from which a put waits, likewise; `usize::MAX` if it never does.
    waits_from: AtomicUsize,
    on_drop: Option<OnDrop<T>>,
}

/// One step under the lock. Its end restores the invariant, unlocks and then wakes, also when
/// the step was cut short by a panic in the `Ord` of an item.
pub(crate) struct Section<'a, T> {
    shared: &'a Shared<T>,
    /// `None` once it has ended.
    state: Option<Guard<'a, State<T>>>,
}

const HELD: &str = "the lock is held until the section ends";

impl<T> Section<'_, T> {
    /// Ends it.
    #[inline]
    pub(crate) fn end(mut self) {
        let mut state = self.state.take().expect(HELD);
        self.shared.note_len(&state);
        if state.is_settled() {
            state.set_gates();
        } else {
            self.shared.settle(state);
        }
    }

    /// Ends it with one more step.
    #[inline]
    pub(crate) fn end_with<R>(mut self, step: impl FnOnce(&mut State<T>) -> R) -> R {
        let result = step(&mut self);
        self.end();
        result
    }

    /// Makes one attempt; where it comes to nothing, takes or keeps a place in `line`.
    #[inline]
    pub(crate) fn poll_in_line<R>(
        self,
        line: Line,
        place: &mut Option<Place>,
        cx: &mut Context<'_>,
        attempt: impl FnOnce(&mut State<T>, Standing) -> Option<R>,
    ) -> Poll<R> {
        self.end_with(|state| {
            let standing = match place {
                Some(_) => Standing::InLine,
                None => Standing::Newcomer,
            };
            let Some(result) = attempt(state, standing) else {
                state.lines().sleep(line, place, cx.waker());
                return Poll::Pending;
            };
            if let Some(place) = place.take() {
                state.lines().leave(line, place);
            }
            Poll::Ready(result)
        })
    }
}

impl<T> Drop for Section<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            self.shared.cut_short(state);
        }
    }
}

impl<T> Deref for Section<'_, T> {
    type Target = State<T>;

    #[inline]
    fn deref(&self) -> &State<T> {
        self.state.as_ref().expect(HELD)
    }
}

impl<T> DerefMut for Section<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut State<T> {
        self.state.as_mut().expect(HELD)
    }
}

impl<T> Shared<T> {
    pub(crate) fn new(state: State<T>, on_drop: Option<OnDrop<T>>) -> Self {
        let waits_from = AtomicUsize::new(state.waits_from());
        Shared { state: Lock::new(state), len: AtomicUsize::new(0), waits_from, on_drop }
    }

    /// Reads the state. `look` must not change anything that could wake somebody.
    #[inline]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&State<T>) -> R) -> R {
        look(&self.state.lock())
    }

    /// The length, as of a moment ago.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // Ordering: relaxed; it says nothing about the items themselves.
        self.len.load(Ordering::Relaxed)
    }

    /// The length from which a put waits.
    #[inline]
    pub(crate) fn waits_from(&self) -> usize {
        // Ordering: as above.
        self.waits_from.load(Ordering::Relaxed)
    }

    #[inline]
    fn note_len(&self, state: &State<T>) {
        // Ordering: relaxed; it is stored only by who holds the lock, so in their order.
        self.len.store(state.len(), Ordering::Relaxed);
    }

    /// Takes the lock if that costs next to nothing.
    #[inline]
    pub(crate) fn lock_as_owner(&self) -> Option<Guard<'_, State<T>>> {
        self.state.lock_as_owner()
    }

    /// Takes the lock for a call that is likely to be done at once; if not, it becomes a section.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, State<T>> {
        self.state.lock()
    }

    /// Puts `item`, where that [may be done](State::may_put_at_once) at once.
    #[inline]
    pub(crate) fn put_at_once(&self, mut state: Guard<'_, State<T>>, item: T) {
        state.put_at_once(item);
        self.note_len(&state);
    }

    /// Gets an item, if that is done at once.
    #[inline]
    pub(crate) fn get_at_once(&self, state: &mut State<T>) -> Option<T> {
        let item = state.get_at_once()?;
        self.note_len(state);
        Some(item)
    }

    /// Begins a step.
    #[inline]
    pub(crate) fn section(&self) -> Section<'_, T> {
        self.section_of(self.lock())
    }

    /// Makes a step of what has begun as a call that might be done at once.
    #[inline]
    pub(crate) fn section_of<'a>(&'a self, state: Guard<'a, State<T>>) -> Section<'a, T> {
        Section { shared: self, state: Some(state) }
    }

    /// Lets in and wakes whom a step concerns, and unlocks.
    #[inline(never)]
    fn settle(&self, mut state: Guard<'_, State<T>>) {
        state.admit();
        let wakes = state.rouse();
        state.set_gates();
        self.note_len(&state);
        drop(state);
        wakes.wake();
    }

    /// The same after a step that a panic in an `Ord` has cut short. It is not asked again before
    /// the next call, so nobody is let in.
    #[cold]
    fn cut_short(&self, mut state: Guard<'_, State<T>>) {
        state.recount();
        let wakes = state.rouse();
        state.set_gates();
        self.note_len(&state);
        drop(state);
        wakes.wake();
    }

    /// Runs one step under the lock, then wakes whom it concerns.
    #[inline]
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut State<T>) -> R) -> R {
        self.section().end_with(step)
    }

    /// Puts `item` if that needs no waiting.
    #[inline]
    pub(crate) fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        // The usual case apart, and small: the item is moved once, to where it stays.
        if let Some(state) = self.lock_as_owner()
            && state.may_put_at_once()
        {
            self.put_at_once(state, item);
            return Ok(());
        }
        self.try_put_otherwise(item)
    }

    #[inline(never)]
    fn try_put_otherwise(&self, item: T) -> Result<(), PutError<T>> {
        let state = self.lock();
        if state.may_put_at_once() {
            self.put_at_once(state, item);
            return Ok(());
        }
        let put = self.section_of(state).end_with(|state| state.try_put(item));
        self.dispose(put?);
        Ok(())
    }

    /// Gets an item if that needs no waiting.
    #[inline]
    pub(crate) fn try_get(&self) -> Result<T, GetError> {
        // As above.
        if let Some(mut state) = self.lock_as_owner()
            && let Some(item) = self.get_at_once(&mut state)
        {
            return Ok(item);
        }
        self.try_get_otherwise()
    }

    #[inline(never)]
    fn try_get_otherwise(&self) -> Result<T, GetError> {
        let mut state = self.lock();
        if let Some(item) = self.get_at_once(&mut state) {
            return Ok(item);
        }
        self.section_of(state).end_with(|state| state.try_get(Standing::Newcomer))
    }

    /// Gives up a place: what a dropped future owes. A wake-up it had goes to the next.
    #[inline]
    pub(crate) fn give_up(&self, line: Line, place: &mut Option<Place>) {
        if let Some(place) = place.take() {
            self.leave(line, place);
        }
    }

    #[inline(never)]
    fn leave(&self, line: Line, place: Place) {
        self.step(|state| state.lines().leave(line, place));
    }

    /// Gives up a producer's place, and takes back an item that was not put.
    #[inline]
    pub(crate) fn take_back(&self, spot: &mut Option<Spot>) -> Option<T> {
        spot.take().and_then(|spot| self.withdraw(spot))
    }

    #[inline(never)]
    fn withdraw(&self, spot: Spot) -> Option<T> {
        self.step(|state| {
            let lines = state.lines();
            lines.putters.leave(spot, &mut lines.wakes)
        })
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
