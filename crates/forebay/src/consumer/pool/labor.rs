//! One run through the handler, item by item or at once; a panic is an outcome like any other.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use super::handler::{BatchHandler, Handler, Outcome, Outcomes};

/// How an item ended that is not done.
#[derive(Debug)]
pub(super) enum Failure {
    Said(Outcome),
    Panicked(String),
}

/// What came of a run.
#[derive(Debug, Default)]
pub(super) struct Result {
    /// How many items were begun, from the front.
    pub(super) begun: usize,
    /// What is not done of those, with its place.
    pub(super) failures: Vec<(usize, Failure)>,
    /// How often the handler was called, and whether it ever waited.
    pub(super) calls: usize,
    pub(super) has_waited: bool,
}

impl Result {
    fn reset(&mut self) {
        self.begun = 0;
        self.failures.clear();
        self.calls = 0;
        self.has_waited = false;
    }
}

pub(super) trait Labor<T>: Send + Sync + 'static {
    /// Works on the items until all are dealt with, or begins no more when `is_stopped`.
    fn work(
        &self,
        items: &mut [T],
        is_stopped: &AtomicBool,
        result: &mut Result,
    ) -> impl Future<Output = ()> + Send;

    /// How much is worked on at once, of items of these sizes.
    fn at_once(&self, sizes: impl Iterator<Item = usize>) -> usize;

    /// How much one of so many workers takes of what waits, with so much as the most.
    fn share(&self, waiting: usize, workers: usize, batch: usize) -> usize;
}

pub(super) struct ItemByItem<H>(pub(super) H);

impl<T: Send + 'static, H: Handler<T>> Labor<T> for ItemByItem<H> {
    async fn work(&self, items: &mut [T], is_stopped: &AtomicBool, result: &mut Result) {
        result.reset();
        let mut has_waited = false;
        // One catch for all that goes well: a panic only ends this pass, at the item it is of.
        while let Err(reason) = caught(self.pass(items, is_stopped, result), &mut has_waited).await
        {
            result.failures.push((result.begun - 1, Failure::Panicked(reason)));
        }
        result.calls = result.begun;
        result.has_waited = has_waited;
    }

    fn at_once(&self, sizes: impl Iterator<Item = usize>) -> usize {
        sizes.max().unwrap_or(0)
    }

    /// What waits is for all of them: no item waits behind others while a worker has nothing to do.
    fn share(&self, waiting: usize, workers: usize, batch: usize) -> usize {
        waiting.div_ceil(workers).clamp(1, batch)
    }
}

impl<H> ItemByItem<H> {
    /// Handles the items that are not begun.
    async fn pass<T: Send + 'static>(
        &self,
        items: &mut [T],
        is_stopped: &AtomicBool,
        result: &mut Result,
    ) where
        H: Handler<T>,
    {
        for (at, item) in items.iter_mut().enumerate().skip(result.begun) {
            if is_stopped.load(Ordering::Relaxed) {
                return;
            }
            result.begun = at + 1;
            match self.0.handle(item).await {
                Outcome::Done => {}
                outcome => result.failures.push((at, Failure::Said(outcome))),
            }
        }
    }
}

pub(super) struct BatchByBatch<H>(pub(super) H);

impl<T: Send + 'static, H: BatchHandler<T>> Labor<T> for BatchByBatch<H> {
    async fn work(&self, items: &mut [T], is_stopped: &AtomicBool, result: &mut Result) {
        result.reset();
        if is_stopped.load(Ordering::Relaxed) {
            return;
        }
        let count = items.len();
        result.begun = count;
        result.calls = 1;
        match caught(async { self.0.handle(items).await }, &mut result.has_waited).await {
            Ok(Outcomes::All(Outcome::Done)) => {}
            Ok(Outcomes::All(outcome)) => {
                result.failures.extend((0..count).map(|at| (at, Failure::Said(outcome.clone()))));
            }
            Ok(Outcomes::Each(outcomes)) => {
                let all = outcomes.into_iter().chain(std::iter::repeat(Outcome::Retry));
                let failed = all.take(count).enumerate().filter(|(_, one)| *one != Outcome::Done);
                result.failures.extend(failed.map(|(at, one)| (at, Failure::Said(one))));
            }
            Err(reason) => {
                let failed = (0..count).map(|at| (at, Failure::Panicked(reason.clone())));
                result.failures.extend(failed);
            }
        }
    }

    fn at_once(&self, sizes: impl Iterator<Item = usize>) -> usize {
        sizes.sum()
    }

    /// A batch is handled at once, so nothing in it waits for anything else in it.
    fn share(&self, _waiting: usize, _workers: usize, batch: usize) -> usize {
        batch
    }
}

/// Runs something of the user's; `Err` is what it panicked with.
async fn caught<R>(
    call: impl Future<Output = R>,
    has_waited: &mut bool,
) -> std::result::Result<R, String> {
    let mut call = pin!(call);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))) {
        Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
        Ok(Poll::Pending) => {
            *has_waited = true;
            Poll::Pending
        }
        Err(panic) => Poll::Ready(Err(told(&*panic))),
    })
    .await
}

/// What a panic says.
fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("it did not say why"))
}
