//! `forebay demo --live`: the same two loops, seen.
//!
//! The loops tell a [`Story`] what happens; what is drawn is made from it alone, so the picture
//! cannot show anything that did not happen.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use forebay::Queue;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::{Notify, oneshot};

use super::tally::Tally;
use super::{Options, start, watch};
use crate::outcome::Failure;
use crate::terminal::{self, Looks, View};
use crate::{chance, clock, output, runtime};

mod lane;
mod picture;
mod story;
use story::Story;

/// What to do without a terminal.
const PLAINLY: &str = "`forebay demo` without --live prints the lines of the two loops";

/// Runs the two loops until the person has seen enough or they are told to stop, and sums up.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    terminal::check(PLAINLY)?;
    let seed = options.seed.unwrap_or_else(chance::seed);
    let shown = Shown::new(Story::new(clock::now(), seed, options));
    let queue = Queue::unbounded();
    let tally = Arc::new(Tally::watched({
        let shown = shown.clone();
        move |happening| {
            shown.story().tell(happening, clock::now());
            shown.shared.more.notify_one();
        }
    }));
    let (stop, stopped) = oneshot::channel();
    let loops = start(&queue, &tally, seed, options.speed, io::sink, stopped)?;
    let end = watch(loops, stop, options.run_for);
    runtime::of_one_thread()?.block_on(terminal::show(shown, options.color, end))?;
    output::tell(&format!("{}, seed {seed}", tally.summary(queue.len())));
    Ok(())
}

/// A story that the loops go on with and the picture is made from.
#[derive(Clone, Debug)]
struct Shown {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    story: Mutex<Story>,
    more: Notify,
}

impl Shown {
    fn new(story: Story) -> Self {
        Self { shared: Arc::new(Shared { story: Mutex::new(story), more: Notify::new() }) }
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        // A picture of a story that stopped in the middle of a word does no harm.
        self.shared.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View for Shown {
    type Picture = Story;

    fn look(&mut self) -> Story {
        let mut story = self.story();
        story.advance(clock::now());
        story.clone()
    }

    fn draw(story: &Story, looks: &Looks, area: Rect, buffer: &mut Buffer) {
        picture::draw(story, looks, area, buffer);
    }

    async fn changed(&mut self) {
        let next = self.story().next_change();
        tokio::select! {
            () = self.shared.more.notified() => {}
            () = clock::sleep_until(next) => {}
        }
    }
}
