//! The producer's side: everything that puts.

pub(crate) mod put;
pub(crate) mod put_many;
pub(crate) mod sink;
pub(crate) mod when_full;

use std::time::Duration;

use self::put::Put;
use self::put_many::PutMany;
use self::sink::Puts;
use crate::queue::observe::observe;
use crate::queue::shared::Shared;
use crate::queue::state::State;
use crate::sharing::{Sharing, Threads, WeakQueue};
use crate::{PutError, blocking};

/// A handle that puts; see [`forebay::Producer`](crate::Producer).
pub struct Producer<T, S: Sharing> {
    pub(crate) shared: S::Pointer<Shared<T, S>>,
}

impl<T, S: Sharing> Producer<T, S> {
    /// Puts `item`, waiting for room where the queue is full and its
    /// [`WhenFull`](crate::WhenFull) is `Wait`. On an unbounded queue it never waits.
    ///
    /// `Ok` means queued, not got: the consumers may still go away. Under
    /// [`WhenFull::DropNewest`](crate::WhenFull) it may also mean dropped, through `on_drop`. Items of
    /// producers that wait go in, as there is room, in the order the producers came; nobody
    /// overtakes them.
    ///
    /// # Errors
    /// [`PutError::Closed`] when the queue is or becomes closed; [`PutError::Full`] under
    /// [`WhenFull::Reject`](crate::WhenFull); [`PutError::TooHeavy`] when it weighs more than the
    /// queue can ever hold. The item is inside.
    ///
    /// # Cancel safety
    /// An item that was not put when the future is dropped is dropped with it. To have it back, keep
    /// the future (`std::pin::pin!`), await it by reference, and call [`Put::take_back`] before it
    /// goes. An item for which there was room meanwhile was put, whether the future was polled
    /// again or not.
    ///
    /// # Examples
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let (producer, consumer) = forebay::Queue::bounded(1).split();
    /// producer.put("first").await?;
    /// assert_eq!(consumer.get().await, Some("first"));
    /// # Ok::<(), forebay::PutError<&str>>(()) }).unwrap();
    /// ```
    #[inline]
    pub fn put(&self, item: T) -> Put<'_, T, S> {
        Put::new(&self.shared, item)
    }

    /// Puts `item` if that needs no waiting. Where a [`WhenFull`](crate::WhenFull) drops an item for it,
    /// or drops it, that is `Ok` too.
    ///
    /// # Errors
    /// [`PutError::Full`] when there is no room or others wait for it;
    /// [`PutError::Closed`] when the queue is closed; [`PutError::TooHeavy`] when it weighs more
    /// than the queue can ever hold. The item is inside.
    ///
    /// # Examples
    /// ```
    /// let queue = forebay::Queue::bounded(1);
    /// queue.try_put(1)?;
    /// assert_eq!(queue.try_put(2).unwrap_err().into_item(), 2);
    /// # Ok::<(), forebay::PutError<i32>>(())
    /// ```
    #[inline]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        self.shared.try_put(item)
    }

    /// Puts all of `items`, in their order, and leaves the vector empty.
    ///
    /// What fits goes in as one run, with no other producer's items in between; where the
    /// queue is full it waits for room as [`put`](Self::put) does.
    ///
    /// # Errors
    /// As for [`put`](Self::put). What was not put is still in `items`: an item that is too heavy is
    /// at its front, and those before it are in.
    ///
    /// # Cancel safety
    /// What was put by then stays put; the rest is still in `items`.
    ///
    /// # Examples
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = forebay::Queue::unbounded();
    /// queue.put_many(&mut vec![1, 2, 3]).await?;
    /// assert_eq!(queue.len(), 3);
    /// # Ok::<(), forebay::PutError<()>>(()) }).unwrap();
    /// ```
    pub fn put_many<'a>(&'a self, items: &'a mut Vec<T>) -> PutMany<'a, T, S> {
        PutMany::new(&self.shared, items)
    }

    /// Puts as many of `items` as need no waiting and says how many that were. Those that
    /// [`WhenFull`](crate::WhenFull) drops count as put.
    ///
    /// # Errors
    /// [`PutError::Full`] when not even one could be put, [`PutError::Closed`] when the queue
    /// is closed, [`PutError::TooHeavy`] when the first is too heavy. What was not put is still in
    /// `items`.
    pub fn try_put_many(&self, items: &mut Vec<T>) -> Result<usize, PutError<()>> {
        let (outcome, dropped) = self.shared.step(|state| state.try_put_many(items));
        self.shared.dispose(dropped);
        outcome
    }

    /// Puts as a [`Sink`](futures_sink::Sink), by one more producer: ready whenever the item sent
    /// before is in. Closing the sink drops that producer; dropping it takes back what was not in yet.
    ///
    /// # Examples
    /// ```
    /// use futures_util::SinkExt;
    ///
    /// # futures_lite::future::block_on(async {
    /// let (producer, consumer) = forebay::Queue::bounded(2).split();
    /// let mut sink = producer.sink();
    /// drop(producer);
    /// sink.send("first").await?;
    /// sink.close().await?;
    /// assert_eq!(consumer.get().await, Some("first"));
    /// assert_eq!(consumer.get().await, None);
    /// # Ok::<(), forebay::PutError<&str>>(()) }).unwrap();
    /// ```
    pub fn sink(&self) -> Puts<T, S> {
        Puts::new(self.clone())
    }

    /// A handle that does not keep the queue open.
    pub fn downgrade(&self) -> WeakQueue<T, S> {
        WeakQueue::of(Shared::<T, S>::downgrade(&self.shared))
    }

    pub(crate) fn revive(shared: &S::Pointer<Shared<T, S>>) -> Option<Self> {
        let is_alive = shared.count_handles(|state| {
            let is_alive = state.producers > 0;
            state.producers += usize::from(is_alive);
            is_alive
        });
        is_alive.then(|| Producer { shared: shared.clone() })
    }
}

