//! One put that may wait.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::queue::putters::{Load, Spot};
use crate::queue::shared::{Held, Shared};
use crate::queue::state::putting::PutWay;
use crate::queue::state::{Dropped, State};
use crate::sharing::Sharing;
use crate::{PutError, WhenFull};

pin_project_lite::pin_project! {
    /// A put under way; see [`Producer::put`](crate::Producer::put).
    #[must_use = "nothing is put until the future is polled"]
    pub struct Put<'a, T, S: Sharing> {
        shared: &'a Shared<T, S>,
        // There until the first poll.
        item: Option<T>,
        // While it waits; the item is with the queue then.
        spot: Option<Spot>,
        // An engine may link waiters through their futures one day.
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T, S: Sharing> PinnedDrop for Put<'_, T, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            drop(this.shared.take_back(this.spot));
        }
    }
}

impl<'a, T, S: Sharing> Put<'a, T, S> {
    pub(crate) fn new(shared: &'a Shared<T, S>, item: T) -> Self {
        Put { shared, item: Some(item), spot: None, pinned: PhantomPinned }
    }

    /// Gives up waiting and hands the item back; `None` when it was put already.
    ///
    /// # Examples
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = forebay::Queue::bounded(1);
    /// queue.put(1).await?;
    /// let mut put = std::pin::pin!(queue.put(2));
    /// assert!(futures_lite::future::poll_once(put.as_mut()).await.is_none());
    /// assert_eq!(put.take_back(), Some(2));
    /// # Ok::<(), forebay::PutError<i32>>(()) }).unwrap();
    /// ```
    pub fn take_back(self: Pin<&mut Self>) -> Option<T> {
        let this = self.project();
        this.item.take().or_else(|| this.shared.take_back(this.spot))
    }
}

impl<T, S: Sharing> Future for Put<'_, T, S> {
    type Output = Result<(), PutError<T>>;

    /// # Panics
    /// When polled again after it was ready or the item was taken back.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (item, spot) = (this.item, this.spot);
        // The usual case apart, and small: the item is moved once, to where it stays.
        let mut owned = this.shared.lock_as_owner();
        if spot.is_none()
            && let Some(state) = &mut owned
            && let Some(slot) = state.free_at_once()
        {
            this.shared.fill(slot, item.take().expect(POLLED_AGAIN));
            return Poll::Ready(Ok(()));
        }
        poll_otherwise(this.shared, owned, item, spot, cx)
    }
}

/// The same for one who may have the lock already. What goes to a consumer that waits alone is
/// apart, and small too.
#[inline(never)]
pub(crate) fn poll_otherwise<'a, T, S: Sharing>(
    shared: &'a Shared<T, S>,
    owned: Option<Held<'a, T, S>>,
    item: &mut Option<T>,
    spot: &mut Option<Spot>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), PutError<T>>> {
    let state = owned.unwrap_or_else(|| shared.lock());
    if spot.is_none() && state.wakes_at_door() {
        shared.put_at_door(state, item.take().expect(POLLED_AGAIN));
        return Poll::Ready(Ok(()));
    }
    poll_in_line(shared, state, item, spot, cx)
}

/// The same for one who may not be alone.
#[inline(never)]
fn poll_in_line<'a, T, S: Sharing>(
    shared: &'a Shared<T, S>,
    mut state: Held<'a, T, S>,
    item: &mut Option<T>,
    spot: &mut Option<Spot>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), PutError<T>>> {
    if spot.is_none() {
        let mut item = || item.take().expect(POLLED_AGAIN);
        match state.way_to_put() {
            PutWay::AtOnce => {
                shared.put_at_once(state, item());
                return Poll::Ready(Ok(()));
            }
            PutWay::Waking => {
                shared.put_waking(state, item());
                return Poll::Ready(Ok(()));
            }
            PutWay::Waiting => {
                *spot = Some(state.stand(item(), cx.waker()));
                return Poll::Pending;
            }
            PutWay::Refused => return Poll::Ready(Err(PutError::Full(item()))),
            PutWay::Dropping => {
                shared.put_dropping(state, item());
                return Poll::Ready(Ok(()));
            }
            PutWay::Replacing => {
                shared.put_replacing(state, item());
                return Poll::Ready(Ok(()));
            }
            PutWay::Looking => (),
        }
    } else if state.leave_done(spot) {
        return Poll::Ready(Ok(()));
    }
    let (put, retired) = shared.section_of(state).end_with(|state| match spot.take() {
        None => (begin(state, item.take().expect(POLLED_AGAIN), spot, cx), None),
        Some(waiting) => go_on(state, waiting, spot, cx),
    });
    drop(retired);
    put.map(|outcome| outcome.map(|dropped| shared.dispose(dropped)))
}

const POLLED_AGAIN: &str = "a put is not polled after it ended";

type Outcome<T> = Result<Dropped<T>, PutError<T>>;

fn begin<T, S: Sharing>(
    state: &mut State<T, S>,
    item: T,
    spot: &mut Option<Spot>,
    cx: &mut Context<'_>,
) -> Poll<Outcome<T>> {
    match state.try_put(item) {
        Err(PutError::Full(item)) if state.when_full == WhenFull::Wait => {
            *spot = Some(state.lines.putters.come(Load::One(item), cx.waker()));
            Poll::Pending
        }
        outcome => Poll::Ready(outcome),
    }
}

/// Beside what comes of it, a waker that is not needed any more, to be dropped without the lock.
fn go_on<T, S: Sharing>(
    state: &mut State<T, S>,
    waiting: Spot,
    spot: &mut Option<Spot>,
    cx: &mut Context<'_>,
) -> (Poll<Outcome<T>>, Option<Waker>) {
    let closed = state.is_closed();
    let putters = &mut state.lines.putters;
    if !putters.is_done(&waiting) && !closed {
        let retired = putters.stay(&waiting, cx.waker());
        *spot = Some(waiting);
        return (Poll::Pending, retired);
    }
    let (item, retired) = putters.leave(waiting);
    let put = match item {
        None => Ok(Dropped::NOTHING),
        Some(item) => Err(PutError::Closed(item)),
    };
    (Poll::Ready(put), retired)
}

impl<T, S: Sharing> fmt::Debug for Put<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put").field("is_waiting", &self.spot.is_some()).finish_non_exhaustive()
    }
}
