//! Peers that hand out the greatest item first.

use std::sync::Arc;

use async_priority_channel as apc;
use async_priority_queue::PriorityQueue;
use field_cells::Prioritized;
use priority_channel as pc;

use crate::kind::kind;

macro_rules! apart {
    ($kind:ident($producer:ty, $consumer:ty) = |$capacity:pat_param| $open:expr;
     $(ties in $order:ident order)?) => {
        kind! {
            for Prioritized:
            $kind($producer, $consumer) = |$capacity| $open;
            many producers;
            many consumers;
            tried:
                |producer, item| {
                    let (number, priority) = item.parts();
                    producer.try_send(number, priority).is_ok()
                },
                |consumer| {
                    let (number, priority) = consumer.try_recv().ok()?;
                    Some(T::of_parts(number, priority))
                };
            $(ties in $order order;)?
            awaited:
                |producer, item| {
                    let (number, priority) = item.parts();
                    producer.send(number, priority)
                },
                |consumer| consumer.recv();
        }
    };
}

apart! {
    AsyncBounded(apc::Sender<u32, u32>, apc::Receiver<u32, u32>) =
        |capacity| apc::bounded(capacity as u64);
    ties in any order
}

apart! {
    AsyncUnbounded(apc::Sender<u32, u32>, apc::Receiver<u32, u32>) = |_| apc::unbounded();
    ties in any order
}

// It has no other kind: without a limit it is as large as its semaphore may be.
apart! {
    Channel(pc::Sender<u32, u32>, pc::Receiver<u32, u32>) =
        |capacity| pc::bounded(capacity.min(::tokio::sync::Semaphore::MAX_PERMITS));
}

kind! {
    for Prioritized:
    Queue(Arc<PriorityQueue<T>>, Arc<PriorityQueue<T>>) = |_| {
        let queue = Arc::new(PriorityQueue::new());
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
    ties in any order;
    awaited:
        |producer, item| {
            producer.push(item);
            std::future::ready(())
        },
        |consumer| async { Some(consumer.pop().await) };
}
