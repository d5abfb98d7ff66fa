//! A queue that cannot be is refused with the reason, and says what it is.

use forebay::{BuildError, CAPACITY_MAX, Queue, WhenFull};

#[test]
fn capacity_zero_is_refused() {
    let refused = Queue::<u32>::builder().capacity(0).build().unwrap_err();
    assert_eq!(refused, BuildError::CapacityZero);
    assert!(refused.to_string().contains("a rendezvous is not offered"));
}

#[test]
fn a_capacity_above_the_limit_is_refused_by_name() {
    let Some(capacity) = CAPACITY_MAX.checked_add(1) else {
        return;
    };
    let refused = Queue::<u32>::builder().capacity(capacity).build().unwrap_err();
    assert_eq!(refused, BuildError::CapacityAboveMax { capacity });
    assert!(refused.to_string().contains("4294967295"), "{refused}");
}

#[test]
#[should_panic(expected = "capacity 0 cannot hold an item")]
fn bounded_zero_panics_with_the_reason() {
    drop(Queue::<u32>::bounded(0));
}

#[test]
fn a_policy_that_drops_needs_somebody_to_receive() {
    for when_full in [WhenFull::DropNewest, WhenFull::DropOldest] {
        let builder = Queue::<u32>::builder().capacity(1).when_full(when_full);
        assert_eq!(builder.build().unwrap_err(), BuildError::DropsGoNowhere);
    }
}

#[test]
fn a_policy_for_a_queue_that_is_never_full_is_refused() {
    let builder = Queue::<u32>::builder().when_full(WhenFull::Reject);
    assert_eq!(builder.build().unwrap_err(), BuildError::NeverFull);
}

#[test]
fn debug_says_what_the_queue_is_and_never_shows_an_item() {
    let queue = Queue::unbounded();
    queue.try_put("a secret").unwrap();
    assert_eq!(format!("{queue:?}"), "Queue { order: fifo, len: 1, closed: false }");
    let queue = Queue::<u32>::bounded(3);
    assert_eq!(
        format!("{queue:?}"),
        "Queue { order: fifo, len: 0, capacity: 3, when_full: Wait, closed: false }"
    );
}

#[test]
fn handles_and_futures_cross_threads() {
    fn crosses<T: Send + Sync>(_: &T) {}
    let queue = Queue::<u32>::unbounded();
    let (producer, consumer) = queue.clone().split();
    crosses(&queue);
    crosses(&producer);
    crosses(&consumer);
    crosses(&queue.downgrade());
    crosses(&queue.put(1));
    crosses(&queue.put_many(&mut Vec::new()));
    crosses(&queue.get());
    crosses(&queue.get_many(&mut Vec::new(), 1));
    crosses(&queue.join());
    crosses(&queue.stream());
}

/// Compiles: whoever can be sent through may be sent, whether it can be looked at by two or not.
#[test]
fn handles_of_items_that_are_only_send_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    fn is_sent<T: Send>() {}
    type OnlySend = std::cell::Cell<u32>;
    crosses::<Queue<OnlySend>>();
    crosses::<forebay::Producer<OnlySend>>();
    crosses::<forebay::Consumer<OnlySend>>();
    crosses::<forebay::WeakQueue<OnlySend>>();
    is_sent::<forebay::Builder<OnlySend>>();
    is_sent::<forebay::Put<'_, OnlySend>>();
    is_sent::<forebay::PutMany<'_, OnlySend>>();
    is_sent::<forebay::Get<'_, OnlySend>>();
    is_sent::<forebay::GetMany<'_, OnlySend>>();
    is_sent::<forebay::Items<OnlySend>>();
    is_sent::<forebay::Join<'_, OnlySend>>();
}

#[test]
fn futures_are_small() {
    let queue = Queue::<u64>::unbounded();
    assert!(size_of_val(&queue.get()) <= 48);
    assert!(size_of_val(&queue.put(1)) <= 48);
}
