//! Peers for threads only.

use omango::queue::{mpmc, spsc};

use crate::kind::kind;

macro_rules! sending {
    ($kind:ident($producer:ty, $consumer:ty) = |$capacity:pat_param| $open:expr
     $(, many $side:ident)*) => {
        kind! {
            $kind($producer, $consumer) = |$capacity| $open;
            $(many $side;)*
            blocking: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

sending!(CrossbeamBounded(crossbeam_channel::Sender<T>, crossbeam_channel::Receiver<T>) =
    |capacity| crossbeam_channel::bounded(capacity), many producers, many consumers);
sending!(CrossbeamUnbounded(crossbeam_channel::Sender<T>, crossbeam_channel::Receiver<T>) =
    |_| crossbeam_channel::unbounded(), many producers, many consumers);
sending!(OmangoMpmc(mpmc::BSender<T>, mpmc::BReceiver<T>) =
    |capacity| mpmc::bounded(u32::try_from(capacity).expect("small in all cells")),
    many producers, many consumers);
sending!(OmangoSpsc(spsc::BSender<T>, spsc::BReceiver<T>) =
    |capacity| spsc::bounded(u32::try_from(capacity).expect("small in all cells")));
