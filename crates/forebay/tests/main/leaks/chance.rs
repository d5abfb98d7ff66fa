//! Whatever is called, in whatever order, by one thread or by many.

use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::thread;

use forebay::{Consumer, Producer, Put, Queue, WhenFull};
use forebay_testkit::chance::Chance;
use forebay_testkit::flag::Hand;
use forebay_testkit::progress::watch;
use forebay_testkit::rounds::rounds;
use forebay_testkit::seed::seed;

use super::books::{Books, Item};
use super::{SOON, bounded, queues, unbounded};

/// How often each kind of queue is made, and what happens to it then.
const ROUNDS: u32 = if cfg!(miri) { 1 } else { 30 };
const CALLS: u32 = if cfg!(miri) { 60 } else { 400 };

/// Every order, unbounded, and bounded with every policy.
fn every_kind() -> Vec<Queue<Item>> {
    let policies = [WhenFull::Reject, WhenFull::DropNewest, WhenFull::DropOldest];
    let policies = policies
        .into_iter()
        .flat_map(|policy| queues(|builder| builder.capacity(3).when_full(policy).on_drop(drop)));
    unbounded().into_iter().chain(bounded(2)).chain(policies).collect()
}

/// One of those that wait, removed.
fn any<T>(waiting: &mut Vec<T>, chance: &mut Chance) -> Option<T> {
    let count = waiting.len() as u64;
    (count > 0).then(|| waiting.swap_remove(chance.below(count) as usize))
}

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// The calls of one thread to one queue, and those that wait.
struct Caller<'a> {
    queue: &'a Queue<Item>,
    books: &'a Books,
    chance: Chance,
    puts: Vec<Pin<Box<Put<'a, Item>>>>,
    others: Vec<Hand<'a, ()>>,
}

impl<'a> Caller<'a> {
    fn call(&mut self) {
        let (queue, books) = (self.queue, self.books);
        let rank = self.chance.below(3) as u32;
        let count = self.chance.below(5) as usize;
        match self.chance.below(14) {
            0 => drop(queue.try_put(books.item(rank))),
            1 => drop(queue.try_put_many(&mut books.items(count))),
            2 | 3 => self.go_on_putting(Box::pin(queue.put(books.item(rank)))),
            4 => {
                let mut items = books.items(count);
                self.go_on(Hand::new(async move { _ = queue.put_many(&mut items).await }));
            }
            5 => drop(queue.try_get()),
            6 => drop(queue.try_get_many(&mut Vec::new(), count)),
            7 => self.go_on(Hand::new(async { drop(queue.get().await) })),
            8 => self.go_on(Hand::new(async move {
                let mut into = Vec::new();
                queue.get_many(&mut into, count).await;
            })),
            9 | 10 => {
                if let Some(call) = any(&mut self.others, &mut self.chance) {
                    self.go_on(call);
                }
                if let Some(put) = any(&mut self.puts, &mut self.chance) {
                    self.go_on_putting(put);
                }
            }
            11 => drop(any(&mut self.others, &mut self.chance)),
            12 => drop(any(&mut self.puts, &mut self.chance)),
            _ => {
                if let Some(mut put) = any(&mut self.puts, &mut self.chance) {
                    drop(put.as_mut().take_back());
                }
            }
        }
    }

    /// Polls it, and keeps it if it waits.
    fn go_on(&mut self, mut call: Hand<'a, ()>) {
        if call.poll().is_pending() {
            self.others.push(call);
        }
    }

    fn go_on_putting(&mut self, mut put: Pin<Box<Put<'a, Item>>>) {
        if put.as_mut().poll(&mut cx()).is_pending() {
            self.puts.push(put);
        }
    }
}

#[test]
fn whatever_is_called_in_whatever_order_every_item_is_dropped_once() {
    let mut chance = Chance::new(seed());
    for _ in 0..rounds(ROUNDS, "random lives of one queue of every kind, counted item by item") {
        for queue in every_kind() {
            let (books, puts, others) = (Books::default(), Vec::new(), Vec::new());
            let chance_of_calls = chance.fork();
            let mut caller =
                Caller { queue: &queue, books: &books, chance: chance_of_calls, puts, others };
            (0..CALLS).for_each(|_| caller.call());
            match chance.below(3) {
                0 => queue.close(),
                1 => drop(queue.close_now()),
                _ => {}
            }
            (0..CALLS / 10).for_each(|_| caller.call());
            drop(caller);
            drop(queue);
            books.balance();
        }
    }
}

/// Puts in every way, until its calls are made or nobody is left to get.
fn put_by_chance(producer: &Producer<Item>, books: &Books, chance: &mut Chance) {
    for _ in 0..CALLS {
        match chance.below(5) {
            0 => drop(producer.try_put(books.item(1))),
            1 => drop(producer.put_timeout(books.item(1), SOON)),
            2 => drop(pin!(producer.put(books.item(1))).poll(&mut cx())),
            3 => {
                let mut put = pin!(producer.put(books.item(1)));
                if put.as_mut().poll(&mut cx()).is_pending() {
                    drop(put.take_back());
                }
            }
            _ => drop(pin!(producer.put_many(&mut books.items(4))).poll(&mut cx())),
        }
        if producer.is_closed() {
            return;
        }
    }
}

/// Gets in every way, until its calls are made or nothing more will come.
fn get_by_chance(consumer: &Consumer<Item>, chance: &mut Chance) {
    for _ in 0..CALLS {
        match chance.below(4) {
            0 => drop(consumer.try_get()),
            1 => drop(consumer.get_timeout(SOON)),
            2 => drop(pin!(consumer.get()).poll(&mut cx())),
            _ => drop(pin!(consumer.get_many(&mut Vec::new(), 3)).poll(&mut cx())),
        }
        if consumer.is_closed() && consumer.is_empty() {
            return;
        }
        if chance.is_one_in(32) {
            thread::yield_now();
        }
    }
}

#[test]
fn whatever_threads_do_at_once_every_item_is_dropped_once() {
    let mut chance = Chance::new(seed());
    let rounds = rounds(ROUNDS, "random lives of one queue of every kind, between four threads");
    watch(move |progress| {
        for queue in (0..rounds).flat_map(|_| every_kind()) {
            let (books, (producer, consumer)) = (Books::default(), queue.split());
            thread::scope(|scope| {
                for (producer, consumer) in
                    [(producer.clone(), consumer.clone()), (producer, consumer)]
                {
                    let (books, mut putting, mut getting) =
                        (books.clone(), chance.fork(), chance.fork());
                    scope.spawn(move || put_by_chance(&producer, &books, &mut putting));
                    scope.spawn(move || get_by_chance(&consumer, &mut getting));
                }
            });
            books.balance();
            progress.step();
        }
    });
}
