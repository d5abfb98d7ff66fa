//! The queue between the two sides: what it holds, who waits, and the handle that is both.

pub(crate) mod builder;
pub(crate) mod heap;
pub(crate) mod line;
pub(crate) mod lines;
pub(crate) mod observe;
pub(crate) mod order;
pub(crate) mod putters;
pub(crate) mod ring;
pub(crate) mod scale;
pub(crate) mod shared;
pub(crate) mod state;
pub(crate) mod stats;
pub(crate) mod waiters;
pub(crate) mod weak;

use std::time::Duration;

use self::builder::{Builder, checked_capacity};
use self::observe::observe;
use self::weak::WeakQueue;
use crate::consumer::{Consumer, get::Get, get_many::GetMany, items::Items};
use crate::producer::{Producer, put::Put, put_many::PutMany};
use crate::sharing::{Sharing, Threads};
use crate::{GetError, PutError};

/// A queue: a [`Producer`] and a [`Consumer`] in one handle. See [`forebay::Queue`](crate::Queue)
/// for any thread and [`local::Queue`](crate::local::Queue) for one.
pub struct Queue<T, S: Sharing> {
    pub(crate) producer: Producer<T, S>,
    pub(crate) consumer: Consumer<T, S>,
}

impl<T, S: Sharing> Queue<T, S> {
    /// Makes an unbounded queue, first in first out: `put` never waits.
    #[must_use]
    pub fn unbounded() -> Self {
        Builder::new().build_checked(usize::MAX)
    }

    /// Makes a queue of `capacity` items, first in first out, where producers wait for room.
    ///
    /// # Panics
    /// When `capacity` is 0 or above [`CAPACITY_MAX`](crate::CAPACITY_MAX); the
    /// [`builder`](Self::builder) gives an error instead.
    #[must_use]
    pub fn bounded(capacity: usize) -> Self {
        match checked_capacity(capacity) {
            Ok(capacity) => Builder::new().build_checked(capacity),
            Err(why) => panic!("{why}"),
        }
    }

    /// Makes any other queue: last in first out, by priority, or with another
    /// [`WhenFull`](crate::WhenFull).
    pub fn builder() -> Builder<T, S> {
        Builder::new()
    }

    /// Parts the two sides. The queue closes when the last producer (or queue handle) is
    /// dropped, and refuses puts when the last consumer (or queue handle) is.
    #[must_use]
    pub fn split(self) -> (Producer<T, S>, Consumer<T, S>) {
        (self.producer, self.consumer)
    }

    /// One more producer of this queue.
    #[must_use]
    pub fn producer(&self) -> Producer<T, S> {
        self.producer.clone()
    }

    /// One more consumer of this queue.
    #[must_use]
    pub fn consumer(&self) -> Consumer<T, S> {
        self.consumer.clone()
    }

    /// A handle that does not keep the queue open.
    #[must_use]
    pub fn downgrade(&self) -> WeakQueue<T, S> {
        self.producer.downgrade()
    }
}

/// The producer's calls; what they promise is told at [`Producer`].
impl<T, S: Sharing> Queue<T, S> {
    /// Puts an item, waiting for room where it must; see [`Producer::put`].
    #[inline]
    pub fn put(&self, item: T) -> Put<'_, T, S> {
        self.producer.put(item)
    }

    /// Puts an item if that needs no waiting; see [`Producer::try_put`].
    ///
    /// # Errors
    /// The queue is full or closed; the item is inside.
    #[inline]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        self.producer.try_put(item)
    }

    /// Puts all of `items` and leaves the vector empty; see [`Producer::put_many`].
    pub fn put_many<'a>(&'a self, items: &'a mut Vec<T>) -> PutMany<'a, T, S> {
        self.producer.put_many(items)
    }

    /// Puts what needs no waiting; see [`Producer::try_put_many`].
    ///
    /// # Errors
    /// The queue is full or closed; what was not put is still in `items`.
    pub fn try_put_many(&self, items: &mut Vec<T>) -> Result<usize, PutError<()>> {
        self.producer.try_put_many(items)
    }
}

/// The consumer's calls; what they promise is told at [`Consumer`].
impl<T, S: Sharing> Queue<T, S> {
    /// Gets the item whose turn it is, waiting for one; see [`Consumer::get`].
    #[inline]
    pub fn get(&self) -> Get<'_, T, S> {
        self.consumer.get()
    }

    /// Gets an item if that needs no waiting; see [`Consumer::try_get`].
    ///
    /// # Errors
    /// The queue is empty, or closed and drained.
    #[inline]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.consumer.try_get()
    }

    /// Gets one to `max` items, waiting for the first; see [`Consumer::get_many`].
    pub fn get_many<'a>(&'a self, into: &'a mut Vec<T>, max: usize) -> GetMany<'a, T, S> {
        self.consumer.get_many(into, max)
    }

    /// Gets up to `max` items that are there; see [`Consumer::try_get_many`].
    ///
    /// # Errors
    /// The queue is empty, or closed and drained.
    pub fn try_get_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, GetError> {
        self.consumer.try_get_many(into, max)
    }

    /// The items as a stream; see [`Consumer::stream`].
    pub fn stream(&self) -> Items<T, S> {
        self.consumer.stream()
    }
}

/// Calls that block a thread; a queue of one thread has none, it could only wait for ever.
impl<T> Queue<T, Threads> {
    /// Puts an item from a plain thread; see [`Producer::put_blocking`].
    ///
    /// # Errors
    /// The queue is closed, or full under a policy that does not wait.
    pub fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        self.producer.put_blocking(item)
    }

    /// Puts an item from a plain thread within `limit`; see [`Producer::put_timeout`].
    ///
    /// # Errors
    /// The queue is closed, or still full when the time is over.
    pub fn put_timeout(&self, item: T, limit: Duration) -> Result<(), PutError<T>> {
        self.producer.put_timeout(item, limit)
    }

    /// Gets an item from a plain thread; `None` when closed and drained. See
    /// [`Consumer::get_blocking`].
    pub fn get_blocking(&self) -> Option<T> {
        self.consumer.get_blocking()
    }

    /// Gets an item from a plain thread within `limit`; see [`Consumer::get_timeout`].
    ///
    /// # Errors
    /// Nothing came in time, or the queue is closed and drained.
    pub fn get_timeout(&self, limit: Duration) -> Result<T, GetError> {
        self.consumer.get_timeout(limit)
    }
}

impl<T, S: Sharing> Clone for Queue<T, S> {
    fn clone(&self) -> Self {
        Queue { producer: self.producer.clone(), consumer: self.consumer.clone() }
    }
}

observe!(Queue, producer.shared);
