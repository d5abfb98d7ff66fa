//! With many threads at work every item arrives once, in the order its producer put it.

use std::thread;

use forebay::Queue;
use forebay_testkit::rounds::rounds;
use forebay_testkit::seed;

const PRODUCERS: u64 = 4;
// Miri is a thousand times slower, and looks at each step.
const ITEMS: u64 = if cfg!(miri) { 20 } else { 5_000 };

/// Every item of every producer through `queue`, to `consumers` threads; what each got.
fn run(queue: Queue<(u64, u64)>, consumers: usize) -> Vec<Vec<(u64, u64)>> {
    let (producer, consumer) = queue.split();
    let getters: Vec<_> = (0..consumers)
        .map(|_| {
            let consumer = consumer.clone();
            thread::spawn(move || std::iter::from_fn(|| consumer.get_blocking()).collect())
        })
        .collect();
    drop(consumer);
    let putters: Vec<_> = (0..PRODUCERS)
        .map(|name| {
            let producer = producer.clone();
            thread::spawn(move || {
                (0..ITEMS).try_for_each(|number| producer.put_blocking((name, number)))
            })
        })
        .collect();
    drop(producer);
    putters.into_iter().for_each(|putter| assert_eq!(putter.join().expect("no panic"), Ok(())));
    getters.into_iter().map(|getter| getter.join().expect("no panic")).collect()
}

fn assert_all_once_and_in_order(got: &[Vec<(u64, u64)>]) {
    for items in got {
        for name in 0..PRODUCERS {
            let numbers = items.iter().filter(|item| item.0 == name).map(|item| item.1);
            assert!(numbers.is_sorted(), "items of producer {name} overtook each other");
        }
    }
    let mut all: Vec<_> = got.concat();
    all.sort_unstable();
    let expected = (0..PRODUCERS).flat_map(|name| (0..ITEMS).map(move |n| (name, n)));
    assert!(all.into_iter().eq(expected), "an item was lost or came twice");
}

#[test]
fn four_producers_and_one_consumer_lose_nothing() {
    for _ in 0..rounds(1, "runs of four producers and one consumer") {
        assert_all_once_and_in_order(&run(Queue::unbounded(), 1));
        assert_all_once_and_in_order(&run(Queue::bounded(3), 1));
    }
}

#[test]
fn four_producers_and_four_consumers_lose_nothing() {
    for _ in 0..rounds(1, "runs of four producers and four consumers") {
        assert_all_once_and_in_order(&run(Queue::unbounded(), 4));
        assert_all_once_and_in_order(&run(Queue::bounded(1), 4));
    }
}

#[test]
fn futures_dropped_at_random_lose_nothing() {
    use futures_lite::future;
    let (queue, mut chance) = (Queue::bounded(2), seed::seed() | 1);
    let getter = {
        let queue = queue.clone();
        thread::spawn(move || {
            let mut got = Vec::new();
            while !queue.is_closed() || !queue.is_empty() {
                let item = match chance % 3 {
                    0 => future::block_on(future::poll_once(queue.get())).flatten(),
                    1 => queue.get_timeout(std::time::Duration::from_micros(chance % 50)).ok(),
                    _ => queue.try_get().ok(),
                };
                got.extend(item);
                // xorshift64: Marsaglia, "Xorshift RNGs", 2003.
                chance ^= chance << 13;
                chance ^= chance >> 7;
                chance ^= chance << 17;
            }
            got
        })
    };
    let items = u64::from(rounds(4 * ITEMS as u32, "items got by futures dropped at random"));
    for item in 0..items {
        queue.put_blocking(item).unwrap();
    }
    queue.close();
    assert_eq!(getter.join().unwrap(), Vec::from_iter(0..items));
}
