//! `forebay demo`: a producer and a consumer on real time, with one queue between them.
//!
//! Standard output carries their lines and nothing else. The end (Ctrl-C, SIGTERM, `--for`) comes
//! at once, even while standard output is a pipe that nobody empties, and says in one line on
//! standard error what happened.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use forebay::Queue;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tokio::sync::oneshot;

use crate::clock::Timer;
use crate::outcome::Failure;
use crate::signals::StopSignals;
use crate::{chance, clock, output, runtime, terminal};

// The way of an item.
mod producer;
use producer::Producer;
mod consumer;
use consumer::Consumer;

// What both need.
mod delay;
mod pace;
use pace::Pace;
mod happening;
mod tally;
use tally::Tally;

// The picture of both.
mod live;

/// How long the end waits for a line that is just being printed, so that it is also counted.
const LAST_LINE_MS_MAX: u64 = 100;

/// What `forebay demo` was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// Of the delays; without one a seed is drawn.
    pub(crate) seed: Option<u64>,
    /// On the wall clock; without it the loops run until they are told to stop.
    pub(crate) run_for: Option<Duration>,
    /// Every delay is divided by it: positive and finite.
    pub(crate) speed: f64,
    /// What is shown.
    pub(crate) show: Show,
    /// When that has colors.
    pub(crate) color: terminal::When,
}

/// How the two loops are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// Their lines.
    Lines,
    /// A picture of the queue, on the whole terminal.
    Picture,
}

/// Runs the two loops until they are told to stop, and sums up.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    match options.show {
        Show::Lines => run_plainly(options),
        Show::Picture => live::run(options),
    }
}

fn run_plainly(options: &Options) -> Result<(), Failure> {
    let seed = options.seed.unwrap_or_else(chance::seed);
    let queue = Queue::unbounded();
    let tally = Arc::new(Tally::default());
    let (stop, stopped) = oneshot::channel();
    let loops = start(&queue, &tally, seed, options.speed, io::stdout, stopped)?;
    runtime::of_one_thread()?.block_on(watch(loops, stop, options.run_for))?;
    output::tell(&format!("{}, seed {seed}", tally.summary(queue.len())));
    Ok(())
}

/// Starts the two loops on a thread of their own: should printing block, the thread that waits
/// for signals does not.
fn start<W: Write + 'static>(
    queue: &Queue<f64>,
    tally: &Arc<Tally>,
    seed: u64,
    speed: f64,
    out: fn() -> W,
    stopped: oneshot::Receiver<()>,
) -> Result<oneshot::Receiver<io::Result<()>>, Failure> {
    let (queue, tally) = (queue.clone(), Arc::clone(tally));
    let (ended, end) = oneshot::channel();
    let runtime = runtime::of_one_thread()?;
    let run = move || {
        let outcome = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = stopped => Ok(()),
                outcome = two_loops(&queue, &tally, (seed, speed), Timer::Precise, out) => outcome,
            }
        });
        // Nobody receives it when the end did not wait for this thread.
        let _ = ended.send(outcome);
    };
    std::thread::Builder::new()
        .name("loops".to_owned())
        .spawn(run)
        .map_err(|error| Failure::Failed(format!("cannot start a thread: {error}")))?;
    Ok(end)
}

/// The system: both loops at once, for ever or until printing fails.
async fn two_loops<W: Write>(
    queue: &Queue<f64>,
    tally: &Tally,
    (seed, speed): (u64, f64),
    timer: Timer,
    out: impl Fn() -> W,
) -> io::Result<()> {
    let pace = Pace::new(clock::now(), speed, timer);
    let producer = Producer::new(queue.clone(), stream(seed, 0), pace.clone());
    let consumer = Consumer::new(queue.clone(), stream(seed, 1), pace);
    tokio::try_join!(producer.run(out(), tally), consumer.run(out(), tally))?;
    Ok(())
}

/// One of the independent streams of numbers that a seed stands for. Each loop has its own, so
/// the numbers do not depend on which loop runs first.
fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(number);
    generator
}

/// Waits for the end, whatever brings it, and lets the loops finish the line they are at.
async fn watch(
    mut loops: oneshot::Receiver<io::Result<()>>,
    stop: oneshot::Sender<()>,
    run_for: Option<Duration>,
) -> Result<(), Failure> {
    let mut signals = StopSignals::install()
        .map_err(|error| Failure::Failed(format!("cannot watch for signals: {error}")))?;
    tokio::select! {
        _ = signals.next() => {}
        () = elapsed(run_for) => {}
        outcome = &mut loops => return ended(outcome),
    }
    // The loops may have ended by themselves in this very moment.
    let _ = stop.send(());
    let last_line = Duration::from_millis(LAST_LINE_MS_MAX);
    match tokio::time::timeout(last_line, loops).await {
        Ok(outcome) => ended(outcome),
        Err(_) => Ok(()),
    }
}

async fn elapsed(run_for: Option<Duration>) {
    match run_for {
        Some(run_for) => tokio::time::sleep(run_for).await,
        None => std::future::pending().await,
    }
}

fn ended(outcome: Result<io::Result<()>, oneshot::error::RecvError>) -> Result<(), Failure> {
    match outcome {
        Ok(printed) => printed.map_err(|error| Failure::of_output(&error)),
        Err(_) => Err(Failure::Failed("the two loops ended unexpectedly".to_owned())),
    }
}

#[cfg(test)]
mod tests;
