//! Closing ends the puts, drains the gets, and wakes everyone whom it concerns.

use std::sync::Arc;
use std::task::Poll;

use forebay::{GetError, PutError, Queue, WhenFull};
use forebay_testkit::flag::Hand;
use forebay_testkit::subject::Dropped;

#[test]
fn close_wakes_every_waiting_consumer() {
    let queue = Queue::<u32>::unbounded();
    let mut gets: Vec<_> = (0..3).map(|_| Hand::new(queue.get())).collect();
    assert!(gets.iter_mut().all(|get| get.poll().is_pending()));
    queue.close();
    assert!(gets.iter().all(Hand::is_woken));
    assert!(gets.iter_mut().all(|get| get.poll() == Poll::Ready(None)));
}

#[test]
fn close_gives_waiting_producers_their_items_back() {
    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    let mut put = Hand::new(queue.put(2));
    assert!(put.poll().is_pending());
    queue.close();
    assert_eq!(put.poll(), Poll::Ready(Err(PutError::Closed(2))));
}

#[test]
fn what_was_put_before_close_is_still_got() {
    let queue = Queue::unbounded();
    queue.try_put_many(&mut vec![1, 2]).unwrap();
    queue.close();
    assert_eq!(queue.try_put(3), Err(PutError::Closed(3)));
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(2)));
    assert_eq!(queue.try_get(), Err(GetError::Closed));
}

#[test]
fn dropping_the_last_producer_ends_the_gets() {
    let (producer, consumer) = Queue::unbounded().split();
    let other = producer.clone();
    producer.try_put(1).unwrap();
    drop(producer);
    assert!(!consumer.is_closed(), "one producer is left");
    let mut get = Hand::new(consumer.get());
    assert_eq!(get.poll(), Poll::Ready(Some(1)));
    let mut get = Hand::new(consumer.get());
    assert!(get.poll().is_pending());
    drop(other);
    assert_eq!(get.poll(), Poll::Ready(None));
}

#[test]
fn dropping_the_last_consumer_ends_the_puts_and_drops_what_waits() {
    let dropped = Dropped::default();
    let seen = dropped.clone();
    let queue = Queue::builder().capacity(1).on_drop(move |item| seen.add(item)).build().unwrap();
    let (producer, consumer) = queue.split();
    producer.try_put(item(1)).unwrap();
    let mut put = Hand::new(producer.put(item(2)));
    assert!(put.poll().is_pending());
    let mut join = Hand::new(producer.join());
    assert!(join.poll().is_pending());

    drop(consumer);
    assert!(matches!(put.poll(), Poll::Ready(Err(PutError::Closed(back))) if back.id == 2));
    assert_eq!(dropped.take(), [1]);
    assert_eq!(join.poll(), Poll::Ready(()), "nobody is left who could finish anything");
}

/// The last handle of all tells nobody that it goes; what waits must not go unseen with it.
#[test]
fn dropping_the_last_handle_of_all_drops_what_waits() {
    let dropped = Dropped::default();
    for (first, weak) in [(1, false), (3, true)] {
        let seen = dropped.clone();
        let builder = Queue::builder().capacity(2).when_full(WhenFull::DropOldest);
        let queue = builder.on_drop(move |item| seen.add(item)).build().unwrap();
        let weak = weak.then(|| queue.downgrade());
        let (producer, consumer) = queue.split();
        producer.try_put_many(&mut vec![item(first), item(first + 1)]).unwrap();
        drop(producer);
        drop(consumer);
        assert_eq!(dropped.take(), [first, first + 1]);
        assert!(weak.is_none_or(|weak| weak.upgrade_consumer().is_none()));
    }
}

fn item(id: u32) -> forebay_testkit::subject::Item {
    forebay_testkit::subject::Item { rank: 0, id }
}

#[test]
fn close_now_returns_what_was_left_in_the_order_of_the_gets() {
    let queue = Queue::builder().lifo().build().unwrap();
    queue.try_put_many(&mut vec![1, 2, 3]).unwrap();
    assert_eq!(queue.close_now(), [3, 2, 1]);
    assert_eq!(queue.try_get(), Err(GetError::Closed));
    assert_eq!(queue.stats().dropped, 3);
}

#[test]
fn join_waits_for_what_was_got_before_close_now() {
    let queue = Queue::unbounded();
    queue.try_put_many(&mut vec![1, 2]).unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    queue.close_now();
    let mut join = Hand::new(queue.join());
    assert!(join.poll().is_pending());
    queue.task_done();
    assert!(join.is_woken());
    assert_eq!(join.poll(), Poll::Ready(()));
}

#[test]
fn join_ends_at_the_first_moment_all_is_finished_whatever_is_put_after() {
    let queue = Queue::unbounded();
    queue.try_put(1).unwrap();
    let mut join = Hand::new(queue.join());
    assert!(join.poll().is_pending());
    queue.task_done();
    queue.try_put(2).unwrap();
    assert_eq!(join.poll(), Poll::Ready(()), "item 2 came after all had been finished");
}

#[test]
#[should_panic(expected = "task_done was called more often than items were put")]
fn a_task_done_too_many_is_refused() {
    let queue = Queue::unbounded();
    queue.try_put(1).unwrap();
    queue.task_done();
    queue.task_done();
}

#[test]
fn weak_handles_keep_nothing_open() {
    let (producer, consumer) = Queue::unbounded().split();
    let weak = producer.downgrade();
    weak.upgrade().expect("both sides are there").try_put(1).unwrap();
    assert!(!consumer.is_closed());
    drop(producer);
    assert!(consumer.is_closed());
    assert!(weak.upgrade().is_none() && weak.upgrade_producer().is_none());
    assert_eq!(weak.upgrade_consumer().expect("a consumer is left").try_get(), Ok(1));
    assert_eq!(format!("{weak:?}"), "WeakQueue { order: fifo, len: 0, closed: true }");
    drop(consumer);
    assert_eq!(format!("{weak:?}"), "WeakQueue(gone)");
}

#[test]
fn a_stream_ends_when_the_queue_is_closed_and_drained() {
    use futures_lite::StreamExt;
    let queue = Queue::unbounded();
    queue.try_put_many(&mut vec![1, 2, 3]).unwrap();
    queue.close();
    let items: Vec<_> = futures_lite::future::block_on(queue.stream().collect());
    assert_eq!(items, [1, 2, 3]);
}

#[test]
fn every_item_is_dropped_exactly_once_whichever_way_it_goes() {
    let item = Arc::new(());
    let queue = Queue::bounded(2);
    queue.try_put(Arc::clone(&item)).unwrap();
    queue.try_put(Arc::clone(&item)).unwrap();
    drop(queue.try_put(Arc::clone(&item)));
    let mut put = Hand::new(queue.put(Arc::clone(&item)));
    assert!(put.poll().is_pending());
    drop(put);
    drop(queue.try_get());
    assert_eq!(Arc::strong_count(&item), 2, "one in hand, one in the queue");
    drop(queue);
    assert_eq!(Arc::strong_count(&item), 1);
}
