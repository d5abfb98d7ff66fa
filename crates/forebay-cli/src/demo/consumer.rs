//! The consumer: look at the length, shift, pause, get, print.

use std::io::{self, Write};

use forebay::{Gears, Queue};
use rand_chacha::ChaCha8Rng;

use super::delay::Delay;
use super::happening::Happening;
use super::pace::Pace;
use super::tally::Tally;
use crate::{clock, output};

/// The loop that reads, in one of two gears: above 5 items the fast one, at none the slow one.
#[derive(Debug)]
pub(super) struct Consumer {
    queue: Queue<f64>,
    gears: Gears,
    generator: ChaCha8Rng,
    pace: Pace,
}

impl Consumer {
    pub(super) fn new(queue: Queue<f64>, generator: ChaCha8Rng, pace: Pace) -> Self {
        Self { queue, gears: Gears::default(), generator, pace }
    }

    /// Reads for ever; ends when printing fails or the queue is closed and empty.
    pub(super) async fn run(mut self, mut out: impl Write, tally: &Tally) -> io::Result<()> {
        loop {
            if let Some(shift) = self.gears.observe(self.queue.len()) {
                tally.note(Happening::Shifted(shift));
            }
            let delay = Delay::of_reading(self.gears.gear(), &mut self.generator);
            self.pace.sleep(delay).await;
            let Some(item) = self.next_item().await else {
                return Ok(());
            };
            let read = Happening::Read(item, self.queue.len());
            tally.note(read);
            output::line(&mut out, &read.to_string())?;
        }
    }

    /// The oldest item. The time spent waiting for it is no part of the next pause.
    async fn next_item(&mut self) -> Option<f64> {
        if let Ok(item) = self.queue.try_get() {
            return Some(item);
        }
        let item = self.queue.get().await?;
        self.pace.resume(clock::now());
        Some(item)
    }
}
