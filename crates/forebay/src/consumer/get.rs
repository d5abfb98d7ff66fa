//! One get that may wait.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::GetError;
use crate::queue::lines::Line;
use crate::queue::shared::{Held, Shared};
use crate::queue::state::getting::GetWay;
use crate::queue::waiters::Place;
use crate::sharing::Sharing;

pin_project_lite::pin_project! {
    /// A get under way; see [`Consumer::get`](crate::Consumer::get).
    #[must_use = "nothing is got until the future is polled"]
    pub struct Get<'a, T, S: Sharing> {
        shared: &'a Shared<T, S>,
        place: Option<Place>,
        // An engine may link waiters through their futures one day.
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T, S: Sharing> PinnedDrop for Get<'_, T, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.shared.give_up(Line::Getters, this.place);
        }
    }
}

impl<'a, T, S: Sharing> Get<'a, T, S> {
    pub(crate) fn new(shared: &'a Shared<T, S>) -> Self {
        Get { shared, place: None, pinned: PhantomPinned }
    }
}

impl<T, S: Sharing> Future for Get<'_, T, S> {
    type Output = Option<T>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        poll_get(this.shared, this.place, cx)
    }
}

/// The waiting get of a future and of a stream.
#[inline]
pub(crate) fn poll_get<T, S: Sharing>(
    shared: &Shared<T, S>,
    place: &mut Option<Place>,
    cx: &mut Context<'_>,
) -> Poll<Option<T>> {
    // The usual case apart, and small: the item is moved once, to where it stays.
    match shared.lock_as_owner() {
        Some(mut state) if place.is_none() && state.may_get_at_once() => {
            Poll::Ready(Some(shared.get_at_once(&mut state)))
        }
        owned => poll_get_otherwise(shared, owned, place, cx),
    }
}

/// The same for one who may have the lock already. Who waits alone, or has, is apart, and small too.
#[inline(never)]
fn poll_get_otherwise<'a, T, S: Sharing>(
    shared: &'a Shared<T, S>,
    owned: Option<Held<'a, T, S>>,
    place: &mut Option<Place>,
    cx: &mut Context<'_>,
) -> Poll<Option<T>> {
    let mut state = owned.unwrap_or_else(|| shared.lock());
    match place {
        Some(held) if state.may_get_at_door(held) => {
            state.leave_awake(place);
            Poll::Ready(Some(shared.get_at_once(&mut state)))
        }
        None if state.waits_alone() => {
            *place = Some(state.sleep_at_door(cx.waker()));
            Poll::Pending
        }
        _ => poll_get_in_line(shared, state, place, cx),
    }
}

/// The same for one who may not be alone.
#[inline(never)]
fn poll_get_in_line<'a, T, S: Sharing>(
    shared: &'a Shared<T, S>,
    mut state: Held<'a, T, S>,
    place: &mut Option<Place>,
    cx: &mut Context<'_>,
) -> Poll<Option<T>> {
    match state.way_to_get(place.as_ref()) {
        GetWay::Waiting => {
            let retired = state.sleep(place, cx.waker());
            drop(state);
            drop(retired);
            return Poll::Pending;
        }
        GetWay::Looking => (),
        way => return Poll::Ready(shared.get_by(way, state, place)),
    }
    shared.section_of(state).poll_in_line(Line::Getters, place, cx, |state, standing| {
        match state.try_get(standing) {
            Ok(item) => Some(Some(item)),
            Err(GetError::Closed) => Some(None),
            Err(GetError::Empty) => None,
        }
    })
}

impl<T, S: Sharing> fmt::Debug for Get<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").field("is_waiting", &self.place.is_some()).finish_non_exhaustive()
    }
}
