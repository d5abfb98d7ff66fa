//! What all handles of a queue share, and the two loops around its state: one call that does
//! not wait, and one that does.

use std::ops::{Deref, DerefMut};
use std::task::{Context, Poll, Waker};

use super::line::Wakes;
use super::lines::Line;
use super::putters::Spot;
use super::ring::Free;
use super::state::getting::GetWay;
use super::state::putting::PutWay;
use super::state::{Standing, State};
use super::waiters::Place;
use crate::sharing::{Parts, Sharing};
use crate::{GetError, PutError};

/// The lock, taken.
pub(crate) type Held<'a, T, S> = <S as Parts>::Guard<'a, State<T, S>>;

pub(crate) struct Shared<T, S: Sharing> {
    state: S::Lock<State<T, S>>,
    /// The length as it was when the lock was last let go, for whoever only wants to know that:
    /// a look at it disturbs nobody.
    len: S::Number,
    /// The length from which a put waits, likewise; `usize::MAX` if it never does.
    waits_from: S::Number,
    /// The length from which an attempt to put is refused, likewise: `usize::MAX` where it is for
    /// the policy or the weights to say, and once the queue is closed.
    refuses_from: S::Number,
    /// Not 0 once there has been a handle that may come back to life.
    downgraded: S::Number,
    on_drop: Option<Box<S::OnDrop<T>>>,
}

/// One step under the lock. Its end restores the invariant, unlocks and then wakes, also when
/// the step was cut short by a panic in the user's code: an `Ord`, or what weighs an item.
pub(crate) struct Section<'a, T, S: Sharing> {
    shared: &'a Shared<T, S>,
    /// `None` once it has ended.
    state: Option<Held<'a, T, S>>,
}

const HELD: &str = "the lock is held until the section ends";

#[inline]
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<T, S: Sharing> Section<'_, T, S> {
    /// Ends it.
    #[inline]
    pub(crate) fn end(mut self) {
        match self.state.take() {
            // There is nobody to look for.
            Some(state) if state.lines.is_empty() => self.shared.note(&state),
            Some(mut state) if state.is_settled() => {
                state.shut();
                self.shared.note(&state);
            }
            unsettled => {
                self.state = unsettled;
                self.settle();
            }
        }
    }

    /// Lets in and wakes whom the step concerns.
    #[inline(never)]
    fn settle(self) {
        // Before the section, so dropped after it, should that be cut short.
        let mut wakes = Wakes::new();
        let mut section = self;
        section.admit(&mut wakes);
        if let Some(state) = section.state.take() {
            section.shared.rouse(state, wakes);
        }
    }

    /// Ends it with one more step.
    #[inline]
    pub(crate) fn end_with<R>(mut self, step: impl FnOnce(&mut State<T, S>) -> R) -> R {
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
        attempt: impl FnOnce(&mut State<T, S>, Standing) -> Option<R>,
    ) -> Poll<R> {
        let (poll, retired) = self.end_with(|state| {
            let standing = match place {
                Some(_) => Standing::InLine,
                None => Standing::Newcomer,
            };
            let Some(result) = attempt(state, standing) else {
                return (Poll::Pending, state.lines.line(line).sleep(place, cx.waker()));
            };
            let retired = place.take().and_then(|place| state.lines.line(line).leave(place));
            (Poll::Ready(result), retired)
        });
        drop(retired);
        poll
    }
}

impl<T, S: Sharing> Drop for Section<'_, T, S> {
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            // A panic in the user's code has cut it short. That is not asked again before the next
            // call, so nobody is let in.
            self.shared.rouse(state, Wakes::new());
        }
    }
}

impl<T, S: Sharing> Deref for Section<'_, T, S> {
    type Target = State<T, S>;

    #[inline]
    fn deref(&self) -> &State<T, S> {
        self.state.as_ref().expect(HELD)
    }
}

impl<T, S: Sharing> DerefMut for Section<'_, T, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut State<T, S> {
        self.state.as_mut().expect(HELD)
    }
}

impl<T, S: Sharing> Shared<T, S> {
    #[inline]
    pub(crate) fn new(state: State<T, S>, on_drop: Option<Box<S::OnDrop<T>>>) -> Self {
        let waits_from = S::new_number(state.waits_from());
        let refuses_from = S::new_number(state.refuses_from());
        let (len, downgraded) = (S::new_number(0), S::new_number(0));
        Shared { state: S::new_lock(state), len, waits_from, refuses_from, downgraded, on_drop }
    }

    /// A handle that does not keep the queue open.
    pub(crate) fn downgrade(this: &S::Pointer<Self>) -> S::Weak<Self> {
        S::set_number(&this.downgraded, 1);
        S::downgrade(this)
    }

