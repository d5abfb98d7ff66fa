//! async-channel.

use ::async_channel::{Receiver, Sender};

use crate::kind::kind;

macro_rules! kinds {
    ($kind:ident, |$capacity:pat_param| $open:expr) => {
        kind! {
            $kind(Sender<T>, Receiver<T>) = |$capacity| $open;
            many producers;
            many consumers;
            tried:
                |producer, item| producer.try_send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
            blocking:
                |producer, item| producer.send_blocking(item),
                |consumer| consumer.recv_blocking();
        }
    };
}

kinds!(Bounded, |capacity| ::async_channel::bounded(capacity));
kinds!(Unbounded, |_| ::async_channel::unbounded());
