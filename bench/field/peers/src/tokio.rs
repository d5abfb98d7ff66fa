//! tokio's mpsc.

use ::tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use field_cells::ready;

use crate::kind::kind;

kind! {
    Bounded(Sender<T>, Receiver<T>) = |capacity| mpsc::channel(capacity);
    many producers;
    tried: |producer, item| producer.try_send(item).is_ok(), |consumer| consumer.try_recv().ok();
    batches:
        put |producer, items| {
            let room = producer.try_reserve_many(items.len());
            room.map(|room| room.zip(items.drain(..)).for_each(|(slot, item)| slot.send(item)))
                .is_ok()
        },
        get |consumer, into, count| ready(consumer.recv_many(into, count));
    awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
    blocking: |producer, item| producer.blocking_send(item), |consumer| consumer.blocking_recv();
}

kind! {
    Unbounded(UnboundedSender<T>, UnboundedReceiver<T>) = |_| mpsc::unbounded_channel();
    many producers;
    tried: |producer, item| producer.send(item).is_ok(), |consumer| consumer.try_recv().ok();
    batches: get |consumer, into, count| ready(consumer.recv_many(into, count));
    awaited:
        |producer, item| std::future::ready(producer.send(item)),
        |consumer| consumer.recv();
    blocking: |producer, item| producer.send(item), |consumer| consumer.blocking_recv();
}
