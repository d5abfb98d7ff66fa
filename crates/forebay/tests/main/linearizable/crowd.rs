//! A crowd at a queue: threads that put, threads that get, and what all of them did.

use std::thread::{self, ScopedJoinHandle};

use forebay::Queue;
use forebay_testkit::chance::Chance;
use forebay_testkit::history::{Act, Call, Recorder, Stamps};

/// What each producer puts.
pub(super) const ITEMS: u64 = if cfg!(miri) { 6 } else { 400 };

/// One thread of it, recorded, with its own chance.
pub(super) struct Worker<'a> {
    pub(super) queue: &'a Queue<u64>,
    pub(super) recorder: Recorder<'a>,
    pub(super) chance: Chance,
}

impl Worker<'_> {
    /// So that the calls of two threads meet in another way each time.
    fn dawdle(&mut self) {
        match self.chance.below(32) {
            0 => thread::yield_now(),
            pauses => pause(pauses),
        }
    }
}

/// Lets a few dozen cycles pass.
pub(super) fn pause(pauses: u64) {
    (0..pauses).for_each(|_| std::hint::spin_loop());
}

/// Whether a consumer goes on.
#[derive(PartialEq)]
pub(super) enum Next {
    Get,
    Stop,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Crowd {
    pub(super) producers: u64,
    pub(super) consumers: usize,
}

impl Crowd {
    /// Has each producer put its items with `put`, one by one, closes the queue, and has each
    /// consumer call `get` until that says stop.
    pub(super) fn run(
        self,
        queue: &Queue<u64>,
        chance: &mut Chance,
        put: impl Fn(&mut Worker<'_>, u64) + Sync,
        get: impl Fn(&mut Worker<'_>) -> Next + Sync,
    ) -> Vec<Call> {
        let (stamps, put, get) = (Stamps::default(), &put, &get);
        let mut worker = || Worker { queue, recorder: stamps.recorder(), chance: chance.fork() };
        let producer = |mut worker: Worker<'_>, name| {
            for item in name * ITEMS..(name + 1) * ITEMS {
                put(&mut worker, item);
                worker.dawdle();
            }
            worker.recorder.finish()
        };
        let consumer = |mut worker: Worker<'_>| {
            while get(&mut worker) == Next::Get {
                worker.dawdle();
            }
            worker.recorder.finish()
        };
        let calls: Vec<Call> = thread::scope(|scope| {
            let mut consumers = Vec::new();
            for _ in 0..self.consumers {
                let worker = worker();
                consumers.push(scope.spawn(move || consumer(worker)));
            }
            let mut producers = Vec::new();
            for name in 0..self.producers {
                let worker = worker();
                producers.push(scope.spawn(move || producer(worker, name)));
            }
            let mut calls: Vec<Call> = producers.into_iter().flat_map(ended).collect();
            queue.close();
            calls.extend(consumers.into_iter().flat_map(ended));
            calls
        });
        let count = |is: fn(Act) -> bool| calls.iter().filter(|call| is(call.act)).count() as u64;
        let all = self.producers * ITEMS;
        assert_eq!(count(|act| matches!(act, Act::Put(_))), all, "all are put");
        assert_eq!(count(|act| matches!(act, Act::Got(_))), all, "and all are got");
        calls
    }
}

fn ended(thread: ScopedJoinHandle<'_, Vec<Call>>) -> Vec<Call> {
    thread.join().expect("no panic")
}
