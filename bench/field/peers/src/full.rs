//! What peers do when they are full: the oldest item goes, or the put is refused. To drop the newest is, with them, to be
//! refused and to drop what comes back.

use std::sync::Arc;

use crossbeam_queue::ArrayQueue;
use field_cells::{Full, Queue};

use crate::kind::kind;
use crate::{async_channel, flume, kanal, tokio};

kind! {
    /// It has no call that waits: who gets has to ask again and again.
    Array(Arc<ArrayQueue<T>>, Arc<ArrayQueue<T>>) = |capacity| {
        let queue = Arc::new(ArrayQueue::new(capacity));
        (Arc::clone(&queue), queue)
    };
    tried: |producer, item| producer.push(item).is_ok(), |consumer| consumer.pop();
}

kind! {
    ArrayOverwriting(Arc<ArrayQueue<T>>, Arc<ArrayQueue<T>>) = |capacity| {
        let queue = Arc::new(ArrayQueue::new(capacity));
        (Arc::clone(&queue), queue)
    };
    tried: |producer, item| producer.push(item).is_ok(), |consumer| consumer.pop();
}

kind! {
    AsyncChannelOverwriting(::async_channel::Sender<T>, ::async_channel::Receiver<T>) =
        |capacity| ::async_channel::bounded(capacity);
    tried: |producer, item| producer.try_send(item).is_ok(), |consumer| consumer.try_recv().ok();
}

kind! {
    /// Every consumer gets every item; with one consumer that makes a queue.
    BroadcastOverwriting(async_broadcast::Sender<T>, async_broadcast::Receiver<T>) = |capacity| {
        let (mut producer, consumer) = async_broadcast::broadcast(capacity);
        producer.set_overflow(true);
        (producer, consumer)
    };
    tried:
        |producer, item| producer.try_broadcast(item).is_ok(),
        // It first says how many are missing.
        |consumer| consumer.try_recv().or_else(|_| consumer.try_recv()).ok();
}

macro_rules! full {
    ($($kind:path: |$producer:ident, $item:ident| $put:expr;)*) => {
        $(impl Full for $kind {
            #[inline(always)]
            fn put_full(
                $producer: &mut <Self as Queue<u64>>::Producer,
                $item: u64,
            ) -> Option<u64> {
                $put
            }
        })*
    };
}

full! {
    ArrayOverwriting: |producer, item| producer.force_push(item);
    AsyncChannelOverwriting: |producer, item| producer.force_send(item).ok().flatten();
    BroadcastOverwriting: |producer, item| producer.try_broadcast(item).ok().flatten();

    Array: |producer, item| producer.push(item).err();
    tokio::Bounded: |producer, item| Some(producer.try_send(item).err()?.into_inner());
    async_channel::Bounded: |producer, item| Some(producer.try_send(item).err()?.into_inner());
    flume::FlumeBounded: |producer, item| Some(producer.try_send(item).err()?.into_inner());
    kanal::Bounded: |producer, item| {
        let mut item = Some(item);
        let is_put = producer.try_send_option(&mut item);
        is_put.is_ok_and(|is_put| !is_put).then_some(item).flatten()
    };
}
