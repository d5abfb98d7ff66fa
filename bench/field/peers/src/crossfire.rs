//! crossfire, by how many there may be on each side.

use ::crossfire::{AsyncRx, AsyncTx, MAsyncRx, MAsyncTx, MRx, MTx, Rx, Tx, mpmc, mpsc, spsc};

use crate::kind::kind;

macro_rules! kinds {
    (
        $module:ident, [$bounded:ident, $unbounded:ident, $block:ident, $block_unbounded:ident],
        $async_tx:ident, $async_rx:ident, $tx:ident, $rx:ident, $(many $side:ident;)*
    ) => {
        kind! {
            $bounded($async_tx<$module::Array<T>>, $async_rx<$module::Array<T>>) =
                |capacity| $module::bounded_async(capacity);
            $(many $side;)*
            tried:
                |producer, item| producer.try_send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            awaited: |producer, item| producer.send(item), |consumer| consumer.recv();
        }

        kind! {
            $unbounded($tx<$module::List<T>>, $async_rx<$module::List<T>>) =
                |_| $module::unbounded_async();
            $(many $side;)*
            tried:
                |producer, item| producer.send(item).is_ok(),
                |consumer| consumer.try_recv().ok();
            awaited:
                |producer, item| std::future::ready(producer.send(item)),
                |consumer| consumer.recv();
        }

        kind! {
            $block($tx<$module::Array<T>>, $rx<$module::Array<T>>) =
                |capacity| $module::bounded_blocking(capacity);
            $(many $side;)*
            blocking: |producer, item| producer.send(item), |consumer| consumer.recv();
        }

        kind! {
            $block_unbounded($tx<$module::List<T>>, $rx<$module::List<T>>) =
                |_| $module::unbounded_blocking();
            $(many $side;)*
            blocking: |producer, item| producer.send(item), |consumer| consumer.recv();
        }
    };
}

kinds!(
    mpmc, [MpmcBounded, MpmcUnbounded, MpmcBlocking, MpmcBlockingUnbounded],
    MAsyncTx, MAsyncRx, MTx, MRx, many producers; many consumers;
);
kinds!(
    mpsc, [MpscBounded, MpscUnbounded, MpscBlocking, MpscBlockingUnbounded],
    MAsyncTx, AsyncRx, MTx, Rx, many producers;
);
kinds!(
    spsc,
    [SpscBounded, SpscUnbounded, SpscBlocking, SpscBlockingUnbounded],
    AsyncTx,
    AsyncRx,
    Tx,
    Rx,
);
