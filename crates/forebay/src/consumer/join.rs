//! Waiting until everything that was put is finished.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::queue::lines::Line;
use crate::queue::shared::Shared;
use crate::queue::waiters::Place;
use crate::sharing::Sharing;

pin_project_lite::pin_project! {
    /// A join under way; see [`Queue::join`](crate::Queue::join).
    #[must_use = "nothing is waited for until the future is polled"]
    pub struct Join<'a, T, S: Sharing> {
        shared: &'a Shared<T, S>,
        // The round in which it began to wait; a later one means that all was finished since.
        round: Option<u64>,
        place: Option<Place>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T, S: Sharing> PinnedDrop for Join<'_, T, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.shared.give_up(Line::Joiners, this.place);
        }
    }
}

impl<'a, T, S: Sharing> Join<'a, T, S> {
    pub(crate) fn new(shared: &'a Shared<T, S>) -> Self {
        Join { shared, round: None, place: None, pinned: PhantomPinned }
    }
}

impl<T, S: Sharing> Future for Join<'_, T, S> {
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

impl<T, S: Sharing> fmt::Debug for Join<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").field("is_waiting", &self.place.is_some()).finish_non_exhaustive()
    }
}
