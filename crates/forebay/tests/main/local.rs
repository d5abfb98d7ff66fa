//! The queue of one thread: items that are not `Send`, executors that stay where they are, and a
//! call out of a call. That it does what the model does is in `conformance`.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;

use forebay::WhenFull;
use forebay::local::{Queue, WeakQueue};
use forebay_testkit::flag::Hand;
use futures_lite::{StreamExt, future};

use super::memory::live_bytes;

#[test]
fn items_that_are_not_send_go_through_every_order() {
    let queues = [
        Queue::unbounded(),
        Queue::builder().lifo().build().unwrap(),
        Queue::builder().priority().build().unwrap(),
    ];
    let item = Rc::new(7);
    for queue in queues {
        future::block_on(async {
            queue.put(Rc::clone(&item)).await.unwrap();
            queue.put_many(&mut vec![Rc::clone(&item); 3]).await.unwrap();
            assert_eq!(queue.get().await, Some(Rc::clone(&item)));
            let mut batch = Vec::new();
            assert_eq!(queue.get_many(&mut batch, 2).await, 2);
            assert_eq!(queue.stream().next().await, Some(Rc::clone(&item)));
        });
        assert_eq!(Rc::strong_count(&item), 1, "{queue:?} keeps nothing that was got");
    }
}

#[test]
fn a_callback_that_is_not_send_receives_what_is_dropped() {
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let to = Rc::clone(&dropped);
    let queue = Queue::builder()
        .capacity(1)
        .when_full(WhenFull::DropOldest)
        .on_drop(move |item| to.borrow_mut().push(item))
        .build()
        .unwrap();
    (1..=3).for_each(|item| queue.try_put(Rc::new(item)).unwrap());
    drop(queue);
    assert_eq!(*dropped.borrow(), [1, 2, 3].map(Rc::new));
}

#[test]
fn the_sides_see_each_other_go() {
    let (producer, consumer) = Queue::unbounded().split();
    let weak = consumer.downgrade();
    let mut get = Hand::new(consumer.get());
    assert!(get.poll().is_pending());
    producer.try_put(1).unwrap();
    assert!(get.is_woken());
    drop(producer);
    assert_eq!(get.poll(), Poll::Ready(Some(1)));
    assert!(weak.upgrade_producer().is_none() && weak.upgrade_consumer().is_some());
    drop(get);
    drop(consumer);
    assert!(weak.upgrade_consumer().is_none());
}

const ITEMS: u64 = if cfg!(miri) { 100 } else { 10_000 };
const SUM: u64 = ITEMS * (ITEMS - 1) / 2;

async fn produce(queue: Rc<Queue<Rc<u64>>>) {
    for item in 0..ITEMS {
        queue.put(Rc::new(item)).await.expect("it is closed only afterwards");
    }
    queue.join().await;
    queue.close();
}

async fn consume(queue: Rc<Queue<Rc<u64>>>) -> u64 {
    let mut sum = 0;
    while let Some(item) = queue.get().await {
        sum += *item;
        queue.task_done();
    }
    sum
}

// Miri has no timers and no epoll to give tokio.
#[cfg(not(miri))]
#[test]
fn it_works_on_a_local_set_of_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let queue = Rc::new(Queue::bounded(7));
    let sum = tokio::task::LocalSet::new().block_on(&runtime, async {
        let producer = tokio::task::spawn_local(produce(Rc::clone(&queue)));
        let consumer = tokio::task::spawn_local(consume(Rc::clone(&queue)));
        producer.await.unwrap();
        consumer.await.unwrap()
    });
    assert_eq!(sum, SUM);
}

#[test]
fn it_works_on_a_local_executor_of_smol() {
    let executor = smol::LocalExecutor::new();
    let queue = Rc::new(Queue::bounded(7));
    let consumers = [(); 3].map(|()| executor.spawn(consume(Rc::clone(&queue))));
    let producer = executor.spawn(produce(queue));
    let sum = future::block_on(executor.run(async {
        producer.await;
        let mut sum = 0;
        for consumer in consumers {
            sum += consumer.await;
        }
        sum
    }));
    assert_eq!(sum, SUM);
}

/// An item that calls its own queue when it is compared, if it knows one.
struct Nosy {
    rank: u32,
    asked: Rc<RefCell<Option<WeakQueue<Nosy>>>>,
}

impl Ord for Nosy {
    fn cmp(&self, other: &Self) -> Ordering {
        if let Some(queue) = &*self.asked.borrow() {
            drop(queue.upgrade());
        }
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Nosy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Nosy {}

#[test]
fn a_call_from_an_ord_of_the_same_queue_panics_and_poisons_nothing() {
    let asked = Rc::default();
    let item = |rank| Nosy { rank, asked: Rc::clone(&asked) };
    let queue = Queue::builder().priority().build().unwrap();
    queue.try_put(item(1)).unwrap();
    asked.replace(Some(queue.downgrade()));
    let why = catch_unwind(AssertUnwindSafe(|| queue.try_put(item(2)))).unwrap_err();
    asked.replace(None);
    let why = why.downcast_ref::<&str>().expect("a panic with a message");
    assert_eq!(*why, "an item's Ord, or a waker, used the queue that was just calling it");
    assert_eq!(queue.len(), 2, "the item was pushed before it was compared");
    queue.try_put(item(3)).unwrap();
    let got = std::iter::from_fn(|| queue.try_get().ok().map(|item| item.rank));
    assert_eq!(got.sum::<u32>(), 1 + 2 + 3);
}

/// A spike; Miri is a thousand times slower.
const SPIKE: u64 = if cfg!(miri) { 2_000 } else { 1_000_000 };

#[test]
fn the_memory_of_a_spike_on_one_thread_is_given_back() {
    let queue = Queue::unbounded();
    let before = live_bytes();
    (0..SPIKE).for_each(|item| queue.try_put(item).unwrap());
    assert!(live_bytes() - before >= 8 * SPIKE as isize, "items take room");
    assert!((0..SPIKE).all(|_| queue.try_get().is_ok()));
    assert!(live_bytes() - before <= 64 * 1024, "{} bytes are kept", live_bytes() - before);
}

#[test]
fn a_queue_of_one_thread_and_all_its_handles_leave_nothing_behind() {
    let before = live_bytes();
    let (producer, consumer) = Queue::bounded(1).split();
    let (weak, items) = (producer.downgrade(), consumer.stream());
    producer.try_put(Rc::new(1)).unwrap();
    assert!(Hand::new(producer.put(Rc::new(2))).poll().is_pending());
    drop((producer, consumer, items, weak));
    assert_eq!(live_bytes() - before, 0);
}

#[test]
fn futures_of_one_thread_are_small() {
    let queue = Queue::<u64>::unbounded();
    assert!(size_of_val(&queue.get()) <= 48);
    assert!(size_of_val(&queue.put(1)) <= 48);
}