/// Calls that block a thread; a queue of one thread has none, it could only wait for ever.
impl<T> Producer<T, Threads> {
    /// Puts `item` from a plain thread, parking it while [`put`](Self::put) would wait.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        match self.try_put(item) {
            Err(PutError::Full(item)) => {
                // Room for a run of items: with room for one it would soon be back.
                let (len, full) = (|| self.shared.len(), self.shared.waits_from());
                blocking::linger(|| len() < full - full / 4);
                blocking::block_on(self.put(item))
            }
            outcome => outcome,
        }
    }

    /// Puts `item` from a plain thread, waiting for room no longer than `limit`. A limit of
    /// zero tries once.
    ///
    /// # Errors
    /// As for [`put`](Self::put), and [`PutError::Full`] when the time is over.
    pub fn put_timeout(&self, item: T, limit: Duration) -> Result<(), PutError<T>> {
        let mut put = std::pin::pin!(self.put(item));
        match blocking::block_on_for(put.as_mut(), limit) {
            Some(outcome) => outcome,
            None => put.take_back().map_or(Ok(()), |item| Err(PutError::Full(item))),
        }
    }
}

impl<T, S: Sharing> Clone for Producer<T, S> {
    fn clone(&self) -> Self {
        self.shared.count_handles(|state| state.producers += 1);
        Producer { shared: self.shared.clone() }
    }
}

impl<T, S: Sharing> Producer<T, S> {
    /// Goes, while others are left who may have to know.
    #[inline(never)]
    fn leave(&self) {
        let mut state = self.shared.lock();
        state.producers -= 1;
        if state.producers == 0 {
            self.shared.section_of(state).end_with(State::close);
        }
    }
}

impl<T, S: Sharing> Drop for Producer<T, S> {
    #[inline]
    fn drop(&mut self) {
        if !Shared::<T, S>::is_left_alone(&self.shared) {
            self.leave();
        }
    }
}

observe!(Producer, shared);
