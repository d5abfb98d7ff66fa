//! Every interleaving of two or three threads, up to a bound on preemptions, explored by
//! loom: no wake-up is lost, no item lost or doubled, whoever cancels or closes.
//!
//! `cargo xtask ci` explores up to [`SMALL`] preemptions, `cargo xtask model` up to [`LARGE`];
//! `LOOM_MAX_PREEMPTIONS` sets another bound.

use std::future::Future;
use std::pin::pin;
use std::task::Context;

use forebay::{PutError, Queue};
use forebay_testkit::flag::Flag;
use loom::future::block_on;
use loom::thread;

/// Preemptions that a minute is enough for, all models together.
const SMALL: usize = 3;

/// Preemptions for whoever has some minutes: says so with `FOREBAY_MODEL=large`.
const LARGE: usize = 6;

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let is_large = std::env::var_os("FOREBAY_MODEL").is_some_and(|size| size == "large");
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(if is_large { LARGE } else { SMALL });
    builder.check(model);
}

/// Polls once and drops the future, whatever it was.
fn poll_and_drop<F: Future>(future: F) -> Option<F::Output> {
    let (_, waker) = Flag::new();
    match pin!(future).poll(&mut Context::from_waker(&waker)) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn a_put_always_wakes_the_consumer_that_waits() {
    explore(|| {
        let queue = Queue::unbounded();
        let producer = queue.producer();
        let put = thread::spawn(move || producer.try_put(1).unwrap());
        assert_eq!(block_on(queue.get()), Some(1));
        put.join().unwrap();
    });
}

#[test]
fn two_consumers_get_one_item_each() {
    explore(|| {
        let (producer, consumer) = Queue::unbounded().split();
        let other = consumer.clone();
        let got = thread::spawn(move || block_on(other.get()).unwrap());
        producer.try_put(1).unwrap();
        producer.try_put(2).unwrap();
        let mine = block_on(consumer.get()).unwrap();
        assert_eq!(mine + got.join().unwrap(), 3);
    });
}

#[test]
fn a_cancelled_consumer_passes_its_wake_up_on() {
    explore(|| {
        let (producer, consumer) = Queue::unbounded().split();
        let fickle = consumer.clone();
        let cancelled = thread::spawn(move || poll_and_drop(fickle.get()).flatten());
        let put = thread::spawn(move || producer.try_put(1).unwrap());
        match cancelled.join().unwrap() {
            Some(item) => assert_eq!((item, block_on(consumer.get())), (1, None)),
            None => assert_eq!(block_on(consumer.get()), Some(1)),
        }
        put.join().unwrap();
    });
}

#[test]
fn a_waiting_consumer_is_not_left_behind_by_a_cancelled_one() {
    explore(|| {
        let queue = Queue::unbounded();
        let (fickle, producer) = (queue.consumer(), queue.producer());
        let cancelled = thread::spawn(move || poll_and_drop(fickle.get()).flatten());
        let put = thread::spawn(move || producer.put_many(&mut vec![1, 2]).now().unwrap());
        let mine = block_on(queue.get()).unwrap();
        put.join().unwrap();
        let theirs = cancelled.join().unwrap();
        assert!(mine == 1 || mine == 2);
        assert_ne!(theirs, Some(mine));
        assert_eq!(queue.len(), usize::from(theirs.is_none()));
    });
}

trait Now: Future + Sized {
    /// The outcome of a future that need not wait.
    fn now(self) -> Self::Output {
        poll_and_drop(self).expect("an unbounded queue takes everything at once")
    }
}

impl<F: Future> Now for F {}

#[test]
fn a_full_queue_lets_every_producer_in_in_the_end() {
    explore(|| {
        let (producer, consumer) = Queue::bounded(1).split();
        let other = producer.clone();
        let put = thread::spawn(move || block_on(other.put(1)).unwrap());
        let second = thread::spawn(move || block_on(producer.put(2)).unwrap());
        assert_eq!(block_on(consumer.get()).unwrap() + block_on(consumer.get()).unwrap(), 3);
        put.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn a_greater_capacity_lets_in_who_waits_whenever_it_is_given() {
    explore(|| {
        let queue = Queue::bounded(1);
        queue.try_put(1).unwrap();
        let (producer, shrinking) = (queue.producer(), queue.consumer());
        let put = thread::spawn(move || block_on(producer.put(2)).unwrap());
        let resize = thread::spawn(move || shrinking.set_capacity(1).unwrap());
        queue.set_capacity(3).unwrap();
        resize.join().unwrap();
        queue.set_capacity(2).unwrap();
        put.join().unwrap();
        assert_eq!(queue.close_now(), [1, 2]);
    });
}

#[test]
fn a_cancelled_producer_was_put_or_has_its_item_and_lets_the_next_one_in() {
    explore(|| {
        let queue = Queue::bounded(1);
        queue.try_put(0).unwrap();
        let (fickle, producer) = (queue.producer(), queue.producer());
        let cancelled = thread::spawn(move || {
            let (_, waker) = Flag::new();
            let mut put = pin!(fickle.put(1));
            match put.as_mut().poll(&mut Context::from_waker(&waker)) {
                std::task::Poll::Ready(end) => end.map(|()| None).unwrap(),
                std::task::Poll::Pending => put.take_back(),
            }
        });
        let put = thread::spawn(move || block_on(producer.put(2)).unwrap());
        let mut sum = block_on(queue.get()).unwrap() + block_on(queue.get()).unwrap();
        if cancelled.join().unwrap().is_none() {
            sum += block_on(queue.get()).unwrap() - 1;
        }
        assert_eq!(sum, 2);
        put.join().unwrap();
    });
}

#[test]
fn close_ends_a_waiting_get_and_a_racing_put_is_got_or_refused() {
    explore(|| {
        let queue = Queue::unbounded();
        let (producer, closer) = (queue.producer(), queue.clone());
        let put = thread::spawn(move || producer.try_put(1));
        let close = thread::spawn(move || closer.close());
        let got = block_on(queue.get());
        match put.join().unwrap() {
            Ok(()) => assert_eq!(got, Some(1)),
            Err(PutError::Closed(1)) => assert_eq!(got, None),
            Err(other) => panic!("{other:?}"),
        }
        close.join().unwrap();
    });
}

#[test]
fn the_last_producer_to_go_ends_the_gets() {
    explore(|| {
        let (producer, consumer) = Queue::<u32>::unbounded().split();
        let other = producer.clone();
        let one = thread::spawn(move || drop(other));
        let two = thread::spawn(move || drop(producer));
        assert_eq!(block_on(consumer.get()), None);
        one.join().unwrap();
        two.join().unwrap();
    });
}

#[test]
fn the_last_consumer_to_go_frees_the_producers_that_wait() {
    explore(|| {
        let (producer, consumer) = Queue::bounded(1).split();
        producer.try_put(1).unwrap();
        let gone = thread::spawn(move || drop(consumer));
        assert_eq!(block_on(producer.put(2)), Err(PutError::Closed(2)));
        gone.join().unwrap();
        assert_eq!(producer.len(), 0);
    });
}

#[test]
fn join_ends_when_the_last_item_is_marked() {
    explore(|| {
        let queue = Queue::unbounded();
        queue.try_put_many(&mut vec![1, 2]).unwrap();
        let workers = [(); 2].map(|()| {
            let queue = queue.clone();
            thread::spawn(move || {
                block_on(queue.get()).unwrap();
                queue.task_done();
            })
        });
        block_on(queue.join());
        assert_eq!(queue.stats().unfinished, 0);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}
