//! A capacity can be changed while everybody is at work, and nothing is lost by it.

use std::task::Poll;

use forebay::{BuildError, CAPACITY_MAX, PutError, Queue, WhenFull};
use forebay_testkit::flag::Hand;

#[test]
fn more_room_lets_in_who_waits() {
    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    let mut puts = [2, 3, 4].map(|item| Hand::new(queue.put(item)));
    assert!(puts.iter_mut().all(|put| put.poll().is_pending()));
    queue.set_capacity(3).unwrap();
    assert_eq!(puts.each_ref().map(|put| put.is_woken()), [true, true, false]);
    assert_eq!((queue.len(), queue.capacity(), queue.is_full()), (3, Some(3), true));
    assert_eq!(queue.close_now(), [1, 2, 3]);
}

#[test]
fn less_room_drops_nothing() {
    let queue = Queue::bounded(4);
    (1..=4).for_each(|item| queue.try_put(item).unwrap());
    queue.consumer().set_capacity(2).unwrap();
    assert_eq!(queue.try_put(5), Err(PutError::Full(5)));
    let mut put = Hand::new(queue.put(6));
    assert!(put.poll().is_pending());
    assert_eq!([queue.try_get(), queue.try_get()], [Ok(1), Ok(2)]);
    assert!(put.poll().is_pending(), "it is as full as it may be");
    assert_eq!(queue.try_get(), Ok(3));
    assert_eq!(put.poll(), Poll::Ready(Ok(())));
    assert_eq!(queue.close_now(), [4, 6]);
}

#[test]
fn less_room_for_a_queue_that_drops_the_oldest_makes_the_next_put_drop_several() {
    let builder = Queue::builder().capacity(4).when_full(WhenFull::DropOldest);
    let queue = builder.on_drop(drop).build().unwrap();
    (1..=4).for_each(|item| queue.try_put(item).unwrap());
    queue.set_capacity(2).unwrap();
    assert_eq!(queue.len(), 4, "nothing is dropped before it has to be");
    queue.try_put(5).unwrap();
    assert_eq!((queue.stats().dropped, queue.close_now()), (3, vec![4, 5]));
}

#[test]
fn an_unbounded_queue_can_be_limited() {
    let queue = Queue::unbounded();
    queue.try_put(1).unwrap();
    queue.set_capacity(1).unwrap();
    assert_eq!(queue.try_put(2), Err(PutError::Full(2)));
}

#[test]
fn what_is_no_capacity_changes_nothing() {
    let queue = Queue::<u8>::bounded(7);
    let capacity = CAPACITY_MAX + 1;
    assert_eq!(queue.set_capacity(0), Err(BuildError::CapacityZero));
    assert_eq!(queue.set_capacity(capacity), Err(BuildError::CapacityAboveMax { capacity }));
    assert_eq!(queue.capacity(), Some(7));
}
