//! Waiting until everything that was put is finished.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::queue::lines::Line;
use crate::queue::shared::Shared;
use crate::queue::waiters::Place;

pin_project_lite::pin_project! {
    /// A join under way; see [`Queue::join`](crate::Queue::join).
    #[must_use = "nothing is waited for until the future is polled"]
    pub struct Join<'a, T> {
        shared: &'a Shared<T>,
        // The round in which it began to wait; a later one means that all was finished since.
        round: Option<u64>,
        place: Option<Place>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T> PinnedDrop for Join<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.shared.give_up(Line::Joiners, this.place);
        }
    }
}

impl<'a, T> Join<'a, T> {
    pub(crate) fn new(shared: &'a Shared<T>) -> Self {
        Join { shared, round: None, place: None, pinned: PhantomPinned }
    }
}

impl<T> Future for Join<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let round = this.round;
        this.shared.section().poll_in_line(Line::Joiners, this.place, cx, |state, _| {
            let began = *round.get_or_insert(state.finished_rounds);
            (state.unfinished() == 0 || state.finished_rounds != began).then_some(())
        })
    }
}

impl<T> fmt::Debug for Join<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").field("is_waiting", &self.place.is_some()).finish_non_exhaustive()
    }
}
