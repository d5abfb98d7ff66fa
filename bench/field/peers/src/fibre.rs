//! fibre, by how many there may be on each side, and its second queue for many on both.

use ::fibre::{mpmc, mpmc_exp, mpsc, spsc};

use crate::kind::kind;

macro_rules! awaited {
    ($kind:ident($producer:ty, $consumer:ty) = |$capacity:pat_param| $open:expr;
     $(many $side:ident;)*) => {
        kind! {
            $kind($producer, $consumer) = |$capacity| $open;
            $(many $side;)*
            tried:
                |producer, item| producer.try_send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            batches:
                put |producer, items| producer.try_send_batch_mut(items).is_ok(),
                get |consumer, into, count| consumer.try_recv_batch_mut(into, count);
            awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

macro_rules! blocking {
    ($kind:ident($producer:ty, $consumer:ty) = |$capacity:pat_param| $open:expr;
     $(many $side:ident;)*) => {
        kind! {
            $kind($producer, $consumer) = |$capacity| $open;
            $(many $side;)*
            blocking: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

awaited! {
    MpmcBounded(mpmc::AsyncSender<T>, mpmc::AsyncReceiver<T>) =
        |capacity| mpmc::bounded_async(capacity);
    many producers;
    many consumers;
}

awaited! {
    MpmcUnbounded(mpmc::UnboundedAsyncSender<T>, mpmc::UnboundedAsyncReceiver<T>) =
        |_| mpmc::unbounded_async();
    many producers;
    many consumers;
}

awaited! {
    ExpBounded(mpmc_exp::AsyncSender<T>, mpmc_exp::AsyncReceiver<T>) =
        |capacity| mpmc_exp::bounded_async(capacity);
    many producers;
    many consumers;
}

awaited! {
    MpscBounded(mpsc::BoundedAsyncSender<T>, mpsc::BoundedAsyncReceiver<T>) =
        |capacity| mpsc::bounded_async(capacity);
    many producers;
}

awaited! {
    MpscUnbounded(mpsc::UnboundedAsyncSender<T>, mpsc::UnboundedAsyncReceiver<T>) =
        |_| mpsc::unbounded_async();
    many producers;
}

awaited! {
    SpscBounded(spsc::BoundedAsyncSender<T>, spsc::BoundedAsyncReceiver<T>) =
        |capacity| spsc::bounded_async(capacity);
}

blocking! {
    MpmcBlocking(mpmc::Sender<T>, mpmc::Receiver<T>) = |capacity| mpmc::bounded(capacity);
    many producers;
    many consumers;
}

blocking! {
    MpmcBlockingUnbounded(mpmc::UnboundedSyncSender<T>, mpmc::UnboundedSyncReceiver<T>) =
        |_| mpmc::unbounded();
    many producers;
    many consumers;
}

blocking! {
    ExpBlocking(mpmc_exp::Sender<T>, mpmc_exp::Receiver<T>) = |capacity| mpmc_exp::bounded(capacity);
    many producers;
    many consumers;
}

blocking! {
    MpscBlocking(mpsc::BoundedSyncSender<T>, mpsc::BoundedSyncReceiver<T>) =
        |capacity| mpsc::bounded(capacity);
    many producers;
}

blocking! {
    MpscBlockingUnbounded(mpsc::UnboundedSyncSender<T>, mpsc::UnboundedSyncReceiver<T>) =
        |_| mpsc::unbounded();
    many producers;
}

blocking! {
    SpscBlocking(spsc::BoundedSyncSender<T>, spsc::BoundedSyncReceiver<T>) =
        |capacity| spsc::bounded_sync(capacity);
}
