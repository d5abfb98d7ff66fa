//! The same pool under real runtimes: tokio with its clock paused and on several threads, and
//! smol.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use forebay::{Gear, Gears, Handler, Outcome, Pool, Queue, Runtime, Task};

struct Tokio(tokio::time::Instant);

impl Runtime for Tokio {
    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    fn after(&self, time: Duration) -> Task {
        Box::pin(async move { _ = timeout(time, pending::<()>()).await })
    }

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Its clock stands still: what was waited for has come all the same.
struct Smol;

impl Runtime for Smol {
    fn spawn(&self, task: Task) {
        smol::spawn(task).detach();
    }

    fn after(&self, time: Duration) -> Task {
        Box::pin(async move { _ = smol::Timer::after(time).await })
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// Adds up; every tenth number only at the second attempt.
struct Sum(Arc<AtomicU64>);

impl Handler<(u64, u32)> for Sum {
    async fn handle(&self, (number, attempts): &mut (u64, u32)) -> Outcome {
        *attempts += 1;
        if *number % 10 == 0 && *attempts == 1 {
            return Outcome::RetryAfter(Duration::from_millis(1));
        }
        self.0.fetch_add(*number, Ordering::Relaxed);
        Outcome::Done
    }
}

fn table() -> Vec<Gear> {
    let gear = |workers, batch| Gear { pause: Duration::ZERO, batch, workers };
    vec![gear(1, 4), gear(4, 64)]
}

const ITEMS: u64 = 10_000;

async fn adds_up(runtime: impl Runtime) {
    let (producer, consumer) = Queue::unbounded().split();
    let sum = Arc::new(AtomicU64::new(0));
    let gears = Gears::two(100, 0).expect("it makes sense");
    let pool = Pool::builder(gears, table())
        .each(consumer, runtime, Sum(Arc::clone(&sum)))
        .expect("it makes sense");
    for number in 0..ITEMS {
        producer.put((number, 0)).await.expect("it makes sense");
    }
    pool.drain();
    let report = pool.join().await;
    assert_eq!((report.stats.done, report.stats.retried), (ITEMS, ITEMS / 10));
    assert_eq!(sum.load(Ordering::Relaxed), ITEMS * (ITEMS - 1) / 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pool_works_on_several_threads_of_tokio() {
    for _ in 0..forebay_testkit::rounds::rounds(20, "pools") {
        adds_up(Tokio(tokio::time::Instant::now())).await;
    }
}

#[test]
fn a_pool_works_under_smol() {
    smol::block_on(adds_up(Smol));
}

async fn slow(item: &mut u64) -> Outcome {
    _ = timeout(Duration::from_millis(*item), pending::<()>()).await;
    Outcome::Done
}

#[tokio::test(start_paused = true)]
async fn under_tokios_paused_clock_a_pool_takes_the_time_it_should() {
    let (producer, consumer) = Queue::unbounded().split();
    let began = tokio::time::Instant::now();
    let pool = Pool::builder(Gears::two(2, 0).unwrap(), table())
        .each(consumer, Tokio(began), slow)
        .unwrap();
    for _ in 0..41 {
        producer.put(1000).await.unwrap();
    }
    pool.drain();
    let report = pool.join().await;
    assert_eq!(report.stats.done, 41);
    let took_s = began.elapsed().as_secs();
    assert!((10..=14).contains(&took_s), "four workers, 41 s of work: {took_s} s");
}

/// Takes some time and fails now and then; counts when two of a key meet, or one overtakes
/// another.
struct Keyed {
    under_way: Vec<AtomicU64>,
    last: Vec<AtomicU64>,
    met: Arc<AtomicU64>,
}

impl Handler<(u64, u32)> for Keyed {
    async fn handle(&self, (number, attempts): &mut (u64, u32)) -> Outcome {
        let at = *number as usize % self.under_way.len();
        let key = &self.under_way[at];
        self.met.fetch_add(key.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
        let last = self.last[at].fetch_max(*number, Ordering::SeqCst);
        self.met.fetch_add(u64::from(last > *number), Ordering::SeqCst);
        if *number % 3 == 0 {
            tokio::task::yield_now().await;
        }
        key.fetch_sub(1, Ordering::SeqCst);
        *attempts += 1;
        match (*number % 10, *attempts) {
            (0, 1) => Outcome::RetryAfter(Duration::from_micros(100)),
            (1, _) => Outcome::Dead("it ends with a one".to_owned()),
            _ => Outcome::Done,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_runs_when_every_item_is_in_one_place_and_no_key_in_two() {
    for round in 0..forebay_testkit::rounds::rounds(40, "pools that are stopped") {
        let (producer, consumer) = Queue::unbounded().split();
        let met = Arc::new(AtomicU64::new(0));
        let zeros = || (0..16).map(|_| AtomicU64::new(0)).collect();
        let gears = Gears::two(100, 0).unwrap();
        let pool = Pool::builder(gears, table())
            .tick(Duration::from_millis(1))
            .by_key(|(number, _): &(u64, u32)| number % 16)
            .each(
                consumer,
                Tokio(tokio::time::Instant::now()),
                Keyed { under_way: zeros(), last: zeros(), met: Arc::clone(&met) },
            )
            .unwrap();
        for number in 0..2000 {
            producer.put((number, 0)).await.unwrap();
        }
        match round % 4 {
            0 => pool.drain(),
            // Somewhere in the middle, wherever that is.
            some => {
                while pool.stats().done < u64::from(some) * 300 {
                    tokio::task::yield_now().await;
                }
                pool.stop();
            }
        }
        let report = pool.join().await;
        let (stats, left) = (report.stats, producer.len() as u64);
        let given_back = report.given_back.len() as u64;
        assert_eq!(stats.done + stats.dead + given_back + left, 2000, "{stats:?}");
        assert_eq!((stats.workers, stats.busy, stats.held), (0, 0, 0));
        assert_eq!(producer.stats().unfinished, given_back + left);
        assert_eq!(met.load(Ordering::SeqCst), 0, "two of a key met, or changed places");
        if round % 4 == 0 {
            assert_eq!((stats.done, stats.dead), (1800, 200));
        }
    }
}
