//! Many puts that may wait, as one.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::queue::shared::{Line, Shared};
use crate::queue::waiters::Place;
use crate::{PutError, WhenFull};

pin_project_lite::pin_project! {
    /// Many puts under way; see [`Producer::put_many`](crate::Producer::put_many).
    #[must_use = "nothing is put until the future is polled"]
    pub struct PutMany<'a, T> {
        shared: &'a Shared<T>,
        items: &'a mut Vec<T>,
        place: Option<Place>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T> PinnedDrop for PutMany<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.shared.give_up(Line::Putters, this.place);
        }
    }
}

impl<'a, T> PutMany<'a, T> {
    pub(crate) fn new(shared: &'a Shared<T>, items: &'a mut Vec<T>) -> Self {
        PutMany { shared, items, place: None, pinned: PhantomPinned }
    }
}

impl<T> Future for PutMany<'_, T> {
    type Output = Result<(), PutError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let items = &mut **this.items;
        let mut dropped = Vec::new();
        let put = this.shared.poll(Line::Putters, this.place, cx, |state, standing| {
            let (outcome, more) = state.try_put_many(items, standing);
            dropped = more;
            match outcome {
                Err(PutError::Closed(())) => Some(Err(PutError::Closed(()))),
                _ if items.is_empty() => Some(Ok(())),
                _ if state.when_full == WhenFull::Wait => None,
                _ => Some(Err(PutError::Full(()))),
            }
        });
        this.shared.dispose(dropped);
        put
    }
}

impl<T> fmt::Debug for PutMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutMany").field("is_waiting", &self.place.is_some()).finish_non_exhaustive()
    }
}
