//! Many puts that may wait, as one.

use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::queue::putters::{Load, Spot};
use crate::queue::shared::Shared;
use crate::sharing::Sharing;
use crate::{PutError, WhenFull};

pin_project_lite::pin_project! {
    /// Many puts under way; see [`Producer::put_many`](crate::Producer::put_many).
    #[must_use = "nothing is put until the future is polled"]
    pub struct PutMany<'a, T, S: Sharing> {
        shared: &'a Shared<T, S>,
        items: &'a mut Vec<T>,
        spot: Option<Spot>,
        #[pin]
        pinned: PhantomPinned,
    }

    impl<T, S: Sharing> PinnedDrop for PutMany<'_, T, S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            drop(this.shared.take_back(this.spot));
        }
    }
}

impl<'a, T, S: Sharing> PutMany<'a, T, S> {
    pub(crate) fn new(shared: &'a Shared<T, S>, items: &'a mut Vec<T>) -> Self {
        PutMany { shared, items, spot: None, pinned: PhantomPinned }
    }
}

impl<T, S: Sharing> Future for PutMany<'_, T, S> {
    type Output = Result<(), PutError<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (items, spot) = (&mut **this.items, this.spot);
        let (mut dropped, mut retired) = (Vec::new(), None);
        let put = this.shared.section().end_with(|state| {
            let (outcome, more) = match spot {
                Some(spot) if !state.is_closed() && !state.lines.putters.is_first(spot) => {
                    (Err(PutError::Full(())), Vec::new())
                }
                Some(_) => state.put_what_fits(items),
                None => state.try_put_many(items),
            };
            dropped = more;
            let end = match outcome {
                Err(PutError::Closed(())) => Err(PutError::Closed(())),
                _ if items.is_empty() => Ok(()),
                _ if state.is_first_too_heavy(items) => Err(PutError::TooHeavy(())),
                _ if state.when_full == WhenFull::Wait => {
                    let weight = state.weight_of_first(items);
                    let putters = &mut state.lines.putters;
                    match spot {
                        Some(spot) => retired = putters.stay_with(spot, weight, cx.waker()),
                        None => *spot = Some(putters.come(Load::Many(weight), cx.waker())),
                    }
                    return Poll::Pending;
                }
                _ => Err(PutError::Full(())),
            };
            if let Some(spot) = spot.take() {
                (_, retired) = state.lines.putters.leave(spot);
            }
            Poll::Ready(end)
        });
        drop(retired);
        this.shared.dispose(dropped);
        put
    }
}

impl<T, S: Sharing> fmt::Debug for PutMany<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutMany").field("is_waiting", &self.spot.is_some()).finish_non_exhaustive()
    }
}