    /// Whether a handle is the only one there is, and ever will be. Then nobody has to be told that
    /// it goes, and what waits goes [with the queue](Drop).
    #[inline]
    pub(crate) fn is_left_alone(this: &S::Pointer<Self>) -> bool {
        // In this order: who has downgraded a handle that is gone did so before.
        S::is_only(this) && S::number(&this.downgraded) == 0
    }

    /// Reads the state. `look` must not change anything that could wake somebody.
    #[inline]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&State<T, S>) -> R) -> R {
        look(&S::lock(&self.state))
    }

    /// The length, as of a moment ago.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        S::number(&self.len)
    }

    /// The length from which a put waits.
    #[inline]
    pub(crate) fn waits_from(&self) -> usize {
        S::number(&self.waits_from)
    }

    #[inline]
    fn note_len(&self, state: &State<T, S>) {
        S::set_number(&self.len, state.len());
    }

    /// The same, and what else a step may have changed.
    #[inline]
    fn note(&self, state: &State<T, S>) {
        self.note_len(state);
        S::set_number(&self.refuses_from, state.refuses_from());
    }

    /// Takes the lock if that costs next to nothing.
    #[inline]
    pub(crate) fn lock_as_owner(&self) -> Option<Held<'_, T, S>> {
        S::lock_as_owner(&self.state)
    }

    /// Takes the lock for a call that is likely to be done at once; if not, it becomes a section.
    #[inline]
    pub(crate) fn lock(&self) -> Held<'_, T, S> {
        S::lock(&self.state)
    }

    /// Puts `item` into a slot [for it at once](State::free_at_once).
    #[inline]
    pub(crate) fn fill(&self, slot: Free<'_, T>, item: T) {
        S::set_number(&self.len, slot.fill(item));
    }

    /// Puts `item`, which [concerns](PutWay::AtOnce) nobody else.
    #[inline]
    pub(crate) fn put_at_once(&self, mut state: Held<'_, T, S>, item: T) {
        // Noted first: the item is in, whether comparing it panics or not.
        S::set_number(&self.len, state.len() + 1);
        state.push(item);
    }

    /// Gets an item, where that [may be done](State::may_get_at_once) at once.
    #[inline]
    pub(crate) fn get_at_once(&self, state: &mut State<T, S>) -> T {
        state.get_at_once(|len| S::set_number(&self.len, len))
    }

    /// Puts `item` and [wakes](State::put_waking) whom it concerns.
    #[inline]
    pub(crate) fn put_waking(&self, mut state: Held<'_, T, S>, item: T) {
        let consumer = state.put_waking(item);
        self.note_len(&state);
        drop(state);
        wake(consumer);
    }

    /// [Drops](PutWay::Dropping) `item`.
    #[inline]
    pub(crate) fn put_dropping(&self, mut state: Held<'_, T, S>, item: T) {
        state.refuse();
        drop(state);
        self.dispose(Some(item));
    }

    /// Puts `item` [in place of the oldest](PutWay::Replacing).
    #[inline]
    pub(crate) fn put_replacing(&self, mut state: Held<'_, T, S>, item: T) {
        let oldest = state.put_replacing(item);
        drop(state);
        self.dispose(oldest);
    }

    /// Puts `item` for whoever [sleeps at the door](State::wakes_at_door).
    #[inline]
    pub(crate) fn put_at_door(&self, mut state: Held<'_, T, S>, item: T) {
        let consumer = state.put_at_door(item);
        S::set_number(&self.len, 1);
        drop(state);
        wake(consumer);
    }

    /// Gets an item in one of the ways that find one.
    #[inline]
    pub(crate) fn get_by(
        &self,
        way: GetWay,
        mut state: Held<'_, T, S>,
        place: &mut Option<Place>,
    ) -> Option<T> {
        state.leave_awake(place);
        match way {
            GetWay::AtOnce => Some(self.get_at_once(&mut state)),
            GetWay::Refilling => self.get_refilling(state),
            _ => {
                let item = state.pop();
                self.note_len(&state);
                item
            }
        }
    }

    /// Gets an item and [gives its room](State::get_refilling) to a producer that waits.
    #[inline(never)]
    fn get_refilling(&self, mut state: Held<'_, T, S>) -> Option<T> {
        let (item, producer, consumer) = state.get_refilling();
        self.note_len(&state);
        drop(state);
        wake(producer);
        wake(consumer);
        item
    }

    /// Begins a step.
    #[inline]
    pub(crate) fn section(&self) -> Section<'_, T, S> {
        self.section_of(self.lock())
    }

    /// Makes a step of what has begun as a call that might be done at once.
    #[inline]
    pub(crate) fn section_of<'a>(&'a self, state: Held<'a, T, S>) -> Section<'a, T, S> {
        Section { shared: self, state: Some(state) }
    }

    /// Unlocks, and wakes whom a step concerns.
    #[inline(never)]
    fn rouse(&self, mut state: Held<'_, T, S>, mut wakes: Wakes) {
        state.rouse(&mut wakes);
        state.shut();
        self.note(&state);
        drop(state);
        drop(wakes);
    }

    /// Runs one step under the lock, then wakes whom it concerns.
    #[inline]
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut State<T, S>) -> R) -> R {
        self.section().end_with(step)
    }

    /// Runs a step that changes no more than how many handles there are.
    #[inline]
    pub(crate) fn count_handles<R>(&self, step: impl FnOnce(&mut State<T, S>) -> R) -> R {
        step(&mut self.lock())
    }

    /// Gives it another capacity, which [is one](super::builder::checked_capacity).
    pub(crate) fn set_capacity(&self, capacity: usize) {
        self.step(|state| {
            state.set_capacity(capacity);
            S::set_number(&self.waits_from, state.waits_from());
        });
    }

    /// Puts `item` if that needs no waiting.
    #[inline]
    pub(crate) fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        // The usual case apart, and small: the item is moved once, to where it stays.
        let mut owned = self.lock_as_owner();
        if let Some(state) = &mut owned
            && let Some(slot) = state.free_at_once()
        {
            self.fill(slot, item);
            return Ok(());
        }
        // A large item that goes no further than here is made in its slot, and not beside it first.
        self.try_put_otherwise(owned, &mut Some(item))
    }

    /// The same for one who may have the lock already.
    #[inline(never)]
    fn try_put_otherwise<'a>(
        &'a self,
        owned: Option<Held<'a, T, S>>,
        item: &mut Option<T>,
    ) -> Result<(), PutError<T>> {
        let item = item.take().expect("whoever puts has an item");
        // Refusals come in crowds, while those who have the lock are busy making room.
        if owned.is_none() && self.len() >= S::number(&self.refuses_from) {
            return Err(PutError::Full(item));
        }
        let mut state = owned.unwrap_or_else(|| self.lock());
        match state.way_to_put() {
            PutWay::AtOnce => self.put_at_once(state, item),
            PutWay::Waking => self.put_waking(state, item),
            PutWay::Waiting | PutWay::Refused => return Err(PutError::Full(item)),
            PutWay::Dropping => self.put_dropping(state, item),
            PutWay::Replacing => self.put_replacing(state, item),
            PutWay::Looking => {
                let put = self.section_of(state).end_with(|state| state.try_put(item));
                self.dispose(put?);
            }
        }
        Ok(())
    }

    /// Gets an item if that needs no waiting.
    #[inline]
    pub(crate) fn try_get(&self) -> Result<T, GetError> {
        // As above.
        match self.lock_as_owner() {
            Some(mut state) if state.may_get_at_once() => Ok(self.get_at_once(&mut state)),
            owned => {
                let mut got = None;
                self.try_get_otherwise(owned, &mut got)?;
                got.ok_or(GetError::Empty)
            }
        }
    }

    /// The same for one who may have the lock already.
    #[inline(never)]
    fn try_get_otherwise<'a>(
        &'a self,
        owned: Option<Held<'a, T, S>>,
        got: &mut Option<T>,
    ) -> Result<(), GetError> {
        let mut state = owned.unwrap_or_else(|| self.lock());
        match state.way_to_get(None) {
            GetWay::Waiting => return Err(GetError::Empty),
            GetWay::Looking => {
                let section = self.section_of(state);
                *got = Some(section.end_with(|state| state.try_get(Standing::Newcomer))?);
            }
            way => *got = self.get_by(way, state, &mut None),
        }
        Ok(())
    }

    /// Gives up a place: what a dropped future owes. A wake-up it had goes to the next.
    #[inline]
    pub(crate) fn give_up(&self, line: Line, place: &mut Option<Place>) {
        // A look, not a `take`: the usual future has nothing to give up, and so nothing to write.
        if place.is_some() {
            self.leave(line, place);
        }
    }

    #[inline(never)]
    fn leave(&self, line: Line, place: &mut Option<Place>) {
        if let Some(place) = place.take() {
            drop(self.step(|state| state.lines.line(line).leave(place)));
        }
    }

    /// Gives up a producer's place, and takes back an item that was not put.
    #[inline]
    pub(crate) fn take_back(&self, spot: &mut Option<Spot>) -> Option<T> {
        // As above.
        if spot.is_some() { self.withdraw(spot) } else { None }
    }

    #[inline(never)]
    fn withdraw(&self, spot: &mut Option<Spot>) -> Option<T> {
        let spot = spot.take()?;
        let (item, retired) = self.step(|state| state.lines.putters.leave(spot));
        drop(retired);
        item
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

impl<T, S: Sharing> Drop for Shared<T, S> {
    #[inline]
    fn drop(&mut self) {
        let state = S::get_mut(&mut self.state);
        if state.len() > 0 {
            let left = state.close_and_drain();
            self.dispose(left);
        }
    }
}
