//! Futures that are dropped, or whose item is taken back, at every moment of their lives.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use forebay::PutError;
use forebay_testkit::flag::Hand;

use super::books::Books;
use super::{bounded, unbounded};

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn a_put_that_was_never_polled_drops_its_item() {
    let books = Books::default();
    for queue in unbounded() {
        drop(queue.put(books.item(1)));
        assert_eq!((queue.len(), books.alive()), (0, 0));
        assert!(pin!(queue.put(books.item(1))).take_back().is_some());
        assert_eq!((queue.len(), books.alive()), (0, 0));
    }
    books.balance();
}

#[test]
fn a_put_that_waits_drops_its_item_or_gives_it_back() {
    let books = Books::default();
    for queue in bounded(1) {
        queue.try_put(books.item(1)).unwrap();
        let mut puts: Vec<_> = (0..5).map(|_| Hand::new(queue.put(books.item(1)))).collect();
        assert!(puts.iter_mut().all(|put| put.poll().is_pending()));
        assert_eq!(books.alive(), 6);
        for (at, left) in [(2, 5), (0, 4), (2, 3)] {
            drop(puts.remove(at)); // In the middle, at the front, at the end.
            assert_eq!(books.alive(), left);
        }
        let mut put = pin!(queue.put(books.item(1)));
        assert!(put.as_mut().poll(&mut cx()).is_pending());
        assert!(put.as_mut().take_back().is_some());
        assert!(put.take_back().is_none(), "only once");
        assert_eq!((queue.len(), books.alive()), (1, 3));
    }
    books.balance();
}

#[test]
fn a_put_that_was_let_in_leaves_its_item_in_the_queue() {
    let books = Books::default();
    for queue in bounded(1) {
        queue.try_put(books.item(1)).unwrap();
        let mut put = Hand::new(queue.put(books.item(1)));
        assert!(put.poll().is_pending());
        drop(queue.try_get());
        drop(put);
        assert_eq!((queue.len(), books.alive()), (1, 1));

        let mut put = pin!(queue.put(books.item(1)));
        assert!(put.as_mut().poll(&mut cx()).is_pending());
        drop(queue.try_get());
        assert!(put.as_mut().take_back().is_none());
        assert_eq!((queue.len(), books.alive()), (1, 1));
    }
    books.balance();
}

#[test]
fn a_put_that_is_done_holds_nothing_any_more() {
    let books = Books::default();
    for queue in bounded(1) {
        {
            let mut put = pin!(queue.put(books.item(1)));
            assert!(put.as_mut().poll(&mut cx()).is_ready());
            assert!(put.take_back().is_none());
        }
        assert_eq!((queue.len(), books.alive()), (1, 1));
    }
    books.balance();
}

#[test]
fn a_put_that_waits_when_the_queue_closes_still_has_its_item() {
    let books = Books::default();
    for queue in bounded(1) {
        let (producer, consumer) = queue.split();
        producer.try_put(books.item(1)).unwrap();
        let mut puts: Vec<_> = (0..3).map(|_| Hand::new(producer.put(books.item(1)))).collect();
        assert!(puts.iter_mut().all(|put| put.poll().is_pending()));
        drop(consumer);
        assert_eq!(books.alive(), 3, "the one in the queue is gone");
        drop(puts.remove(0));
        assert!(matches!(puts[1].poll(), Poll::Ready(Err(PutError::Closed(_)))));
        assert_eq!(books.alive(), 1);
        drop(puts);
        assert_eq!(books.alive(), 0);
    }
    books.balance();
}

#[test]
fn a_put_of_many_that_is_dropped_leaves_the_rest_to_its_owner() {
    let books = Books::default();
    for queue in bounded(2) {
        let mut items = books.items(5);
        let mut put = Hand::new(queue.put_many(&mut items));
        assert!(put.poll().is_pending());
        drop(queue.try_get());
        assert!(put.poll().is_pending());
        drop(put);
        assert_eq!((queue.len(), items.len(), books.alive()), (2, 2, 4));

        let mut put = Hand::new(queue.put_many(&mut items));
        assert!(put.poll().is_pending());
        drop(queue.close_now());
        drop(put);
        assert_eq!((queue.len(), items.len(), books.alive()), (0, 2, 2));
        drop(queue.put_many(&mut items));
        assert_eq!((items.len(), books.alive()), (2, 2));
    }
    books.balance();
}

#[test]
fn a_get_that_is_dropped_leaves_the_items_where_they_are() {
    let books = Books::default();
    for queue in unbounded() {
        let mut into = books.items(1);
        let mut gets = [Hand::new(queue.get()), Hand::new(queue.get())];
        let mut many = Hand::new(queue.get_many(&mut into, 2));
        assert!(gets.iter_mut().all(|get| get.poll().is_pending()) && many.poll().is_pending());
        queue.try_put_many(&mut books.items(3)).unwrap();
        drop((gets, many));
        assert_eq!((queue.len(), into.len(), books.alive()), (3, 1, 4));
        drop(queue.stream());
        assert_eq!((queue.len(), books.alive()), (3, 4));
    }
    books.balance();
}
