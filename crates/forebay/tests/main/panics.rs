//! A panic in code of the user's reaches its caller and harms nothing else.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use forebay::{Queue, WhenFull};
use forebay_testkit::flag::Hand;

/// An item that cannot be compared once a bad one is among them.
#[derive(Debug, PartialEq, Eq)]
struct Touchy {
    is_bad: bool,
}

impl Ord for Touchy {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(!self.is_bad && !other.is_bad, "compared with a bad one");
        Ordering::Equal
    }
}

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[test]
fn a_panic_in_ord_poisons_nothing_and_loses_no_wake_up() {
    let queue = Queue::builder().priority().build().unwrap();
    queue.try_put(Touchy { is_bad: false }).unwrap();
    assert_eq!(queue.try_get(), Ok(Touchy { is_bad: false }));
    queue.try_put(Touchy { is_bad: true }).unwrap();
    let put = AssertUnwindSafe(|| queue.try_put(Touchy { is_bad: false }));
    assert!(catch_unwind(put).is_err());
    assert_eq!(queue.len(), 2, "the item was pushed before it was compared");
    assert_eq!(queue.stats().put, 3);
    queue.close();
    assert_eq!(queue.close_now().len() + queue.len(), 2);
}

#[test]
fn a_panic_in_on_drop_reaches_the_producer_and_the_queue_goes_on() {
    let queue = Queue::builder()
        .capacity(1)
        .when_full(WhenFull::DropOldest)
        .on_drop(|item| assert_ne!(item, 1, "refused"))
        .build()
        .unwrap();
    let mut get = Hand::new(queue.get());
    queue.try_put(1).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.try_put(2))).is_err());
    assert_eq!(queue.len(), 1, "the newer item is in");
    assert_eq!(get.poll(), Poll::Ready(Some(2)));
    queue.try_put(3).unwrap();
    assert_eq!(queue.stats().dropped, 1);
}

#[test]
fn a_panic_in_the_drop_of_an_item_leaves_the_queue_whole() {
    struct Bomb(bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.0, "a bomb");
        }
    }
    let (producer, consumer) = Queue::unbounded().split();
    producer.try_put(Bomb(true)).ok();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(consumer))).is_err());
    assert!(producer.is_closed() && producer.is_empty());
    assert!(producer.try_put(Bomb(false)).is_err());
}
