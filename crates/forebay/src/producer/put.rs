//! One put that may wait.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::queue::shared::{Line, Shared};
use crate::queue::waiters::Place;
use crate::{PutError, WhenFull};

pin_project_lite::pin_project! {
    /// A put under way; see [`Producer::put`](crate::Producer::put).
    #[must_use = "nothing is put until the future is polled"]
    pub struct Put<'a, T> {
        shared: &'a Shared<T>,
        // `None` once it was put, given back with an error, or taken back.
        item: Option<T>,
        place: Option<Place>,
        // An engine may link waiters through their futures one day.
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T> PinnedDrop for Put<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.shared.give_up(Line::Putters, this.place);
        }
    }
}

impl<'a, T> Put<'a, T> {
    pub(crate) fn new(shared: &'a Shared<T>, item: T) -> Self {
        Put { shared, item: Some(item), place: None, pinned: PhantomPinned }
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
        this.shared.give_up(Line::Putters, this.place);
        this.item.take()
    }
}

impl<T> Future for Put<'_, T> {
    type Output = Result<(), PutError<T>>;

    /// # Panics
    /// When polled again after it was ready or the item was taken back.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let slot = this.item;
        let put = this.shared.poll(Line::Putters, this.place, cx, |state, standing| {
            let item = slot.take().expect("a put is not polled after it ended");
            match state.try_put(item, standing) {
                Err(PutError::Full(item)) if state.when_full == WhenFull::Wait => {
                    *slot = Some(item);
                    None
                }
                outcome => Some(outcome),
            }
        });
        put.map(|outcome| outcome.map(|dropped| this.shared.dispose(dropped)))
    }
}

impl<T> fmt::Debug for Put<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put").field("is_waiting", &self.place.is_some()).finish_non_exhaustive()
    }
}
