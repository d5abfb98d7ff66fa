//! Many gets that may wait, as one.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::GetError;
use crate::queue::lines::Line;
use crate::queue::shared::Shared;
use crate::queue::waiters::Place;
use crate::sharing::Sharing;

pin_project_lite::pin_project! {
    /// Many gets under way; see [`Consumer::get_many`](crate::Consumer::get_many).
    #[must_use = "nothing is got until the future is polled"]
    pub struct GetMany<'a, T, S: Sharing> {
        shared: &'a Shared<T, S>,
        into: &'a mut Vec<T>,
        max: usize,
        place: Option<Place>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T, S: Sharing> PinnedDrop for GetMany<'_, T, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.shared.give_up(Line::Getters, this.place);
        }
    }
}

impl<'a, T, S: Sharing> GetMany<'a, T, S> {
    pub(crate) fn new(shared: &'a Shared<T, S>, into: &'a mut Vec<T>, max: usize) -> Self {
        GetMany { shared, into, max, place: None, pinned: PhantomPinned }
    }
}

impl<T, S: Sharing> Future for GetMany<'_, T, S> {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = self.project();
        let (into, max) = (&mut **this.into, *this.max);
        this.shared.section().poll_in_line(Line::Getters, this.place, cx, |state, standing| {
            match state.try_get_many(into, max, standing) {
                Ok(count) => Some(count),
                Err(GetError::Closed) => Some(0),
                Err(GetError::Empty) => None,
            }
        })
    }
}

impl<T, S: Sharing> fmt::Debug for GetMany<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMany").field("is_waiting", &self.place.is_some()).finish_non_exhaustive()
    }
}
