//! Plain threads wait parked, as long as they want to and no longer.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use forebay::{GetError, PutError, Queue};

const ITEMS: u64 = if cfg!(miri) { 20 } else { 1000 };

/// Long enough never to run out, short enough that a lost wake-up fails the test.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_parked_consumer_gets_what_another_thread_puts() {
    let (producer, consumer) = Queue::unbounded().split();
    let got = thread::spawn(move || std::iter::from_fn(|| consumer.get_blocking()).sum::<u64>());
    (1..=ITEMS).for_each(|item| producer.put_blocking(item).unwrap());
    drop(producer);
    assert_eq!(got.join().unwrap(), ITEMS * (ITEMS + 1) / 2);
}

#[test]
fn a_parked_producer_puts_when_there_is_room() {
    let queue = Queue::bounded(1);
    let producer = queue.clone();
    let puts = thread::spawn(move || (0..ITEMS).try_for_each(|item| producer.put_blocking(item)));
    let got: Vec<_> =
        std::iter::from_fn(|| queue.get_timeout(LONG).ok()).take(ITEMS as usize).collect();
    assert_eq!(got, Vec::from_iter(0..ITEMS));
    assert_eq!(puts.join().unwrap(), Ok(()));
}

#[test]
fn a_limit_of_zero_tries_once() {
    let queue = Queue::bounded(1);
    assert_eq!(queue.get_timeout(Duration::ZERO), Err(GetError::Empty));
    assert_eq!(queue.put_timeout(1, Duration::ZERO), Ok(()));
    assert_eq!(queue.put_timeout(2, Duration::ZERO), Err(PutError::Full(2)));
    assert_eq!(queue.get_timeout(Duration::ZERO), Ok(1));
}

#[test]
fn a_time_limit_that_runs_out_gives_the_item_back() {
    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    assert_eq!(queue.put_timeout(2, Duration::from_millis(5)), Err(PutError::Full(2)));
    assert_eq!(queue.close_now(), [1]);
    assert_eq!(queue.get_timeout(Duration::from_millis(5)), Err(GetError::Closed));
}

#[test]
fn the_longest_limit_there_is_waits_without_panicking() {
    let queue = Queue::unbounded();
    let consumer = queue.clone();
    let got = thread::spawn(move || consumer.get_timeout(Duration::MAX));
    queue.put_blocking(1).unwrap();
    assert_eq!(got.join().unwrap(), Ok(1));
}

#[test]
fn join_blocks_until_every_item_is_marked() {
    let queue = Queue::unbounded();
    queue.try_put_many(&mut vec![1, 2, 3]).unwrap();
    let (worker, (done, is_done)) = (queue.clone(), mpsc::channel());
    let joiner = thread::spawn(move || {
        worker.join_blocking();
        done.send(worker.stats().unfinished).unwrap();
    });
    for _ in 0..3 {
        queue.get_blocking().unwrap();
        queue.task_done();
    }
    assert_eq!(is_done.recv_timeout(LONG), Ok(0));
    joiner.join().unwrap();
}
