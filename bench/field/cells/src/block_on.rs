//! Futures on a plain thread.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Waits for a future by parking the thread.
pub(crate) use futures_lite::future::block_on;

/// What a future gives that need not wait, polled once.
///
/// # Panics
/// It has to wait after all.
#[inline(always)]
pub fn ready<F: Future>(future: F) -> F::Output {
    polled(future).expect("a call has to wait that should be ready at once")
}

/// What a future gives when it is polled once: how to try, where there is no other call for it.
#[inline(always)]
pub fn polled<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
