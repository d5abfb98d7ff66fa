//! flume, and loole, which has the same calls.

use crate::kind::kind;

macro_rules! kinds {
    ($package:ident, $bounded:ident, $unbounded:ident) => {
        kinds!($package, $bounded, |capacity| ::$package::bounded(capacity));
        kinds!($package, $unbounded, |_| ::$package::unbounded());
    };
    ($package:ident, $kind:ident, |$capacity:pat_param| $open:expr) => {
        kind! {
            $kind(::$package::Sender<T>, ::$package::Receiver<T>) = |$capacity| $open;
            many producers;
            many consumers;
            tried:
                |producer, item| producer.try_send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            batches: get |consumer, into, _| into.extend(consumer.drain());
            awaited: |producer, item| producer.send_async(item), |consumer| consumer.recv_async();
            blocking: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

kinds!(flume, FlumeBounded, FlumeUnbounded);
kinds!(loole, LooleBounded, LooleUnbounded);
