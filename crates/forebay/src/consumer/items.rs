//! The items of a queue as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::get::poll_get;
use crate::consumer::Consumer;
use crate::queue::lines::Line;
use crate::queue::waiters::Place;
use crate::sharing::Sharing;

/// The items of a queue as a stream; see [`Consumer::stream`].
///
/// # Cancel safety
/// Between two items it holds nothing but its place in the line, which dropping gives up.
#[must_use = "nothing is got until the stream is polled"]
pub struct Items<T, S: Sharing> {
    consumer: Consumer<T, S>,
    place: Option<Place>,
    has_ended: bool,
}

impl<T, S: Sharing> Items<T, S> {
    pub(crate) fn new(consumer: Consumer<T, S>) -> Self {
        Items { consumer, place: None, has_ended: false }
    }
}

// Nothing in it is pinned: the consumer is a handle and the place a number.
impl<T, S: Sharing> Unpin for Items<T, S> {}

impl<T, S: Sharing> Stream for Items<T, S> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        let item = poll_get(&this.consumer.shared, &mut this.place, cx);
        this.has_ended |= matches!(item, Poll::Ready(None));
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Other consumers may take what is waiting.
        (0, None)
    }
}

impl<T, S: Sharing> FusedStream for Items<T, S> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

impl<T, S: Sharing> Drop for Items<T, S> {
    fn drop(&mut self) {
        self.consumer.shared.give_up(Line::Getters, &mut self.place);
    }
}

impl<T, S: Sharing> fmt::Debug for Items<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Items").field(&self.consumer).finish()
    }
}
