//! What becomes of an item when the queue is full. What is dropped goes to `on_drop`, which leaves it where the cell looks
//! for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use field_cells::{Full, Queue, Tried};
use forebay::{Consumer, PutError, WhenFull};

/// A producer, and the last item that was dropped.
pub(crate) struct Producer {
    producer: forebay::Producer<u64>,
    dropped: Arc<AtomicU64>,
}

fn open(capacity: usize, when_full: WhenFull) -> (Producer, Consumer<u64>) {
    let dropped = Arc::new(AtomicU64::new(u64::MAX));
    let drops = Arc::clone(&dropped);
    let builder = forebay::Queue::builder().capacity(capacity).when_full(when_full);
    // Ordering: Relaxed, the cell has one thread.
    let builder = builder.on_drop(move |item| drops.store(item, Ordering::Relaxed));
    let (producer, consumer) = builder.build().expect("a capacity that can be").split();
    (Producer { producer, dropped }, consumer)
}

macro_rules! kind {
    ($(#[$doc:meta])* $kind:ident = |$producer:ident, $item:ident| $put:expr) => {
        $(#[$doc])*
        pub(crate) struct $kind;

        impl Queue<u64> for $kind {
            type Producer = Producer;
            type Consumer = Consumer<u64>;

            fn open(capacity: usize) -> (Producer, Consumer<u64>) {
                open(capacity, WhenFull::$kind)
            }
        }

        impl Tried<u64> for $kind {
            #[inline(always)]
            fn try_put(producer: &mut Producer, item: u64) -> bool {
                producer.producer.try_put(item).is_ok()
            }

            #[inline(always)]
            fn try_get(consumer: &mut Consumer<u64>) -> Option<u64> {
                consumer.try_get().ok()
            }
        }

        impl Full for $kind {
            #[inline(always)]
            fn put_full($producer: &mut Producer, $item: u64) -> Option<u64> {
                $put
            }
        }
    };
}

impl Producer {
    #[inline(always)]
    fn put(&self, item: u64) -> Option<u64> {
        self.producer.try_put(item).ok().map(|()| self.dropped.load(Ordering::Relaxed))
    }
}

kind! {
    /// The oldest item makes room.
    DropOldest = |producer, item| producer.put(item)
}

kind! {
    /// The item that is put is dropped.
    DropNewest = |producer, item| producer.put(item)
}

kind! {
    /// The item comes back.
    Reject = |producer, item| producer.producer.try_put(item).err().map(PutError::into_item)
}
