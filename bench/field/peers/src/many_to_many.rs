//! Further peers with any number of producers and consumers.

use std::num::NonZeroUsize;
use std::sync::Arc;

use asyncband::mpmc as band;
use deadqueue::{limited, unlimited};

use crate::kind::kind;

macro_rules! sending {
    ($kind:ident($producer:ty, $consumer:ty) = |$capacity:pat_param| $open:expr) => {
        kind! {
            $kind($producer, $consumer) = |$capacity| $open;
            many producers;
            many consumers;
            tried:
                |producer, item| producer.try_send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

sending!(RapidfireBounded(rapidfire::Sender<T>, rapidfire::Receiver<T>) =
    |capacity| rapidfire::bounded(capacity));
sending!(RapidfireUnbounded(rapidfire::Sender<T>, rapidfire::Receiver<T>) =
    |_| rapidfire::unbounded());
sending!(ZruntimeBounded(zruntime::mpmc::Sender<T>, zruntime::mpmc::Receiver<T>) =
    |capacity| zruntime::mpmc::bounded(NonZeroUsize::new(capacity).expect("no cell has 0")));
sending!(ZruntimeUnbounded(zruntime::mpmc::Sender<T>, zruntime::mpmc::Receiver<T>) =
    |_| zruntime::mpmc::unbounded());
sending!(AsyncbandBounded(band::BoundedSender<T>, band::BoundedReceiver<T>) =
    |capacity| band::bounded(capacity));

kind! {
    AsyncbandUnbounded(band::UnboundedSender<T>, band::UnboundedReceiver<T>) =
        |_| band::unbounded();
    many producers;
    many consumers;
    tried: |producer, item| producer.send(item).is_ok(), |consumer| consumer.try_recv().ok();
    awaited:
        |producer, item| std::future::ready(producer.send(item)),
        |consumer| consumer.recv();
}

kind! {
    DeadqueueBounded(Arc<limited::Queue<T>>, Arc<limited::Queue<T>>) = |capacity| {
        let queue = Arc::new(limited::Queue::new(capacity));
        (Arc::clone(&queue), queue)
    };
    many producers;
    many consumers;
    tried: |producer, item| producer.try_push(item).is_ok(), |consumer| consumer.try_pop();
    awaited: |producer, item| producer.push(item), |consumer| async { Some(consumer.pop().await) };
}

kind! {
    DeadqueueUnbounded(Arc<unlimited::Queue<T>>, Arc<unlimited::Queue<T>>) = |_| {
        let queue = Arc::new(unlimited::Queue::new());
        (Arc::clone(&queue), queue)
    };
    many producers;
    many consumers;
    tried:
        |producer, item| {
            producer.push(item);
            true
        },
        |consumer| consumer.try_pop();
    awaited:
        |producer, item| {
            producer.push(item);
            std::future::ready(())
        },
        |consumer| async { Some(consumer.pop().await) };
}
