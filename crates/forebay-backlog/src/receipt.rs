//! Answers to appends: one cell for all who go to disk together, woken in one go.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::{AppendError, Appended};

/// What an append is answered.
pub(crate) type Outcome = Result<Appended, AppendError>;

/// What comes of an append: an answer, once what is promised holds.
///
/// # Cancel safety
/// Dropping it changes nothing: the group is taken in all the same.
#[must_use = "only its answer says whether the group was taken in"]
pub struct Receipt {
    answer: Source,
}

enum Source {
    Known(Outcome),
    Coming { cell: Arc<Cell>, place: usize },
}

/// The side that answers. One that is dropped without an answer says that nobody will.
#[derive(Debug)]
pub(crate) struct Promise {
    cell: Arc<Cell>,
    places: usize,
    is_kept: bool,
}

#[derive(Default)]
struct Cell {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What all are answered but those in `apart`.
    answer: Option<Outcome>,
    /// In the order of their places.
    apart: Vec<(usize, Outcome)>,
    /// By place.
    wakers: Vec<Option<Waker>>,
}

impl Promise {
    pub(crate) fn new() -> Self {
        Promise { cell: Arc::default(), places: 0, is_kept: false }
    }

    /// One for whom one is waiting.
    #[cfg(feature = "jetstream")]
    pub(crate) fn with_receipt() -> (Self, Receipt) {
        let mut promise = Promise::new();
        let receipt = promise.receipt();
        (promise, receipt)
    }

    /// One more who is waiting.
    pub(crate) fn receipt(&mut self) -> Receipt {
        let place = self.places;
        self.places += 1;
        Receipt { answer: Source::Coming { cell: Arc::clone(&self.cell), place } }
    }

    /// Answers everybody: those whose places are in `apart`, in order, with what stands there.
    pub(crate) fn keep(mut self, answer: Outcome, apart: Vec<(usize, Outcome)>) {
        self.settle(answer, apart);
    }

    fn settle(&mut self, answer: Outcome, apart: Vec<(usize, Outcome)>) {
        self.is_kept = true;
        let wakers = {
            let mut state = self.cell.state();
            state.answer = Some(answer);
            state.apart = apart;
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if !self.is_kept {
            let gone = AppendError::Broken { why: "its writer is gone".into() };
            self.settle(Err(gone), Vec::new());
        }
    }
}

impl Receipt {
    /// One that knows its answer.
    pub(crate) fn known(answer: Outcome) -> Self {
        Receipt { answer: Source::Known(answer) }
    }
}

impl Future for Receipt {
    type Output = Result<Appended, AppendError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &self.answer {
            Source::Known(answer) => Poll::Ready(answer.clone()),
            Source::Coming { cell, place } => cell.poll(*place, cx.waker()),
        }
    }
}

impl Cell {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(&self, place: usize, waker: &Waker) -> Poll<Outcome> {
        let mut state = self.state();
        if let Some(answer) = &state.answer {
            let apart = state.apart.binary_search_by_key(&place, |(place, _)| *place);
            return Poll::Ready(apart.map_or(answer, |at| &state.apart[at].1).clone());
        }
        if state.wakers.len() <= place {
            state.wakers.resize(place + 1, None);
        }
        match &mut state.wakers[place] {
            Some(known) if known.will_wake(waker) => {}
            slot => *slot = Some(waker.clone()),
        }
        Poll::Pending
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt").finish_non_exhaustive()
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell").field("answer", &self.state().answer).finish_non_exhaustive()
    }
}
