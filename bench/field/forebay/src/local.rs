//! The kinds for one thread.

use field_cells::{Got, Local, Put, Queue, Tried};
use forebay::local as source;
use source::{Consumer, Producer};

// Always inlined, as those of the peers are.
macro_rules! kind {
    ($(#[$doc:meta])* $kind:ident($capacity:pat_param) = $open:expr) => {
        $(#[$doc])*
        pub(crate) struct $kind;

        impl Queue<u64> for $kind {
            type Producer = Producer<u64>;
            type Consumer = Consumer<u64>;

            #[inline(always)]
            fn open($capacity: usize) -> (Producer<u64>, Consumer<u64>) {
                $open.split()
            }

            #[inline(always)]
            fn producer(first: &Producer<u64>) -> Producer<u64> {
                first.clone()
            }

            #[inline(always)]
            fn consumer(first: &Consumer<u64>) -> Consumer<u64> {
                first.clone()
            }
        }

        impl Tried<u64> for $kind {
            #[inline(always)]
            fn try_put(producer: &mut Producer<u64>, item: u64) -> bool {
                producer.try_put(item).is_ok()
            }

            #[inline(always)]
            fn try_get(consumer: &mut Consumer<u64>) -> Option<u64> {
                consumer.try_get().ok()
            }
        }

        impl Local<u64> for $kind {
            #[inline(always)]
            fn put(producer: &mut Producer<u64>, item: u64) -> impl Future<Output: Put> {
                producer.put(item)
            }

            #[inline(always)]
            fn get(consumer: &mut Consumer<u64>) -> impl Future<Output: Got<u64>> {
                consumer.get()
            }
        }
    };
}

kind! {
    /// First in, first out, without a limit.
    Unbounded(_) = source::Queue::unbounded()
}

kind! {
    /// First in, first out, producers wait for room.
    Bounded(capacity) = source::Queue::bounded(capacity)
}
