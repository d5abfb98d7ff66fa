//! Puts as a sink.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_sink::Sink;

use crate::PutError;
use crate::producer::put;
use crate::queue::putters::Spot;
use crate::sharing::{Producer, Sharing};

/// Puts into a queue as a sink; see [`Producer::sink`](crate::Producer::sink).
///
/// An item that has been sent goes in as soon as there is room, whether the sink is polled again
/// or not; while it waits the sink is not ready for another one.
///
/// # Cancel safety
/// Dropping the sink drops an item that has been sent and was not put; nothing else is lost.
#[must_use = "nothing is put until something is sent"]
pub struct Puts<T, S: Sharing> {
    /// `None` once it is closed.
    producer: Option<Producer<T, S>>,
    /// There while an item waits for room.
    spot: Option<Spot>,
}

impl<T, S: Sharing> Puts<T, S> {
    pub(crate) fn new(producer: Producer<T, S>) -> Self {
        Puts { producer: Some(producer), spot: None }
    }
}

// Nothing in it is pinned: the producer is a handle and the spot a number.
impl<T, S: Sharing> Unpin for Puts<T, S> {}

impl<T, S: Sharing> Sink<T> for Puts<T, S> {
    type Error = PutError<T>;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
        self.poll_flush(cx)
    }

    /// # Panics
    /// When the sink was not ready, or was closed.
    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), PutError<T>> {
        let this = &mut *self;
        assert!(this.spot.is_none(), "poll_ready was not asked before start_send");
        let producer = this.producer.as_ref().expect("nothing is sent after poll_close");
        // The waker is known only when the sink is polled next.
        let cx = &mut Context::from_waker(Waker::noop());
        match put::poll_otherwise(&producer.shared, None, &mut Some(item), &mut this.spot, cx) {
            Poll::Ready(put) => put,
            Poll::Pending => Ok(()),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
        let this = &mut *self;
        match &this.producer {
            Some(producer) if this.spot.is_some() => {
                put::poll_otherwise(&producer.shared, None, &mut None, &mut this.spot, cx)
            }
            _ => Poll::Ready(Ok(())),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), PutError<T>>> {
        let flushed = self.as_mut().poll_flush(cx);
        if flushed.is_ready() {
            self.producer = None;
        }
        flushed
    }
}

impl<T, S: Sharing> Drop for Puts<T, S> {
    fn drop(&mut self) {
        if let Some(producer) = &self.producer {
            drop(producer.shared.take_back(&mut self.spot));
        }
    }
}

impl<T, S: Sharing> fmt::Debug for Puts<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Puts").field(&self.producer).finish()
    }
}
