//! No wake-up is lost: whoever waits is woken by the one put, or get, that it waits for, however
//! closely the two come together. Each round is one item, and nothing else would ever wake
//! anybody: where a wake-up is lost, everything stands still, and that is noticed.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;

use forebay::Queue;
use forebay_testkit::chance::Chance;
use forebay_testkit::flag::Flag;
use forebay_testkit::progress::{Progress, watch};
use forebay_testkit::rounds::rounds;
use forebay_testkit::seed::seed;
use futures_lite::future::block_on;

/// Usually; a million take a minute on a quiet machine.
const ROUNDS: u32 = if cfg!(miri) { 20 } else { 20_000 };

const ROOM: &str = "nothing is in it, and it is open";

/// Unbounded, and full with one item.
fn queues() -> [Queue<u64>; 2] {
    [Queue::unbounded(), Queue::bounded(1)]
}

/// Waits for a future without parking: polls it, and not again before it is woken.
fn by_hand<F: Future>(future: F, chance: &mut Chance) -> F::Output {
    let (mut future, (flag, waker)) = (pin!(future), Flag::new());
    loop {
        flag.take();
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        await_that(|| flag.is_raised());
        pause(chance);
    }
}

/// Spins, but leaves the processor to others that may need it.
fn await_that(is_so: impl Fn() -> bool) {
    let mut looks = 0_u32;
    while !is_so() {
        looks += 1;
        if looks.is_multiple_of(64) { thread::yield_now() } else { std::hint::spin_loop() }
    }
}

/// Half of the time: so that there are rounds in which somebody sleeps for certain, and others
/// in which that is a close thing.
fn await_sleepers(queue: &Queue<impl Send>, count: usize, chance: &mut Chance) {
    if chance.is_one_in(2) {
        await_that(|| queue.stats().waiting_consumers == count);
    }
}

/// For a moment, of another order of magnitude each time: so a put and the sleep that it has to
/// end meet in all ways.
fn pause(chance: &mut Chance) {
    let scale = chance.below(8);
    (0..chance.below(1 << scale)).for_each(|_| std::hint::spin_loop());
}

/// One item a round, there and back, so that each side is idle when its item comes.
fn echo(
    rounds: u32,
    chance: &mut Chance,
    progress: &Progress,
    get: impl Fn(&Queue<u64>, &mut Chance) -> Option<u64> + Send + Copy + 'static,
) {
    for (there, back) in queues().into_iter().zip(queues()) {
        let (echo_in, echo_out, mut echo_chance) = (there.clone(), back.clone(), chance.fork());
        let echo = thread::spawn(move || {
            while let Some(item) = get(&echo_in, &mut echo_chance) {
                echo_out.try_put(item).expect(ROOM);
                pause(&mut echo_chance);
            }
        });
        for item in 0..u64::from(rounds / 2) {
            await_sleepers(&there, 1, chance);
            there.try_put(item).expect(ROOM);
            assert_eq!(get(&back, chance), Some(item));
            pause(chance);
            progress.step();
        }
        there.close();
        echo.join().expect("no panic");
    }
}

#[test]
fn an_idle_thread_that_blocks_is_woken_by_every_item() {
    let rounds = rounds(ROUNDS, "items into an idle queue, got by a blocked thread");
    let mut chance = Chance::new(seed());
    watch(move |progress| {
        echo(rounds, &mut chance, &progress, |queue, _| queue.get_blocking());
    });
}

#[test]
fn an_idle_future_on_a_parked_thread_is_woken_by_every_item() {
    let rounds = rounds(ROUNDS, "items into an idle queue, got by a parked executor");
    let mut chance = Chance::new(seed());
    watch(move |progress| {
        echo(rounds, &mut chance, &progress, |queue, _| block_on(queue.get()));
    });
}

#[test]
fn an_idle_future_polled_by_hand_is_woken_by_every_item() {
    let rounds = rounds(ROUNDS, "items into an idle queue, got by a polled future");
    let mut chance = Chance::new(seed());
    watch(move |progress| {
        echo(rounds, &mut chance, &progress, |queue, chance| by_hand(queue.get(), chance));
    });
}

