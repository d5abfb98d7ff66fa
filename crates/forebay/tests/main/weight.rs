//! A queue with a weight holds no more than that at any time, and whoever waits for room gets in
//! in the order they came.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use forebay::{BuildError, Builder, PutError, Queue, WhenFull};
use forebay_testkit::flag::Hand;

/// Items that weigh what they are, 10 together.
fn ten() -> Builder<usize> {
    Queue::builder().weight(10, |item| *item)
}

#[test]
fn no_more_goes_in_than_fits() {
    let queue = ten().build().unwrap();
    assert_eq!(queue.try_put(6), Ok(()));
    assert_eq!(queue.try_put(5), Err(PutError::Full(5)));
    assert_eq!(queue.try_put(4), Ok(()));
    assert_eq!((queue.weight(), queue.is_full()), (10, true));
    assert_eq!(queue.try_put(0), Ok(()), "what weighs nothing always fits");
    assert_eq!(queue.try_get(), Ok(6));
    assert_eq!((queue.weight(), queue.is_full()), (4, false));
}

#[test]
fn what_can_never_fit_is_refused_and_comes_back() {
    for when_full in [WhenFull::Wait, WhenFull::Reject, WhenFull::DropNewest, WhenFull::DropOldest]
    {
        let queue = ten().when_full(when_full).on_drop(|_| ()).build().unwrap();
        queue.try_put(3).unwrap();
        assert_eq!(queue.try_put(11), Err(PutError::TooHeavy(11)));
        assert_eq!(Hand::new(queue.put(12)).poll(), Poll::Ready(Err(PutError::TooHeavy(12))));
        let mut items = vec![1, 13, 2];
        let put = Hand::new(queue.put_many(&mut items)).poll();
        assert_eq!(put, Poll::Ready(Err(PutError::TooHeavy(()))));
        assert_eq!((items, queue.len(), queue.weight()), (vec![13, 2], 2, 4));
    }
    assert_eq!(Queue::builder().weight(0, |_: &()| 1).build().unwrap_err(), BuildError::WeightZero);
}

#[test]
fn a_heavy_item_that_waits_is_not_overtaken_by_a_light_one() {
    let queue = ten().build().unwrap();
    [5, 4].into_iter().for_each(|item| queue.try_put(item).unwrap());
    let (mut heavy, mut light) = (Hand::new(queue.put(7)), Hand::new(queue.put(1)));
    assert!(heavy.poll().is_pending() && light.poll().is_pending());
    assert_eq!(queue.try_get(), Ok(5));
    assert!(!heavy.is_woken() && !light.is_woken(), "there is room for the light one only");
    assert_eq!(queue.try_get(), Ok(4));
    assert!(heavy.is_woken() && light.is_woken());
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(7), Ok(1)));
}

#[test]
fn the_oldest_are_dropped_until_the_newest_fits() {
    let dropped = Arc::new(Mutex::new(Vec::new()));
    let bin = Arc::clone(&dropped);
    let builder = ten().when_full(WhenFull::DropOldest);
    let queue = builder.on_drop(move |item| bin.lock().unwrap().push(item)).build().unwrap();
    (2..=4).for_each(|item| queue.try_put(item).unwrap());
    queue.try_put(5).unwrap();
    assert_eq!(*dropped.lock().unwrap(), [2, 3]);
    assert_eq!((queue.weight(), queue.stats().dropped, queue.stats().put), (9, 2, 4));
    assert_eq!(queue.close_now(), [4, 5]);
    assert_eq!(queue.weight(), 0);
}

#[test]
fn many_go_in_and_out_as_far_as_they_fit() {
    let queue = ten().priority().build().unwrap();
    let mut items = vec![4, 1, 5, 1, 9];
    assert_eq!(queue.try_put_many(&mut items), Ok(3));
    assert_eq!(items, [1, 9]);
    let mut put = Hand::new(queue.put_many(&mut items));
    assert!(put.poll().is_pending());
    let mut got = Vec::new();
    assert_eq!(queue.try_get_many(&mut got, 2), Ok(2));
    assert_eq!((got, queue.weight()), (vec![5, 4], 1));
    assert!(put.poll().is_pending(), "there is room for one of the two");
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(1)));
    assert_eq!(put.poll(), Poll::Ready(Ok(())));
    assert_eq!(queue.weight(), 9);
}

#[test]
fn a_panic_while_weighing_loses_one_item_at_most() {
    static CALLS_LEFT: AtomicUsize = AtomicUsize::new(usize::MAX);
    let queue = Queue::builder().weight(10, |item: &usize| {
        assert_ne!(CALLS_LEFT.fetch_sub(1, Ordering::Relaxed), 1, "the scale is broken");
        *item
    });
    let queue = queue.build().unwrap();
    (1..=4).for_each(|item| queue.try_put(item).unwrap());
    CALLS_LEFT.store(1, Ordering::Relaxed);
    let got = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| queue.try_get()));
    assert!(got.is_err());
    let stats = queue.stats();
    assert_eq!((stats.put, stats.got, stats.waiting), (4, 1, 3));
    assert_eq!([2, 3, 4].map(|_| queue.try_get()), [Ok(2), Ok(3), Ok(4)]);
    assert_eq!(queue.weight(), 0, "an empty queue weighs nothing");
    assert_eq!(queue.try_put(10), Ok(()));
}

#[test]
fn many_items_that_wait_for_more_room_than_there_is_sleep() {
    let queue = ten().build().unwrap();
    queue.try_put(5).unwrap();
    let mut items = vec![7, 6];
    let mut put = Hand::new(queue.put_many(&mut items));
    assert!(put.poll().is_pending());
    assert!(!put.is_woken(), "there is no room for the first of them");
    assert_eq!(queue.try_get(), Ok(5));
    assert!(put.is_woken());
    assert!(put.poll().is_pending());
    assert!(!put.is_woken(), "there is none for the second");
}

#[test]
fn what_weighs_nothing_goes_in_behind_what_used_the_weight_up() {
    let queue = ten().build().unwrap();
    queue.try_put(10).unwrap();
    let mut items = vec![10];
    let mut heavy = Hand::new(queue.put_many(&mut items));
    let mut light = Hand::new(queue.put(0));
    assert!(heavy.poll().is_pending() && light.poll().is_pending());
    assert_eq!(queue.try_get(), Ok(10));
    assert_eq!(heavy.poll(), Poll::Ready(Ok(())));
    assert_eq!(light.poll(), Poll::Ready(Ok(())));
    assert_eq!(queue.close_now(), [10, 0]);
}
