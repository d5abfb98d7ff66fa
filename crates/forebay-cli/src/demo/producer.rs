//! The producer: pause, print, put. It never waits for the consumer.

use std::io::{self, Write};

use forebay::Queue;
use rand_chacha::ChaCha8Rng;

use super::delay::Delay;
use super::happening::Happening;
use super::pace::Pace;
use super::tally::Tally;
use crate::output;

/// The loop that writes.
#[derive(Debug)]
pub(super) struct Producer {
    queue: Queue<f64>,
    generator: ChaCha8Rng,
    pace: Pace,
}

impl Producer {
    pub(super) fn new(queue: Queue<f64>, generator: ChaCha8Rng, pace: Pace) -> Self {
        Self { queue, generator, pace }
    }

    /// Writes for ever; ends when printing fails or the queue is closed.
    pub(super) async fn run(mut self, mut out: impl Write, tally: &Tally) -> io::Result<()> {
        loop {
            let delay = Delay::of_writing(&mut self.generator);
            self.pace.sleep(delay).await;
            let item = delay.seconds();
            let wrote = Happening::Wrote(item);
            output::line(&mut out, &wrote.to_string())?;
            if self.queue.put(item).await.is_err() {
                return Ok(());
            }
            tally.note(wrote);
        }
    }
}
