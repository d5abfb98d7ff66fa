//! Every item that is made is dropped, and dropped once, whichever way it leaves the queue.

#[path = "leaks/books.rs"]
mod books;
#[path = "leaks/cancelled.rs"]
mod cancelled;
#[path = "leaks/chance.rs"]
mod chance;
#[path = "leaks/panics.rs"]
mod panics;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use forebay::{Builder, PutError, Queue, WhenFull};
use futures_lite::StreamExt;
use futures_lite::future::block_on;

use self::books::{Books, Item};

/// Enough for a chain of many blocks.
const MANY: usize = if cfg!(miri) { 2_000 } else { 10_000 };

const SOON: Duration = Duration::from_micros(50);

/// One queue of every order.
fn queues(with: impl Fn(Builder<Item>) -> Builder<Item>) -> [Queue<Item>; 3] {
    let orders = [Queue::builder(), Queue::builder().lifo(), Queue::builder().priority()];
    orders.map(|order| with(order).build().expect("it can be"))
}

fn unbounded() -> [Queue<Item>; 3] {
    queues(|builder| builder)
}

fn bounded(capacity: usize) -> [Queue<Item>; 3] {
    queues(|builder| builder.capacity(capacity))
}

/// Full with two items, dropping items to a callback that counts them.
fn dropping(books: &Books, when_full: WhenFull) -> ([Queue<Item>; 3], Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let queues = queues(|builder| {
        let calls = Arc::clone(&calls);
        // Ordering: relaxed; one thread does all of it.
        let count = move |_| _ = calls.fetch_add(1, Ordering::Relaxed);
        builder.capacity(2).when_full(when_full).on_drop(count)
    });
    for queue in &queues {
        assert_eq!(queue.try_put_many(&mut books.items(2)), Ok(2));
    }
    (queues, calls)
}

#[test]
fn what_is_got_belongs_to_whoever_got_it() {
    let books = Books::default();
    for queue in unbounded() {
        let put = || queue.try_put_many(&mut books.items(3)).unwrap();
        let mut got = Vec::new();
        put();
        got.extend([block_on(queue.get()), queue.get_blocking(), queue.try_get().ok()]);
        put();
        got.push(queue.get_timeout(SOON).ok());
        got.push(block_on(queue.stream().next()));
        assert!(got.iter().all(Option::is_some));
        put();
        let mut many = Vec::new();
        block_on(queue.get_many(&mut many, 2));
        queue.try_get_many(&mut many, 9).unwrap();
        assert_eq!((got.len() + many.len(), books.alive()), (9, 9));
        drop((got, many));
        assert_eq!((queue.len(), books.alive()), (0, 0));
    }
    books.balance();
}

#[test]
fn what_is_refused_comes_back() {
    let books = Books::default();
    let rejecting = queues(|builder| builder.capacity(2).when_full(WhenFull::Reject));
    for queue in bounded(2).into_iter().chain(rejecting) {
        queue.try_put_many(&mut books.items(2)).unwrap();
        let mut left = books.items(5);
        assert_eq!(queue.try_put_many(&mut left), Err(PutError::Full(())));
        assert!(queue.try_put(books.item(1)).is_err_and(|why| why.is_full()));
        assert!(queue.put_timeout(books.item(1), SOON).is_err_and(|why| why.is_full()));
        queue.try_get().unwrap();
        assert_eq!(queue.try_put_many(&mut left), Ok(1));
        assert_eq!((left.len(), books.alive()), (4, 6));
        queue.close();
        assert!(queue.put_blocking(books.item(1)).is_err_and(|why| why.is_closed()));
        assert!(block_on(queue.put_many(&mut left)).is_err_and(|why| why.is_closed()));
        drop(left);
        assert_eq!((queue.len(), books.alive()), (2, 2));
    }
    books.balance();
}

#[test]
fn what_a_policy_drops_goes_to_the_callback_and_is_gone() {
    for when_full in [WhenFull::DropNewest, WhenFull::DropOldest] {
        let books = Books::default();
        let (queues, calls) = dropping(&books, when_full);
        for queue in &queues {
            queue.try_put(books.item(1)).unwrap();
            queue.put_timeout(books.item(1), SOON).unwrap();
            assert_eq!(queue.try_put_many(&mut books.items(3)), Ok(3));
            block_on(queue.put_many(&mut books.items(4))).unwrap();
        }
        assert_eq!((calls.load(Ordering::Relaxed), books.alive()), (3 * 9, 3 * 2));
        drop(queues);
        assert_eq!(calls.load(Ordering::Relaxed), 3 * 11, "no consumer is left");
        books.balance();
    }
}

/// The ways in which a queue can end with items in it.
const ENDS: [fn(Queue<Item>); 5] = [
    drop,
    |queue| drop(queue.close_now()),
    |queue| {
        let (producer, consumer) = queue.split();
        drop(consumer);
        assert!(producer.is_empty() && producer.is_closed());
    },
    |queue| {
        let (producer, consumer) = queue.split();
        drop(producer);
        assert!(consumer.try_get().is_ok());
    },
    |queue| {
        let weak = queue.downgrade();
        drop(queue);
        assert!(weak.upgrade_consumer().is_none());
    },
];

#[test]
fn what_is_left_goes_with_the_queue_however_that_ends() {
    let books = Books::default();
    for end in ENDS {
        for queue in unbounded() {
            queue.try_put_many(&mut books.items(5)).unwrap();
            end(queue);
            assert_eq!(books.alive(), 0);
        }
    }
    books.balance();
}

#[test]
fn what_is_left_in_a_chain_of_blocks_goes_with_the_queue_too() {
    for end in ENDS {
        for (got, queue) in
            [0, 1, MANY / 3].into_iter().flat_map(|got| unbounded().map(|queue| (got, queue)))
        {
            let books = Books::default();
            (0..MANY / 2).for_each(|_| queue.try_put(books.item(0)).unwrap());
            queue.try_put_many(&mut books.items(MANY / 2)).unwrap();
            (0..got).for_each(|_| drop(queue.try_get().unwrap()));
            assert_eq!(books.alive(), MANY - got);
            end(queue);
            books.balance();
        }
    }
}

#[test]
fn large_items_are_dropped_as_often_as_they_were_made() {
    let books = Books::default();
    let queue = Queue::unbounded();
    let large = || (books.item(0), [0_u64; 500]);
    (0..100).for_each(|_| queue.try_put(large()).unwrap());
    (0..50).for_each(|_| drop(queue.try_get().unwrap()));
    assert_eq!(books.alive(), 50);
    drop(queue);
    books.balance();
}

#[test]
fn items_without_a_size_are_dropped_as_often_as_they_were_made() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            // Ordering: relaxed; one thread does all of it.
            DROPS.fetch_add(1, Ordering::Relaxed);
        }
    }
    let queue = Queue::unbounded();
    (0..MANY).for_each(|_| drop(queue.try_put(Nothing)));
    assert_eq!((queue.len(), DROPS.load(Ordering::Relaxed)), (MANY, 0));
    (0..MANY / 2).for_each(|_| drop(queue.try_get()));
    assert_eq!((queue.len(), DROPS.load(Ordering::Relaxed)), (MANY / 2, MANY / 2));
    drop(queue);
    assert_eq!(DROPS.load(Ordering::Relaxed), MANY);
}
