//! Waiters are woken in the order they came; one that finds nothing keeps its place, and none
//! is passed over without bound.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use forebay::{GetError, PutError, Queue};
use forebay_testkit::flag::Hand;

#[test]
fn a_consumer_that_finds_nothing_keeps_its_place() {
    let queue = Queue::unbounded();
    let mut first = Hand::new(queue.get());
    let mut second = Hand::new(queue.get());
    assert!(first.poll().is_pending() && second.poll().is_pending());

    queue.try_put(1).unwrap();
    assert!(first.is_woken() && !second.is_woken());
    assert_eq!(queue.try_get(), Ok(1), "a call that need not wait may take it");
    assert!(first.poll().is_pending());

    queue.try_put(2).unwrap();
    assert!(first.is_woken() && !second.is_woken(), "the first came before the second");
    assert_eq!(first.poll(), Poll::Ready(Some(2)));
}

#[test]
fn a_woken_consumer_that_is_dropped_passes_the_wake_up_on() {
    let queue = Queue::unbounded();
    let mut first = Hand::new(queue.get());
    let mut second = Hand::new(queue.get());
    assert!(first.poll().is_pending() && second.poll().is_pending());

    queue.try_put(1).unwrap();
    assert!(first.is_woken());
    drop(first);
    assert!(second.is_woken(), "the item would lie there and the second sleep");
    assert_eq!(second.poll(), Poll::Ready(Some(1)));
}

#[test]
fn a_waiting_producer_that_is_dropped_lets_the_next_one_in() {
    let queue = Queue::bounded(1);
    queue.try_put(0).unwrap();
    let mut first = Hand::new(queue.put(1));
    let mut second = Hand::new(queue.put(2));
    assert!(first.poll().is_pending() && second.poll().is_pending());

    drop(first);
    assert_eq!(queue.try_get(), Ok(0));
    assert!(second.is_woken());
    assert_eq!(second.poll(), Poll::Ready(Ok(())));
    assert_eq!(queue.close_now(), [2], "the item of the dropped put was not put");
}

#[test]
fn a_waiting_item_goes_in_as_soon_as_there_is_room_whatever_its_producer_does() {
    let queue = Queue::bounded(1);
    queue.try_put(0).unwrap();
    let mut put = Hand::new(queue.put(1));
    assert!(put.poll().is_pending());
    assert_eq!((queue.try_get(), queue.len()), (Ok(0), 1));
    drop(put);
    assert_eq!(queue.try_get(), Ok(1));
}

#[test]
fn many_items_that_wait_let_nobody_overtake_them() {
    let queue = Queue::bounded(2);
    let mut items = vec![1, 2, 3];
    let mut many = Hand::new(queue.put_many(&mut items));
    assert!(many.poll().is_pending());
    let mut one = Hand::new(queue.put(4));
    assert!(one.poll().is_pending());

    assert_eq!(queue.try_get(), Ok(1));
    assert!(many.is_woken() && !one.is_woken());
    assert_eq!(queue.try_put(5), Err(PutError::Full(5)), "the room is theirs");
    assert_eq!(many.poll(), Poll::Ready(Ok(())));
    assert_eq!((queue.try_get(), queue.try_get(), queue.try_get()), (Ok(2), Ok(3), Ok(4)));
}

#[test]
fn a_consumer_robbed_sixteen_times_is_served_next() {
    let queue = Queue::unbounded();
    let mut robbed = Hand::new(queue.get());
    assert!(robbed.poll().is_pending());
    for round in 0..16 {
        queue.try_put(round).unwrap();
        assert_eq!(queue.try_get(), Ok(round));
        assert!(robbed.poll().is_pending());
    }

    queue.try_put(16).unwrap();
    assert_eq!(queue.try_get(), Err(GetError::Empty), "the item is owed to the one who waits");
    let mut late = Hand::new(queue.get());
    assert!(late.poll().is_pending());
    assert_eq!(robbed.poll(), Poll::Ready(Some(16)));
    queue.try_put(17).unwrap();
    assert_eq!(late.poll(), Poll::Ready(Some(17)), "and then all is as before");
}

#[test]
fn a_starving_consumer_that_gives_up_bars_nobody() {
    let queue = Queue::unbounded();
    let mut robbed = Hand::new(queue.get());
    assert!(robbed.poll().is_pending());
    for round in 0..20 {
        queue.try_put(round).unwrap();
        if queue.try_get().is_err() {
            break;
        }
        assert!(robbed.poll().is_pending());
    }
    assert_eq!(queue.try_get(), Err(GetError::Empty));
    drop(robbed);
    assert_eq!(queue.try_get(), Ok(16));
}

#[test]
fn a_producer_that_waits_is_never_overtaken() {
    let queue = Queue::bounded(1);
    queue.try_put(0).unwrap();
    let mut first = Hand::new(queue.put(1));
    let mut second = Hand::new(queue.put(2));
    assert!(first.poll().is_pending() && second.poll().is_pending());
    for item in 0..3 {
        assert_eq!(queue.try_get(), Ok(item));
        assert_eq!(queue.try_put(9).is_err(), item < 2, "until nobody waits any more");
    }
}

#[test]
fn an_item_stays_in_the_queue_until_the_woken_consumer_runs() {
    let queue = Queue::unbounded();
    let mut get = Hand::new(queue.get());
    assert!(get.poll().is_pending());
    queue.try_put(1).unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!(get.poll(), Poll::Ready(Some(1)));
    assert_eq!(queue.len(), 0);
}

#[test]
fn many_items_wake_as_many_consumers() {
    let queue = Queue::unbounded();
    let mut gets: Vec<_> = (0..4).map(|_| Hand::new(queue.get())).collect();
    assert!(gets.iter_mut().all(|get| get.poll().is_pending()));
    queue.try_put_many(&mut vec![1, 2, 3]).unwrap();
    let woken: Vec<_> = gets.iter().map(Hand::is_woken).collect();
    assert_eq!(woken, [true, true, true, false]);
}

#[test]
fn the_newest_waker_is_the_one_that_is_woken() {
    let queue = Queue::unbounded();
    let mut get = pin!(queue.get());
    let (old, old_waker) = forebay_testkit::flag::Flag::new();
    let (new, new_waker) = forebay_testkit::flag::Flag::new();
    for waker in [&old_waker, &new_waker] {
        let mut cx = std::task::Context::from_waker(waker);
        assert!(get.as_mut().poll(&mut cx).is_pending());
    }
    queue.try_put(1).unwrap();
    assert_eq!((old.take(), new.take()), (0, 1));
}
