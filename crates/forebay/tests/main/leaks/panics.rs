//! Panics in code of the user's: in the callback, in `Ord`, in the `Drop` of an item.

use std::panic::{AssertUnwindSafe, catch_unwind};

use forebay::{Queue, WhenFull};
use forebay_testkit::flag::Hand;
use futures_lite::future::block_on;

use super::books::{BOMB, Books, Item, TOUCHY, panic_quietly};
use super::{ENDS, MANY, queues, unbounded};

fn panics<R>(call: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(|| drop(call()))).is_err()
}

#[test]
fn a_panic_in_the_callback_leaks_nothing() {
    for when_full in [WhenFull::DropNewest, WhenFull::DropOldest] {
        let books = Books::default();
        for queue in
            queues(|builder| builder.capacity(2).when_full(when_full).on_drop(|_| panic_quietly()))
        {
            queue.try_put_many(&mut books.items(2)).unwrap();
            assert!(panics(|| queue.try_put(books.item(1))));
            assert!(panics(|| block_on(queue.put(books.item(1)))));
            assert!(panics(|| queue.try_put_many(&mut books.items(4))));
            assert!(panics(|| block_on(queue.put_many(&mut books.items(4)))));
            assert_eq!((queue.len(), books.alive()), (2, 2));
            assert!(panics(|| queue));
            assert_eq!(books.alive(), 0);
        }
        books.balance();
    }
}

/// What may compare items.
const COMPARING: [fn(&Queue<Item>, &Books); 8] = [
    |queue, books| drop(queue.try_put(books.item(5))),
    |queue, books| drop(block_on(queue.put(books.item(5)))),
    |queue, books| _ = queue.try_put_many(&mut books.items(4)),
    |queue, books| _ = block_on(queue.put_many(&mut books.items(4))),
    |queue, _| drop(queue.try_get()),
    |queue, _| _ = queue.try_get_many(&mut Vec::new(), 9),
    |queue, _| _ = block_on(queue.get_many(&mut Vec::new(), 9)),
    |queue, _| drop(queue.close_now()),
];

/// With some items in it, and one that cannot be compared behind them.
fn touchy(books: &Books, capacity: usize, when_full: WhenFull) -> Queue<Item> {
    let builder = Queue::builder().priority().capacity(capacity).when_full(when_full);
    let queue = builder.on_drop(drop).build().expect("it can be");
    assert_eq!(queue.try_put_many(&mut books.items(4)), Ok(4));
    assert!(panics(|| queue.try_put(books.item(TOUCHY))));
    queue
}

#[test]
fn a_panic_in_ord_leaks_nothing() {
    for when_full in [WhenFull::Wait, WhenFull::DropOldest, WhenFull::DropNewest] {
        for capacity in [5, 100] {
            for call in COMPARING {
                if when_full == WhenFull::Wait && capacity == 5 {
                    continue; // It would wait for ever.
                }
                let books = Books::default();
                let queue = touchy(&books, capacity, when_full);
                panics(|| call(&queue, &books));
                panics(|| call(&queue, &books));
                panics(|| drop(queue));
                books.balance();
            }
        }
    }
}

#[test]
fn a_panic_in_ord_while_an_item_is_let_in_leaks_nothing() {
    let books = Books::default();
    let queue = Queue::builder().priority().capacity(3).build().unwrap();
    queue.try_put_many(&mut books.items(3)).unwrap();
    let mut puts = [1, TOUCHY, 2].map(|rank| Hand::new(queue.put(books.item(rank))));
    assert!(puts.iter_mut().all(|put| put.poll().is_pending()));
    for _ in 0..5 {
        panics(|| queue.try_get());
    }
    panics(|| puts.iter_mut().for_each(|put| drop(put.poll())));
    drop(puts);
    panics(|| drop(queue));
    books.balance();
}

/// Where the item is that panics: at the front, in a block, in the middle, at the end.
const PLACES: &[usize] = if cfg!(miri) { &[7] } else { &[0, 7, MANY / 2, MANY - 1] };

#[test]
fn a_panic_in_the_drop_of_an_item_leaks_no_other() {
    for (&place, end) in PLACES.iter().flat_map(|at| ENDS.map(|end| (at, end))) {
        for queue in unbounded() {
            let books = Books::default();
            for at in 0..MANY {
                queue.try_put(books.item(if at == place { BOMB } else { 1 })).unwrap();
            }
            assert!(panics(|| end(queue)));
            books.balance();
        }
    }
}

#[test]
fn a_panic_in_the_drop_of_an_item_that_a_policy_drops_leaks_no_other() {
    for when_full in [WhenFull::DropNewest, WhenFull::DropOldest] {
        let books = Books::default();
        for queue in queues(|builder| builder.capacity(3).when_full(when_full).on_drop(drop)) {
            queue.try_put_many(&mut books.items(2)).unwrap();
            let mut items = books.items(4);
            items.insert(1, books.item(BOMB));
            items.insert(0, books.item(1));
            panics(|| queue.try_put_many(&mut items));
            panics(|| drop(items));
            panics(|| drop(queue));
        }
        books.balance();
    }
}
