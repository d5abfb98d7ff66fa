//! The consumer's side: everything that gets, and the gears that say how fast.

pub(crate) mod controller;
pub(crate) mod gears;
pub(crate) mod get;
pub(crate) mod get_many;
pub(crate) mod items;
pub(crate) mod join;
pub(crate) mod pool;

use std::time::Duration;

use self::get::Get;
use self::get_many::GetMany;
use self::items::Items;
use crate::queue::observe::observe;
use crate::queue::shared::Shared;
use crate::queue::state::{Standing, State};
use crate::sharing::{Sharing, Threads, WeakQueue};
use crate::{GetError, blocking};

/// A handle that gets; see [`forebay::Consumer`](crate::Consumer).
pub struct Consumer<T, S: Sharing> {
    pub(crate) shared: S::Pointer<Shared<T, S>>,
}

impl<T, S: Sharing> Consumer<T, S> {
    /// Gets the item whose turn it is, waiting without spinning until there is one. `None`
    /// means closed and drained: no item will ever come.
    ///
    /// Consumers that wait are woken in the order they came; one that finds nothing keeps its
    /// place. The item stays in the queue until the woken future runs.
    ///
    /// # Cancel safety
    /// Dropping the future loses no item and no wake-up: what it was woken for goes to the
    /// next in line. Only its place is lost.
    ///
    /// # Examples
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = forebay::Queue::unbounded();
    /// queue.put(1).await?;
    /// queue.close();
    /// assert_eq!(queue.get().await, Some(1));
    /// assert_eq!(queue.get().await, None);
    /// # Ok::<(), forebay::PutError<i32>>(()) }).unwrap();
    /// ```
    #[inline]
    pub fn get(&self) -> Get<'_, T, S> {
        Get::new(&self.shared)
    }

    /// Gets an item if that needs no waiting.
    ///
    /// # Errors
    /// [`GetError::Empty`] when nothing is waiting, or when what is waiting is owed to
    /// consumers that were passed over too often; [`GetError::Closed`] when the queue is
    /// closed and drained.
    #[inline]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.shared.try_get()
    }

    /// Gets up to `max` items, waiting until there is at least one, and says how many. They
    /// are added at the end of `into`. `0` means closed and drained (or a `max` of 0).
    ///
    /// It takes what is there when it runs; it never waits for more to come.
    ///
    /// # Cancel safety
    /// As for [`get`](Self::get): `into` is added to only by the poll that is ready.
    ///
    /// # Examples
    /// ```
    /// # futures_lite::future::block_on(async {
    /// let queue = forebay::Queue::unbounded();
    /// queue.put_many(&mut vec![1, 2, 3]).await?;
    /// let mut batch = Vec::new();
    /// assert_eq!(queue.get_many(&mut batch, 2).await, 2);
    /// assert_eq!(batch, [1, 2]);
    /// # Ok::<(), forebay::PutError<()>>(()) }).unwrap();
    /// ```
    pub fn get_many<'a>(&'a self, into: &'a mut Vec<T>, max: usize) -> GetMany<'a, T, S> {
        GetMany::new(&self.shared, into, max)
    }

    /// Gets up to `max` items if that needs no waiting, and says how many.
    ///
    /// # Errors
    /// As for [`try_get`](Self::try_get), when there is not even one.
    pub fn try_get_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, GetError> {
        self.shared.step(|state| state.try_get_many(into, max, Standing::Newcomer))
    }

    /// The items as a [`Stream`](futures_core::Stream) that ends when the queue is closed and
    /// drained, and says so as a [`FusedStream`](futures_core::FusedStream). It is one more consumer.
    ///
    /// # Cancel safety
    /// Dropping the stream, or a future of its next item, loses no item.
    ///
    /// # Examples
    /// ```
    /// use futures_lite::StreamExt;
    ///
    /// # futures_lite::future::block_on(async {
    /// let (producer, consumer) = forebay::Queue::unbounded().split();
    /// producer.put_many(&mut vec![1, 2, 3]).await?;
    /// drop(producer);
    /// assert_eq!(consumer.stream().collect::<Vec<_>>().await, [1, 2, 3]);
    /// # Ok::<(), forebay::PutError<()>>(()) }).unwrap();
    /// ```
    pub fn stream(&self) -> Items<T, S> {
        Items::new(self.clone())
    }

    /// A handle that does not keep the queue open.
    pub fn downgrade(&self) -> WeakQueue<T, S> {
        WeakQueue::of(Shared::<T, S>::downgrade(&self.shared))
    }

    pub(crate) fn revive(shared: &S::Pointer<Shared<T, S>>) -> Option<Self> {
        let is_alive = shared.count_handles(|state| {
            let is_alive = state.consumers > 0;
            state.consumers += usize::from(is_alive);
            is_alive
        });
        is_alive.then(|| Consumer { shared: shared.clone() })
    }
}

/// Calls that block a thread; a queue of one thread has none, it could only wait for ever.
impl<T> Consumer<T, Threads> {
    /// Gets an item from a plain thread, parking it while [`get`](Self::get) would wait. `None` when
    /// the queue is closed and drained.
    pub fn get_blocking(&self) -> Option<T> {
        match self.try_get() {
            Err(GetError::Empty) => {
                blocking::linger(|| self.shared.len() > 0);
                blocking::block_on(self.get())
            }
            outcome => outcome.ok(),
        }
    }

    /// Gets an item from a plain thread, waiting no longer than `limit`. A limit of zero
    /// tries once.
    ///
    /// # Errors
    /// [`GetError::Empty`] when the time is over, [`GetError::Closed`] when the queue is
    /// closed and drained.
    pub fn get_timeout(&self, limit: Duration) -> Result<T, GetError> {
        let got = blocking::block_on_for(std::pin::pin!(self.get()), limit);
        got.ok_or(GetError::Empty)?.ok_or(GetError::Closed)
    }
}

impl<T, S: Sharing> Clone for Consumer<T, S> {
    fn clone(&self) -> Self {
        self.shared.count_handles(|state| state.consumers += 1);
        Consumer { shared: self.shared.clone() }
    }
}

impl<T, S: Sharing> Consumer<T, S> {
    /// Goes, while others are left who may have to know.
    #[inline(never)]
    fn leave(&self) {
        let mut state = self.shared.lock();
        state.consumers -= 1;
        if state.consumers == 0 {
            let left = self.shared.section_of(state).end_with(State::close_and_drain);
            self.shared.dispose(left);
        }
    }
}

impl<T, S: Sharing> Drop for Consumer<T, S> {
    #[inline]
    fn drop(&mut self) {
        if !Shared::<T, S>::is_left_alone(&self.shared) {
            self.leave();
        }
    }
}

observe!(Consumer, shared);
