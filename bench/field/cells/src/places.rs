//! Where the two sides of a cell run, and how long they take together.

use std::future::Future;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::block_on::block_on;
use crate::cell::Place;
use crate::clock;
use crate::tally::Tally;

/// How long it took, and what was got.
pub(crate) type Outcome = (Duration, Tally);

/// One task, on whichever side.
pub(crate) trait Task: Future<Output = Tally> + Send + 'static {}
impl<F: Future<Output = Tally> + Send + 'static> Task for F {}

/// A place that is set up: runtimes are made once, not in the time that is measured.
pub(crate) enum Stage {
    OneRuntime(Runtime),
    TwoRuntimes([Runtime; 2]),
    Threads,
}

impl Stage {
    pub(crate) fn of(place: Place) -> Self {
        match place {
            Place::CurrentThread => Stage::OneRuntime(current_thread()),
            Place::TwoWorkers => Stage::OneRuntime(two_workers()),
            Place::TwoRuntimes => Stage::TwoRuntimes([current_thread(), current_thread()]),
            Place::BlockOn => Stage::Threads,
        }
    }

    /// Runs both sides to their ends. The consumers are there first.
    pub(crate) fn play<C: Task, P: Task>(&self, consumers: Vec<C>, producers: Vec<P>) -> Outcome {
        match self {
            Stage::OneRuntime(runtime) => in_one_runtime(runtime, consumers, producers),
            Stage::TwoRuntimes([first, second]) => {
                let run = |runtime, side| move || in_runtime(runtime, side);
                on_threads(vec![run(first, consumers)], vec![move || in_runtime(second, producers)])
            }
            Stage::Threads => on_threads(
                consumers.into_iter().map(|consumer| || block_on(consumer)).collect(),
                producers.into_iter().map(|producer| || block_on(producer)).collect(),
            ),
        }
    }
}

/// tokio on one thread, as `#[tokio::main(flavor = "current_thread")]` without drivers.
pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime without drivers needs nothing")
}

/// tokio with two workers.
pub(crate) fn two_workers() -> Runtime {
    let builder = &mut Builder::new_multi_thread();
    builder.worker_threads(2).build().expect("two threads can be started")
}

fn in_one_runtime<C: Task, P: Task>(
    runtime: &Runtime,
    consumers: Vec<C>,
    producers: Vec<P>,
) -> Outcome {
    let started = clock::now();
    let tally = runtime.block_on(async {
        let consumers: Vec<_> = consumers.into_iter().map(tokio::spawn).collect();
        let producers: Vec<_> = producers.into_iter().map(tokio::spawn).collect();
        [joined(producers).await, joined(consumers).await].into_iter().sum()
    });
    (started.elapsed(), tally)
}

fn in_runtime<T: Task>(runtime: &Runtime, side: Vec<T>) -> Tally {
    runtime.block_on(async { joined(side.into_iter().map(tokio::spawn).collect()).await })
}

async fn joined(tasks: Vec<tokio::task::JoinHandle<Tally>>) -> Tally {
    let mut tallies = Vec::with_capacity(tasks.len());
    for task in tasks {
        tallies.push(task.await.expect("a task that panics fails the measurement"));
    }
    tallies.into_iter().sum()
}

/// Runs every closure on a thread of its own, all from the same moment on.
pub(crate) fn on_threads<C, P>(consumers: Vec<C>, producers: Vec<P>) -> Outcome
where
    C: FnOnce() -> Tally + Send,
    P: FnOnce() -> Tally + Send,
{
    let gate = Gate::new(consumers.len() + producers.len());
    std::thread::scope(|scope| {
        let gate = &gate;
        let mut threads = Vec::new();
        for consumer in consumers {
            threads.push(scope.spawn(move || gate.pass().then(consumer)));
        }
        for producer in producers {
            threads.push(scope.spawn(move || gate.pass().then(producer)));
        }
        gate.wait_for_all();
        let started = clock::now();
        gate.pass();
        let ended = threads.into_iter().map(|thread| thread.join());
        let tally = ended
            .map(|tally| tally.expect("a thread that panics fails the measurement"))
            .map(|tally| tally.unwrap_or_default())
            .sum();
        (started.elapsed(), tally)
    })
}

/// Holds threads back until all have been started: starting one takes longer than many a run.
struct Gate {
    expected: usize,
    here: AtomicUsize,
    barrier: Barrier,
}

impl Gate {
    fn new(expected: usize) -> Self {
        Self { expected, here: AtomicUsize::new(0), barrier: Barrier::new(expected + 1) }
    }

    /// Waits for the others; always true.
    fn pass(&self) -> bool {
        self.here.fetch_add(1, Ordering::Relaxed);
        self.barrier.wait();
        true
    }

    fn wait_for_all(&self) {
        while self.here.load(Ordering::Relaxed) < self.expected {
            std::thread::yield_now();
        }
    }
}
