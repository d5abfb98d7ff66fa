//! Items are got in the order they were put, in real time and over all producers: what threads
//! did is recorded, and there is an order of all calls, each within its time, that explains it.

#[path = "linearizable/crowd.rs"]
mod crowd;

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use forebay::{GetError, PutError, Queue};
use forebay_testkit::chance::Chance;
use forebay_testkit::history::{Act, check_order, check_room};
use forebay_testkit::progress::watch;
use forebay_testkit::rounds::rounds;
use forebay_testkit::seed::seed;
use futures_lite::future::block_on;

use self::crowd::{Crowd, ITEMS, Next, Worker, pause};

const RUNS: u32 = if cfg!(miri) { 12 } else { 48 };

/// Unbounded, and small enough to be full often.
const ROOMS: [Option<usize>; 3] = [None, Some(1), Some(3)];

const CROWDS: [Crowd; 4] = [
    Crowd { producers: 2, consumers: 1 },
    Crowd { producers: 2, consumers: 2 },
    Crowd { producers: 3, consumers: 4 },
    Crowd { producers: 4, consumers: 2 },
];

/// Runs of every crowd in every room; each must be one that a FIFO queue could have made.
fn check_runs(what: &'static str, put: fn(&mut Worker<'_>, u64), get: fn(&mut Worker<'_>) -> Next) {
    let (mut chance, runs) = (Chance::new(seed()), rounds(RUNS, what));
    let kinds = ROOMS.into_iter().flat_map(|room| CROWDS.map(|crowd| (room, crowd))).cycle();
    watch(move |progress| {
        for (room, crowd) in kinds.take(runs as usize) {
            let queue = room.map_or_else(Queue::unbounded, Queue::bounded);
            let calls = crowd.run(&queue, &mut chance, put, get);
            let room = room.unwrap_or(usize::MAX);
            let verdict = check_order(&calls).and_then(|()| check_room(&calls, room));
            assert_eq!(verdict, Ok(()), "{crowd:?} with room for {room}");
            progress.step();
        }
    });
}

fn put_waiting(worker: &mut Worker<'_>, item: u64) {
    let put = || worker.queue.put_blocking(item).ok().map(|()| Act::Put(item));
    assert!(worker.recorder.record(put).is_some(), "it is closed only afterwards");
}

fn get_waiting(worker: &mut Worker<'_>) -> Next {
    match worker.recorder.record(|| worker.queue.get_blocking().map(Act::Got)) {
        Some(_) => Next::Get,
        None => Next::Stop,
    }
}

#[test]
fn what_waiting_threads_put_comes_out_in_real_time_order() {
    check_runs("runs of waiting threads, checked for order", put_waiting, get_waiting);
}

fn put_trying(worker: &mut Worker<'_>, item: u64) {
    let put = || match worker.queue.try_put(item) {
        Ok(()) => Act::Put(item),
        Err(PutError::Full(_)) => Act::Full,
        Err(PutError::Closed(_) | PutError::TooHeavy(_)) => {
            panic!("it is open, and nothing has a weight")
        }
    };
    while worker.recorder.record(|| Some(put())) == Some(Act::Full) {
        thread::yield_now();
    }
}

fn get_trying(worker: &mut Worker<'_>) -> Next {
    let get = || match worker.queue.try_get() {
        Ok(item) => Some(Act::Got(item)),
        Err(GetError::Empty) => Some(Act::Empty),
        Err(GetError::Closed) => None,
    };
    match worker.recorder.record(get) {
        Some(Act::Empty) => thread::yield_now(),
        Some(_) => {}
        None => return Next::Stop,
    }
    Next::Get
}

// Nobody waits here, so that no item and no room is owed to anybody.
#[test]
fn calls_that_never_wait_say_empty_and_full_only_when_it_is() {
    check_runs("runs of trying threads, checked for order", put_trying, get_trying);
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Puts by a future that is polled once and taken back, until the item is in.
fn put_fickle(worker: &mut Worker<'_>, item: u64) {
    if worker.chance.is_one_in(3) {
        return put_waiting(worker, item);
    }
    let pauses = worker.chance.below(64);
    let put = || {
        let mut put = pin!(worker.queue.put(item));
        match poll_once(put.as_mut()) {
            Poll::Ready(end) => assert_eq!(end, Ok(()), "it is closed only afterwards"),
            Poll::Pending => {
                pause(pauses);
                if put.take_back().is_some() {
                    return None;
                }
            }
        }
        Some(Act::Put(item))
    };
    while worker.recorder.record(put).is_none() {
        thread::yield_now();
    }
}

/// Gets by a future that is dropped after one poll, or when its time is over, or not at all.
fn get_fickle(worker: &mut Worker<'_>) -> Next {
    let (manner, limit) = (worker.chance.below(3), worker.chance.below(30));
    let mut is_closed = false;
    let mut ended = |item: Option<u64>| {
        is_closed = item.is_none();
        item.map(Act::Got)
    };
    worker.recorder.record(|| match manner {
        0 => match poll_once(pin!(worker.queue.get())) {
            Poll::Ready(item) => ended(item),
            Poll::Pending => None,
        },
        1 => match worker.queue.get_timeout(Duration::from_micros(limit)) {
            Err(GetError::Empty) => None,
            got => ended(got.ok()),
        },
        _ => ended(worker.queue.get_blocking()),
    });
    if is_closed { Next::Stop } else { Next::Get }
}

#[test]
fn futures_dropped_on_the_way_leave_the_order_as_it_is() {
    check_runs("runs with cancellations, checked for order", put_fickle, get_fickle);
}

/// So many items are put in one call, and got at the most.
const BATCH: u64 = if cfg!(miri) { 3 } else { 16 };

fn put_batch(worker: &mut Worker<'_>, item: u64) {
    if item.is_multiple_of(BATCH) {
        let items = item..item + BATCH;
        worker.recorder.record_all(items.clone().map(Act::Put), || {
            block_on(worker.queue.put_many(&mut items.collect())).expect("it is not closed yet");
        });
    }
}

fn get_batch(worker: &mut Worker<'_>) -> Next {
    let max = 1 + worker.chance.below(BATCH) as usize;
    let count = worker.recorder.record_run(|| {
        let mut items = Vec::new();
        block_on(worker.queue.get_many(&mut items, max));
        items
    });
    if count == 0 { Next::Stop } else { Next::Get }
}

#[test]
fn what_is_put_in_one_call_comes_out_in_one_piece() {
    let crowd = Crowd { producers: 4, consumers: 1 };
    let runs = rounds(RUNS, "runs with batches, checked for order");
    let mut chance = Chance::new(seed());
    watch(move |progress| {
        for _ in 0..runs {
            let queue = Queue::unbounded();
            let calls = crowd.run(&queue, &mut chance, put_batch, get_batch);
            assert_eq!(check_order(&calls), Ok(()));
            let got = calls.iter().filter_map(|call| match call.act {
                Act::Got(item) => Some(item),
                _ => None,
            });
            let got: Vec<u64> = got.collect();
            for batch in got.chunks(BATCH as usize) {
                assert_eq!(batch, Vec::from_iter(batch[0]..batch[0] + BATCH));
                assert_eq!(batch[0] % BATCH, 0);
            }
            progress.step();
        }
    });
}

const _: () = assert!(ITEMS.is_multiple_of(BATCH));
