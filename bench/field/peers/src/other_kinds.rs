//! Who is there for the other kinds of queue. Some of those for first in, first out are in these cells as well.
//!
//! Nobody keeps up an async queue that is last in, first out; what is written instead has to stand for one, here and for
//! priorities, so it counts as a peer.

use field_cells::{Contender, Role};

use crate::{full, local, many, naive, permits, priority};

pub(crate) fn contenders() -> Vec<Contender> {
    [orders(), when_full(), for_one_thread()].into_iter().flatten().collect()
}

fn orders() -> Vec<Contender> {
    vec![
        many("naive-lifo", Role::Lossy)
            .lifo_bounded::<naive::Lifo>()
            .lifo_unbounded::<naive::Lifo>(),
        many("semaphore-lifo", Role::Safe)
            .lifo_bounded::<permits::Lifo>()
            .lifo_unbounded::<permits::Lifo>(),
        // Equal items come in any order.
        many("async-priority-channel", Role::Safe)
            .priority_bounded::<priority::AsyncBounded>()
            .priority_unbounded::<priority::AsyncUnbounded>(),
        // A try_recv between the wake-up of a get and its next poll panics.
        many("priority-channel", Role::Lossy)
            .priority_bounded::<priority::Channel>()
            .priority_unbounded::<priority::Channel>(),
        // Equal items come in any order; a get that was dropped still swallows a wake-up.
        many("async-priority-queue", Role::Lossy).priority_unbounded::<priority::Queue>(),
        many("naive-priority", Role::Lossy)
            .priority_bounded::<naive::Priority>()
            .priority_unbounded::<naive::Priority>(),
        // What most people write: equal items come in any order.
        many("naive-heap", Role::Lossy)
            .priority_bounded::<naive::Heap>()
            .priority_unbounded::<naive::Heap>(),
    ]
}

fn when_full() -> Vec<Contender> {
    vec![
        Contender::new("crossbeam array", "crossbeam-queue", Role::Safe)
            .drop_oldest::<full::ArrayOverwriting>()
            .drop_newest::<full::Array>()
            .reject::<full::Array>(),
        many("async-broadcast", Role::Safe).drop_oldest::<full::BroadcastOverwriting>(),
        many("naive-ring", Role::Lossy)
            .drop_oldest::<naive::Ring>()
            .drop_newest::<naive::Naive>()
            .reject::<naive::Naive>(),
    ]
}

fn for_one_thread() -> Vec<Contender> {
    vec![
        many("async-unsync", Role::Safe)
            .one_consumer()
            .local_bounded::<local::UnsyncBounded>()
            .local_unbounded::<local::UnsyncUnbounded>(),
        many("local-channel", Role::Safe).one_consumer().local_unbounded::<local::LocalChannel>(),
        // Dropping a put that was woken panics.
        many("local-sync", Role::Lossy)
            .one_consumer()
            .local_bounded::<local::LocalSyncBounded>()
            .local_unbounded::<local::LocalSyncUnbounded>(),
        many("unsync", Role::Safe)
            .one_producer()
            .one_consumer()
            .local_bounded::<local::SpscBounded>()
            .local_unbounded::<local::SpscUnbounded>(),
        many("async-local-channel", Role::Safe)
            .one_producer()
            .one_consumer()
            .local_unbounded::<local::JayceUnbounded>(),
        many("naive-local", Role::Yardstick)
            .local_bounded::<local::Naive>()
            .local_unbounded::<local::Naive>(),
    ]
}