/// The number of a round, which one thread raises and another waits for.
#[derive(Default)]
struct Gong(AtomicU32);

impl Gong {
    /// Waits for a later round than `last` and says which; `None` after the last one.
    fn await_after(&self, last: u32) -> Option<u32> {
        // Ordering: acquire and release, as for any signal between two threads.
        await_that(|| self.0.load(Ordering::Acquire) > last);
        Some(self.0.load(Ordering::Acquire)).filter(|&round| round != u32::MAX)
    }

    fn strike(&self, round: u32) {
        self.0.store(round, Ordering::Release);
    }
}

#[test]
fn a_producer_that_waits_is_woken_by_every_get() {
    let rounds = rounds(ROUNDS, "items into a full queue, put by a polled future");
    let mut chance = Chance::new(seed());
    let mut other_chance = chance.fork();
    watch(move |progress| {
        let (queue, is_put) = (Queue::bounded(1), Gong::default());
        thread::scope(|scope| {
            scope.spawn(|| {
                for item in 0..rounds {
                    by_hand(queue.put(item), &mut other_chance).expect("it is open");
                    is_put.strike(item + 1);
                    pause(&mut other_chance);
                }
            });
            for item in 0..rounds {
                let is_one_waiting = chance.is_one_in(2) && item + 1 < rounds;
                if is_one_waiting {
                    await_that(|| queue.stats().waiting_producers == 1);
                }
                assert_eq!(by_hand(queue.get(), &mut chance), Some(item));
                if is_one_waiting {
                    // This get alone must let it in: no other call comes to its help.
                    is_put.await_after(item + 1);
                }
                pause(&mut chance);
                progress.step();
            }
        });
    });
}

/// Gets one item in as many rounds as that takes, and begins to wait in the middle of one.
fn get_steadily(queue: &Queue<u32>, gong: &Gong, got: &mpsc::Sender<u32>, chance: &mut Chance) {
    let mut last = 0;
    while let Some(round) = gong.await_after(last) {
        pause(chance);
        let Some(item) = by_hand(queue.get(), chance) else { return };
        last = round.max(item + 1);
        got.send(item).expect("it is received until the end");
    }
}

/// Begins a round with a get that waits, puts the item, and drops the get, or polls it again and
/// perhaps has the item.
fn put_beside_a_get(
    queue: &Queue<u32>,
    item: u32,
    gong: &Gong,
    chance: &mut Chance,
) -> Option<u32> {
    let mut get = pin!(queue.get());
    let mut poll = || match get.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(item) => item,
        Poll::Pending => None,
    };
    // The get stands before the one of the other thread, or behind it.
    if chance.is_one_in(2) {
        gong.strike(item + 1);
        pause(chance);
        assert_eq!(poll(), None, "nothing is in");
    } else {
        assert_eq!(poll(), None, "nothing is in");
        gong.strike(item + 1);
        pause(chance);
    }
    await_sleepers(queue, 2, chance);
    queue.try_put(item).expect(ROOM);
    pause(chance);
    if chance.is_one_in(4) { poll() } else { None }
}

#[test]
fn a_wake_up_of_a_future_that_is_dropped_reaches_the_one_that_waits() {
    let rounds = rounds(ROUNDS, "items into a queue with a consumer that gives up");
    let mut chance = Chance::new(seed());
    let mut steady_chance = chance.fork();
    watch(move |progress| {
        let (queue, gong, (got, gets)) = (Queue::unbounded(), Gong::default(), mpsc::channel());
        thread::scope(|scope| {
            scope.spawn(|| get_steadily(&queue, &gong, &got, &mut steady_chance));
            for item in 0..rounds {
                if put_beside_a_get(&queue, item, &gong, &mut chance).is_none() {
                    await_that(|| gets.try_recv().is_ok());
                }
                progress.step();
            }
            gong.strike(u32::MAX);
            queue.close();
        });
    });
}
