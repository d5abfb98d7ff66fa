//! The items of a queue as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::get::poll_get;
use crate::Consumer;
use crate::queue::lines::Line;
use crate::queue::waiters::Place;

/// The items of a queue as a stream; see [`Consumer::stream`].
///
/// # Cancel safety
/// Between two items it holds nothing but its place in the line, which dropping gives up.
#[must_use = "nothing is got until the stream is polled"]
pub struct Items<T> {
    consumer: Consumer<T>,
    place: Option<Place>,
    has_ended: bool,
}

impl<T> Items<T> {
    pub(crate) fn new(consumer: Consumer<T>) -> Self {
        Items { consumer, place: None, has_ended: false }
    }
}

// Nothing in it is pinned: the consumer is a handle and the place a number.
impl<T> Unpin for Items<T> {}

impl<T> Stream for Items<T> {
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

impl<T> FusedStream for Items<T> {
    fn is_terminated(&self) -> bool {
        self.has_ended
    }
}

impl<T> Drop for Items<T> {
    fn drop(&mut self) {
        self.consumer.shared.give_up(Line::Getters, &mut self.place);
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Items").field(&self.consumer).finish()
    }
}
