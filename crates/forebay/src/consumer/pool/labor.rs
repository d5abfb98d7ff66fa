//! One run through the handler, item by item or at once; a panic is an outcome like any other.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

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
    /// How often the handler was called.
    pub(super) calls: usize,
}

impl Result {
    pub(super) fn reset(&mut self) {
        self.begun = 0;
        self.failures.clear();
        self.calls = 0;
    }
}

/// Items, who works on them, and what has come of it so far.
///
/// It is handed on by reference from future to future: what is small and moved at once after it was written holds up each
/// item for longer than a quick handler takes.
pub(super) struct Stint<'a, T, L: ?Sized> {
    pub(super) labor: &'a L,
    pub(super) items: &'a mut Vec<T>,
    pub(super) is_stopped: &'a AtomicBool,
    pub(super) result: &'a mut Result,
}

pub(super) trait Labor<T>: Send + Sync + 'static {
    /// Works on the items until all are dealt with, or begins no more when it is stopped.
    fn work(stint: &mut Stint<'_, T, Self>) -> impl Future<Output = ()> + Send;

    /// How much is worked on at once, of items of these sizes.
    fn at_once(&self, sizes: impl Iterator<Item = usize>) -> usize;

    /// How much one of so many workers takes of what waits, with so much as the most.
    fn share(&self, waiting: usize, workers: usize, batch: usize) -> usize;
}

pub(super) struct ItemByItem<H>(pub(super) H);

impl<T: Send + 'static, H: Handler<T>> Labor<T> for ItemByItem<H> {
    async fn work(stint: &mut Stint<'_, T, Self>) {
        while stint.result.begun < stint.items.len() && !stint.is_stopped.load(Ordering::Relaxed) {
            let at = stint.result.begun;
            stint.result.begun += 1;
            stint.result.calls += 1;
            let call = pin!(stint.labor.0.handle(&mut stint.items[at]));
            let failure = match (&mut Caught(call)).await {
                Ok(Outcome::Done) => continue,
                Ok(outcome) => Failure::Said(outcome),
                Err(reason) => Failure::Panicked(reason),
            };
            stint.result.failures.push((at, failure));
        }
    }

    fn at_once(&self, sizes: impl Iterator<Item = usize>) -> usize {
        sizes.max().unwrap_or(0)
    }

    /// What waits is for all of them: no item waits behind others while a worker has nothing to do.
    fn share(&self, waiting: usize, workers: usize, batch: usize) -> usize {
        if batch == 1 { 1 } else { waiting.div_ceil(workers).clamp(1, batch) }
    }
}

pub(super) struct BatchByBatch<H>(pub(super) H);

impl<T: Send + 'static, H: BatchHandler<T>> Labor<T> for BatchByBatch<H> {
    async fn work(stint: &mut Stint<'_, T, Self>) {
        if stint.is_stopped.load(Ordering::Relaxed) {
            return;
        }
        let count = stint.items.len();
        stint.result.begun = count;
        stint.result.calls = 1;
        let call = pin!(stint.labor.0.handle(&mut stint.items[..]));
        let failures = &mut stint.result.failures;
        match (&mut Caught(call)).await {
            Ok(Outcomes::All(Outcome::Done)) => {}
            Ok(Outcomes::All(outcome)) => {
                failures.extend((0..count).map(|at| (at, Failure::Said(outcome.clone()))));
            }
            Ok(Outcomes::Each(outcomes)) => {
                let all = outcomes.into_iter().chain(std::iter::repeat(Outcome::Retry));
                let failed = all.take(count).enumerate().filter(|(_, one)| *one != Outcome::Done);
                failures.extend(failed.map(|(at, one)| (at, Failure::Said(one))));
            }
            Err(reason) => {
                let failed = (0..count).map(|at| (at, Failure::Panicked(reason.clone())));
                failures.extend(failed);
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

/// Something of the user's under way; `Err` is what it panicked with, after which it is not polled
/// again.
struct Caught<'a, F>(Pin<&'a mut F>);

impl<F: Future> Future for Caught<'_, F> {
    type Output = std::result::Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(told(&*panic))),
        }
    }
}

/// What a panic says.
fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("it did not say why"))
}
