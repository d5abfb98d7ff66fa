//! The kinds that any thread may use.

use field_cells::{Awaited, Blocking, Got, Item, Prioritized, Put, Queue, Tried, ready};
use forebay::{Consumer, Producer};

// Always inlined, as those of the peers are.
macro_rules! kind {
    ($(#[$doc:meta])* $kind:ident<$item:ident>($capacity:pat_param) = $open:expr) => {
        $(#[$doc])*
        pub(crate) struct $kind;

        impl<T: $item> Queue<T> for $kind {
            type Producer = Producer<T>;
            type Consumer = Consumer<T>;

            #[inline(always)]
            fn open($capacity: usize) -> (Producer<T>, Consumer<T>) {
                $open.split()
            }

            #[inline(always)]
            fn producer(first: &Producer<T>) -> Producer<T> {
                first.clone()
            }

            #[inline(always)]
            fn consumer(first: &Consumer<T>) -> Consumer<T> {
                first.clone()
            }
        }

        impl<T: $item> Tried<T> for $kind {
            const HAS_BATCHES: bool = true;

            #[inline(always)]
            fn try_put(producer: &mut Producer<T>, item: T) -> bool {
                producer.try_put(item).is_ok()
            }

            #[inline(always)]
            fn try_get(consumer: &mut Consumer<T>) -> Option<T> {
                consumer.try_get().ok()
            }

            #[inline(always)]
            fn put_batch(producer: &mut Producer<T>, items: &mut Vec<T>) -> bool {
                ready(producer.put_many(items)).is_ok()
            }

            #[inline(always)]
            fn get_batch(consumer: &mut Consumer<T>, into: &mut Vec<T>, count: usize) {
                ready(consumer.get_many(into, count));
            }
        }

        impl<T: $item> Awaited<T> for $kind {
            #[inline(always)]
            fn put(producer: &mut Producer<T>, item: T) -> impl Future<Output: Put> + Send {
                producer.put(item)
            }

            #[inline(always)]
            fn get(consumer: &mut Consumer<T>) -> impl Future<Output: Got<T>> + Send {
                consumer.get()
            }
        }

        impl<T: $item> Blocking<T> for $kind {
            #[inline(always)]
            fn put_blocking(producer: &mut Producer<T>, item: T) -> bool {
                producer.put_blocking(item).is_ok()
            }

            #[inline(always)]
            fn get_blocking(consumer: &mut Consumer<T>) -> Option<T> {
                consumer.get_blocking()
            }
        }
    };
}

kind! {
    /// First in, first out, without a limit.
    Unbounded<Item>(_) = forebay::Queue::unbounded()
}

kind! {
    /// First in, first out, producers wait for room.
    Bounded<Item>(capacity) = forebay::Queue::bounded(capacity)
}

kind! {
    /// The newest first, without a limit.
    Lifo<Item>(_) = built(forebay::Queue::builder().lifo())
}

kind! {
    /// The newest first, producers wait for room.
    LifoBounded<Item>(capacity) = built(forebay::Queue::builder().lifo().capacity(capacity))
}

kind! {
    /// The greatest first, without a limit.
    Priority<Prioritized>(_) = built(forebay::Queue::builder().priority())
}

kind! {
    /// The greatest first, producers wait for room.
    PriorityBounded<Prioritized>(capacity) =
        built(forebay::Queue::builder().priority().capacity(capacity))
}

fn built<T>(builder: forebay::Builder<T>) -> forebay::Queue<T> {
    builder.build().expect("no cell asks for what cannot be")
}
