//! forebay in the cells of the queue bench, and the floors of the machine.

use std::process::ExitCode;

use field_cells::{Awaited, Blocking, Contender, Got, Item, Put, Queue, Role, Tried, ready};
use forebay::{Consumer, Producer};

/// First in, first out, without a limit.
struct Unbounded;

/// First in, first out, producers wait for room.
struct Bounded;

// Always inlined, as those of the peers are.
macro_rules! forebay {
    ($kind:ident, $capacity:ident, $open:expr) => {
        impl<T: Item> Queue<T> for $kind {
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

        impl<T: Item> Tried<T> for $kind {
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

        impl<T: Item> Awaited<T> for $kind {
            #[inline(always)]
            fn put(producer: &mut Producer<T>, item: T) -> impl Future<Output: Put> + Send {
                producer.put(item)
            }

            #[inline(always)]
            fn get(consumer: &mut Consumer<T>) -> impl Future<Output: Got<T>> + Send {
                consumer.get()
            }
        }

        impl<T: Item> Blocking<T> for $kind {
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

forebay!(Unbounded, _capacity, forebay::Queue::unbounded());
forebay!(Bounded, capacity, forebay::Queue::bounded(capacity));

fn main() -> ExitCode {
    let forebay = Contender::new("forebay", "forebay", Role::Ours)
        .bounded::<Bounded>()
        .unbounded::<Unbounded>()
        .blocking_bounded::<Bounded>()
        .blocking_unbounded::<Unbounded>();
    field_cells::run(&[forebay])
}
