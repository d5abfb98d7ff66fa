//! Further peers with any number of producers and one consumer.

use asyncband::mpsc as band;
use chenal::mpsc as chenal_mpsc;
use field_cells::ready;
use futures_channel::mpsc as futures;
use futures_util::SinkExt;
use mea::mpsc as mea_mpsc;
use thingbuf::mpsc as thing;

use crate::kind::kind;

macro_rules! sending {
    ($kind:ident($producer:ty, $consumer:ty) = |$capacity:pat_param| $open:expr) => {
        kind! {
            $kind($producer, $consumer) = |$capacity| $open;
            many producers;
            tried:
                |producer, item| producer.try_send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

macro_rules! never_waiting {
    ($kind:ident($producer:ty, $consumer:ty) = $open:expr) => {
        kind! {
            $kind($producer, $consumer) = |_| $open;
            many producers;
            tried: |producer, item| producer.send(item).is_ok(), |consumer| consumer.try_recv().ok();
            awaited:
                |producer, item| std::future::ready(producer.send(item)),
                |consumer| consumer.recv();
        }
    };
}

sending!(AsyncbandBounded(band::BoundedSender<T>, band::BoundedReceiver<T>) =
    |capacity| band::bounded(capacity));
sending!(MeaBounded(mea_mpsc::BoundedSender<T>, mea_mpsc::BoundedReceiver<T>) =
    |capacity| mea_mpsc::bounded(capacity));
sending!(Tachyonix(tachyonix::Sender<T>, tachyonix::Receiver<T>) =
    |capacity| tachyonix::channel(capacity));
sending!(Thingbuf(thing::Sender<T>, thing::Receiver<T>) = |capacity| thing::channel(capacity));

never_waiting!(AsyncbandUnbounded(band::UnboundedSender<T>, band::UnboundedReceiver<T>) =
    band::unbounded());
never_waiting!(MeaUnbounded(mea_mpsc::UnboundedSender<T>, mea_mpsc::UnboundedReceiver<T>) =
    mea_mpsc::unbounded());

macro_rules! rapidfire {
    ($kind:ident, |$capacity:pat_param| $open:expr) => {
        kind! {
            $kind(rapidfire::Sender<T>, rapidfire::mpsc::Receiver<T>) = |$capacity| $open;
            many producers;
            tried:
                |producer, item| producer.try_send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            batches: get |consumer, into, count| ready(consumer.recv_many(into, count));
            awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

rapidfire!(RapidfireBounded, |capacity| rapidfire::mpsc::bounded(capacity));
rapidfire!(RapidfireUnbounded, |_| rapidfire::mpsc::unbounded());

kind! {
    Chenal(chenal_mpsc::MTx<T>, chenal_mpsc::Rx<T>) = |capacity| chenal_mpsc::channel(capacity);
    many producers;
    tried: |producer, item| producer.try_send(item).is_ok(), |consumer| consumer.try_recv().ok();
    awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
    blocking: |producer, item| producer.send_blocking(item), |consumer| consumer.recv_blocking();
}

kind! {
    /// Each of its producers has a slot besides the buffer.
    FuturesBounded(futures::Sender<T>, futures::Receiver<T>) =
        |capacity| futures::channel(capacity - 1);
    many producers;
    tried: |producer, item| producer.try_send(item).is_ok(), |consumer| consumer.try_recv().ok();
    awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
}

kind! {
    FuturesUnbounded(futures::UnboundedSender<T>, futures::UnboundedReceiver<T>) =
        |_| futures::unbounded();
    many producers;
    tried:
        |producer, item| producer.unbounded_send(item).is_ok(),
        |consumer| consumer.try_recv().ok();
    awaited:
        |producer, item| std::future::ready(producer.unbounded_send(item)),
        |consumer| consumer.recv();
}

kind! {
    ThingbufBlocking(thing::blocking::Sender<T>, thing::blocking::Receiver<T>) =
        |capacity| thing::blocking::channel(capacity);
    many producers;
    blocking: |producer, item| producer.send(item), |consumer| consumer.recv();
}
