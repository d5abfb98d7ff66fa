//! kanal, with its spin lock.

use ::kanal::{AsyncReceiver, AsyncSender, Receiver, Sender};

use crate::kind::kind;

macro_rules! kinds {
    ($kind:ident, $blocking:ident, |$capacity:pat_param| $open:expr, $open_blocking:expr) => {
        kind! {
            $kind(AsyncSender<T>, AsyncReceiver<T>) = |$capacity| $open;
            many producers;
            many consumers;
            tried:
                |producer, item| producer.try_send(item).unwrap_or(false),
                |consumer| consumer.try_recv().ok().flatten();
            batches: get |consumer, into, _| consumer.drain_into(into);
            awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
        }

        kind! {
            $blocking(Sender<T>, Receiver<T>) = |$capacity| $open_blocking;
            many producers;
            many consumers;
            blocking: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

kinds!(
    Bounded,
    BlockingBounded,
    |capacity| ::kanal::bounded_async(capacity),
    ::kanal::bounded(capacity)
);
kinds!(Unbounded, BlockingUnbounded, |_| ::kanal::unbounded_async(), ::kanal::unbounded());
