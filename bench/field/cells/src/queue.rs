//! What a cell has to know of a queue. The types are those of the queue itself and the calls are resolved when the
//! cells are compiled: nothing stands between a cell and what it measures.

use std::future::Future;

use crate::item::Prioritized;

/// A kind of queue for items `T`: how it is made and shared.
pub trait Queue<T>: 'static {
    /// Its producer.
    type Producer: 'static;
    /// Its consumer.
    type Consumer: 'static;

    /// Makes a queue. Kinds that are unbounded do not look at `capacity`.
    fn open(capacity: usize) -> (Self::Producer, Self::Consumer);

    /// One more producer.
    ///
    /// # Panics
    /// The kind has one only; the table of contenders keeps it out of the cells with more.
    fn producer(_first: &Self::Producer) -> Self::Producer {
        unreachable!("a kind with one producer is in no cell with more")
    }

    /// One more consumer.
    ///
    /// # Panics
    /// The kind has one only; the table of contenders keeps it out of the cells with more.
    fn consumer(_first: &Self::Consumer) -> Self::Consumer {
        unreachable!("a kind with one consumer is in no cell with more")
    }
}

/// The calls that do not wait.
pub trait Tried<T>: Queue<T> {
    /// Whether it has calls of its own for many items, on at least one side.
    const HAS_BATCHES: bool = false;

    /// Of a priority queue: whether equal items come in the order they were put.
    const KEEPS_TIES: bool = true;

    /// Puts an item where there is room, and says whether there was.
    fn try_put(producer: &mut Self::Producer, item: T) -> bool;

    /// Gets an item that is there.
    fn try_get(consumer: &mut Self::Consumer) -> Option<T>;

    /// Puts all of `items`, for which there is room.
    #[inline(always)]
    fn put_batch(producer: &mut Self::Producer, items: &mut Vec<T>) -> bool {
        items.drain(..).all(|item| Self::try_put(producer, item))
    }

    /// Gets `count` items that are there.
    #[inline(always)]
    fn get_batch(consumer: &mut Self::Consumer, into: &mut Vec<T>, count: usize) {
        into.extend((0..count).map_while(|_| Self::try_get(consumer)));
    }
}

/// The calls that wait as futures, of a queue that need not leave its thread.
pub trait Local<T>: Tried<T> {
    /// Puts an item, waiting for room.
    fn put(producer: &mut Self::Producer, item: T) -> impl Future<Output: Put>;

    /// Gets an item, waiting for one.
    fn get(consumer: &mut Self::Consumer) -> impl Future<Output: Got<T>>;
}

/// What may go to other threads may stay.
impl<T, Q: Awaited<T>> Local<T> for Q {
    #[inline(always)]
    fn put(producer: &mut Self::Producer, item: T) -> impl Future<Output: Put> {
        <Q as Awaited<T>>::put(producer, item)
    }

    #[inline(always)]
    fn get(consumer: &mut Self::Consumer) -> impl Future<Output: Got<T>> {
        <Q as Awaited<T>>::get(consumer)
    }
}

/// The calls that wait as futures.
pub trait Awaited<T>: Tried<T> + Queue<T, Producer: Send, Consumer: Send> {
    /// Puts an item, waiting for room.
    fn put(producer: &mut Self::Producer, item: T) -> impl Future<Output: Put> + Send;

    /// Gets an item, waiting for one.
    fn get(consumer: &mut Self::Consumer) -> impl Future<Output: Got<T>> + Send;
}

/// The calls that wait by blocking their thread.
pub trait Blocking<T>: Queue<T, Producer: Send, Consumer: Send> {
    /// Puts an item, waiting for room, and says whether it was taken.
    fn put_blocking(producer: &mut Self::Producer, item: T) -> bool;

    /// Gets an item, waiting for one.
    fn get_blocking(consumer: &mut Self::Consumer) -> Option<T>;
}

/// What a bounded queue does when it is full.
pub trait Full: Tried<u64> {
    /// Puts an item into a full queue and says which item had to go for it: another, or this one.
    fn put_full(producer: &mut Self::Producer, item: u64) -> Option<u64>;
}

/// What comes of a put. The future of a queue is used as it is, without one around it that would translate.
pub trait Put {
    /// Whether the item was taken.
    fn is_put(&self) -> bool;
}

impl Put for () {
    #[inline(always)]
    fn is_put(&self) -> bool {
        true
    }
}

impl<E> Put for Result<(), E> {
    #[inline(always)]
    fn is_put(&self) -> bool {
        self.is_ok()
    }
}

/// What comes of a get.
pub trait Got<T> {
    /// The item, if there was one.
    fn item(self) -> Option<T>;
}

impl<T> Got<T> for Option<T> {
    #[inline(always)]
    fn item(self) -> Option<T> {
        self
    }
}

impl<T, E> Got<T> for Result<T, E> {
    #[inline(always)]
    fn item(self) -> Option<T> {
        self.ok()
    }
}

/// From a queue that is told an item and its priority apart.
impl<T: Prioritized, E> Got<T> for Result<(u32, u32), E> {
    #[inline(always)]
    fn item(self) -> Option<T> {
        self.ok().map(|(number, priority)| T::of_parts(number, priority))
    }
}
